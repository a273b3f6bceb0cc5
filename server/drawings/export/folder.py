"""The folder of an export: whose files are whose, what an unfinished export has to remember, and which drawings lie in which file.

An export owns what its own journal or manifest names, and nothing else.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import hashlib
import json
import os
import shutil
import time
from array import array
from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import numpy as np
import numpy.typing as npt
from msgspec import Struct, field

from server.drawings.export.file_names import word_file_name
from server.drawings.export.options import ExportOptions
from server.drawings.formats import EXPORT_FORMATS
from server.drawings.tombstones import Tombstones

MANIFEST_SCHEMA = "inkling-export/3"
MANIFEST_SCHEMA_PREFIX = "inkling-export/"
MANIFEST_FILE, CARD_FILE, JOURNAL_FILE, KEYS_FOLDER, EXPORT_LOCK_FILE = (
    "manifest.json",
    "README.md",
    "export.journal",
    "export.keys",
    "export.lock",
)
"""`export.keys` is a folder: for each word, the key_ids of its file's drawings, eight bytes each."""
CHECKSUMS_FILE = "SHA256SUMS"
MAX_NAMES_SHOWN = 5
MAX_LOCK_TRIES, LOCK_RETRY_SECONDS = 10, 0.05
"""How often a folder is tried to be locked, and seconds between."""


class ExportFileEntry(Struct):
    """A complete file, as the manifest tells of it. A folder of pictures has the checksum of its list."""

    word: str
    file: str
    drawings: int
    bytes: int
    sha256: str
    recognized: int
    models: list[str]
    licences: list[str]
    tar_bytes: int = 0
    """How long it is in a tar."""
    part: str = ""
    """train, validation or test, where the export is split into folders."""


class ExportJournal(Struct):
    """What an interrupted export has to know to go on as if nothing had happened."""

    options: ExportOptions = field(name="order")
    now: float
    """When it began (ms, UTC): no later drawing is in it."""
    salt: str
    words: list[str]
    expected: int
    """At most so many drawings."""
    files: list[ExportFileEntry] = field(default_factory=list, name="lines")
    passed: list[str] = field(default_factory=list)
    """Words that are done."""
    compared: str = ""
    """The state of the tombstones when the files were compared with them."""
    left_out: dict[str, dict[str, int]] = field(default_factory=dict)
    """Of each word, how many drawings that the filter wants were left out, and why (`server.drawings.selection`)."""
    replaces: list[str] = field(default_factory=list)
    """What earlier exports wrote: each lies there until the new file takes its name, the rest until this one is complete."""
    foreign: list[str] = field(default_factory=list)
    """What was in the way when it began and is no export's, as long as no file of this one has taken its name."""

    def alias(self, player: str) -> str:
        """Name a player in this export."""
        if self.options.stable_players:
            return player
        return hashlib.blake2b(player.encode(), digest_size=8, key=self.salt.encode()).hexdigest()

    def target(self, word: str, part: str = "") -> str:
        """Name the file or folder of a word, and of a part (train, validation, test) where there are any."""
        return EXPORT_FORMATS[self.options.format].path.replace(
            "NAME", f"{part}/{word_file_name(word)}" if part else word_file_name(word)
        )

    def targets(self, words: Iterable[str]) -> list[str]:
        """Name all files or folders of some words."""
        return [self.target(word, part) for word in words for part in self.options.parts]

    @property
    def card(self) -> list[str]:
        """The dataset card, where the format has one."""
        return [CARD_FILE] if EXPORT_FORMATS[self.options.format].card else []


class ExportBusy(Exception):
    """Another export writes into this folder now."""


class ForeignFilesInTheWay(Exception):
    """A folder holds files that this export would overwrite and that are not its own."""


class ForeignEntry(NamedTuple):
    """What lies where an export will write and is no export's."""

    name: str
    word: str | None
    """The word whose file takes its name; None for the export's own files."""
    folder: bool
    """A folder, or something in one, is never replaced."""


@contextlib.contextmanager
def lock_export_folder(folder: Path) -> Iterator[None]:
    """Hold a folder against other exports; the system lets go of it however the process ends.

    Raises Busy, InTheWay, OSError.
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


def read_journal(folder: Path) -> ExportJournal | None:
    """Return the journal of an unfinished export in a folder."""
    try:
        return msgspec.json.decode((folder / JOURNAL_FILE).read_bytes(), type=ExportJournal)
    except (OSError, msgspec.DecodeError, ValueError):
        return None


def write_journal(folder: Path, journal: ExportJournal) -> None:
    """Write the journal. Raises OSError."""
    write_atomically(folder / JOURNAL_FILE, msgspec.json.encode(journal))


def read_manifest(folder: Path) -> dict[str, Any] | None:
    """Return the manifest that an export wrote into a folder; None if there is none, or another program's."""
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError, AttributeError):
        manifest: dict[str, Any] = json.loads((folder / MANIFEST_FILE).read_text(encoding="utf-8"))
        if manifest["schema"].startswith(MANIFEST_SCHEMA_PREFIX):
            return manifest
    return None


# -- whose files are whose ---------------------------------------------------------------------------------


def list_owned_names(folder: Path) -> set[str]:
    """Return the names that earlier exports wrote into a folder, as their journal and manifest tell."""
    names: set[str] = set()
    journal, manifest = read_journal(folder), read_manifest(folder)
    if journal is not None:
        for target in journal.targets(journal.words):
            names |= {target, *(str(path.relative_to(folder)) for path in find_part_files(folder, target))}
        names -= set(journal.foreign)
        names |= {JOURNAL_FILE, KEYS_FOLDER, *journal.replaces, *(file.file for file in journal.files)}
    if manifest is not None:
        names.add(MANIFEST_FILE)
        with contextlib.suppress(KeyError, TypeError):
            names |= {str(file["file"]) for file in manifest["files"]}
            names |= {CARD_FILE} if EXPORT_FORMATS[manifest["format"]].card else set()
    return {name for name in names if _is_inside(folder, name)}


def find_foreign_entries(folder: Path, journal: ExportJournal) -> list[ForeignEntry]:
    """List what lies where an export will write and is not an earlier export's."""
    mine = list_owned_names(folder)
    loose = [MANIFEST_FILE, JOURNAL_FILE, KEYS_FOLDER, *journal.card]
    found: list[ForeignEntry] = []

    def look(name: str, word: str | None) -> None:
        path = folder / name
        if name in mine:
            found.extend(ForeignEntry(f"{name}/{inside}", word, True) for inside in _list_foreign_files(path))
        elif path.is_symlink() or path.exists():
            found.append(ForeignEntry(name, word, path.is_dir() and not path.is_symlink()))

    for name in [*loose, *(f"{name}.new" for name in loose)]:
        look(name, None)
    for word in journal.words:
        for target in journal.targets([word]) if word not in journal.passed else ():
            look(target, word)
            for path in find_part_files(folder, target):
                name = str(path.relative_to(folder))
                if name not in mine:
                    found.append(ForeignEntry(name, word, path.is_dir() and not path.is_symlink()))
    return found


def remove_owned_files(folder: Path, keep: Collection[str] = ()) -> None:
    """Remove what earlier exports wrote, and only that, but for some names."""
    parents = set()
    for name in sorted(list_owned_names(folder).difference(keep)):
        remove_owned_path(folder / name)
        parents |= {folder / parent for parent in Path(name).parents if parent.parts}
    for parent in sorted(parents, reverse=True):  # the innermost first
        with contextlib.suppress(OSError):
            parent.rmdir()


def remove_part_files(folder: Path, journal: ExportJournal) -> None:
    """Remove what an export that was killed has left half-written."""
    for target in journal.targets(journal.words):
        for path in find_part_files(folder, target):
            if str(path.relative_to(folder)) not in journal.foreign:
                remove_path(path)


def remove_manifest(folder: Path) -> None:
    """Remove the manifest of an export whose files are about to change; one that is no export's stays."""
    if read_manifest(folder) is not None:
        (folder / MANIFEST_FILE).unlink()


def summarize_names(names: Sequence[str]) -> str:
    """Name some of them, and how many more there are."""
    more = f" and {len(names) - MAX_NAMES_SHOWN} more" if len(names) > MAX_NAMES_SHOWN else ""
    return ", ".join(names[:MAX_NAMES_SHOWN]) + more


def _is_inside(folder: Path, name: str) -> bool:
    path, root = (folder / name).resolve(), folder.resolve()
    return path != root and path.is_relative_to(root)


def find_part_files(folder: Path, target: str) -> list[Path]:
    """Find what an export that was killed has left of a file."""
    place, name = (folder / target).parent, (folder / target).name + ".part"
    if not place.is_dir():
        return []
    return sorted(path for path in place.iterdir() if path.name == name or path.name.startswith(name + "."))


def _list_foreign_files(path: Path) -> list[str]:
    """List what lies in an export's folder of pictures beside those that its list names."""
    if path.is_symlink() or not path.is_dir() or path.name == KEYS_FOLDER:
        return []
    return sorted({entry.name for entry in os.scandir(path)} - _read_checksum_names(path))


def _read_checksum_names(folder: Path) -> set[str]:
    """Return the names in a folder's list of checksums, and the list's own."""
    try:
        lines = (folder / CHECKSUMS_FILE).read_text(encoding="ascii").splitlines()
    except (OSError, ValueError):
        return set()
    return {CHECKSUMS_FILE, *(line.partition("  ")[2] for line in lines)}


def remove_owned_path(path: Path) -> None:
    """Remove a file, or from a folder of pictures those that its list names; a `.part` is ours as a whole."""
    if path.is_dir() and not path.is_symlink() and path.name != KEYS_FOLDER and not path.name.endswith(".part"):
        for name in _read_checksum_names(path):
            if "/" not in name:
                (path / name).unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            path.rmdir()
    else:
        remove_path(path)


# -- which drawings lie in which file ----------------------------------------------------------------------


def write_keys_file(folder: Path, file: ExportFileEntry, keys: array[int]) -> None:
    """Note which drawings lie in a file, before the journal names it. Raises OSError."""
    path = _keys_file(folder, file)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, keys.tobytes())


def _keys_file(folder: Path, file: ExportFileEntry) -> Path:
    return folder / KEYS_FOLDER / file.part / word_file_name(file.word)


async def drop_files_with_erased(folder: Path, journal: ExportJournal, tombstones: Tombstones) -> list[str]:
    """Remove the files that hold a drawing that was erased since, and their words from the journal; returns the words.

    Raises OSError, StoreAway.
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


# -- files -------------------------------------------------------------------------------------------------


def write_atomically(path: Path, data: bytes) -> None:
    """Write a file whole or not at all."""
    part = path.with_name(path.name + ".new")
    try:
        part.write_bytes(data)
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def remove_path(path: Path) -> None:
    """Remove a file or a folder with all that is in it."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
