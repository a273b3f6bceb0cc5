"""`inkling doctor` on real Redis servers."""

from __future__ import annotations

import asyncio
from pathlib import Path

import aiohttp
import pytest
import redis

from server.commands.doctor import check_disk, check_memory, check_page, check_proxies, check_redis
from server.settings import ServerSettings
from tests.faults.town import Web
from tests.hiding_proxy import hiding_proxy
from tests.ports import free_port
from tests.redis_modes import ClusterServers
from tests.redis_server import RedisServer

pytestmark = pytest.mark.redis


def test_a_redis_that_may_forget_is_found_out(own_redis: RedisServer) -> None:
    settings = ServerSettings(redis_url=own_redis.url)
    assert check_redis(settings).ok
    assert "appendfsync everysec" in check_redis(settings).found
    with redis.Redis.from_url(own_redis.url) as client:
        client.config_set("maxmemory-policy", "allkeys-lru")
        assert "noeviction" in check_redis(settings).advice
        client.config_set("maxmemory-policy", "noeviction")
        client.config_set("appendonly", "no")
        assert "appendonly yes" in check_redis(settings).advice
        client.config_set("appendonly", "yes")
        assert "INKLING_REPLICAS" in check_redis(ServerSettings(redis_url=own_redis.url, replicas=1)).advice
    own_redis.kill()
    assert not check_redis(settings).ok


def test_a_disk_that_is_nearly_full_is_found_out(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "not there yet"))
    monkeypatch.setattr("server.commands.doctor.LOW_DISK_BYTES", 0)
    assert check_disk(ServerSettings()).ok
    monkeypatch.setattr("server.commands.doctor.LOW_DISK_BYTES", 10**18)
    assert "make room" in check_disk(ServerSettings()).advice
    assert check_disk(ServerSettings(redis_url="redis://elsewhere")).ok


@pytest.mark.parametrize(("free", "fits"), [(400_000_000, False), (1_500_000_000, True), (None, True)])
def test_memory_that_no_guesser_fits_into_is_found_out(
    monkeypatch: pytest.MonkeyPatch, free: int | None, fits: bool
) -> None:
    monkeypatch.setattr("server.commands.doctor.available_memory_bytes", lambda: free)
    finding = check_memory(ServerSettings())
    assert finding.ok is fits
    assert "0.95 GB" in finding.found
    assert bool(finding.advice) is not fits


async def test_the_public_address_is_tried_as_a_browser_does(own_redis: RedisServer, tmp_path: Path) -> None:
    door = free_port()
    public = ServerSettings(public_url=f"http://127.0.0.1:{door}")
    assert "nobody answers" in (await asyncio.to_thread(check_page, public)).found
    assert check_page(ServerSettings()).ok
    for named in ({"INKLING_PUBLIC_URL": public.public_url}, {}):
        web = Web(0, own_redis.url, tmp_path, **named)
        web.start()
        try:
            await web.ready()
            async with hiding_proxy(web.url, door):
                finding = await asyncio.to_thread(check_page, public)
        finally:
            web.kill()
        assert finding.ok is bool(named), finding
    assert "INKLING_PUBLIC_URL" in finding.advice


async def test_a_proxy_that_nobody_named_is_found_out(own_redis: RedisServer, tmp_path: Path) -> None:
    web = Web(0, own_redis.url, tmp_path, INKLING_PUBLIC_URL="https://play.example")
    web.start()
    try:
        await web.ready()
        settings = ServerSettings(port=web.port)
        assert (await asyncio.to_thread(check_proxies, settings)).ok
        async with aiohttp.ClientSession() as visitor:
            await visitor.get(web.url + "/api/rooms/ABCDEF", headers={"X-Forwarded-For": "203.0.113.9"})
        finding = await asyncio.to_thread(check_proxies, settings)
    finally:
        web.kill()
    assert not finding.ok
    assert "1 times" in finding.found
    assert "INKLING_TRUSTED_PROXIES" in finding.advice
    # The web process said so at its start, before anybody came.
    assert "INKLING_TRUSTED_PROXIES is empty" in web.log
    assert "from 127.0.0.1" in web.log
    assert not check_proxies(ServerSettings(port=web.port, public_url="https://play.example")).ok
    assert check_proxies(
        ServerSettings(port=web.port, public_url="https://play.example", trusted_proxies="10.0.0.1")
    ).ok


def test_one_forgetful_node_of_a_cluster_is_found_out() -> None:
    servers = ClusterServers()
    try:
        settings = ServerSettings(redis_url=servers.url)
        for port in servers.processes:
            servers.ask(port, "CONFIG", "SET", "appendonly", "yes")
        assert check_redis(settings).ok
        servers.ask(list(servers.processes)[1], "CONFIG", "SET", "maxmemory-policy", "volatile-ttl")
        assert not check_redis(settings).ok
    finally:
        servers.close()
