"""`inkling web`: the process with the rooms, the sockets and the pages."""

from __future__ import annotations

import argparse
import asyncio
import ctypes
import gc
import logging
import socket
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress

from aiohttp import web

from server import settings as configuration
from server.access import proxy_check
from server.http.starting_page import answer_while_starting
from server.runtime import listen, parent_death
from server.runtime.background_tasks import supervise_task
from server.runtime.event_loop import new_event_loop

log = logging.getLogger("inkling.web")
ACCEPT_BACKLOG_CONNECTIONS = 1024
"""Connections that may wait to be taken: with aiohttp's 128 a class that comes at once waits for seconds, or for ever."""
MEMORY_TRIM_SECONDS = 10.0
"""How often free memory is given back; that takes less than a millisecond, seldom a few."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of `inkling web`; everything else comes from the environment."""
    parser.add_argument("--port", type=int, default=None, help="port (8000, or PORT)")


def run(arguments: argparse.Namespace) -> int:
    """Serve until SIGTERM or SIGINT, then drain."""
    parent_death.exit_with_parent()
    settings = configuration.load_settings(port=arguments.port)
    if not settings.redis_url:
        raise configuration.SettingError("REDIS_URL is not set; `inkling play` brings its own Redis")
    logging.basicConfig(
        level=settings.log_level.upper(), format="%(levelname)s %(name)s: %(message)s", stream=sys.stderr
    )
    missing = proxy_check.explain_missing_proxy(settings)
    if missing:
        logging.getLogger("inkling.web").warning(
            "a trusted proxy is missing: %s (%s)", missing, proxy_check.TRUSTED_PROXY_ADVICE
        )
    _raise_descriptor_limit()
    sockets = listen.bind_sockets(settings.host, settings.port)
    web.run_app(
        _build_app(settings, sockets),
        sock=sockets,
        print=None,
        access_log=None,
        backlog=ACCEPT_BACKLOG_CONNECTIONS,
        shutdown_timeout=3.0,
        handler_cancellation=False,
        loop=new_event_loop(),
    )
    return 0


def _raise_descriptor_limit() -> None:
    """Allow as many connections as the system lets: the usual soft limit of 1,024 files is less than a school."""
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


async def _build_app(settings: configuration.ServerSettings, sockets: Sequence[socket.socket]) -> web.Application:
    """Build the application; what it is made of stays, so the collector of cycles need not look at it again."""
    app = await answer_while_starting(sockets, settings.base_path, _check_redis_and_create(settings))
    app.cleanup_ctx.append(_memory_trim_context)
    gc.collect()
    gc.freeze()
    # Messages make and drop thousands of small tuples a second, none of them in a cycle.
    gc.set_threshold(20_000, 20, 20)
    return app


async def _check_redis_and_create(settings: configuration.ServerSettings) -> web.Application:
    """Look at Redis and build the application. Raises SettingError when Redis cannot be worked with."""
    from server.app import create_app
    from server.db.checks import wait_for_redis
    from server.db.private.private_redis import default_data_dir
    from server.drawings.folders import check_tombstone_file, tombstone_file

    check_tombstone_file(tombstone_file(default_data_dir()))
    found = await wait_for_redis(settings.redis_url, settings.replicas)
    for risk, advice in found.risks:
        log.warning("%s is risky: %s (%s)", found.name, risk, advice)
    return await create_app(settings)


async def _memory_trim_context(_: web.Application) -> AsyncIterator[None]:
    """Give what the C library holds free back to the system now and then: holes that a burst leaves would stay for good."""
    trimming = supervise_task(_trim_memory, "memory trim")
    yield
    trimming.cancel()
    with suppress(asyncio.CancelledError):
        await trimming


async def _trim_memory() -> None:
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None) if sys.platform == "linux" else None
    while trim is not None:
        await asyncio.sleep(MEMORY_TRIM_SECONDS)
        trim(0)
