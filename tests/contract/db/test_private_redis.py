"""The private Redis of `inkling play`: found, started, joined, brought back, stopped, never orphaned."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis
from redis.exceptions import RedisError

from server.db.private.binary import NoRedis, find_redis_binary
from server.db.private.daemon import is_redis_answering
from server.db.private.private_redis import default_data_dir, private_redis, private_redis_sync

pytestmark = pytest.mark.redis

USER = """
import sys, pathlib
from server.db.private.private_redis import private_redis_sync
with private_redis_sync(pathlib.Path(sys.argv[1])) as url:
    print(url, flush=True)
    sys.stdin.read()
"""


class Other:
    """Another process that uses the same data folder until it is told to leave or killed."""

    def __init__(self, data: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", USER, str(data)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert self.process.stdout is not None
        self.url = self.process.stdout.readline().strip()

    def leave(self) -> None:
        self.process.communicate()

    def kill(self) -> None:
        self.process.kill()
        self.leave()


@pytest.fixture
def data(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "data with a space"
    yield folder
    if (folder / "redis" / "socket").exists():
        pytest.fail("a private Redis was left running")


def path_of(url: str) -> str:
    return url.removeprefix("unix://")


def server_pid(url: str) -> int:
    with Redis.from_url(url) as client:
        return int(client.info("server")["process_id"])


def wait_until_stopped(data: Path) -> None:
    while (data / "redis" / "socket").exists():
        time.sleep(0.01)


def wait_until_ended(pid: int) -> None:
    while Path(f"/proc/{pid}").exists():
        time.sleep(0.01)


def test_what_was_stored_is_there_the_next_time(data: Path) -> None:
    for n in range(3):
        with private_redis_sync(data) as url, Redis.from_url(url) as client:
            assert client.incr("times") == n + 1


def test_nothing_is_left_when_the_only_user_leaves(data: Path) -> None:
    with private_redis_sync(data) as url:
        assert is_redis_answering(path_of(url))
    assert not is_redis_answering(path_of(url))
    assert not Path(path_of(url)).parent.exists()


def test_it_is_private_appended_to_and_never_evicts(data: Path) -> None:
    with private_redis_sync(data) as url, Redis.from_url(url) as client:
        settings = client.config_get("*")
        assert settings["port"] == "0"
        assert settings["appendonly"] == "yes"
        assert settings["appendfsync"] == "everysec"
        assert settings["save"] == ""
        assert settings["maxmemory-policy"] == "noeviction"
        assert len(path_of(url)) < 100
        assert Path(path_of(url)).stat().st_mode & 0o077 == 0
        assert (data / "redis" / "socket").read_text() == path_of(url)


def test_a_long_data_folder_still_has_a_short_socket(tmp_path: Path) -> None:
    deep = tmp_path / ("d" * 100) / ("e" * 100)
    with private_redis_sync(deep) as url:
        assert len(path_of(url)) < 100


def test_a_second_process_joins_and_the_last_one_out_stops_it(data: Path) -> None:
    with private_redis_sync(data) as url:
        other = Other(data)
        assert other.url == url
    assert is_redis_answering(path_of(url))
    other.leave()
    wait_until_stopped(data)


def test_users_that_are_killed_leave_no_orphans(data: Path) -> None:
    first, second = Other(data), Other(data)
    first.kill()
    assert is_redis_answering(path_of(second.url))
    second.kill()
    wait_until_stopped(data)


def test_many_that_start_at_once_share_one(data: Path) -> None:
    others = [
        subprocess.Popen(
            [sys.executable, "-c", USER, str(data)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(4)
    ]
    urls = {other.stdout.readline() for other in others if other.stdout is not None}
    assert len(urls - {""}) == 1
    for other in others:
        other.communicate()
    wait_until_stopped(data)


async def test_a_killed_redis_comes_back_with_everything_at_the_same_address(data: Path) -> None:
    async with private_redis(data) as url:
        with Redis.from_url(url) as client:
            client.set("kept", "yes")
        os.kill(server_pid(url), signal.SIGKILL)
        assert await _read(url, "kept") == b"yes"


async def test_a_killed_daemon_is_replaced_at_the_same_address(data: Path) -> None:
    async with private_redis(data) as url:
        with Redis.from_url(url) as client:
            client.set("kept", "yes")
        redis = server_pid(url)
        daemon = int(Path(f"/proc/{redis}/stat").read_text().rpartition(")")[2].split()[1])
        os.kill(daemon, signal.SIGKILL)
        await asyncio.to_thread(wait_until_ended, redis)
        assert await _read(url, "kept") == b"yes"
        assert server_pid(url) != redis


async def _read(url: str, key: str) -> object:
    while True:
        try:
            with Redis.from_url(url) as client:
                return client.get(key)
        except RedisError:
            await asyncio.sleep(0.01)


def test_data_of_a_newer_redis_is_not_opened_by_an_older_one(data: Path) -> None:
    (data / "redis" / "appendonlydir").mkdir(parents=True)
    if find_redis_binary().version >= (7,):
        pytest.skip("the redis-server here is new enough")
    with pytest.raises(NoRedis, match="newer"), private_redis_sync(data):
        pass


def test_a_redis_that_does_not_start_says_why(data: Path) -> None:
    folder = data / "redis"
    folder.mkdir(parents=True)
    (folder / "appendonly.aof").write_text("this is no append-only file")
    (folder / "appendonlydir").touch()
    with pytest.raises(NoRedis, match="did not start"), private_redis_sync(data):
        pass


def test_a_data_folder_that_cannot_be_made_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(NoRedis, match="data folder"), private_redis_sync(tmp_path / "file"):
        pass


def test_no_server_at_all_says_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("server.db.private.binary._candidate_paths", lambda: [tmp_path / "missing"])
    with pytest.raises(NoRedis, match="REDIS_URL"):
        find_redis_binary()


def test_the_default_folder_follows_the_desktop_standard(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", "/somewhere")
    assert default_data_dir() == Path("/somewhere/inkling")
    monkeypatch.delenv("XDG_DATA_HOME")
    assert default_data_dir() == Path.home() / ".local" / "share" / "inkling"
