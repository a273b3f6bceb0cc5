"""Where the collection's files lie: tombstones and exports made over HTTP."""

from __future__ import annotations

from pathlib import Path

from server.drawings.tombstones import TOMBSTONE_FILE_NAME
from server.settings import SettingError, load_settings


def tombstone_file(data_dir: Path) -> Path:
    """Return the file of tombstones: INKLING_ERASED, else in the data folder."""
    named = load_settings().erased
    return Path(named) if named else data_dir / TOMBSTONE_FILE_NAME


def check_tombstone_file(file: Path) -> None:
    """Make sure that erasures can be noted. Raises SettingError: somebody's erasure would be too late to find out."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("ab"):
            pass
    except OSError as error:
        raise SettingError(
            f"INKLING_ERASED: {file} cannot be written ({error.strerror}); without it no drawing can be erased"
        ) from None


def exports_folder(data_dir: Path) -> Path:
    """Return where exports made over HTTP lie: INKLING_EXPORTS, else in the data folder."""
    named = load_settings().exports
    return Path(named) if named else data_dir / "exports"
