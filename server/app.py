"""The composition root of the web process: the only file that names concrete adapters."""

from __future__ import annotations

import asyncio
import logging
import math
import resource
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
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
from server.http.deps import DemoService, HttpDeps
from server.http.mount import new_application, serve_under
from server.http.routes import add_health_checks, add_routes
from server.metrics import Meters
from server.peers.membership import RedisPeers, open_peers
from server.persistence.store import Store, open_store
from server.rooms.directory import RoomDirectory
from server.rooms.live_rooms import LiveRooms
from server.rooms.ports import RoomPorts, StoreUnavailable
from server.rooms.tick_scheduler import TickScheduler
from server.runtime.background_tasks import supervise_task, task_failures
from server.runtime.rate_limited_log import RateLimitedLog
from server.runtime.retry import retry_until_done
from server.settings import ServerSettings

log = logging.getLogger("inkling.web")

STORE_RETRY_SECONDS = 0.25
"""Seconds until the store is asked again while it is away."""
LOOP_LAG_PROBE_SECONDS = 0.25
"""Seconds between two looks how late a timer fires."""
WAKE_GRID_SECONDS = 0.025
"""Seconds of a beat, to whose ends rooms wait: a quarter of the usual tick."""

T = TypeVar("T")

_store_away_log = RateLimitedLog(log)


class _TokenOwners:
    """`server.http.deps.OwnerResolver` by signed tokens."""

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


@dataclass(frozen=True, slots=True)
class _Parts:
    """What a web process is made of; everything that has to be closed is in the stack that opened it."""

    meters: Meters
    peers: RedisPeers
    store: Store
    guesser: GuessClient
    demo: DemoService
    rooms: RoomDirectory
    limits: RateLimits
    gateway: Gateway
    exports: ExportJobs
    tokens: TokenSigner


async def create_app(settings: ServerSettings) -> web.Application:
    """Open store and guesser, take over the rooms that exist, and build the application."""
    stack = AsyncExitStack()
    parts = await _open_parts(settings, stack)
    app = _build_application(settings, parts)
    await _take_part(settings, parts)
    watching = supervise_task(parts.rooms.watch, "rescue")
    measuring = supervise_task(partial(_measure_loop_lag, parts.meters, parts.guesser), "event loop lag")
    parts.gateway.start()

    async def drain(_: web.Application) -> None:
        watching.cancel()
        measuring.cancel()
        await parts.rooms.stop()
        await parts.gateway.stop("moved" if parts.peers.others else "shutdown")
        await parts.peers.leave()

    async def close(_: web.Application) -> None:
        await stack.aclose()

    app.on_shutdown.append(drain)
    app.on_cleanup.append(close)
    return app


async def _open_parts(settings: ServerSettings, stack: AsyncExitStack) -> _Parts:
    """Open everything; nobody is served yet, and no room is owned."""
    meters, live = Meters(), LiveRooms()
    peers = await stack.enter_async_context(open_peers(settings.redis_url))
    store = await stack.enter_async_context(
        open_store(
            settings.redis_url,
            peers.me,
            keep=settings.keep != "off",
            replicas=settings.replicas,
            licence=settings.data_licence,
            erased=tombstone_file(default_data_dir()),
        )
    )
    guesser = await stack.enter_async_context(
        open_guess_client(
            settings.redis_url,
            settings.guess_hz,
            meters,
            peers.pipe,
            on_answer=live.answer,
            on_ready=live.guesser_changed,
        )
    )
    demo = await stack.enter_async_context(open_demo_client(settings.redis_url))
    exports = _make_exports(settings, store)
    stack.push_async_callback(exports.close)
    tokens = TokenSigner(await _signing_keys(settings, store))
    rooms = _make_rooms(settings, meters, live, peers, store, guesser, tokens)
    limits = RateLimits(settings)
    gateway = Gateway(GatewayDeps(rooms, tokens, limits, settings, meters))
    return _Parts(meters, peers, store, guesser, demo, rooms, limits, gateway, exports, tokens)


def _make_rooms(
    settings: ServerSettings,
    meters: Meters,
    live: LiveRooms,
    peers: RedisPeers,
    store: Store,
    guesser: GuessClient,
    tokens: TokenSigner,
) -> RoomDirectory:
    tick = settings.tick_ms / 1000
    ports = RoomPorts(
        log=store.log,
        guesser=guesser,
        clock=MonotonicClock(),
        tick=tick,
        sign=tokens.seat,
        meters=meters,
        tick_scheduler=TickScheduler(WAKE_GRID_SECONDS, tick),
    )
    return RoomDirectory(ports, peers, settings.max_rooms, lambda: guesser.known, live)


def _make_exports(settings: ServerSettings, store: Store) -> ExportJobs:
    home = default_data_dir()
    return ExportJobs(exports_folder(home), settings.redis_url, tombstone_file(home), store.dataset.tombstones)


def _build_application(settings: ServerSettings, parts: _Parts) -> web.Application:
    """Put sockets, API and pages under the base path."""
    deps = HttpDeps(
        settings=settings,
        rooms=parts.rooms,
        boards=parts.store.boards,
        limits=parts.limits,
        guesser_ready=lambda: parts.guesser.ready,
        store_ready=parts.store.writes,
        packs=BUILT_IN_PACKS,
        metrics=_metrics_reader(parts.rooms, parts.gateway, parts.guesser, parts.store),
        demo=parts.demo,
        drawings=Gallery(parts.store.dataset, parts.exports.withdraw_erased),
        owners=_TokenOwners(parts.tokens),
        exports=parts.exports,
        meters=parts.meters,
    )
    site = new_application()
    parts.gateway.attach(site)
    add_routes(site, deps)
    app = serve_under(settings.base_path, site, partial(add_health_checks, deps=deps))
    guard_new_connections(app, parts.limits, settings)
    return app


async def _take_part(settings: ServerSettings, parts: _Parts) -> None:
    """Show the other processes that this one lives, and take over the rooms that it may; waits while the store is away."""
    peers, rooms = parts.peers, parts.rooms
    await _retry_until_store_answers(peers.appear)
    peers.start(rooms)
    await _retry_until_store_answers(parts.store.dataset.tombstones.restore)
    await parts.exports.run_next()
    adopted = await _retry_until_store_answers(rooms.adopt_all if settings.alone == "on" else rooms.rescue)
    log.info("this is web process %s; %d rooms taken over", peers.me, adopted)


async def _signing_keys(settings: ServerSettings, store: Store) -> list[str]:
    """Return the keys of tokens, the signing one first; waits for the store if it has to make one."""
    if settings.secrets:
        return settings.secrets
    return [await _retry_until_store_answers(store.secret)]


async def _retry_until_store_answers(work: Callable[[], Awaitable[T]]) -> T:
    """Do what needs the store as often as it takes until the store is there."""
    note_failure = partial(_store_away_log.warning, "waiting for Redis: %s")
    return await retry_until_done(work, StoreUnavailable, STORE_RETRY_SECONDS, note_failure)


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
            "inkling_outbox_entries_set_aside_total": store.outbox_relay.set_aside,
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
