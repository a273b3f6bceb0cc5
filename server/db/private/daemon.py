"""Keeps one private redis-server alive for as long as anybody uses its data folder.

Started as `python -m server.db.private.daemon FOLDER BINARY`; it returns as soon as Redis answers and goes on in
the background. Users hold a shared lock on `users`, which the system takes from them however they end; the
daemon is the one who gets it exclusively when the last of them is gone. Standard library only: it stays in
memory.
"""

from __future__ import annotations

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

from server.runtime.parent_death import set_parent_death_signal

DAEMON_POLL_SECONDS = 0.1
"""How often the daemon looks whether Redis runs and anybody needs it."""
REDIS_START_TIMEOUT_SECONDS = 60.0
"""Loading a large append-only file takes a while."""
REDIS_STOP_TIMEOUT_SECONDS = 20.0
"""Seconds that Redis may take to save and end."""


class RedisNotStarted(Exception):
    """Redis ended before it answered; the text is the end of what it said."""


def is_redis_answering(path: str) -> bool:
    """Whether a Redis behind a unix socket is loaded and answers."""
    with socket.socket(socket.AF_UNIX) as link, suppress(OSError):
        link.settimeout(2.0)
        link.connect(path)
        link.sendall(b"PING\r\n")
        return link.recv(64).startswith(b"+PONG")
    return False


def open_locked_file(path: Path, how: int) -> int:
    """Open a lock file and lock it; returns its descriptor. Raises BlockingIOError with LOCK_NB."""
    lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, how)
    except BaseException:
        os.close(lock)
        raise
    return lock


def read_socket_path(folder: Path) -> str | None:
    """Return where the socket is, or was when the last daemon was killed."""
    with suppress(OSError):
        path = (folder / "socket").read_text()
        if Path(path).parent.stat().st_uid == os.getuid():
            return path
    return None


def choose_socket_path(folder: Path) -> str:
    """Note where the socket will be: in a short private folder, since Redis silently cuts a long path."""
    base = os.environ.get("XDG_RUNTIME_DIR", "")
    if not base or len(base) > 60 or not os.access(base, os.W_OK):
        base = tempfile.gettempdir() if len(tempfile.gettempdir()) <= 60 else "/tmp"
    path = str(Path(tempfile.mkdtemp(prefix="inkling-", dir=base)) / "redis.sock")
    fresh = folder / "socket.new"
    fresh.write_text(path)
    fresh.replace(folder / "socket")
    return path


def start_redis_server(folder: Path, binary: str, path: str) -> subprocess.Popen[bytes]:
    """Start redis-server on the data in `folder`; it ends when this process does (Linux; elsewhere the next start joins it)."""
    options = {
        "port": "0", "unixsocket": path, "unixsocketperm": "600", "dir": str(folder), "databases": "1",
        "appendonly": "yes", "appendfsync": "everysec", "save": "", "maxmemory-policy": "noeviction",
        "auto-aof-rewrite-min-size": "16mb",
        "logfile": str(folder / "redis.log"), "daemonize": "no",
    }  # fmt: skip
    words = [word for name, value in options.items() for word in (f"--{name}", value)]
    null = subprocess.DEVNULL
    return subprocess.Popen([binary, *words], stdin=null, stdout=null, stderr=null, preexec_fn=set_parent_death_signal)


def wait_until_answering(process: subprocess.Popen[bytes], folder: Path, path: str) -> None:
    """Wait until Redis answers. Raises RedisNotStarted."""
    limit = time.monotonic() + REDIS_START_TIMEOUT_SECONDS
    while not is_redis_answering(path):
        if process.poll() is not None or time.monotonic() > limit:
            log = folder / "redis.log"
            said = log.read_text(errors="replace").splitlines()[-3:] if log.exists() else []
            raise RedisNotStarted(" / ".join(said) or f"redis-server ended with {process.returncode}")
        time.sleep(0.02)


def keep_redis_running(folder: Path, binary: str, path: str, process: subprocess.Popen[bytes]) -> None:
    """Restart Redis when it dies, stop it when nobody is left; newcomers wait until this process is gone."""
    failures = 0
    while True:
        with suppress(BlockingIOError):
            open_locked_file(folder / "users", fcntl.LOCK_EX | fcntl.LOCK_NB)
            break
        if process.poll() is not None:
            failures += 1
            time.sleep(min(5.0, 0.1 * failures))
            process = start_redis_server(folder, binary, path)
            with suppress(RedisNotStarted):
                wait_until_answering(process, folder, path)
                failures = 0
        time.sleep(DAEMON_POLL_SECONDS)
    _stop_redis_server(process)
    _remove_socket(folder, path)


def main(folder: Path, binary: str) -> int:
    """Start Redis, report, and stay behind as its daemon."""
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
    lock = open_locked_file(folder / "keeper", fcntl.LOCK_EX)
    path = read_socket_path(folder) or choose_socket_path(folder)
    process = start_redis_server(folder, binary, path)
    try:
        wait_until_answering(process, folder, path)
    except RedisNotStarted as error:
        os.write(writer, str(error).encode())
        _stop_redis_server(process)
        _remove_socket(folder, path)
        os._exit(1)
    _detach_from_terminal(writer)
    keep_redis_running(folder, binary, path, process)
    os.close(lock)
    os._exit(0)


def _detach_from_terminal(writer: int) -> None:
    """Tell the waiting half that all is well, and leave its terminal alone from now on."""
    null = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(null, stream)
    os.close(writer)


def _remove_socket(folder: Path, path: str) -> None:
    shutil.rmtree(Path(path).parent, ignore_errors=True)
    (folder / "socket").unlink(missing_ok=True)


def _stop_redis_server(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(REDIS_STOP_TIMEOUT_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2]))
