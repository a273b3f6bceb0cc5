"""A Cluster, and a primary that dies under its Sentinels: the same promises as on one server."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, suppress
from functools import partial
from typing import Any

import pytest

from server.db.client import REDIS_ERRORS
from server.db.pipeline import AutoPipeline
from server.db.sync_connection import SyncRedisConnection
from server.db.url import parse_redis_url
from server.game.ids import RoundId, Seat
from server.game.ink.canvas import Stroke
from server.guessing.client.guess_client import open_guess_client
from server.guessing.worker.worker import GuessWorker
from server.persistence.outbox_relay import OutboxRelay
from server.persistence.room_log import RedisRoomLog
from server.persistence.store import open_store
from server.rooms.ink_buffer import InkBuffer
from server.rooms.ports import GuessAnswer, GuessRequest, RoundClosing, StoreUnavailable
from tests.contract.persistence.outbox_entries import drawing, ended
from tests.contract.processes.test_peers import Web, place_of, until, web
from tests.faults.checker import check
from tests.faults.guesser import Dreamer
from tests.faults.town import Town
from tests.integration.test_rooms import begin, draw
from tests.redis_modes import ClusterServers, SentinelServers

pytestmark = pytest.mark.redis


@pytest.fixture(scope="module")
def cluster() -> Iterator[ClusterServers]:
    servers = ClusterServers()
    yield servers
    servers.close()


@pytest.fixture
def sentinel() -> Iterator[SentinelServers]:
    servers = SentinelServers()
    yield servers
    servers.close()


@pytest.mark.parametrize(
    ("url", "nodes", "name", "password"),
    [
        ("redis+cluster://a:1,b:2", (("a", 1), ("b", 2)), "", None),
        ("redis+sentinel://u:p%40@a:1,[::1]:26379/ink", (("a", 1), ("::1", 26379)), "ink", "p@"),
    ],
)
def test_an_address_names_nodes(url: str, nodes: tuple[tuple[str, int], ...], name: str, password: str | None) -> None:
    found = parse_redis_url(url)
    assert (found.nodes, found.name, found.password) == (nodes, name, password)


@pytest.mark.parametrize(
    "url", ["redis+sentinel://a:1", "redis+cluster://a", "redis+cluster://a:1/x", "redis+cluster://"]
)
def test_an_address_that_names_nothing_is_refused(url: str) -> None:
    with pytest.raises(ValueError):
        parse_redis_url(url)


async def test_on_a_cluster_rooms_scores_and_drawings_live_in_many_slots(cluster: ClusterServers) -> None:
    async with open_store(cluster.url, "me", move=False) as store:
        codes = [f"ROOM{letter}{other}" for letter in "ABCDE" for other in "ABC"]
        for code in codes:
            assert await store.log.create(code, b"start") == 1
            await store.log.append(code, 1, 0, [b"a", b"b"])
            await store.log.save(code, 1, 2, b"s", RoundClosing((drawing(0),), ended(10, 20)))
            await store.log.append(code, 1, 2, [b"c"])
        assert set(codes) <= set(await store.log.live())
        assert await OutboxRelay(store.pipe).sweep() == len(codes)
        assert await store.dataset.repository.count() == len(codes)
        assert len(await store.boards.evening(codes[0]) or ()) == 2
        found = await store.log.adopt(codes[3], 1)
        assert found is not None
        assert found.tail == (b"c",)
        keys_of = [cluster.ask(port, "DBSIZE") for port in cluster.processes]
        assert min(keys_of) > 0, keys_of


async def test_on_a_cluster_web_processes_and_guessers_meet(cluster: ClusterServers) -> None:
    async with AsyncExitStack() as stack:
        a, b = [await stack.enter_async_context(web(cluster.url)) for _ in range(2)]
        await until(lambda: len(a.fleet.others) == len(b.fleet.others) == 1)
        await _play_on_both(a, b)
        guesser = await stack.enter_async_context(open_guess_client(cluster.url))
        answers: list[GuessAnswer] = []
        guesser.on_answer = answers.append
        shift = GuessWorker(cluster.url, Dreamer())
        working = asyncio.create_task(asyncio.to_thread(shift.run))
        await until(lambda: guesser.ready)
        line = InkBuffer().follow([Stroke.of(((1, 900), (1, 900), (0, 50)))])
        guesser.ask(GuessRequest("ABCDEF", Seat(0), RoundId(1), 1, 1, line, ("cat", "dog")))
        await until(lambda: bool(answers))
        assert answers[0].guesses[0][0] in ("cat", "dog")
        shift.stop.set()
        await working


async def _play_on_both(a: Web, b: Web) -> None:
    code = await a.rooms.make()
    here = await place_of(a, code)
    anna = await a.sit(here, 1)
    ben = await b.sit(await place_of(b, code), 2)
    await begin(here, anna)  # type: ignore[arg-type]
    draw(ben.room, ben, 1)  # type: ignore[arg-type]
    await anna.letters.until("frame", stored={"1": [1, 1]})
    await ben.letters.until("frame", stored={"1": [1, 1]})


async def test_when_the_primary_dies_the_replica_goes_on_with_all_that_was_acked(sentinel: SentinelServers) -> None:
    pipe = AutoPipeline(sentinel.url, replicas=1)
    log = RedisRoomLog(pipe, "me")
    await log.create("ABCDEF", b"start")
    await log.append("ABCDEF", 1, 0, [b"a", b"b"])
    await pipe.close()
    sentinel.kill(sentinel.primary)
    pipe = AutoPipeline(sentinel.url)
    log = RedisRoomLog(pipe, "me")
    async with asyncio.timeout(20):
        await _insist(partial(log.append, "ABCDEF", 1, 2, [b"c"]))
    found = await log.adopt("ABCDEF")
    assert found is not None
    assert found.tail == (b"a", b"b", b"c")
    await pipe.close()


async def test_a_guessers_connection_finds_the_new_primary(sentinel: SentinelServers) -> None:
    connection = SyncRedisConnection(sentinel.url)
    assert connection.execute([("SET", "a", "1")])
    sentinel.kill(sentinel.primary)
    async with asyncio.timeout(20):
        while True:
            with suppress(*REDIS_ERRORS):
                connection.execute([("SET", "a", "2")])
                break
            await asyncio.sleep(0.1)
    connection.close()


async def test_what_no_replica_has_is_not_stored(sentinel: SentinelServers) -> None:
    pipe = AutoPipeline(sentinel.url, replicas=2)
    with pytest.raises(StoreUnavailable, match="2 replicas are wanted"):
        await RedisRoomLog(pipe, "me").create("ABCDEF", b"start")
    await pipe.close()


@pytest.mark.parametrize("mode", ["sentinel", "cluster"])
async def test_a_game_is_played_by_two_web_processes_and_a_guesser(mode: str) -> None:
    """On a Sentinel's servers the primary dies in mid-round; what anybody was told is stored is on a replica then."""
    servers = SentinelServers(replicas=2) if mode == "sentinel" else ClusterServers()
    made = Town(servers, 1, INKLING_REPLICAS="1" if mode == "sentinel" else "0")
    try:
        await made.build(2)
        crowd = await made.open_room(3)
        await made.begun()
        if isinstance(servers, SentinelServers):
            servers.kill(servers.primary)
        at = time.monotonic()
        await until(lambda: all(one.stored_at > at and one.saving for one in crowd) and crowd[0].round > 1, 90)
        await until(lambda: all(one.guesses for one in crowd), 30)
        await made.finish()
        verdict = await check(made)
        assert verdict.ok, str(verdict)
        assert verdict.drawings >= 3
    finally:
        await made.close()


async def _insist(write: Callable[[], Awaitable[Any]]) -> None:
    while True:
        try:
            await write()
        except StoreUnavailable:
            await asyncio.sleep(0.1)
        else:
            return
