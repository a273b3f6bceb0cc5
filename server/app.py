"""The composition root of the web process: the only file that names concrete adapters."""

from __future__ import annotations

import asyncio
import logging
import math
import resource
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path
from typing import TypeVar

from aiohttp import web

from server.access.rate_limits import RateLimits
from server.access.tokens import TokenSigner
from server.db.private.private_redis import default_data_dir
from server.drawings.export.jobs import ExportJobs
from server.drawings.folders import exports_folder, tombstone_file
from server.drawings.gallery import Gallery, owner_of_player
from server.game.words.packs import BUILT_IN_PACKS
from server.gateway.gateway import Gateway, GatewayDeps
from server.gateway.socketio.new_connections import guard_new_connections
from server.guessing.client.guess_client import GuessClient, open_guess_client
from server.guessing.demo.client import open_demo_client
from server.http.deps import HttpDeps
from server.http.routes import add_routes
from server.metrics import Meters
from server.peers.membership import open_peers
from server.persistence.store import Store, open_store
from server.rooms.directory import RoomDirectory
from server.rooms.ports import RoomPorts, StoreUnavailable
from server.rooms.tick_scheduler import TickScheduler
from server.runtime.background_tasks import supervise_task, task_failures
from server.runtime.rate_limited_log import RateLimitedLog
from server.settings import ServerSettings

log = logging.getLogger("inkling.web")

STORE_RETRY_SECONDS = 0.25
LOOP_LAG_PROBE_SECONDS = 0.25
WAKE_GRID_SECONDS = 0.025
"""Seconds; a quarter of the usual tick."""

T = TypeVar("T")

_store_away_log = RateLimitedLog(log)


class _TokenOwners:
    """`server.http.deps.Owners` by signed tokens."""

    def __init__(self, tokens: TokenSigner) -> None:
        self._tokens = tokens

    def owner(self, token: str) -> str | None:
        """Return whose drawings a player's token or a recovery code is about."""
        player = self._tokens.read_player(token)
        return owner_of_player(player) if player is not None else self._tokens.read_recovery(token)

    def recovery(self, owner: str) -> str:
        """Return the owner's code."""
        return self._tokens.recovery(owner)


class MonotonicClock:
    """`server.rooms.ports.Clock` of the real world."""

    def now(self) -> float:
        """Return seconds, monotonic."""
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await asyncio.sleep(seconds)

    async def wait(self, event: asyncio.Event, seconds: float) -> None:
        """Wait until the event is set, at most `seconds`, or to the end of the beat that they end in.

        So rooms fall into step: what several of them write in one beat goes to Redis and to the guesser together.
        """
        end = math.ceil((time.monotonic() + seconds) / WAKE_GRID_SECONDS) * WAKE_GRID_SECONDS if seconds > 0 else 0.0
        timer = asyncio.get_running_loop().call_at(end, _wake_waiters, event)
        try:
            await event.wait()
        finally:
            timer.cancel()


def _wake_waiters(event: asyncio.Event) -> None:
    """Wake whoever waits for an event that does not happen; costs a fraction of `asyncio.timeout`."""
    if not event.is_set():
        event.set()
        event.clear()


async def create_app(settings: ServerSettings) -> web.Application:
    """Open store and guesser, take over the rooms that exist, and build the application."""
    stack = AsyncExitStack()
    fleet = await stack.enter_async_context(open_peers(settings.redis_url))
    store = await stack.enter_async_context(
        open_store(
            settings.redis_url,
            fleet.me,
            keep=settings.keep != "off",
            replicas=settings.replicas,
            licence=settings.data_licence,
            erased=tombstone_file(default_data_dir()),
        )
    )
    meters = Meters()
    guesser = await stack.enter_async_context(
        open_guess_client(settings.redis_url, settings.guess_hz, meters, fleet.pipe)
    )
    tokens = TokenSigner(await _signing_keys(settings, store))
    tick = settings.tick_ms / 1000
    ports = RoomPorts(
        store.log, guesser, MonotonicClock(), tick, tokens.seat, meters, TickScheduler(WAKE_GRID_SECONDS, tick)
    )
    rooms = RoomDirectory(ports, fleet, settings.max_rooms, lambda: guesser.known)
    fleet.listener = rooms
    tries = await stack.enter_async_context(open_demo_client(settings.redis_url))
    guesser.on_answer = rooms.answer
    guesser.on_ready = rooms.guesser_changed
    limits = RateLimits(settings)
    gateway = Gateway(GatewayDeps(rooms, tokens, limits, settings, meters))
    home = default_data_dir()
    tombstones = store.dataset.tombstones
    jobs = ExportJobs(exports_folder(home), settings.redis_url, tombstone_file(home), tombstones)
    stack.push_async_callback(jobs.close)
    app = web.Application(client_max_size=64 * 1024)
    guard_new_connections(app, limits, settings)
    gateway.attach(app)
    add_routes(
        app,
        HttpDeps(
            settings=settings,
            rooms=rooms,
            boards=store.boards,
            limits=limits,
            guesser_ready=lambda: guesser.ready,
            store_ready=store.writes,
            packs=BUILT_IN_PACKS,
            metrics=_metrics_reader(rooms, gateway, guesser, store),
            tries=tries,
            drawings=Gallery(store.dataset, jobs.withdraw_erased),
            owners=_TokenOwners(tokens),
            exports=jobs,
            meters=meters,
        ),
    )
    await _retry_until_store_answers(fleet.appear)
    fleet.start()
    await _retry_until_store_answers(tombstones.restore)
    await jobs.run_next()
    adopted = await _retry_until_store_answers(rooms.adopt_all if settings.alone == "on" else rooms.rescue)
    log.info("this is web process %s; %d rooms taken over", fleet.me, adopted)
    watching = supervise_task(rooms.watch, "rescue")
    feeling = supervise_task(partial(_measure_loop_lag, meters, guesser), "event loop lag")
    gateway.start()

    async def drain(_: web.Application) -> None:
        watching.cancel()
        feeling.cancel()
        await rooms.stop()
        await gateway.stop("moved" if fleet.others else "shutdown")
        await fleet.leave()

    async def close(_: web.Application) -> None:
        await stack.aclose()

    app.on_shutdown.append(drain)
    app.on_cleanup.append(close)
    return app


async def _signing_keys(settings: ServerSettings, store: Store) -> list[str]:
    """Return the keys that sign tokens, the signing one first; waits for the store if it has to make one."""
    if settings.secrets:
        return settings.secrets
    return [await _retry_until_store_answers(store.secret)]


async def _retry_until_store_answers(work: Callable[[], Awaitable[T]]) -> T:
    """Do what needs the store as often as it takes until the store is there."""
    while True:
        try:
            return await work()
        except StoreUnavailable as away:
            _store_away_log.warning("waiting for Redis: %s", away)
            await asyncio.sleep(STORE_RETRY_SECONDS)


async def _measure_loop_lag(meters: Meters, guesser: GuessClient) -> None:
    """Measure how late a timer fires, until cancelled: what every message waits in this process."""
    while True:
        due = time.monotonic() + LOOP_LAG_PROBE_SECONDS
        await asyncio.sleep(LOOP_LAG_PROBE_SECONDS)
        lag = max(0.0, time.monotonic() - due)
        meters.loop_lag.observe(lag)
        guesser.note_timer_lag(lag)


def _metrics_reader(
    rooms: RoomDirectory, gateway: Gateway, guesser: GuessClient, store: Store
) -> Callable[[], dict[str, float]]:
    def read() -> dict[str, float]:
        waiting = gateway.waiting()
        return {
            "inkling_rooms": rooms.count,
            "inkling_players": rooms.people,
            "inkling_connections": gateway.connections,
            "inkling_guesser_ready": float(guesser.ready),
            "inkling_guess_interval_seconds": guesser.interval,
            "inkling_outbox_waiting_bytes": sum(waiting),
            "inkling_outbox_fullest_bytes": max(waiting, default=0),
            "inkling_messages_total": gateway.messages,
            "inkling_rooms_set_aside_total": rooms.set_aside,
            "inkling_outbox_entries_set_aside_total": store.mover.set_aside,
            "inkling_task_failures_total": task_failures.total(),
            "process_cpu_seconds_total": time.process_time(),
            "process_resident_memory_bytes": _resident_bytes(),
        }

    return read


def _resident_bytes() -> float:
    """Return this process's resident memory, 0 where the system does not tell."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    except OSError:
        return 0.0
    return float(pages * resource.getpagesize())
