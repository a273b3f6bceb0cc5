"""How commands find Redis: by REDIS_URL, else the private one of a data folder."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from server.db.checks import inspect_redis
from server.db.private.private_redis import default_data_dir, private_redis_sync
from server.rooms.ports import StoreUnavailable
from server.settings import load_settings


def add_data_dir_argument(parser: argparse.ArgumentParser) -> None:
    """Declare `--data-dir`, with the same default as `inkling play`."""
    parser.add_argument(
        "--data-dir",
        type=Path,
        default=default_data_dir(),
        help="data folder of `inkling play` (not used when REDIS_URL is set; default: %(default)s)",
    )


@contextmanager
def locate_redis(data_dir: Path) -> Iterator[str]:
    """Yield the address of a Redis that answers or is being started. Raises NoRedis."""
    url = load_settings().redis_url
    if url:
        # One that is away is told by whoever uses it.
        with suppress(StoreUnavailable):
            inspect_redis(url)
        yield url
        return
    with private_redis_sync(data_dir) as private:
        yield private
