"""`inkling web`: the process with the rooms, the sockets and the pages."""

from __future__ import annotations

import argparse
import logging
import sys

from aiohttp import web

from server import leash
from server import settings as configuration
from server.loop import new_loop


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of `inkling web`; everything else comes from the environment."""
    parser.add_argument("--port", type=int, default=None, help="port (8000, or PORT)")


def run(arguments: argparse.Namespace) -> int:
    """Serve until SIGTERM or SIGINT, then drain."""
    from server.app import create_app

    leash.wear()
    settings = configuration.load(port=arguments.port)
    if not settings.redis_url:
        raise ValueError("REDIS_URL is not set; `inkling play` brings its own Redis")
    logging.basicConfig(
        level=settings.log_level.upper(), format="%(levelname)s %(name)s: %(message)s", stream=sys.stderr
    )
    web.run_app(
        create_app(settings),
        host=settings.host,
        port=settings.port,
        print=None,
        access_log=None,
        shutdown_timeout=3.0,
        handler_cancellation=False,
        loop=new_loop(),
    )
    return 0
