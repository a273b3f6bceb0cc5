"""The game as `inkling play` serves it, and browsers to play it in."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.async_api import Browser, async_playwright

from server.commands import play
from tests.ports import free_port

STATIC = Path(play.__file__).parents[1] / "static" / "index.html"
READY_SECONDS = 90
WEBS = int(os.environ.get("WEBS", "1"))
"""2: the whole suite through a plain proxy before two web processes."""
ELSEWHERE = "draw.example"
"""A name that is not localhost and means this machine in our browsers."""
ARGUMENTS = [f"--host-resolver-rules=MAP {ELSEWHERE} 127.0.0.1", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
             "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage"]  # fmt: skip


def missing(reason: str) -> None:
    """Skip locally, fail in CI."""
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


@dataclass
class Served:
    """A running game."""

    url: str
    data_dir: Path
    process: subprocess.Popen[bytes]
    others: tuple[subprocess.Popen[bytes], ...] = ()


def serve(data_dir: Path, port: int) -> Served:
    """Start `inkling play` and wait until it can guess."""
    command = [sys.executable, "-m", "server", "play", "--port", str(port), "--data-dir", str(data_dir)]
    environment = {name: value for name, value in os.environ.items() if name not in ("REDIS_URL", "INKLING_PUBLIC_URL")}
    environment["INKLING_ROOMS_PER_MINUTE"] = "1000"
    environment["INKLING_ADMIN_TOKEN"] = "open sesame"
    with (data_dir / "play.log").open("ab") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log, start_new_session=True)
    served = Served(f"http://127.0.0.1:{port}", data_dir, process)
    try:
        wait_until_ready(served.url, data_dir)
    except TimeoutError as error:
        stop(served)
        pytest.fail(str(error))
    return served


def serve_two(data_dir: Path) -> Served:
    """Start `inkling play`, a second web process beside it, and a plain round-robin proxy before both."""
    ports = free_port(), free_port()
    served = serve(data_dir, ports[0])
    environment = {**os.environ, "INKLING_ROOMS_PER_MINUTE": "1000", "PORT": str(ports[1]), "INKLING_HOST": "127.0.0.1"}
    environment["INKLING_ADMIN_TOKEN"] = "open sesame"
    environment["REDIS_URL"] = "unix://" + (data_dir / "redis" / "socket").read_text()
    door = free_port()
    words = (["-m", "server", "web"], ["-m", "tests.load.balancer", str(door), str(ports[0]), str(ports[1])])
    with (data_dir / "others.log").open("ab") as log:
        served.others = tuple(
            subprocess.Popen([sys.executable, *line], env=environment, stdout=log, stderr=log) for line in words
        )
    for url in (f"http://127.0.0.1:{ports[1]}", f"http://127.0.0.1:{door}"):
        wait_until_ready(url, data_dir)
    served.url = f"http://127.0.0.1:{door}"
    return served


def wait_until_ready(url: str, data_dir: Path) -> None:
    """Wait until games can be played and guessed at an address."""
    end = time.monotonic() + READY_SECONDS
    while time.monotonic() < end:
        try:
            with urllib.request.urlopen(url + "/readyz", timeout=2) as answer:
                if answer.status == 200:
                    return
        except (urllib.error.URLError, OSError):
            pass
        time.sleep(0.1)
    raise TimeoutError("the game did not start:\n" + (data_dir / "play.log").read_text()[-2000:])


def stop(served: Served) -> None:
    """Ctrl-C."""
    for process in served.others:
        process.terminate()
        process.wait(20)
    if served.process.poll() is None:
        served.process.send_signal(signal.SIGINT)
        try:
            served.process.wait(20)
        except subprocess.TimeoutExpired:
            served.process.kill()


@pytest.fixture(scope="session")
def game() -> Iterator[Served]:
    """One running game for the whole session."""
    if not STATIC.exists():
        missing("the page is not built (make setup)")
    with tempfile.TemporaryDirectory(prefix="ink-") as folder:
        served = serve_two(Path(folder)) if WEBS == 2 else serve(Path(folder), free_port())
        yield served
        stop(served)


@pytest.fixture
async def chromium() -> AsyncIterator[Browser]:
    """A headless Chromium of the system."""
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        missing("no Chromium here (Debian: apt-get install chromium)")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        await browser.close()
