"""Whose files are whose: an export owns what its own journal or manifest names, and nothing else."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from server.drawings.export.folder.files import (
    CHECKSUMS_FILE,
    EXPORT_CARD_FILE,
    JOURNAL_FILE,
    KEYS_FOLDER,
    MANIFEST_FILE,
    find_part_files,
    remove_path,
)
from server.drawings.export.folder.journal import ExportJournal, read_journal
from server.drawings.formats.registry import EXPORT_FORMATS

MANIFEST_SCHEMA_PREFIX = "inkling-export/"
MAX_NAMES_SHOWN = 5
"""Names of files that a message lists."""


class ForeignEntry(NamedTuple):
    """What lies where an export will write and is no export's."""

    name: str
    word: str | None
    """The word whose file takes its name; None for the export's own files."""
    folder: bool
    """A folder, or something in one, is never replaced."""


def read_manifest(folder: Path) -> dict[str, Any] | None:
    """Return the manifest that an export wrote into a folder; None if there is none, or another program's."""
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError, AttributeError):
        manifest: dict[str, Any] = json.loads((folder / MANIFEST_FILE).read_text(encoding="utf-8"))
        if manifest["schema"].startswith(MANIFEST_SCHEMA_PREFIX):
            return manifest
    return None


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
            names |= {EXPORT_CARD_FILE} if EXPORT_FORMATS[manifest["format"]].card else set()
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
