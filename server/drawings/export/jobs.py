"""Exports over HTTP: each is `inkling export` in a process and a folder of its own, one after the other.

What an export is doing is read from its folder. So any web process with the same folder can tell, and an export outlives the
web process that began it.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import logging
import os
import secrets
import shutil
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Literal

import msgspec

from server.decode_errors import DECODE_ERRORS
from server.drawings.export.folder.erased import EXPORT_NAME_PATTERN, withdraw_erased_files
from server.drawings.export.folder.files import EXPORT_LOCK_FILE, JOURNAL_FILE, KEYS_FOLDER, MANIFEST_FILE
from server.drawings.export.folder.journal import read_journal
from server.drawings.export.folder.lock import try_flock
from server.drawings.export.folder.ownership import read_manifest
from server.drawings.export.options import ExportOptions, decode_export_options, export_command_line
from server.drawings.export.tar_stream import TarPart, TarStream, padded_tar_bytes
from server.drawings.formats.ndjson import format_timestamp
from server.drawings.tombstones import Tombstones
from server.export_types import ExportedFile, ExportState
from server.rooms.ports import InvalidExport, TooManyExports
from server.runtime.background_tasks import log_task_failure
from server.runtime.rate_limited_log import RateLimitedLog
from server.runtime.supervisor import DEVNULL, PIPE, Child

log = logging.getLogger(__name__)

ORDER_FILE, ERROR_FILE, STOPPED_FILE = "order.json", "error.txt", "stopped"
"""Files in the folder of an export: what was asked for, why it failed, and that somebody stopped it."""
QUEUE_LOCK_FILE = "queue.lock"
"""Held by the web process that starts the next export."""
EXPORT_NICENESS = 10
"""Priority of an export's process, lower than that of everybody who plays."""
EXPORT_STOP_SECONDS = 20.0
"""Seconds an export that is deleted may take to end before it is killed."""
MAX_EXPORTS_KEPT = 20
"""Exports that are kept; further ones are refused until some are deleted."""
INTERNAL_FILES = frozenset({JOURNAL_FILE, KEYS_FOLDER, EXPORT_LOCK_FILE})
"""Files in an export that are never handed out."""
MAX_ERROR_BYTES = 2000
"""Bytes of an export's last words that are kept."""


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
        """Queue an export. Raises InvalidExport, TooManyExports, OSError."""
        try:
            options = decode_export_options(body)
        except (*DECODE_ERRORS, ValueError) as error:
            raise InvalidExport(str(error)[:200]) from None
        if len(self._names()) >= MAX_EXPORTS_KEPT:
            raise TooManyExports
        name = secrets.token_hex(8)
        # The folder gets its name when the order in it is complete: a folder without one is no export.
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
        folder = self._folder_of(name)
        if folder is None:
            return None
        try:
            options = decode_export_options((folder / ORDER_FILE).read_bytes())
        except (*DECODE_ERRORS, OSError, ValueError) as error:
            # It keeps no other export waiting.
            self._unreadable.warning("cannot read the order of export %s: %s", name, error)
            return None
        try:
            return self._state_in(folder, options)
        except OSError as error:
            self._unreadable.warning("cannot read the folder of export %s: %s", name, error)
            return None

    def _state_in(self, folder: Path, options: ExportOptions) -> ExportState:
        name = folder.name
        written = read_manifest(folder / "out")
        if written is not None:
            manifest: ExportedFile = {"file": MANIFEST_FILE, "bytes": (folder / "out" / MANIFEST_FILE).stat().st_size}
            return {
                "id": name, "order": options, "state": "done", "drawings": written["counts"]["drawings"],
                "expected": written["counts"]["drawings"], "files": [*written["files"], manifest],
                "empty_because": written.get("empty_because", []),
            }  # fmt: skip
        journal = read_journal(folder / "out")
        files = [msgspec.to_builtins(file) for file in journal.files] if journal is not None else []
        error = (
            (folder / ERROR_FILE).read_text(encoding="utf-8")[-500:].strip() if (folder / ERROR_FILE).exists() else ""
        )
        return {
            "id": name, "order": options, "state": self._activity(name, error), "drawings": sum(file["drawings"] for file in files),
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
        folder = self._folder_of(name)
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

        Raises StoreUnavailable, OSError.
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
                state = self.state(name)
                if state is not None and state["state"] == "waiting" and await self._start_process(name):
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

    async def _start_process(self, name: str) -> bool:
        """Start an export's process; returns whether the export is still there."""
        folder = self._folder / name
        try:
            options = decode_export_options((folder / ORDER_FILE).read_bytes())
        except (*DECODE_ERRORS, OSError, ValueError) as error:
            log.warning("export %s is passed over, its folder went while it waited: %s", name, error)
            return False
        environment = {**os.environ, "REDIS_URL": self._redis_url, "INKLING_ERASED": str(self._erased)}
        command = [sys.executable, "-m", "server", "export", "--out", str(folder / "out"), "--resume", "--renewable",
                   "--allow-empty", *export_command_line(options)]  # fmt: skip
        self._running[name] = child = await Child.start(
            f"export {name}", command, environment,
            stdin=DEVNULL, stdout=DEVNULL, stderr=PIPE, niceness=EXPORT_NICENESS,
        )  # fmt: skip
        task = asyncio.create_task(self._watch(name, child), name="export watched")
        self._watching.add(task)
        task.add_done_callback(self._watching.discard)
        task.add_done_callback(log_task_failure)
        return True

    async def _watch(self, name: str, child: Child) -> None:
        """Wait for an export's process, note how it ended, and start the next one."""
        _, stderr = await child.output()
        code = await child.wait()
        self._running.pop(name, None)
        folder = self._folder / name
        if not (folder / ORDER_FILE).is_file():
            # Its folder went while it was written, and the process has made it again: nobody can ask for what is in it.
            await asyncio.to_thread(shutil.rmtree, folder, True)
        elif code not in (0, 130, -15):
            with suppress(OSError):
                (folder / ERROR_FILE).write_bytes(stderr[-MAX_ERROR_BYTES:] or b"the export ended without a word")
        elif code and not self._closed:
            with suppress(OSError):
                (folder / STOPPED_FILE).touch()
        await self.run_next()

    async def _out(self, name: str) -> Path | None:
        """Return the folder of an export's files, without those that hold a drawing that was erased since."""
        folder = self._folder_of(name)
        if folder is None:
            return None
        out = (folder / "out").resolve()
        if await withdraw_erased_files(out, self._tombstones):
            await self.run_next()
        return out

    def _activity(self, name: str, error: str) -> Literal["waiting", "running", "failed", "interrupted"]:
        if self._is_running(name):
            return "running"
        if error:
            return "failed"
        return "interrupted" if (self._folder / name / STOPPED_FILE).exists() else "waiting"

    def _names(self) -> list[str]:
        """List the exports, the first ordered first."""
        found: list[tuple[int, str]] = []
        for path in self._folder.glob("*"):
            if EXPORT_NAME_PATTERN.fullmatch(path.name):
                with suppress(OSError):  # one without an order is no export, or no longer one
                    found.append(((path / ORDER_FILE).stat().st_mtime_ns, path.name))
        return [name for _, name in sorted(found)]

    def _folder_of(self, name: str) -> Path | None:
        folder = self._folder / name
        return folder if EXPORT_NAME_PATTERN.fullmatch(name) and (folder / ORDER_FILE).is_file() else None

    def _is_running(self, name: str) -> bool:
        child = self._running.get(name)
        if child is not None and child.is_running():
            return True
        try:
            with try_flock(self._folder / name / "out" / EXPORT_LOCK_FILE) as free:
                return not free
        except OSError:
            return False

    @contextlib.contextmanager
    def _queue(self) -> Iterator[bool]:
        """Hold the queue against other web processes; yields whether it is ours."""
        with try_flock(self._folder / QUEUE_LOCK_FILE, os.O_CREAT) as free:
            yield free
