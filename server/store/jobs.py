"""Exports that were ordered over HTTP: each is `inkling export` in a process of its own, in a folder of its own.

What a job is doing is read from its folder, so that any web process with the same folder can tell, and a job outlives the web
process that began it.
"""

from __future__ import annotations

import asyncio
import fcntl
import json
import os
import re
import secrets
import shutil
import sys
from contextlib import suppress
from pathlib import Path

import msgspec

from server.bodies import ExportedFile, ExportState
from server.rooms.ports import BadOrder, Full
from server.store.exporting import LOCK, read_journal
from server.store.formats.lines import timestamp_of
from server.store.order import Order, read_order

ORDER, ERROR = "order.json", "error.txt"
NAME = re.compile(r"[0-9a-f]{16}")
NICE = 10
MOST = 20
"""Exports that are kept; further ones are refused until some are deleted."""


class Jobs:
    """Starts, resumes, lists and removes exports."""

    def __init__(self, folder: Path, redis_url: str, erased: Path) -> None:
        self._folder, self._redis_url, self._erased = folder, redis_url, erased
        self._running: dict[str, asyncio.subprocess.Process] = {}
        self._watching: set[asyncio.Task[None]] = set()

    async def start(self, body: bytes) -> ExportState:
        """Begin an export. Raises BadOrder, Full, OSError."""
        try:
            order = read_order(body)
        except (ValueError, msgspec.DecodeError) as error:
            raise BadOrder(str(error)[:200]) from None
        names = self._names()
        if len(names) >= MOST or any(self._is_running(name) for name in names):
            raise Full
        name = secrets.token_hex(8)
        (self._folder / name).mkdir(parents=True)
        (self._folder / name / ORDER).write_bytes(msgspec.json.encode(order))
        await self._run(name)
        state = self.state(name)
        if state is None:
            raise OSError("the export's folder is gone")
        return state

    async def resume(self, name: str) -> ExportState | None:
        """Go on with an interrupted export; None if there is no such one."""
        state = self.state(name)
        if state is not None and state["state"] in ("failed", "interrupted"):
            await self._run(name)
        return self.state(name)

    def all(self) -> list[ExportState]:
        """Tell of all exports."""
        return [state for name in self._names() if (state := self.state(name)) is not None]

    def state(self, name: str) -> ExportState | None:
        """Tell how far an export is; None if there is no such one."""
        folder = self._of(name)
        if folder is None:
            return None
        order = read_order((folder / ORDER).read_bytes())
        manifest = folder / "out" / "manifest.json"
        if manifest.exists():
            written = json.loads(manifest.read_bytes())
            return {
                "id": name, "order": order, "state": "done", "drawings": written["counts"]["drawings"],
                "expected": written["counts"]["drawings"], "files": [*written["files"], _loose(folder, "manifest.json")],
            }  # fmt: skip
        journal = read_journal(folder / "out")
        files = [msgspec.to_builtins(line) for line in journal.lines] if journal is not None else []
        error = (folder / ERROR).read_text(encoding="utf-8")[-500:].strip() if (folder / ERROR).exists() else ""
        return {
            "id": name, "order": order,
            "state": "running" if self._is_running(name) else "failed" if error else "interrupted", "drawings": sum(line["drawings"] for line in files),
            "expected": 0 if journal is None else journal.expected, "files": files, "error": error,
            "began": None if journal is None else timestamp_of(int(journal.now)),
        }  # fmt: skip

    def file(self, name: str, path: str) -> Path | None:
        """Find a complete file of an export; None for anything else."""
        folder = self._of(name)
        if folder is None:
            return None
        out = (folder / "out").resolve()
        found = (out / path).resolve()
        if not found.is_relative_to(out) or not found.is_file():
            return None
        hidden = any(part.endswith(".part") for part in found.relative_to(out).parts)
        return None if hidden or found.name in ("export.journal", LOCK) or found.suffix == ".new" else found

    async def remove(self, name: str) -> bool:
        """Stop and delete an export; False if there is no such one."""
        folder = self._of(name)
        if folder is None:
            return False
        process = self._running.get(name)
        if process is not None and process.returncode is None:
            process.terminate()
            await process.wait()
        await asyncio.to_thread(shutil.rmtree, folder, True)
        return True

    async def close(self) -> None:
        """Stop what runs; it can be resumed."""
        for process in self._running.values():
            if process.returncode is None:
                process.terminate()
        await self.wait()

    async def wait(self) -> None:
        """Wait until nothing runs."""
        for task in list(self._watching):
            await task

    async def _run(self, name: str) -> None:
        folder = self._folder / name
        order = read_order((folder / ORDER).read_bytes())
        (folder / ERROR).unlink(missing_ok=True)
        environment = {**os.environ, "REDIS_URL": self._redis_url, "INKLING_ERASED": str(self._erased)}
        command = [sys.executable, "-m", "server", "export", "--out", str(folder / "out"), "--resume", *_options(order)]
        process = await asyncio.create_subprocess_exec(
            *command, env=environment, stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        with suppress(OSError):
            # Whoever plays comes first.
            os.setpriority(os.PRIO_PROCESS, process.pid, NICE)
        self._running[name] = process
        task = asyncio.create_task(self._watch(name, process), name=f"export {name}")
        self._watching.add(task)
        task.add_done_callback(self._watching.discard)

    async def _watch(self, name: str, process: asyncio.subprocess.Process) -> None:
        _, said = await process.communicate()
        self._running.pop(name, None)
        if process.returncode not in (0, 130, -15):
            with suppress(OSError):
                (self._folder / name / ERROR).write_bytes(said[-2000:] or b"the export ended without a word")

    def _names(self) -> list[str]:
        return sorted(path.name for path in self._folder.glob("*") if NAME.fullmatch(path.name))

    def _of(self, name: str) -> Path | None:
        folder = self._folder / name
        return folder if NAME.fullmatch(name) and (folder / ORDER).is_file() else None

    def _is_running(self, name: str) -> bool:
        process = self._running.get(name)
        if process is not None and process.returncode is None:
            return True
        try:
            handle = os.open(self._folder / name / "out" / LOCK, os.O_RDWR)
        except OSError:
            return False
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(handle)
        return False


def _loose(folder: Path, name: str) -> ExportedFile:
    return {"file": name, "bytes": (folder / "out" / name).stat().st_size}


def _options(order: Order) -> list[str]:
    words = ["--format", order.format, "--source", order.source]
    for word in order.words or ():
        words += [f"--word={word}"]
    for name in ("since", "until"):
        value = getattr(order, name)
        if value is not None:
            words += [f"--{name}", timestamp_of(int(value)).removesuffix("00 UTC") + "Z"]
    if order.recognized is not None:
        words += ["--recognized", "true" if order.recognized else "false"]
    if order.model is not None:
        words += [f"--model={order.model}"]
    if order.min_ink is not None:
        words += [f"--min-ink={order.min_ink}"]
    flags = ("finished", "provenance", "stable_players")
    return words + [f"--{flag.replace('_', '-')}" for flag in flags if getattr(order, flag)]
