"""The lock of an export's folder: one export writes into it at a time."""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from collections.abc import Iterator
from pathlib import Path

from server.drawings.export.folder.files import EXPORT_LOCK_FILE

MAX_LOCK_TRIES = 10
"""Attempts to lock a folder before another export counts as writing into it."""
LOCK_RETRY_SECONDS = 0.05
"""Between two tries to lock a folder."""


class ExportBusy(Exception):
    """Another export writes into this folder now."""


class ForeignFilesInTheWay(Exception):
    """A folder holds files that this export would overwrite and that are not its own."""


@contextlib.contextmanager
def lock_export_folder(folder: Path) -> Iterator[None]:
    """Hold a folder against other exports; the system lets go of it however the process ends.

    Raises ExportBusy, ForeignFilesInTheWay, OSError.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for _ in range(MAX_LOCK_TRIES):
        handle = _try_lock(folder / EXPORT_LOCK_FILE)
        if handle is not None:
            break
        time.sleep(LOCK_RETRY_SECONDS)  # somebody may only have looked whether this is being written
    else:
        raise ExportBusy(f"another export is writing into {folder}")
    try:
        yield
    finally:
        (folder / EXPORT_LOCK_FILE).unlink(missing_ok=True)
        os.close(handle)


def _try_lock(path: Path) -> int | None:
    """Take a lock; returns its handle, None if somebody else has it."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        if os.fstat(handle).st_size:
            raise ForeignFilesInTheWay(f"{path} is not the lock of an export")
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.fstat(handle).st_ino == path.stat().st_ino:
            return handle
    except (BlockingIOError, FileNotFoundError):
        pass
    except BaseException:
        os.close(handle)
        raise
    os.close(handle)
    return None


@contextlib.contextmanager
def try_flock(path: Path, flags: int = 0) -> Iterator[bool]:
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
