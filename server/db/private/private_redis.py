"""The private Redis of one machine: found or started, joined by later ones, stopped by the last one out."""

from __future__ import annotations

import asyncio
import fcntl
import logging
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from functools import partial
from pathlib import Path

from server.db.private.binary import NoRedis, find_redis_binary
from server.db.private.daemon import (
    REDIS_START_TIMEOUT_SECONDS,
    REDIS_STOP_TIMEOUT_SECONDS,
    is_redis_answering,
    open_locked_file,
    read_socket_path,
)
from server.runtime.background_tasks import supervise_task

log = logging.getLogger(__name__)

DAEMON_CHECK_SECONDS = 0.5
"""Seconds between two looks whether Redis still runs."""
LOW_DISK_BYTES = 500 * 1000**2
"""Bytes; a rewrite of the append-only file takes as much again as all that is stored."""
DISK_CHECK_SECONDS, DISK_WARNING_INTERVAL_SECONDS = 10.0, 600.0
"""How often the disk is checked, and how often one that is nearly full is warned of."""


def default_data_dir() -> Path:
    """Return where `play`, `export` and `scores` keep and look for data unless told otherwise."""
    base = os.environ.get("XDG_DATA_HOME")
    if not base:
        try:
            base = str(Path.home() / ".local" / "share")
        except RuntimeError:
            # A user without a home, as services and containers have: where services keep their data.
            base = "/var/lib"
    return Path(base) / "inkling"


def ensure_temp_dir(folder: Path) -> None:
    """Have libraries put temporary files into a folder of ours where the system has no place for them (a read-only root)."""
    try:
        tempfile.gettempdir()
    except FileNotFoundError:
        # Where that cannot be written either, whoever needs it says so.
        with suppress(OSError):
            folder.mkdir(parents=True, exist_ok=True)
            os.environ["TMPDIR"] = str(folder)


def free_disk_bytes(folder: Path) -> int:
    """Return how many bytes may still be written into a folder, which need not be there yet."""
    folder = folder.expanduser().absolute()
    while not folder.exists():
        folder = folder.parent
    return shutil.disk_usage(folder).free


@contextmanager
def private_redis_sync(data_dir: Path) -> Iterator[str]:
    """Join or start the private Redis of a data folder; yields its address. Raises NoRedis."""
    user = _DataFolderUser(data_dir)
    url = user.join()
    try:
        yield url
    finally:
        user.leave()


@asynccontextmanager
async def private_redis(data_dir: Path) -> AsyncIterator[str]:
    """Join or start the private Redis of a data folder; yields its address. Raises NoRedis.

    Inside, Redis and its daemon are brought back if they die, behind the same address.
    """
    user = _DataFolderUser(data_dir)
    url = await asyncio.to_thread(user.join)
    watching = [
        supervise_task(partial(_restart_dead_daemon, user), "redis guard"),
        supervise_task(partial(_watch_disk, user.folder), "disk"),
    ]
    try:
        yield url
    finally:
        for task in watching:
            task.cancel()
        await asyncio.gather(*watching, return_exceptions=True)
        await asyncio.to_thread(user.leave)


class _DataFolderUser:
    """One user of a data folder, held by a shared lock that the system frees however the process ends."""

    def __init__(self, data_dir: Path) -> None:
        self.folder = data_dir.expanduser().resolve() / "redis"
        self._lock: int | None = None
        self._started = False

    def join(self) -> str:
        """Become a user; start Redis if nobody did. Raises NoRedis."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            door = open_locked_file(self.folder / "door", fcntl.LOCK_EX)
        except OSError as error:
            raise NoRedis(f"{self.folder} cannot be used as a data folder: {error.strerror}") from error
        try:
            self._lock = open_locked_file(self.folder / "users", fcntl.LOCK_SH)
            return "unix://" + self._ensure()
        except BaseException:
            self._release()
            raise
        finally:
            os.close(door)

    def ensure(self) -> None:
        """Bring the daemon back if it died."""
        door = open_locked_file(self.folder / "door", fcntl.LOCK_EX)
        try:
            self._ensure()
        finally:
            os.close(door)

    def leave(self) -> None:
        """Stop being a user; whoever started Redis and leaves last waits until it has stopped."""
        if self._lock is None:
            return
        last = self._started and self._alone()
        self._release()
        limit = time.monotonic() + REDIS_STOP_TIMEOUT_SECONDS
        while last and self.is_daemon_alive() and time.monotonic() < limit:
            time.sleep(0.02)

    def is_daemon_alive(self) -> bool:
        """Whether the daemon that keeps Redis running is alive: it holds a lock for as long."""
        try:
            os.close(open_locked_file(self.folder / "keeper", fcntl.LOCK_EX | fcntl.LOCK_NB))
        except BlockingIOError:
            return True
        return False

    def _ensure(self) -> str:
        """Return the socket's path once a daemon is alive and Redis answers there."""
        limit = time.monotonic() + REDIS_START_TIMEOUT_SECONDS
        while time.monotonic() < limit:
            path = read_socket_path(self.folder)
            if not self.is_daemon_alive():
                self._start(path)
            elif path is not None and is_redis_answering(path):
                return path
            else:
                time.sleep(0.02)
        raise NoRedis(f"redis-server does not answer; see {self.folder / 'redis.log'}")

    def _start(self, orphan: str | None) -> None:
        """Start the daemon, which starts Redis; a Redis that lost its daemon has to go first."""
        if orphan is not None and is_redis_answering(orphan):
            _shut_down_orphan(orphan)
        binary = find_redis_binary()
        if binary.version < (7,) and (self.folder / "appendonlydir").is_dir():
            raise NoRedis(
                f"The data in {self.folder} was written by Redis 7 or newer; {binary.path} is older and "
                "would start empty. Install Redis 7 or newer, or choose another --data-dir."
            )
        command = [sys.executable, "-P", "-m", "server.db.private.daemon", str(self.folder), str(binary.path)]
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=False)
        if done.returncode:
            raise NoRedis(f"redis-server did not start: {done.stderr.strip()}")
        self._started = True

    def _alone(self) -> bool:
        assert self._lock is not None
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def _release(self) -> None:
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None


async def _watch_disk(folder: Path) -> None:
    """Warn while there is still time."""
    warned_at = float("-inf")
    while True:
        free = await asyncio.to_thread(free_disk_bytes, folder)
        if free < LOW_DISK_BYTES and time.monotonic() - warned_at > DISK_WARNING_INTERVAL_SECONDS:
            warned_at = time.monotonic()
            log.warning(
                "the disk of %s is nearly full (%.0f MB free); a full one pauses all saving", folder, free / 1e6
            )
        await asyncio.sleep(DISK_CHECK_SECONDS)


async def _restart_dead_daemon(user: _DataFolderUser) -> None:
    while True:
        await asyncio.sleep(DAEMON_CHECK_SECONDS)
        if not user.is_daemon_alive():
            log.warning("the daemon of the private Redis died; starting another")
            with suppress(NoRedis):
                await asyncio.to_thread(user.ensure)


def _shut_down_orphan(path: str) -> None:
    """End a Redis that lost its daemon, so that another one can take its place."""
    from redis import Redis
    from redis.exceptions import RedisError

    with suppress(RedisError), Redis.from_url(f"unix://{path}") as orphan:
        orphan.shutdown(nosave=True)


__all__ = ["NoRedis", "default_data_dir", "private_redis", "private_redis_sync"]
