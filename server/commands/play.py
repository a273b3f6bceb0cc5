"""`inkling play`: Redis, guesser and web on one machine, supervised, with the address to open."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import logging
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import segno
from rich.console import Console

from server import settings as configuration
from server.db.client import find_write_error
from server.db.private.play_lease import PlayLeaseTaken, hold_play_lease, lock_data_dir
from server.db.private.private_redis import NoRedis, default_data_dir, ensure_temp_dir, private_redis
from server.runtime import listen
from server.runtime.background_tasks import supervise_task
from server.runtime.parent_death import ParentDeathPipe
from server.runtime.supervisor import EXIT_BAD_SETTINGS, keep_running

log = logging.getLogger("inkling.play")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of `inkling play`."""
    parser.add_argument("--lan", action="store_true", help="let other devices in your network join; prints a QR code")
    parser.add_argument("--port", type=int, default=None, help="port of the page (8000, or PORT)")
    parser.add_argument("--data-dir", type=Path, default=None, help="where scores and drawings are kept")


def run(arguments: argparse.Namespace) -> int:
    """Serve until Ctrl-C; returns 0 after a clean end, 1 if a part could not be started, 2 if it cannot work as it is set up."""
    settings = configuration.load_settings(platform=False, port=arguments.port, host="*" if arguments.lan else None)
    logging.basicConfig(
        level=settings.log_level.upper(), format="%(levelname)s %(name)s: %(message)s", stream=sys.stderr
    )
    data_dir = (arguments.data_dir or default_data_dir()).expanduser()
    try:
        ensure_temp_dir(data_dir)
        return asyncio.run(_play(settings, arguments.lan, data_dir))
    except (NoRedis, PlayLeaseTaken) as reason:
        print(f"inkling play: {reason}", file=sys.stderr)
        return 1


async def _play(settings: configuration.ServerSettings, lan: bool, data_dir: Path) -> int:
    console = Console()
    sockets = listen.bind_sockets(settings.host, settings.port)
    stop, lost = asyncio.Event(), asyncio.Event()

    def give_way() -> None:
        lost.set()
        stop.set()

    async with _open_redis(settings, data_dir, sockets, give_way) as redis_url:
        loop = asyncio.get_running_loop()
        for sign in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(sign, stop.set)
        for probe in sockets:
            probe.close()
        parent_death = ParentDeathPipe()
        environment = dict(
            os.environ, REDIS_URL=redis_url, PORT=str(settings.port), INKLING_HOST=settings.host, INKLING_ALONE="on"
        )  # fmt: skip
        home = data_dir.expanduser().resolve()
        for kind in ("runs", "erased", "exports", "models", "public", "golden"):
            variable = f"INKLING_{kind.upper()}"
            environment[variable] = getattr(settings, kind) or str(home / kind)
        if lan:
            environment["INKLING_PUBLIC_URL"] = settings.public_url or f"http://{lan_address()}:{settings.port}"
        names = ("guesser", "web", "retrain --watch") if settings.retrain == "on" else ("guesser", "web")
        children = [
            supervise_task(partial(keep_running, name, environment, parent_death, stop), f"child {name}")
            for name in names
        ]
        announcing = supervise_task(partial(_announce_address, console, settings, environment, lan), "announcement")
        await stop.wait()
        console.print("\nDraining…")
        announcing.cancel()
        served = all(await asyncio.gather(*children))
        parent_death.close()
        paused = await asyncio.to_thread(find_write_error, redis_url)
    if not served:
        return EXIT_BAD_SETTINGS
    if lost.is_set():
        return 1
    if paused:
        console.print(f"Bye. Saving was paused ({paused}): what was drawn since then is not saved, all before it is.")
        return 1
    console.print("Bye. Everything is saved.")
    return 0


@contextlib.asynccontextmanager
async def _open_redis(
    settings: configuration.ServerSettings, data_dir: Path, sockets: Sequence[socket.socket], lost: Callable[[], None]
) -> AsyncIterator[str]:
    """Yield the address of a Redis on which nobody else plays; `lost` is called if that changes."""
    if settings.redis_url:
        from server.db.checks import wait_for_redis
        from server.http.starting_page import answer_while_starting

        waiting = wait_for_redis(settings.redis_url, settings.replicas)
        await answer_while_starting(sockets, settings.base_path, waiting)
        async with hold_play_lease(settings.redis_url, lost):
            yield settings.redis_url
    else:
        with lock_data_dir(data_dir):
            async with private_redis(data_dir) as url:
                yield url


async def _announce_address(
    console: Console, settings: configuration.ServerSettings, environment: dict[str, str], lan: bool
) -> None:
    """Print the address once the page answers."""
    here = listen.local_url(settings.host, settings.port) + settings.base_path.rstrip("/")
    while not await _answers(here):
        await asyncio.sleep(0.05)
    console.print(f"\n  [bold]Inkling[/] is at  [bold blue]{here}[/]")
    if lan:
        url = environment["INKLING_PUBLIC_URL"] + settings.base_path.rstrip("/")
        console.print(f"  On the phones:  [bold blue]{url}[/]\n")
        segno.make(url, micro=False).terminal(compact=True)
    else:
        console.print("  Only this computer can open it. To invite others: [bold]make play LAN=1[/] (--lan)")
    console.print("  Ctrl-C ends the game; scores and drawings stay.\n")


async def _answers(url: str) -> bool:
    where = urlsplit(url)
    try:
        reader, writer = await asyncio.open_connection(where.hostname, where.port)
        writer.write(b"GET /healthz HTTP/1.0\r\n\r\n")
        line = await reader.readline()
        writer.close()
    except OSError:
        return False
    return b"200" in line


def lan_address() -> str:
    """Return this machine's address in its network, without sending anything."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return socket.gethostname()
        return str(probe.getsockname()[0])
