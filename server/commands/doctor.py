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

from model.retraining.memory_check import available_memory_bytes
from server import settings as configuration
from server.access import proxy_check
from server.commands.public_page_check import check_public_page
from server.db.checks import inspect_redis
from server.db.pipeline import AutoPipeline
from server.db.private.binary import NoRedis, find_redis_binary
from server.db.private.private_redis import LOW_DISK_BYTES, default_data_dir, free_disk_bytes
from server.db.url import strip_redis_credentials
from server.guessing.supervisor import GUESSER_MEMORY_BYTES
from server.peers.versions import WEB_VERSION, PeerVersion, find_other_versions
from server.rooms.ports import StoreUnavailable
from server.runtime import listen


@dataclass(frozen=True, slots=True)
class CheckResult:
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
    settings = configuration.load_settings()
    findings = [check(settings) for check in DOCTOR_CHECKS]
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


def check_redis(settings: configuration.ServerSettings) -> CheckResult:
    """Check the Redis of REDIS_URL, or that a private one can be started."""
    if settings.redis_url:
        return _check_running_redis(settings)
    try:
        return CheckResult("redis", True, f"a private one: {find_redis_binary().path}")
    except NoRedis as reason:
        return CheckResult("redis", False, str(reason), "install redis-server 6.2 or newer, or set REDIS_URL")


def _check_running_redis(settings: configuration.ServerSettings) -> CheckResult:
    try:
        found = inspect_redis(settings.redis_url, settings.replicas)
    except configuration.SettingError as error:
        return CheckResult(
            "redis", False, str(error), "correct REDIS_URL, INKLING_PREFIX, or the rights of its user (docs/redis.md)"
        )
    except StoreUnavailable as away:
        at = strip_redis_credentials(settings.redis_url)
        return CheckResult("redis", False, f"{at} cannot be used now: {away}", "start that Redis or correct REDIS_URL")
    said = f"{found.name}, {found.policy}, {found.persistence}"
    if found.risks:
        risks, advice = zip(*found.risks, strict=True)
        return CheckResult("redis", False, f"{said}; {'; '.join(risks)}", "; ".join(advice))
    return CheckResult("redis", True, said)


def check_versions(settings: configuration.ServerSettings) -> CheckResult:
    """Check that no web process of another version takes part on the Redis of REDIS_URL."""
    if not settings.redis_url:
        return CheckResult("versions", True, WEB_VERSION)
    try:
        others = asyncio.run(_find_other_versions(settings.redis_url))
    except StoreUnavailable:
        return CheckResult("versions", True, f"{WEB_VERSION}; Redis does not say what others run")
    if not others:
        return CheckResult("versions", True, f"{WEB_VERSION}, and no web process runs another one")
    named = "; ".join(f"web process {other.web} runs {other.version}" for other in others)
    advice = "run one version everywhere (docs/hosting.md#restarts-and-upgrades)"
    return CheckResult("versions", False, f"{WEB_VERSION} here; {named}", advice)


async def _find_other_versions(url: str) -> tuple[PeerVersion, ...]:
    pipe = AutoPipeline(url)
    try:
        return await find_other_versions(pipe)
    finally:
        await pipe.close()


def check_model(_: configuration.ServerSettings) -> CheckResult:
    """Check the shipped champion and TensorFlow, without importing it."""
    champion = Path(__file__).parents[2] / "model" / "champion"
    weights = sum(file.stat().st_size for file in champion.glob("*")) if champion.is_dir() else 0
    if not weights:
        return CheckResult("model", False, "no champion", "reinstall inkling-game: model/champion is missing")
    try:
        version = importlib.metadata.version("tensorflow")
    except importlib.metadata.PackageNotFoundError:
        return CheckResult("model", False, "no TensorFlow", "pip install tensorflow (web-only images leave it out)")
    return CheckResult("model", True, f"champion {weights / 1e6:.1f} MB, TensorFlow {version}")


def check_client(_: configuration.ServerSettings) -> CheckResult:
    """Check that the page is built."""
    page = Path(__file__).parents[1] / "static" / "index.html"
    if page.exists():
        return CheckResult("client", True, "built")
    return CheckResult("client", False, "not built", "make setup")


def check_port(settings: configuration.ServerSettings) -> CheckResult:
    """Check that the page's address can be listened on."""
    where = f"{settings.host} port {settings.port}"
    try:
        for probe in listen.bind_sockets(settings.host, settings.port):
            probe.close()
    except listen.BindError as error:
        return CheckResult("port", False, str(error), "INKLING_HOST and PORT (or --port) say where to listen")
    return CheckResult("port", True, f"{where} is free")


def check_page(settings: configuration.ServerSettings) -> CheckResult:
    """Check that a browser at the public address would be let in, if there is one."""
    if not settings.public_url:
        return CheckResult("page", True, "no INKLING_PUBLIC_URL: pages are known by the Host they ask for")
    return CheckResult("page", *asyncio.run(check_public_page(settings.public_page)))


def check_proxies(settings: configuration.ServerSettings) -> CheckResult:
    """Check that the proxy before the page, if there is one, is named."""
    times = proxy_check.count_untrusted_forwards(settings)
    if times:
        return CheckResult(
            "proxies",
            False,
            f"X-Forwarded-For came {times} times from a proxy that is not trusted",
            proxy_check.TRUSTED_PROXY_ADVICE,
        )
    missing = proxy_check.explain_missing_proxy(settings)
    if missing:
        return CheckResult("proxies", False, missing, proxy_check.TRUSTED_PROXY_ADVICE)
    return CheckResult("proxies", True, settings.trusted_proxies or "none is named, and none is missed")


def check_processor(_: configuration.ServerSettings) -> CheckResult:
    """Check the instructions TensorFlow's wheels need."""
    cores = os.cpu_count() or 1
    try:
        flags = Path("/proc/cpuinfo").read_text()
    except OSError:
        return CheckResult("processor", True, f"{cores} cores")
    if "flags" in flags and " avx" not in flags:
        return CheckResult("processor", False, "no AVX", "TensorFlow's wheels need AVX; run the guesser elsewhere")
    wide = next((name for name in ("amx_tile", "avx512f", "avx2", "avx") if f" {name}" in flags), "")
    return CheckResult("processor", True, f"{cores} cores {wide}".strip())


def check_memory(_: configuration.ServerSettings) -> CheckResult:
    """Check that a guesser fits into memory."""
    free = available_memory_bytes()
    if free is None:
        return CheckResult("memory", True, f"unknown; a guesser takes {GUESSER_MEMORY_BYTES / 1e9:.2f} GB")
    found = f"{free / 1e9:.1f} GB free, a guesser takes {GUESSER_MEMORY_BYTES / 1e9:.2f} GB"
    if free < GUESSER_MEMORY_BYTES:
        return CheckResult(
            "memory", False, found, "unless a guesser runs already: free memory, or run the guesser elsewhere"
        )
    return CheckResult("memory", True, found)


def check_disk(settings: configuration.ServerSettings) -> CheckResult:
    """Check that the disk of the private Redis has room; one of REDIS_URL is somebody else's to look after."""
    if settings.redis_url:
        return CheckResult("disk", True, "that of REDIS_URL")
    folder = default_data_dir()
    free = free_disk_bytes(folder)
    found = f"{free / 1e9:.1f} GB free for {folder}"
    if free < LOW_DISK_BYTES:
        return CheckResult("disk", False, found, "make room: when it is full, saving is paused and rooms stand still")
    return CheckResult("disk", True, found)


DOCTOR_CHECKS: tuple[Callable[[configuration.ServerSettings], CheckResult], ...] = (
    check_redis, check_versions, check_model, check_client, check_port, check_page, check_proxies, check_processor, check_memory, check_disk,
)  # fmt: skip
