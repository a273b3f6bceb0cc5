"""Which drawings lie in which file of an export, so that files with erased ones can be removed."""

from __future__ import annotations

import asyncio
import re
from array import array
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from server.drawings.export.folder.files import (
    EXPORT_LOCK_FILE,
    KEYS_FOLDER,
    MANIFEST_FILE,
    remove_path,
    write_atomically,
)
from server.drawings.export.folder.journal import ExportFileEntry, ExportJournal, read_journal, write_journal
from server.drawings.export.folder.lock import ExportBusy, ForeignFilesInTheWay, lock_export_folder
from server.drawings.export.folder.ownership import remove_owned_path
from server.drawings.file_names import word_file_name
from server.drawings.tombstones import Tombstones

EXPORT_NAME_PATTERN = re.compile(r"[0-9a-f]{16}")
"""How the folder of an export over HTTP is called."""


def write_keys_file(folder: Path, file: ExportFileEntry, keys: array[int]) -> None:
    """Note which drawings lie in a file, before the journal names it. Raises OSError."""
    path = _keys_file(folder, file)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, keys.tobytes())


def _keys_file(folder: Path, file: ExportFileEntry) -> Path:
    return folder / KEYS_FOLDER / file.part / word_file_name(file.word)


async def drop_files_with_erased(folder: Path, journal: ExportJournal, tombstones: Tombstones) -> list[str]:
    """Remove the files that hold a drawing that was erased since, and their words from the journal; returns the words.

    Raises OSError, StoreUnavailable.
    """
    state = (await tombstones.state()).decode()
    if state == journal.compared:
        return []
    words = await asyncio.to_thread(_words_with_erased, folder, journal.files, await tombstones.names())
    gone = [file for file in journal.files if file.word in words]
    if gone:
        # The manifest goes first: an export without one is not finished, whatever happens in between.
        (folder / MANIFEST_FILE).unlink(missing_ok=True)
    journal.files = [file for file in journal.files if file.word not in words]
    journal.passed = [word for word in journal.passed if word not in words]
    journal.compared = state
    write_journal(folder, journal)
    for file in gone:
        remove_owned_path(folder / file.file)
    return sorted(words)


def _words_with_erased(folder: Path, files: Sequence[ExportFileEntry], erased: npt.NDArray[np.uint64]) -> set[str]:
    """Return the words whose files hold an erased drawing, or of which it is not known what they hold."""
    found = set()
    for file in files:
        try:
            keys = np.fromfile(_keys_file(folder, file), np.uint64)
        except OSError:
            keys = np.zeros(0, np.uint64)
        if len(keys) != file.drawings or np.isin(keys, erased).any():
            found.add(file.word)
    return found


async def withdraw_erased_files(out: Path, tombstones: Tombstones) -> int:
    """Remove the files of an export that is not being written which hold erased drawings; returns how many.

    All files go of a finished one of which it is not known what it holds: earlier versions left no journal. The export is
    unfinished then. One that is being written compares before it ends. Raises StoreUnavailable, OSError.
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

    Raises StoreUnavailable, OSError.
    """
    return sum(
        [
            await withdraw_erased_files(path / "out", tombstones)
            for path in sorted(folder.glob("*"))
            if EXPORT_NAME_PATTERN.fullmatch(path.name)
        ]
    )
