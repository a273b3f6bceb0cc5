"""`inkling guesser`: the process that runs the network. It takes ink from Redis and answers there."""

from __future__ import annotations

import argparse
import logging
import signal
import sys
import threading
from pathlib import Path

from server import leash
from server import settings as configuration
from server.settings import Settings
from server.store.embedded import default_data_dir

log = logging.getLogger("inkling.guesser")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of `inkling guesser`; everything else comes from the environment."""
    parser.add_argument("--threads", type=int, default=None, help="CPU threads (INKLING_GUESSER_THREADS)")


def run(arguments: argparse.Namespace) -> int:
    """Load the champion, warm it, serve until SIGTERM or SIGINT."""
    leash.wear()
    settings = configuration.load(guesser_threads=arguments.threads)
    if not settings.redis_url:
        raise ValueError("REDIS_URL is not set; `inkling play` brings its own Redis")
    logging.basicConfig(
        level=settings.log_level.upper(), format="%(levelname)s %(name)s: %(message)s", stream=sys.stderr
    )
    return serve(settings)


def serve(settings: Settings) -> int:
    """Serve until told to stop; a signal before the network is loaded ends the process at once."""
    from model.serve.tryout import Cabinet
    from model.serve.worker import Guesser
    from server.guessing.desk import Desk
    from server.guessing.shift import Shift

    network = Guesser.load(threads=settings.guesser_threads)
    if settings.guesser_precision == "auto":
        network.quantise()
    network.warm()
    shift = Shift(settings.redis_url, network)
    desk = Desk(settings.redis_url, Cabinet(Path(settings.runs) if settings.runs else default_data_dir() / "runs"))

    def stop(*_: object) -> None:
        shift.stop.set()
        desk.stop.set()

    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, stop)
    threading.Thread(target=desk.run, name="desk", daemon=True).start()
    log.info("ready to guess with %s (%s)", network.version, network.precision)
    shift.run()
    return 0
