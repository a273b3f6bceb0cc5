"""`inkling doctor`: what is here, what is missing, and the one thing to do about each."""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import os
import socket
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from redis.cluster import RedisCluster
from rich.console import Console

from server import settings as configuration
from server.store.binary import NoRedis, find_server
from server.store.connection import FAILURES, connect_sync


@dataclass(frozen=True, slots=True)
class Finding:
    """One check: its outcome and, where it failed, what to do."""

    check: str
    ok: bool
    found: str
    advice: str = ""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of `inkling doctor`."""
    parser.add_argument("--json", action="store_true", help="one JSON object a line")


def run(arguments: argparse.Namespace) -> int:
    """Print all findings; returns 1 if one needs mending."""
    settings = configuration.load()
    findings = [check(settings) for check in CHECKS]
    if arguments.json:
        for finding in findings:
            print(json.dumps(asdict(finding)))
    else:
        console = Console()
        for finding in findings:
            mark = "[green]ok[/]" if finding.ok else "[red]no[/]"
            console.print(f"{mark}  {finding.check:<10} {finding.found}", highlight=False)
            if finding.advice:
                console.print(f"    → {finding.advice}", highlight=False)
    return 0 if all(finding.ok for finding in findings) else 1


def check_redis(settings: configuration.Settings) -> Finding:
    """Check the Redis of REDIS_URL, or that a private one can be started."""
    if settings.redis_url:
        return _running_redis(settings.redis_url, settings.replicas)
    try:
        return Finding("redis", True, f"a private one: {find_server().path}")
    except NoRedis as reason:
        return Finding("redis", False, str(reason), "install redis-server 6.2 or newer, or set REDIS_URL")


def _running_redis(url: str, wanted: int) -> Finding:
    try:
        client: Any = connect_sync(url)
        version, policy, fsync = _asked(client)
        replicas = int(client.info("replication")["connected_slaves"]) if wanted else 0
        client.close()
    except FAILURES as error:
        return Finding("redis", False, f"REDIS_URL does not answer: {error}", "start that Redis or correct REDIS_URL")
    found = f"Redis {version}, {policy}, {fsync}"
    if tuple(int(part) for part in version.split(".")[:2]) < (6, 2):
        return Finding("redis", False, found, "use Redis 6.2 or newer")
    if policy != "noeviction":
        return Finding("redis", False, found, "CONFIG SET maxmemory-policy noeviction")
    if fsync == "no append-only file":
        return Finding(
            "redis", False, found, "CONFIG SET appendonly yes; without it a restart of Redis loses all rooms"
        )
    if replicas < wanted:
        advice = f"connect another replica, or lower INKLING_REPLICAS ({wanted}): until then nothing can be saved"
        return Finding("redis", False, f"{found}, replicas: {replicas}", advice)
    return Finding("redis", True, found)


def _asked(client: Any) -> tuple[str, str, str]:
    """Return version, eviction and persistence; on a Cluster the worst of all primaries."""
    if isinstance(client, RedisCluster):
        primaries: list[Any] = client.get_primaries()  # type: ignore[no-untyped-call]
        answers = [_asked(client.get_redis_connection(node)) for node in primaries]
        return max(answers, key=lambda one: (one[1] != "noeviction", one[2].startswith("no ")))
    version = str(client.info("server")["redis_version"])
    policy = str(client.info("memory")["maxmemory_policy"])
    if not client.info("persistence")["aof_enabled"]:
        return version, policy, "no append-only file"
    try:
        return version, policy, "appendfsync " + str(client.config_get("appendfsync")["appendfsync"])
    except FAILURES:
        # Hosted ones do not let themselves be asked.
        return version, policy, "append-only file"


def check_model(_: configuration.Settings) -> Finding:
    """Check the shipped champion and TensorFlow, without importing it."""
    champion = Path(__file__).parent.parent / "model" / "champion"
    weights = sum(file.stat().st_size for file in champion.glob("*")) if champion.is_dir() else 0
    if not weights:
        return Finding("model", False, "no champion", "reinstall inkling-game: model/champion is missing")
    try:
        version = importlib.metadata.version("tensorflow")
    except importlib.metadata.PackageNotFoundError:
        return Finding("model", False, "no TensorFlow", "pip install tensorflow (web-only images leave it out)")
    return Finding("model", True, f"champion {weights / 1e6:.1f} MB, TensorFlow {version}")


def check_client(_: configuration.Settings) -> Finding:
    """Check that the page is built."""
    page = Path(__file__).parent / "static" / "index.html"
    if page.exists():
        return Finding("client", True, "built")
    return Finding("client", False, "not built", "make setup")


def check_port(settings: configuration.Settings) -> Finding:
    """Check that the port can be bound."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError:
            return Finding("port", False, f"{settings.port} is taken", "choose another: --port 8001, or PORT=8001")
    return Finding("port", True, f"{settings.port} is free")


def check_processor(_: configuration.Settings) -> Finding:
    """Check the instructions TensorFlow's wheels need."""
    cores = os.cpu_count() or 1
    try:
        flags = Path("/proc/cpuinfo").read_text()
    except OSError:
        return Finding("processor", True, f"{cores} cores")
    if "flags" in flags and " avx" not in flags:
        return Finding("processor", False, "no AVX", "TensorFlow's wheels need AVX; run the guesser elsewhere")
    wide = next((name for name in ("amx_tile", "avx512f", "avx2", "avx") if f" {name}" in flags), "")
    return Finding("processor", True, f"{cores} cores {wide}".strip())


CHECKS: tuple[Callable[[configuration.Settings], Finding], ...] = (
    check_redis, check_model, check_client, check_port, check_processor,
)  # fmt: skip
