"""Redis as it is run for real, on loopback: a Cluster of three, and a primary with a replica and Sentinels."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import redis

from server.db.private.binary import find_redis_binary
from server.runtime.parent_death import set_parent_death_signal
from tests.ports import free_port

SLOTS = 16384


def low_port() -> int:
    """Return a port whose cluster bus port is valid, too."""
    while (port := free_port()) >= 55_000:
        pass
    return port


def wait(true: Callable[[], object], seconds: float = 20) -> None:
    """Wait for something that may fail at first."""
    end = time.monotonic() + seconds
    while True:
        try:
            if true():
                return
        except redis.RedisError:
            pass
        if time.monotonic() > end:
            raise TimeoutError
        time.sleep(0.02)


class Servers:
    """Some redis-servers, by port."""

    url: str

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="ink-"))
        self.processes: dict[int, subprocess.Popen[bytes]] = {}

    def start(self, *words: str, port: int = 0) -> int:
        """Start one and wait until it answers."""
        port = port or low_port()
        home = self.folder / str(port)
        home.mkdir(exist_ok=True)
        fixed = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--logfile", "log"]
        command = [str(find_redis_binary().path), *filter(None, words[:1]), *fixed, *words[1:]]
        self.processes[port] = subprocess.Popen(
            command, cwd=home, stdout=subprocess.DEVNULL, preexec_fn=set_parent_death_signal
        )
        wait(lambda: self.ask(port, "PING"))
        return port

    def ask(self, port: int, *words: object) -> Any:
        """Run one command on one of them."""
        with redis.Redis(port=port, socket_timeout=2) as client:
            return client.execute_command(*words)

    def kill(self, port: int) -> None:
        """End one as kill -9 does."""
        process = self.processes.pop(port)
        process.kill()
        process.wait()

    def close(self) -> None:
        """End all of them."""
        for port in list(self.processes):
            self.kill(port)
        shutil.rmtree(self.folder, ignore_errors=True)


class ClusterServers(Servers):
    """Three primaries that share the slots."""

    def __init__(self) -> None:
        super().__init__()
        ports = [self.start("", "--cluster-enabled", "yes", "--cluster-node-timeout", "2000") for _ in range(3)]
        for number, port in enumerate(ports):
            # One by one in a single command: ADDSLOTSRANGE needs Redis 7.
            first, after = SLOTS * number // 3, SLOTS * (number + 1) // 3
            self.ask(port, "CLUSTER", "ADDSLOTS", *range(first, after))
            self.ask(port, "CLUSTER", "MEET", "127.0.0.1", ports[0])
        for port in ports:
            wait(lambda port=port: self._is_whole(port))  # type: ignore[misc]
        self.url = "redis+cluster://" + ",".join(f"127.0.0.1:{port}" for port in ports)

    def _is_whole(self, port: int) -> bool:
        said = self.ask(port, "CLUSTER", "INFO")
        text = said.decode() if isinstance(said, bytes) else "\n".join(f"{k}:{v}" for k, v in said.items())
        return "cluster_state:ok" in text and "cluster_known_nodes:3" in text


class SentinelServers(Servers):
    """A primary, replicas, and three Sentinels that watch them."""

    def __init__(self, replicas: int = 1) -> None:
        super().__init__()
        self.primary = self.start("")
        follow = ["--replicaof", "127.0.0.1", str(self.primary), "--repl-diskless-sync", "yes",
                  "--repl-diskless-sync-delay", "0"]  # fmt: skip
        self.replicas = [self.start("", *follow) for _ in range(replicas)]
        for port in self.replicas:
            wait(lambda port=port: self.ask(port, "INFO", "replication")["master_link_status"] == "up")  # type: ignore[misc]
        ports = [self._sentinel() for _ in range(3)]
        wait(lambda: all(self._is_watching(port) for port in ports))
        self.url = "redis+sentinel://" + ",".join(f"127.0.0.1:{port}" for port in ports) + "/ink"

    def _sentinel(self) -> int:
        port = low_port()
        file = self.folder / f"sentinel-{port}.conf"
        file.write_text(
            f"sentinel monitor ink 127.0.0.1 {self.primary} 2\nsentinel down-after-milliseconds ink 500\n"
            "sentinel failover-timeout ink 3000\n"
        )
        return self.start(str(file), "--sentinel", port=port)

    def _is_watching(self, port: int) -> bool:
        with redis.Redis(port=port, socket_timeout=2) as client:
            found = client.sentinel_master("ink")
        return bool(found["num-slaves"] == len(self.replicas) and found["num-other-sentinels"] == 2)
