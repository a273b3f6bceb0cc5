"""Keeps one private redis-server alive for as long as anybody uses its data folder.

Started as `python -m server.db.private.daemon FOLDER BINARY`; it returns as soon as Redis answers and goes on in
the background. Users hold a shared lock on `users`, which the system takes from them however they end; the
keeper is the one who gets it exclusively when the last of them is gone. Standard library only: it stays in
memory.
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path

LOOK_SECONDS = 0.1
"""How often the keeper looks whether Redis runs and anybody needs it."""
START_SECONDS = 60.0
"""Loading a large append-only file takes a while."""
STOP_SECONDS = 20.0


class NotStarted(Exception):
    """Redis ended before it answered; the text is the end of what it said."""


def answers(path: str) -> bool:
    """Whether a Redis behind a unix socket is loaded and answers."""
    with socket.socket(socket.AF_UNIX) as link, suppress(OSError):
        link.settimeout(2.0)
        link.connect(path)
        link.sendall(b"PING\r\n")
        return link.recv(64).startswith(b"+PONG")
    return False


def take(path: Path, how: int) -> int:
    """Open a lock file and lock it; returns its descriptor. Raises BlockingIOError with LOCK_NB."""
    lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, how)
    except BaseException:
        os.close(lock)
        raise
    return lock


def noted_path(folder: Path) -> str | None:
    """Return where the socket is, or was when the last keeper was killed."""
    with suppress(OSError):
        path = (folder / "socket").read_text()
        if Path(path).parent.stat().st_uid == os.getuid():
            return path
    return None


def choose_path(folder: Path) -> str:
    """Note where the socket will be: in a short private folder, since Redis silently cuts a long path."""
    base = os.environ.get("XDG_RUNTIME_DIR", "")
    if not base or len(base) > 60 or not os.access(base, os.W_OK):
        base = tempfile.gettempdir() if len(tempfile.gettempdir()) <= 60 else "/tmp"
    path = str(Path(tempfile.mkdtemp(prefix="inkling-", dir=base)) / "redis.sock")
    fresh = folder / "socket.new"
    fresh.write_text(path)
    fresh.replace(folder / "socket")
    return path


def start(folder: Path, binary: str, path: str) -> subprocess.Popen[bytes]:
    """Start redis-server on the data in `folder`; it ends when this process does."""
    options = {
        "port": "0", "unixsocket": path, "unixsocketperm": "600", "dir": str(folder), "databases": "1",
        "appendonly": "yes", "appendfsync": "everysec", "save": "", "maxmemory-policy": "noeviction",
        "auto-aof-rewrite-min-size": "16mb",
        "logfile": str(folder / "redis.log"), "daemonize": "no",
    }  # fmt: skip
    words = [word for name, value in options.items() for word in (f"--{name}", value)]
    null = subprocess.DEVNULL
    return subprocess.Popen([binary, *words], stdin=null, stdout=null, stderr=null, preexec_fn=die_with_parent)


def wait_for(process: subprocess.Popen[bytes], folder: Path, path: str) -> None:
    """Wait until Redis answers. Raises NotStarted."""
    limit = time.monotonic() + START_SECONDS
    while not answers(path):
        if process.poll() is not None or time.monotonic() > limit:
            log = folder / "redis.log"
            said = log.read_text(errors="replace").splitlines()[-3:] if log.exists() else []
            raise NotStarted(" / ".join(said) or f"redis-server ended with {process.returncode}")
        time.sleep(0.02)


def keep(folder: Path, binary: str, path: str, process: subprocess.Popen[bytes]) -> None:
    """Restart Redis when it dies, stop it when nobody is left; newcomers wait until this process is gone."""
    failures = 0
    while True:
        with suppress(BlockingIOError):
            take(folder / "users", fcntl.LOCK_EX | fcntl.LOCK_NB)
            break
        if process.poll() is not None:
            failures += 1
            time.sleep(min(5.0, 0.1 * failures))
            process = start(folder, binary, path)
            with suppress(NotStarted):
                wait_for(process, folder, path)
                failures = 0
        time.sleep(LOOK_SECONDS)
    _stop(process)
    _clean(folder, path)


def main(folder: Path, binary: str) -> int:
    """Start Redis, report, and stay behind as its keeper."""
    reader, writer = os.pipe()
    if os.fork():
        os.close(writer)
        with os.fdopen(reader) as report:
            said = report.read()
        sys.stderr.write(said)
        return 1 if said else 0
    os.close(reader)
    os.setsid()
    for sign in (signal.SIGINT, signal.SIGHUP):
        signal.signal(sign, signal.SIG_IGN)
    lock = take(folder / "keeper", fcntl.LOCK_EX)
    path = noted_path(folder) or choose_path(folder)
    process = start(folder, binary, path)
    try:
        wait_for(process, folder, path)
    except NotStarted as error:
        os.write(writer, str(error).encode())
        _stop(process)
        _clean(folder, path)
        os._exit(1)
    _let_go(writer)
    keep(folder, binary, path, process)
    os.close(lock)
    os._exit(0)


def _let_go(writer: int) -> None:
    """Tell the waiting half that all is well, and leave its terminal alone from now on."""
    null = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(null, stream)
    os.close(writer)


def _clean(folder: Path, path: str) -> None:
    shutil.rmtree(Path(path).parent, ignore_errors=True)
    (folder / "socket").unlink(missing_ok=True)


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def die_with_parent() -> None:
    """Have the kernel end Redis with its keeper (Linux; elsewhere the next start finds and joins it)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGTERM)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2]))
