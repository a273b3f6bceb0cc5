"""`inkling doctor` on real Redis servers."""

from __future__ import annotations

import pytest
import redis

from server.doctor import check_redis
from server.settings import Settings
from tests.redis_modes import ClusterServers
from tests.redis_server import RedisServer

pytestmark = pytest.mark.redis


def test_a_redis_that_may_forget_is_found_out(own_redis: RedisServer) -> None:
    settings = Settings(redis_url=own_redis.url)
    assert check_redis(settings).ok
    assert "appendfsync everysec" in check_redis(settings).found
    with redis.Redis.from_url(own_redis.url) as client:
        client.config_set("maxmemory-policy", "allkeys-lru")
        assert "noeviction" in check_redis(settings).advice
        client.config_set("maxmemory-policy", "noeviction")
        client.config_set("appendonly", "no")
        assert "appendonly yes" in check_redis(settings).advice
        client.config_set("appendonly", "yes")
        assert "INKLING_REPLICAS" in check_redis(Settings(redis_url=own_redis.url, replicas=1)).advice
    own_redis.kill()
    assert not check_redis(settings).ok


def test_one_forgetful_node_of_a_cluster_is_found_out() -> None:
    servers = ClusterServers()
    try:
        settings = Settings(redis_url=servers.url)
        for port in servers.processes:
            servers.ask(port, "CONFIG", "SET", "appendonly", "yes")
        assert check_redis(settings).ok
        servers.ask(list(servers.processes)[1], "CONFIG", "SET", "maxmemory-policy", "volatile-ttl")
        assert not check_redis(settings).ok
    finally:
        servers.close()
