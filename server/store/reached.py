"""How commands find Redis: by REDIS_URL, else the private one of a data folder."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from server.rooms.ports import StoreAway
from server.settings import SettingError, load
from server.store.embedded import default_data_dir, private_redis_sync
from server.store.redis_check import look
from server.store.tombstones import NAME


def add_data_dir(parser: argparse.ArgumentParser) -> None:
    """Declare `--data-dir`, with the same default as `inkling play`."""
    parser.add_argument(
        "--data-dir",
        type=Path,
        default=default_data_dir(),
        help="data folder of `inkling play` (not used when REDIS_URL is set; default: %(default)s)",
    )


def erased_file(data_dir: Path) -> Path:
    """Return the file of tombstones: INKLING_ERASED, else in the data folder."""
    named = load().erased
    return Path(named) if named else data_dir / NAME


def check_erased(file: Path) -> None:
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
    named = load().exports
    return Path(named) if named else data_dir / "exports"


@contextmanager
def reached_redis(data_dir: Path) -> Iterator[str]:
    """Yield the address of a Redis that answers or is being started. Raises NoRedis."""
    url = load().redis_url
    if url:
        # One that is away is told by whoever uses it.
        with suppress(StoreAway):
            look(url)
        yield url
        return
    with private_redis_sync(data_dir) as private:
        yield private
