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

from server.access.rate_limits import Limits
from server.access.tokens import Tokens
from server.db.private.server import default_data_dir
from server.drawings.export.jobs import ExportJobs
from server.drawings.folders import erased_file, exports_folder
from server.drawings.gallery import Gallery, owner_of
from server.game.packs import PACKS
from server.gateway.gateway import Deps as GatewayDeps
from server.gateway.gateway import Gateway
from server.gateway.socketio.new_connections import guard
from server.guessing.client.guess_client import GuessClient, open_guesser
from server.guessing.demo.client import open_tryout
from server.http.deps import Deps as HttpDeps
from server.http.routes import add_routes
from server.metrics import Meters
from server.peers.membership import open_fleet
from server.persistence.store import Store, open_store
from server.rooms.directory import Rooms
from server.rooms.ports import StoreAway
from server.rooms.room import Ports
from server.rooms.ticks import Steps
from server.runtime.background_tasks import failures, supervised
from server.runtime.rate_limited_log import RateLimitedLog
from server.settings import Settings

log = logging.getLogger("inkling.web")

RETRY_SECONDS = 0.25
PULSE_SECONDS = 0.25
BEAT = 0.025
"""Seconds; a quarter of the usual tick."""

T = TypeVar("T")

_away = RateLimitedLog(log)


class _Owners:
    """`server.http.deps.Owners` by signed tokens."""

    def __init__(self, tokens: Tokens) -> None:
        self._tokens = tokens

    def owner(self, token: str) -> str | None:
        """Return whose drawings a player's token or a recovery code is about."""
        player = self._tokens.read_player(token)
        return owner_of(player) if player is not None else self._tokens.read_recovery(token)

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
        end = math.ceil((time.monotonic() + seconds) / BEAT) * BEAT if seconds > 0 else 0.0
        timer = asyncio.get_running_loop().call_at(end, _lapse, event)
        try:
            await event.wait()
        finally:
            timer.cancel()


def _lapse(event: asyncio.Event) -> None:
    """Wake whoever waits for an event that does not happen; costs a fraction of `asyncio.timeout`."""
    if not event.is_set():
        event.set()
        event.clear()


async def create_app(settings: Settings) -> web.Application:
    """Open store and guesser, take over the rooms that exist, and build the application."""
    stack = AsyncExitStack()
    fleet = await stack.enter_async_context(open_fleet(settings.redis_url))
    store = await stack.enter_async_context(
        open_store(
            settings.redis_url,
            fleet.me,
            keep=settings.keep != "off",
            replicas=settings.replicas,
            licence=settings.data_licence,
            erased=erased_file(default_data_dir()),
        )
    )
    meters = Meters()
    guesser = await stack.enter_async_context(open_guesser(settings.redis_url, settings.guess_hz, meters, fleet.pipe))
    tokens = Tokens(await _secrets(settings, store))
    tick = settings.tick_ms / 1000
    ports = Ports(store.log, guesser, MonotonicClock(), tick, tokens.seat, meters, Steps(BEAT, tick))
    rooms = Rooms(ports, fleet, settings.max_rooms, lambda: guesser.known)
    fleet.ears = rooms
    tries = await stack.enter_async_context(open_tryout(settings.redis_url))
    guesser.on_answer = rooms.answer
    guesser.on_ready = rooms.guesser_changed
    limits = Limits(settings)
    gateway = Gateway(GatewayDeps(rooms, tokens, limits, settings, meters))
    home = default_data_dir()
    tombstones = store.dataset.tombstones
    jobs = ExportJobs(exports_folder(home), settings.redis_url, erased_file(home), tombstones)
    stack.push_async_callback(jobs.close)
    app = web.Application(client_max_size=64 * 1024)
    guard(app, limits, settings)
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
            packs=PACKS,
            metrics=_metrics(rooms, gateway, guesser, store),
            tries=tries,
            drawings=Gallery(store.dataset, jobs.withdraw_erased),
            owners=_Owners(tokens),
            exports=jobs,
            meters=meters,
        ),
    )
    await _insist(fleet.appear)
    fleet.start()
    await _insist(tombstones.restore)
    await jobs.run_next()
    adopted = await _insist(rooms.adopt_all if settings.alone == "on" else rooms.rescue)
    log.info("this is web process %s; %d rooms taken over", fleet.me, adopted)
    watching = supervised(rooms.watch, "rescue")
    feeling = supervised(partial(_feel, meters, guesser), "event loop lag")
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


async def _secrets(settings: Settings, store: Store) -> list[str]:
    """Return the keys that sign tokens, the signing one first; waits for the store if it has to make one."""
    if settings.secrets:
        return settings.secrets
    return [await _insist(store.secret)]


async def _insist(work: Callable[[], Awaitable[T]]) -> T:
    """Do what needs the store as often as it takes until the store is there."""
    while True:
        try:
            return await work()
        except StoreAway as away:
            _away.warning("waiting for Redis: %s", away)
            await asyncio.sleep(RETRY_SECONDS)


async def _feel(meters: Meters, guesser: GuessClient) -> None:
    """Measure how late a timer fires, until cancelled: what every message waits in this process."""
    while True:
        due = time.monotonic() + PULSE_SECONDS
        await asyncio.sleep(PULSE_SECONDS)
        lag = max(0.0, time.monotonic() - due)
        meters.loop_lag.observe(lag)
        guesser.feel(lag)


def _metrics(rooms: Rooms, gateway: Gateway, guesser: GuessClient, store: Store) -> Callable[[], dict[str, float]]:
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
            "inkling_task_failures_total": failures.total(),
            "process_cpu_seconds_total": time.process_time(),
            "process_resident_memory_bytes": _resident(),
        }

    return read


def _resident() -> float:
    """Return this process's resident memory, 0 where the system does not tell."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    except OSError:
        return 0.0
    return float(pages * resource.getpagesize())
