"""Processes as a platform starts them: what they refuse, where they listen, what they say meanwhile."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import aiohttp
import pytest
import redis

from server.db import keys
from server.runtime import listen
from server.runtime.parent_death import ParentDeathPipe
from server.runtime.supervisor import keep_running
from server.settings import load_settings
from tests.faults.town import Process, Web, until
from tests.ports import free_port
from tests.redis_server import RedisServer

pytestmark = pytest.mark.redis

Start = Callable[..., Process]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Start `inkling …`; it is killed at the end of the test."""
    started: list[Process] = []

    def begin(*words: str, **environment: str) -> Process:
        process = Process(["-m", "server", *words], tmp_path / f"log-{len(started)}", **environment)
        process.start()
        started.append(process)
        return process

    yield begin
    for process in started:
        process.kill()


async def get(url: str) -> tuple[int, str]:
    """Return status and text, 0 when nobody listens."""
    try:
        async with aiohttp.ClientSession() as session, session.get(url) as answer:
            return answer.status, await answer.text()
    except aiohttp.ClientConnectionError:
        return 0, ""


async def test_play_gives_up_on_a_process_that_refuses_its_settings() -> None:
    parent_death, stop = ParentDeathPipe(), asyncio.Event()
    try:
        async with asyncio.timeout(60):
            served = await keep_running("web", {**os.environ, "REDIS_URL": ""}, parent_death, stop)
    finally:
        parent_death.close()
    assert not served
    assert stop.is_set()


@pytest.mark.parametrize("command", ["web", "guesser", "play", "scores"])
async def test_a_redis_that_cannot_work_is_refused_in_one_line(
    command: str, own_redis: RedisServer, start: Start
) -> None:
    url = f"unix://nobody:word@{own_redis.url.removeprefix('unix://')}"
    process = start(command, REDIS_URL=url, PORT=str(free_port()))
    assert await process.ended() == 2
    (line,) = process.log.splitlines()
    assert line.startswith(f"inkling {command}: REDIS_URL: ")
    assert "word@" not in line


@pytest.mark.parametrize("command", ["web", "guesser", "play", "scores"])
async def test_a_redis_that_something_else_uses_is_refused_in_one_line(
    command: str, own_redis: RedisServer, start: Start
) -> None:
    with redis.Redis.from_url(own_redis.url) as client:
        client.set("webs", "of somebody else")
    process = start(command, REDIS_URL=own_redis.url, PORT=str(free_port()))
    assert await process.ended() == 2
    (line,) = process.log.splitlines()
    assert line.startswith(f"inkling {command}: REDIS_URL: `webs` holds something else")
    assert "INKLING_PREFIX" in line


# -- where a process listens ---------------------------------------------------------------------------------


def test_a_platform_that_sets_the_port_finds_the_process() -> None:
    assert load_settings({}).host == "127.0.0.1"
    assert load_settings({}, port=80).host == "127.0.0.1"
    assert load_settings({"PORT": "80"}).host == "*"
    assert load_settings({"PORT": "80", "INKLING_HOST": "127.0.0.1"}).host == "127.0.0.1"


@pytest.mark.parametrize("host", ["", " ", "\t"])
def test_on_somebodys_own_machine_the_port_says_nothing_about_the_address(host: str) -> None:
    given = {"PORT": "80", "INKLING_HOST": host}
    assert load_settings(given, platform=False).host == "127.0.0.1"
    assert load_settings(given).host == load_settings({"PORT": "80"}).host == "*"


async def test_play_with_a_blank_host_is_for_this_machine_only(start: Start, tmp_path: Path) -> None:
    port = free_port()
    data = tmp_path / "data"
    play = start("play", "--data-dir", str(data), REDIS_URL="", PORT=str(port), INKLING_HOST=" ", INKLING_ERASED=" ")
    async with asyncio.timeout(60):
        while (await get(f"http://127.0.0.1:{port}/api/info"))[0] != 200:
            await asyncio.sleep(0.1)
    assert not connects(socket.AF_INET, "127.0.0.2", port)
    assert (data / "erased").exists()
    play.send(signal.SIGINT)
    assert await play.ended() == 0


def connects(family: int, address: str, port: int) -> bool:
    with socket.socket(family) as link:
        link.settimeout(5)
        return link.connect_ex((address, port)) == 0


def has_ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True


@pytest.mark.parametrize(
    ("host", "four", "six"),
    [("*", True, True), ("::", True, True), ("0.0.0.0", True, False), ("::1", False, True), ("localhost", True, None)],
)
def test_a_host_is_listened_on_by_every_address_it_means(host: str, four: bool, six: bool | None) -> None:
    if host == "::1" and not has_ipv6():
        pytest.skip("this machine has no IPv6")
    port = free_port()
    opened = listen.bind_sockets(host, port)
    try:
        for one in opened:
            one.listen()
        assert connects(socket.AF_INET, "127.0.0.1", port) is four
        if has_ipv6() and six is not None:
            assert connects(socket.AF_INET6, "::1", port) is six
    finally:
        for one in opened:
            one.close()


def test_what_cannot_be_listened_on_says_why() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as other:
        taken = other.getsockname()[1]
        with pytest.raises(listen.BindError, match=f"port {taken} is taken"):
            listen.bind_sockets("127.0.0.1", taken)
        with pytest.raises(listen.BindError, match=f"port {taken} is taken"):
            listen.bind_sockets("*", taken)
    with pytest.raises(listen.BindError, match=r"192\.0\.2\.1 is no address of this machine"):
        listen.bind_sockets("192.0.2.1", free_port())
    with pytest.raises(listen.BindError, match=r"cannot|no address and no name"):
        listen.bind_sockets("nowhere.invalid", free_port())


async def test_a_process_that_cannot_listen_ends_with_one_line(own_redis: RedisServer, start: Start) -> None:
    for host, words in (("192.0.2.1", "is no address of this machine"), ("nowhere.invalid", "no name")):
        process = start("web", REDIS_URL=own_redis.url, PORT=str(free_port()), INKLING_HOST=host)
        assert await process.ended() == 1
        (line,) = process.log.splitlines()
        assert words in line


# -- while Redis is away -------------------------------------------------------------------------------------


async def test_a_process_that_waits_for_redis_answers_and_does_not_flood_its_log(
    own_redis: RedisServer, tmp_path: Path
) -> None:
    own_redis.kill()
    web = Web(0, own_redis.url, tmp_path)
    web.start()
    try:
        await until(lambda: "waiting for Redis" in web.log, 60)
        async with asyncio.timeout(60):
            while (await get(web.url + "/healthz"))[0] != 200:
                await asyncio.sleep(0.05)
        assert (await get(web.url + "/readyz"))[0] == 503
        status, page = await get(web.url + "/")
        assert status == 503
        assert "starting" in page
        status, refused = await get(web.url + "/api/rooms/ABCDEF")
        assert (status, json.loads(refused)["code"]) == (503, "saving_paused")
        assert len(web.log.splitlines()) == 1
        own_redis.start()
        async with asyncio.timeout(60):
            while (await get(web.url + "/api/info"))[0] != 200:
                await asyncio.sleep(0.05)
        before = len(web.log.splitlines())
        own_redis.kill()
        await until(lambda: "saving is paused" in web.log, 60)
        await asyncio.sleep(3)
        assert (await get(web.url + "/healthz"))[0] == 200
        assert len(web.log.splitlines()) - before <= 6, web.log
        own_redis.start()
        await until(lambda: "takes writes again" in web.log, 60)
    finally:
        web.kill()


async def test_a_full_redis_is_not_ready(own_redis: RedisServer, tmp_path: Path) -> None:
    web = Web(0, own_redis.url, tmp_path)
    web.start()
    try:
        await web.ready()
        assert '"store":true' in (await get(web.url + "/readyz"))[1].replace(" ", "")
        with redis.Redis.from_url(own_redis.url) as client:
            client.config_set("maxmemory", 1)
            assert '"store":false' in (await get(web.url + "/readyz"))[1].replace(" ", "")
    finally:
        web.kill()


# -- one play ------------------------------------------------------------------------------------------------


async def test_a_second_play_on_one_redis_is_refused_and_a_killed_one_is_followed(
    own_redis: RedisServer, start: Start, tmp_path: Path
) -> None:
    def play() -> Process:
        return start("play", "--port", str(free_port()), "--data-dir", str(tmp_path), REDIS_URL=own_redis.url)

    def counter(client: redis.Redis) -> int:
        return int(client.hget(keys.PLAY_LEASE_KEY, "count") or 0)

    with redis.Redis.from_url(own_redis.url) as client:
        first = play()
        await until(lambda: counter(client) > 1, 60)
        second = play()
        assert await second.ended() == 1
        (line,) = second.log.splitlines()
        assert "another `inkling play`" in line
        assert "INKLING_PREFIX" in line
        owner = client.hget(keys.PLAY_LEASE_KEY, "owner")
        first.kill()
        third = play()
        await until(lambda: client.hget(keys.PLAY_LEASE_KEY, "owner") != owner and counter(client) > 1, 60)
        third.send(signal.SIGINT)
        assert await third.ended() == 0
        assert not client.exists(keys.PLAY_LEASE_KEY)


async def test_a_second_play_on_one_data_folder_is_refused(start: Start, tmp_path: Path) -> None:
    data = str(tmp_path / "data")
    first = start("play", "--port", str(free_port()), "--data-dir", data, REDIS_URL="")
    await until((tmp_path / "data" / "redis" / "users").exists, 60)
    second = start("play", "--port", str(free_port()), "--data-dir", data, REDIS_URL="")
    assert await second.ended() == 1
    assert "another `inkling play`" in second.log
    first.send(signal.SIGINT)
    assert await first.ended() == 0
