"""Names of the files in an export's folder that are not drawings, and how files are written and removed."""

from __future__ import annotations

import shutil
from pathlib import Path

MANIFEST_FILE = "manifest.json"
EXPORT_CARD_FILE = "README.md"
JOURNAL_FILE = "export.journal"
KEYS_FOLDER = "export.keys"
"""A folder that holds, for each word, the key_ids of its file's drawings, eight bytes each."""
EXPORT_LOCK_FILE = "export.lock"
CHECKSUMS_FILE = "SHA256SUMS"


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


def find_part_files(folder: Path, target: str) -> list[Path]:
    """Find what an export that was killed has left of a file."""
    place, name = (folder / target).parent, (folder / target).name + ".part"
    if not place.is_dir():
        return []
    return sorted(path for path in place.iterdir() if path.name == name or path.name.startswith(name + "."))
