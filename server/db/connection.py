"""One connection to Redis, held: a pipeline goes out and its answers come back, with nothing else in between.

A pool's own way (borrow, look for stale bytes, a timer and a task for each answer, give back) costs a process more than
what Redis has to do. Nothing is repeated here, either. A single server is talked to by `server.db.direct_connection`, which costs
less still; Sentinels and Clusters by redis-py's own connections.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, cast

from redis.asyncio import Redis
from redis.asyncio.cluster import RedisCluster
from redis.exceptions import ResponseError
from redis.exceptions import TimeoutError as RedisSlow

from server.db.client import REDIS_ERRORS, REDIS_TIMEOUT_SECONDS, connect_redis
from server.db.direct_connection import IDLE_CHECK_SECONDS, Command, DirectConnection, Value
from server.db.url import parse_redis_url

__all__ = ["Command", "RedisConnection", "Value"]


class RedisConnection:
    """Sends what it is given; one caller at a time."""

    def __init__(self, url: str) -> None:
        self._redis = connect_redis(url, connections=1)
        self._shapes: Any = getattr(self._redis, "response_callbacks", {})
        """What redis-py makes of an answer, by command: a dict of HGETALL's list."""
        self._connection: Any = None
        self._used = 0.0
        single = isinstance(self._redis, Redis) and parse_redis_url(url).kind == "single"
        self._held = DirectConnection(cast("Redis", self._redis)) if single else None

    async def talk(self, commands: Sequence[Command]) -> list[Any]:
        """Send commands together and return their answers in order, refusals as exceptions among them.

        Raises one of FAILURES when the connection breaks or Redis is silent; then all of it may have been executed or not.
        """
        if self._held is not None:
            return await self._held.ask(commands, REDIS_TIMEOUT_SECONDS)
        if isinstance(self._redis, RedisCluster):
            pipeline = self._redis.pipeline(transaction=False)
            for command in commands:
                pipeline.execute_command(*command)
            found: list[Any] = await pipeline.execute(raise_on_error=False)
            return found
        try:
            async with asyncio.timeout(REDIS_TIMEOUT_SECONDS):
                return await self._talk(await self._dial(), commands)
        except TimeoutError:
            raise RedisSlow("Redis is silent") from None

    async def close(self) -> None:
        """Hang up."""
        with suppress(*REDIS_ERRORS):
            if self._held is not None:
                await self._held.close()
            await self._give_back()
            await self._redis.aclose()

    async def _talk(self, connection: Any, commands: Sequence[Command]) -> list[Any]:
        await connection.send_packed_command(connection.pack_commands(commands), check_health=False)
        answers: list[Any] = []
        for command in commands:
            try:
                answer = await connection.read_response(disable_decoding=True)
            except ResponseError as refusal:
                answers.append(refusal)
            else:
                shape = self._shapes.get(command[0])
                answers.append(shape(answer) if shape is not None else answer)
        self._used = time.monotonic()
        return answers

    async def _dial(self) -> Any:
        """Return the connection; one that broke or was quiet goes through the pool, which looks for the primary."""
        held = self._connection
        if held is not None and held.is_connected and time.monotonic() - self._used < IDLE_CHECK_SECONDS:
            return held
        await self._give_back()
        pool = cast("Redis", self._redis).connection_pool
        self._connection = connection = await pool.get_connection()  # type: ignore[no-untyped-call]
        # The whole conversation has one timer.
        connection.socket_timeout = None
        return connection

    async def _give_back(self) -> None:
        held, self._connection = self._connection, None
        if held is not None:
            await cast("Redis", self._redis).connection_pool.release(held)
