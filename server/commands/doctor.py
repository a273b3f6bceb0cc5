"""`inkling doctor`: what is here, what is missing, and the one thing to do about each."""

from __future__ import annotations

import argparse
import asyncio
import importlib.metadata
import json
import os
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.console import Console

from model.retraining.memory_check import available
from server import settings as configuration
from server.access import proxy_check
from server.commands.doctor_report import look_at_page
from server.db.checks import look
from server.db.private.binary import NoRedis, find_server
from server.db.private.server import LOW_DISK, default_data_dir, free_disk
from server.db.url import shown
from server.guessing.supervisor import MEMORY
from server.rooms.ports import StoreAway
from server.runtime import listen


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
        return _running_redis(settings)
    try:
        return Finding("redis", True, f"a private one: {find_server().path}")
    except NoRedis as reason:
        return Finding("redis", False, str(reason), "install redis-server 6.2 or newer, or set REDIS_URL")


def _running_redis(settings: configuration.Settings) -> Finding:
    try:
        found = look(settings.redis_url, settings.replicas)
    except configuration.SettingError as error:
        return Finding(
            "redis", False, str(error), "correct REDIS_URL, INKLING_PREFIX, or the rights of its user (docs/redis.md)"
        )
    except StoreAway as away:
        at = shown(settings.redis_url)
        return Finding("redis", False, f"{at} cannot be used now: {away}", "start that Redis or correct REDIS_URL")
    said = f"{found.name}, {found.policy}, {found.persistence}"
    if found.risks:
        risks, advice = zip(*found.risks, strict=True)
        return Finding("redis", False, f"{said}; {'; '.join(risks)}", "; ".join(advice))
    return Finding("redis", True, said)


def check_model(_: configuration.Settings) -> Finding:
    """Check the shipped champion and TensorFlow, without importing it."""
    champion = Path(__file__).parents[2] / "model" / "champion"
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
    page = Path(__file__).parents[1] / "static" / "index.html"
    if page.exists():
        return Finding("client", True, "built")
    return Finding("client", False, "not built", "make setup")


def check_port(settings: configuration.Settings) -> Finding:
    """Check that the page's address can be listened on."""
    where = f"{settings.host} port {settings.port}"
    try:
        for probe in listen.bind(settings.host, settings.port):
            probe.close()
    except listen.BindError as error:
        return Finding("port", False, str(error), "INKLING_HOST and PORT (or --port) say where to listen")
    return Finding("port", True, f"{where} is free")


def check_page(settings: configuration.Settings) -> Finding:
    """Check that a browser at the public address would be let in, if there is one."""
    if not settings.public_url:
        return Finding("page", True, "no INKLING_PUBLIC_URL: pages are known by the Host they ask for")
    return Finding("page", *asyncio.run(look_at_page(settings.public_url)))


def check_proxies(settings: configuration.Settings) -> Finding:
    """Check that the proxy before the page, if there is one, is named."""
    times = proxy_check.untrusted_forwards(settings)
    if times:
        return Finding(
            "proxies", False, f"X-Forwarded-For came {times} times from a proxy that is not trusted", proxy_check.ADVICE
        )
    missing = proxy_check.missing_proxy(settings)
    if missing:
        return Finding("proxies", False, missing, proxy_check.ADVICE)
    return Finding("proxies", True, settings.trusted_proxies or "none is named, and none is missed")


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


def check_memory(_: configuration.Settings) -> Finding:
    """Check that a guesser fits into memory."""
    free = available()
    if free is None:
        return Finding("memory", True, f"unknown; a guesser takes {MEMORY / 1e9:.2f} GB")
    found = f"{free / 1e9:.1f} GB free, a guesser takes {MEMORY / 1e9:.2f} GB"
    if free < MEMORY:
        return Finding(
            "memory", False, found, "unless a guesser runs already: free memory, or run the guesser elsewhere"
        )
    return Finding("memory", True, found)


def check_disk(settings: configuration.Settings) -> Finding:
    """Check that the disk of the private Redis has room; one of REDIS_URL is somebody else's to look after."""
    if settings.redis_url:
        return Finding("disk", True, "that of REDIS_URL")
    folder = default_data_dir()
    free = free_disk(folder)
    found = f"{free / 1e9:.1f} GB free for {folder}"
    if free < LOW_DISK:
        return Finding("disk", False, found, "make room: when it is full, saving is paused and rooms stand still")
    return Finding("disk", True, found)


CHECKS: tuple[Callable[[configuration.Settings], Finding], ...] = (
    check_redis, check_model, check_client, check_port, check_page, check_proxies, check_processor, check_memory, check_disk,
)  # fmt: skip
