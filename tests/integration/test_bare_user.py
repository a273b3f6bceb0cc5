"""As containers run it: a user without an entry in passwd and without a home, on a root that nobody may write to."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from server.runtime.parent_death import set_parent_death_signal
from tests.contract.processes.test_start import get
from tests.faults.town import ROOT, Process
from tests.ports import free_port

pytestmark = pytest.mark.redis

NOBODY = 54321
READ_ONLY = """
set -e
mount --rbind / "$1/system"
mount -o remount,ro,bind "$1/system"
mount --bind "$1/data" "$1/system/srv"
shift
exec chroot --userspec=54321:54321 --groups= "$ROOT_OF_IT" "$@"
"""
ENVIRONMENT = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}


@pytest.fixture
def place() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="ink-"))
    for name in ("system", "data"):
        (folder / name).mkdir()
    os.chown(folder / "data", NOBODY, NOBODY)
    yield folder
    shutil.rmtree(folder / "data", ignore_errors=True)
    (folder / "log").unlink(missing_ok=True)
    # Never more than empty folders: the whole system was mounted below, if only for other processes.
    (folder / "system").rmdir()
    folder.rmdir()


def start(place: Path, *words: str, **environment: str) -> subprocess.Popen[bytes]:
    """Start a process that sees the system read-only, but for /srv."""
    with (place / "log").open("ab") as log:
        return subprocess.Popen(
            ["unshare", "-m", "--propagation", "private", "sh", "-c", READ_ONLY, "sh", str(place), *words],
            env={**ENVIRONMENT, **environment, "ROOT_OF_IT": str(place / "system")}, stdout=log, stderr=log, cwd="/",
            preexec_fn=set_parent_death_signal,
        )  # fmt: skip


async def test_it_plays_and_guesses_where_nothing_but_its_data_can_be_written(place: Path) -> None:
    if os.getuid() != 0 or start(place, sys.executable, "-c", "").wait():
        pytest.skip("needs root, mount namespaces, and a Python that everybody may run")
    check = "import os, pathlib, pwd, sys; sys.exit(os.access('/tmp', os.W_OK) or os.getuid() in [one.pw_uid for one in pwd.getpwall()])"
    assert start(place, sys.executable, "-c", check).wait() == 0
    port = free_port()
    play = start(place, sys.executable, "-m", "server", "play", "--port", str(port), "--data-dir", "/srv")
    try:
        end = time.monotonic() + 120
        while (await get(f"http://127.0.0.1:{port}/readyz"))[0] != 200:
            assert time.monotonic() < end, (place / "log").read_text()
        play.send_signal(signal.SIGINT)
        assert play.wait(30) == 0
    finally:
        play.kill()
        play.wait()
    assert (place / "data" / "erased").exists()


@pytest.mark.parametrize("command", ["web", "play"])
async def test_tombstones_that_cannot_be_written_are_refused_at_the_start(command: str, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    process = Process(
        ["-m", "server", command], tmp_path / "log", REDIS_URL="redis://127.0.0.1:1" if command == "web" else "",
        XDG_DATA_HOME=str(tmp_path), INKLING_ERASED=str(tmp_path / "file" / "erased"), PORT=str(free_port()),
    )  # fmt: skip
    process.start()
    try:
        assert await process.ended() == 2
    finally:
        process.kill()
    (line,) = [one for one in process.log.splitlines() if one.startswith("inkling web: ")]
    assert "INKLING_ERASED" in line
    assert "cannot be written" in line
