"""Exports that were ordered over HTTP: each is `inkling export` in a process of its own, in a folder of its own, one after the other.

What a job is doing is read from its folder, so that any web process with the same folder can tell, and a job outlives the web
process that began it.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import hashlib
import logging
import os
import re
import secrets
import shutil
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Literal

import msgspec

from server.api_types import ExportedFile, ExportState
from server.drawings.export.folder import (
    EXPORT_LOCK_FILE,
    JOURNAL_FILE,
    KEYS_FOLDER,
    MANIFEST_FILE,
    ExportBusy,
    ForeignFilesInTheWay,
    drop_files_with_erased,
    lock_export_folder,
    read_journal,
    read_manifest,
    remove_path,
)
from server.drawings.export.options import ExportOptions, decode_export_options
from server.drawings.export.tar_stream import TarPart, TarStream, padded_tar_bytes
from server.drawings.formats.ndjson import format_timestamp
from server.drawings.tombstones import Tombstones
from server.rooms.ports import InvalidExport, TooManyExports
from server.runtime.background_tasks import log_task_failure
from server.runtime.rate_limited_log import RateLimitedLog
from server.runtime.supervisor import DEVNULL, PIPE, Child

log = logging.getLogger(__name__)

ORDER_FILE, ERROR_FILE, STOPPED_FILE = "order.json", "error.txt", "stopped"
QUEUE_LOCK_FILE = "queue.lock"
EXPORT_NAME_PATTERN = re.compile(r"[0-9a-f]{16}")
EXPORT_NICENESS = 10
EXPORT_STOP_SECONDS = 20.0
"""Seconds an export that is deleted may take to end before it is killed."""
MAX_EXPORTS_KEPT = 20
"""Exports that are kept; further ones are refused until some are deleted."""
INTERNAL_FILES = frozenset({JOURNAL_FILE, KEYS_FOLDER, EXPORT_LOCK_FILE})


class ExportJobs:
    """Queues, starts, resumes, lists and removes exports."""

    def __init__(self, folder: Path, redis_url: str, erased: Path, tombstones: Tombstones) -> None:
        self._folder, self._redis_url, self._erased = folder, redis_url, erased
        self._tombstones = tombstones
        self._running: dict[str, Child] = {}
        self._watching: set[asyncio.Task[None]] = set()
        self._closed = False
        self._unreadable = RateLimitedLog(log)

    async def start(self, body: bytes) -> ExportState:
        """Queue an export. Raises BadOrder, Full, OSError."""
        try:
            options = decode_export_options(body)
        except (ValueError, msgspec.DecodeError) as error:
            raise InvalidExport(str(error)[:200]) from None
        if len(self._names()) >= MAX_EXPORTS_KEPT:
            raise TooManyExports
        name = secrets.token_hex(8)
        # The order gets its place when it is complete: a folder without one is no export.
        made = self._folder / f"new-{name}"
        made.mkdir(parents=True)
        try:
            (made / ORDER_FILE).write_bytes(msgspec.json.encode(options))
            made.replace(self._folder / name)
        except OSError:
            shutil.rmtree(made, ignore_errors=True)
            raise
        await self.run_next()
        state = self.state(name)
        if state is None:
            raise OSError("the export's folder is gone")
        return state

    async def resume(self, name: str) -> ExportState | None:
        """Queue an interrupted or failed export again; None if there is no such one."""
        state = self.state(name)
        if state is not None and state["state"] in ("failed", "interrupted"):
            for note in (ERROR_FILE, STOPPED_FILE):
                (self._folder / name / note).unlink(missing_ok=True)
            await self.run_next()
        return self.state(name)

    def all(self) -> list[ExportState]:
        """Tell of all exports, the first ordered first."""
        return [state for name in self._names() if (state := self.state(name)) is not None]

    def state(self, name: str) -> ExportState | None:
        """Tell how far an export is; None if there is no such one."""
        folder = self._of(name)
        if folder is None:
            return None
        try:
            order = decode_export_options((folder / ORDER_FILE).read_bytes())
        except (OSError, ValueError, msgspec.DecodeError) as damage:
            # It keeps no other export waiting.
            self._unreadable.warning("the order of export %s cannot be read: %s", name, damage)
            return None
        written = read_manifest(folder / "out")
        if written is not None:
            manifest: ExportedFile = {"file": MANIFEST_FILE, "bytes": (folder / "out" / MANIFEST_FILE).stat().st_size}
            return {
                "id": name, "order": order, "state": "done", "drawings": written["counts"]["drawings"],
                "expected": written["counts"]["drawings"], "files": [*written["files"], manifest],
                "empty_because": written.get("empty_because", []),
            }  # fmt: skip
        journal = read_journal(folder / "out")
        files = [msgspec.to_builtins(file) for file in journal.files] if journal is not None else []
        error = (
            (folder / ERROR_FILE).read_text(encoding="utf-8")[-500:].strip() if (folder / ERROR_FILE).exists() else ""
        )
        return {
            "id": name, "order": order, "state": self._doing(name, error), "drawings": sum(file["drawings"] for file in files),
            "expected": 0 if journal is None else journal.expected, "files": files, "error": error,
            "began": None if journal is None else format_timestamp(int(journal.now)),
        }  # fmt: skip

    async def file(self, name: str, path: str) -> Path | None:
        """Find a complete file of an export; None for anything else, and for one with a drawing that was erased since."""
        out = await self._out(name)
        found = None if out is None else (out / path).resolve()
        if out is None or found is None or not found.is_relative_to(out) or not found.is_file():
            return None
        inside = found.relative_to(out).parts
        hidden = any(".part" in part for part in inside)
        return None if hidden or inside[0] in INTERNAL_FILES or found.suffix == ".new" else found

    async def tar(self, name: str) -> TarStream | None:
        """Return all files of a finished export as one tar; None if there is none."""
        out = await self._out(name)
        journal = None if out is None else read_journal(out)
        if out is None or journal is None or read_manifest(out) is None:
            return None
        manifest = (out / MANIFEST_FILE).read_bytes()
        parts = [TarPart(MANIFEST_FILE, padded_tar_bytes(len(manifest)))]
        parts += [TarPart(card, padded_tar_bytes((out / card).stat().st_size)) for card in journal.card]
        parts += [TarPart(file.file, file.tar_bytes) for file in sorted(journal.files, key=lambda file: file.file)]
        return TarStream(out, parts, hashlib.sha256(manifest).hexdigest()[:32])

    async def remove(self, name: str) -> bool:
        """Stop and delete an export; False if there is no such one."""
        folder = self._of(name)
        if folder is None:
            return False
        (folder / STOPPED_FILE).touch()
        child = self._running.get(name)
        if child is not None:
            await child.stop(seconds=EXPORT_STOP_SECONDS)
        await asyncio.to_thread(shutil.rmtree, folder, True)
        await self.run_next()
        return True

    async def withdraw_erased(self) -> int:
        """Remove files of finished exports that hold drawings which were erased since, and write them anew; returns how many.

        Raises StoreAway, OSError.
        """
        count = sum(
            [await withdraw_erased_files(self._folder / name / "out", self._tombstones) for name in self._names()]
        )
        if count:
            await self.run_next()
        return count

    async def run_next(self) -> None:
        """Start the export that has waited longest, unless one is running."""
        if self._closed or not self._folder.is_dir():
            return
        with self._queue() as first:
            names = self._names() if first else []
            if any(self._is_running(name) for name in names):
                return
            for name in names:
                if (state := self.state(name)) is not None and state["state"] == "waiting":
                    await self._run(name)
                    return

    async def close(self) -> None:
        """Stop what runs; it goes on when a web process starts."""
        self._closed = True
        for child in self._running.values():
            child.terminate()
        await self.wait()

    async def wait(self) -> None:
        """Wait until nothing runs and nothing waits."""
        while self._watching:
            await asyncio.gather(*self._watching)

    async def _run(self, name: str) -> None:
        folder = self._folder / name
        options = decode_export_options((folder / ORDER_FILE).read_bytes())
        environment = {**os.environ, "REDIS_URL": self._redis_url, "INKLING_ERASED": str(self._erased)}
        command = [sys.executable, "-m", "server", "export", "--out", str(folder / "out"), "--resume", "--renewable",
                   "--allow-empty", *export_command_line(options)]  # fmt: skip
        # Whoever plays comes first.
        self._running[name] = child = await Child.start(
            f"export {name}", command, environment,
            stdin=DEVNULL, stdout=DEVNULL, stderr=PIPE, niceness=EXPORT_NICENESS,
        )  # fmt: skip
        task = asyncio.create_task(self._watch(name, child), name="export watched")
        self._watching.add(task)
        task.add_done_callback(self._watching.discard)
        task.add_done_callback(log_task_failure)

    async def _watch(self, name: str, child: Child) -> None:
        _, said = await child.output()
        code = await child.wait()
        self._running.pop(name, None)
        if code not in (0, 130, -15):
            with suppress(OSError):
                (self._folder / name / ERROR_FILE).write_bytes(said[-2000:] or b"the export ended without a word")
        elif code and not self._closed:
            with suppress(OSError):
                (self._folder / name / STOPPED_FILE).touch()
        await self.run_next()

    async def _out(self, name: str) -> Path | None:
        """Return the folder of an export's files, without those that hold a drawing that was erased since."""
        folder = self._of(name)
        if folder is None:
            return None
        out = (folder / "out").resolve()
        if await withdraw_erased_files(out, self._tombstones):
            await self.run_next()
        return out

    def _doing(self, name: str, error: str) -> Literal["waiting", "running", "failed", "interrupted"]:
        if self._is_running(name):
            return "running"
        if error:
            return "failed"
        return "interrupted" if (self._folder / name / STOPPED_FILE).exists() else "waiting"

    def _names(self) -> list[str]:
        """List the exports, the first ordered first."""
        found = [
            path
            for path in self._folder.glob("*")
            if EXPORT_NAME_PATTERN.fullmatch(path.name) and (path / ORDER_FILE).is_file()
        ]
        return [
            path.name for path in sorted(found, key=lambda path: ((path / ORDER_FILE).stat().st_mtime_ns, path.name))
        ]

    def _of(self, name: str) -> Path | None:
        folder = self._folder / name
        return folder if EXPORT_NAME_PATTERN.fullmatch(name) and (folder / ORDER_FILE).is_file() else None

    def _is_running(self, name: str) -> bool:
        child = self._running.get(name)
        if child is not None and child.is_running():
            return True
        try:
            with _try_flock(self._folder / name / "out" / EXPORT_LOCK_FILE) as free:
                return not free
        except OSError:
            return False

    @contextlib.contextmanager
    def _queue(self) -> Iterator[bool]:
        """Hold the queue against other web processes; yields whether it is ours."""
        with _try_flock(self._folder / QUEUE_LOCK_FILE, os.O_CREAT) as free:
            yield free


@contextlib.contextmanager
def _try_flock(path: Path, flags: int = 0) -> Iterator[bool]:
    """Hold a lock for a moment; yields whether nobody else has it. Raises OSError if there is none."""
    handle = os.open(path, os.O_RDWR | flags, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            free = True
        except BlockingIOError:
            free = False
        yield free
    finally:
        os.close(handle)


async def withdraw_erased_files(out: Path, tombstones: Tombstones) -> int:
    """Remove the files of an export that is not being written which hold erased drawings; returns how many.

    All files go of a finished one of which it is not known what it holds: earlier versions left no journal. The export is
    unfinished then. One that is being written compares before it ends. Raises StoreAway, OSError.
    """
    journal, state = read_journal(out), (await tombstones.state()).decode()
    if state == ("" if journal is None else journal.compared) or (
        journal is None and not (out / MANIFEST_FILE).is_file()
    ):
        return 0
    try:
        with lock_export_folder(out):
            journal = read_journal(out)
            if journal is not None:
                return len(await drop_files_with_erased(out, journal, tombstones))
            unknown = [path for path in out.iterdir() if path.name not in (EXPORT_LOCK_FILE, MANIFEST_FILE)]
            # The manifest goes last: what an interruption leaves is seen to the next time.
            for path in [*unknown, out / MANIFEST_FILE]:
                await asyncio.to_thread(remove_path, path)
            return len(unknown)
    except (ExportBusy, ForeignFilesInTheWay):
        return 0


async def withdraw_erased_from_all(folder: Path, tombstones: Tombstones) -> int:
    """Remove files with erased drawings from all exports of a folder; a web process writes them anew. Returns how many.

    Raises StoreAway, OSError.
    """
    return sum(
        [
            await withdraw_erased_files(path / "out", tombstones)
            for path in sorted(folder.glob("*"))
            if EXPORT_NAME_PATTERN.fullmatch(path.name)
        ]
    )


def export_command_line(options: ExportOptions) -> list[str]:
    """Return the command line of an export."""
    words = ["--format", options.format, "--source", options.source]
    for word in options.words or ():
        words += [f"--word={word}"]
    for name in ("since", "until"):
        value = getattr(options, name)
        if value is not None:
            words += [f"--{name}", format_timestamp(int(value)).removesuffix("00 UTC") + "Z"]
    if options.recognized is not None:
        words += ["--recognized", "true" if options.recognized else "false"]
    if options.model is not None:
        words += [f"--model={options.model}"]
    if options.min_ink is not None:
        words += [f"--min-ink={options.min_ink}"]
    for name in ("max_doubt", "min_hit", "limit", "sample", "split"):
        if (value := getattr(options, name)) is not None:
            words += [f"--{name.replace('_', '-')}={value}"]
    words += [f"--seed={options.seed}"]
    flags = ("finished", "dedup", "provenance", "stable_players", "untimed")
    return words + [f"--{flag.replace('_', '-')}" for flag in flags if getattr(options, flag)]
