"""`inkling retrain`: players' drawings → a challenger, in processes of the lowest priority."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import logging
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from model.retraining import memory_check
from server import settings as configuration
from server.db.private.binary import NoRedis
from server.db.private.locate import locate_redis
from server.db.private.private_redis import default_data_dir
from server.drawings.folders import tombstone_file
from server.drawings.training_set import count_drawings, write_training_set
from server.rooms.ports import StoreUnavailable
from server.runtime import parent_death
from server.runtime.supervisor import PIPE, Child
from server.settings import ServerSettings

log = logging.getLogger("inkling.retrain")

RETRAIN_NICENESS = 19
"""Niceness of retraining, as nice(2) counts it: 19 is the most, and leaves the processor to the game."""
NEW_DRAWINGS_POLL_SECONDS = 60.0
"""Seconds between two counts of the new drawings."""
LEFTOVER_FOLDER_AGE_SECONDS = 86_400
"""Age in seconds beyond which the folder of a run counts as left over from a killed one."""
FAILED_RUN_PAUSE_SECONDS = 3600.0
"""After a run that could not begin or failed."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of `inkling retrain`."""
    parser.add_argument("--watch", action="store_true",
                        help="stay, train whenever enough was drawn, and promote what passes the gates")  # fmt: skip
    parser.add_argument("--public", type=Path, nargs="+", metavar="DIR", help="public drawings (INKLING_PUBLIC)")
    parser.add_argument("--golden", type=Path, metavar="DIR", help="the golden set (INKLING_GOLDEN)")
    parser.add_argument("--players-only", action="store_true", help="no public drawings: distil from the champion")
    parser.add_argument("--source", choices=("player", "bot", "import", "teach", "any"), default="player",
                        help="whose drawings teach (default: player)")  # fmt: skip
    parser.add_argument("--seconds", type=float, help="budget of the training (INKLING_RETRAIN_SECONDS)")
    parser.add_argument("--promote", action="store_true", help="put the challenger into service if it passes")
    parser.add_argument("--data-dir", type=Path, default=default_data_dir(), help="data folder of `inkling play`")
    parser.add_argument("--json", action="store_true", help="one JSON object a line on stdout")


def run(arguments: argparse.Namespace) -> int:
    """Retrain once, or whenever there is enough new; returns 0, or 1 when it could not."""
    parent_death.exit_with_parent()
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s", stream=sys.stderr)
    _lower_priority()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # what is half done is put away
    job = RetrainJob(arguments, configuration.load_settings())
    try:
        with locate_redis(arguments.data_dir) as url:
            return job.watch(url) if arguments.watch else job.once(url, arguments.promote)
    except (NoRedis, StoreUnavailable, OSError, memory_check.RetrainingNotReady) as error:
        print(f"Retraining failed: {error}", file=sys.stderr)
        return 1


class RetrainJob:
    """What one `inkling retrain` does."""

    def __init__(self, arguments: argparse.Namespace, settings: ServerSettings) -> None:
        self._arguments, self._settings = arguments, settings
        self.models = models_folder(settings, arguments.data_dir)
        self._stop = threading.Event()
        self._child: Child | None = None

    def once(self, url: str, promote: bool) -> int:
        """Train a challenger; put it into service if it passes and that is wanted. Raises ValueError if it cannot."""
        memory_check.require_free_memory()
        with training_folder(url, self.models, self._arguments.data_dir, self._arguments.source) as (folder, count):
            log.info("retraining: %d drawings of the collection may be used", count)
            if not count:
                raise memory_check.RetrainingNotReady(
                    f"the collection holds no drawings of --source {self._arguments.source} that may teach (players decide what "
                    "is kept; imports teach under a licence that allows it, docs/data.md)"
                )
            code, output = self._model("retrain", "--players", str(folder), *self._folders(), *self._training())
            if code:
                return code
            result = json.loads(output.splitlines()[-1])
            self._show(result)
            if not promote or not result["gates"].get("passed"):
                return 0
            code, output = self._model("promote", result["version"], "--players", str(folder), *self._folders())
            sys.stdout.write(
                output if self._arguments.json else f"{result['version']} is in service\n" if not code else ""
            )
            return code

    def watch(self, url: str) -> int:
        """Train whenever enough was drawn since the last time, until told to stop."""
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, self._end)
        wanted, pause = self._settings.retrain_after, NEW_DRAWINGS_POLL_SECONDS
        while not self._stop.is_set():
            try:
                there = count_drawings(url, tombstone_file(self._arguments.data_dir.expanduser()))
                if self._new(there) >= wanted:
                    failed = self.once(url, promote=True)
                    if not failed:
                        self._note(there)
                    pause = FAILED_RUN_PAUSE_SECONDS if failed else NEW_DRAWINGS_POLL_SECONDS
            except (StoreUnavailable, ValueError, OSError) as error:
                log.warning("retraining is postponed: %s", error)
                pause = NEW_DRAWINGS_POLL_SECONDS
            self._stop.wait(pause)
        return 0

    def _end(self, *_: object) -> None:
        self._stop.set()
        if self._child is not None:
            self._child.terminate()

    def _new(self, there: int) -> int:
        """Count the drawings since the last run; erased ones are missing from both counts."""
        try:
            noted = int((self.models / "drawings-at-last-retraining").read_text())
        except (OSError, ValueError):
            return there
        if there < noted:
            self._note(there)
        return there - noted

    def _note(self, count: int) -> None:
        (self.models / "drawings-at-last-retraining").write_text(f"{count}\n")

    def _folders(self) -> list[str]:
        public = [str(folder) for folder in self._arguments.public or []] or _split_paths(self._settings.public)
        golden = str(self._arguments.golden or self._settings.golden)
        chosen = ["--public", *public] if public else []
        return chosen + (["--golden", golden] if golden not in ("", "None") else [])

    def _training(self) -> list[str]:
        seconds = self._arguments.seconds or self._settings.retrain_seconds
        return ["--seconds", str(seconds)] + (["--players-only"] if self._arguments.players_only else [])

    def _model(self, command: str, *rest: str) -> tuple[int, str]:
        """Run one command of `model` in a process of its own, the first that goes when memory is short."""
        from server.game.words.packs import write_pack_file

        with write_pack_file() as environment:
            words = [sys.executable, "-m", "model", command, *rest, "--models", str(self.models), "--json"]
            return asyncio.run(self._run_to_end(f"model {command}", words, environment))

    async def _run_to_end(self, name: str, words: Sequence[str], environment: dict[str, str]) -> tuple[int, str]:
        """Run a child; whoever interrupts this ends it, too. Returns its code and what it printed."""
        self._child = child = await Child.start(name, words, environment, stdout=PIPE, first_to_go=True)
        try:
            printed, _ = await child.output()
        finally:
            await child.stop()
        return await child.wait(), printed.decode()

    def _show(self, result: dict[str, object]) -> None:
        if self._arguments.json:
            print(json.dumps(result, ensure_ascii=False), flush=True)
            return
        gates = result["gates"]
        assert isinstance(gates, dict)
        for row in gates.get("rows", ()):
            mark = "passed" if row["passed"] else "FAILED"
            print(f"{mark}  {row['gate']:<58} {row['before']:>9} → {row['after']:<22} {row['limit']}")
        print(f"candidate {result['version']}; report: {result['report']}\n"
              f"put it into service with  inkling model promote {result['version']}", flush=True)  # fmt: skip


def models_folder(settings: ServerSettings, data_dir: Path | None = None) -> Path:
    """Return the folder of versions: INKLING_MODELS, else `models` in the data folder."""
    return Path(settings.models) if settings.models else (data_dir or default_data_dir()).expanduser() / "models"


@contextlib.contextmanager
def training_folder(url: str, models: Path, data_dir: Path, source: str = "player") -> Iterator[tuple[Path, int]]:
    """Write drawings that may teach into a private folder that is gone afterwards; yields it and how many they are."""
    models.mkdir(parents=True, exist_ok=True)
    for old in models.glob(".lessons-*"):
        if time.time() - old.stat().st_mtime > LEFTOVER_FOLDER_AGE_SECONDS:  # of a run that was killed
            shutil.rmtree(old, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix=".lessons-", dir=models) as name:
        folder = Path(name)
        yield folder, write_training_set(url, tombstone_file(data_dir.expanduser()), folder, source)


def promote_with_players(rest: Sequence[str]) -> int:
    """Do `inkling model promote`: with the players' drawings, if a Redis is to be had, the gates can judge by them."""
    own = argparse.ArgumentParser(add_help=False)
    own.add_argument("--data-dir", type=Path, default=default_data_dir())
    own.add_argument("--source", default="player")
    known, others = own.parse_known_args(list(rest))
    models = models_folder(configuration.load_settings(), known.data_dir)
    if any(word in others for word in ("--players", "--help", "-h")):
        return _run_promote(models, others)
    try:
        with (
            locate_redis(known.data_dir) as url,
            training_folder(url, models, known.data_dir, known.source) as (folder, count),
        ):
            return _run_promote(models, [*others, "--players", str(folder)] if count else others)
    except (NoRedis, StoreUnavailable) as error:
        print(f"without players' drawings: {error}", file=sys.stderr)
        return _run_promote(models, others)


def _run_promote(models: Path, rest: Sequence[str]) -> int:
    from server.game.words.packs import write_pack_file

    settings = configuration.load_settings()
    folders = ["--golden", settings.golden] if settings.golden and "--golden" not in rest else []
    public = ["--public", *_split_paths(settings.public)] if settings.public and "--public" not in rest else []
    with write_pack_file() as environment:
        environment["INKLING_MODELS"] = str(models)
        words = [sys.executable, "-m", "model", "promote", *rest, *folders, *public]
        return subprocess.run(words, env=environment, check=False).returncode


def _split_paths(text: str) -> list[str]:
    return [part for part in text.split(os.pathsep) if part]


def _lower_priority() -> None:
    """Take the lowest priority there is for processor and disk; children inherit it."""
    os.nice(RETRAIN_NICENESS)
    if hasattr(os, "sched_setscheduler"):
        with contextlib.suppress(OSError):
            os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))
    with contextlib.suppress(OSError, FileNotFoundError):
        subprocess.run(["ionice", "-c", "3", "-p", str(os.getpid())], check=False, stderr=subprocess.DEVNULL)
