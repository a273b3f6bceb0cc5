"""`server.db.connection` for code without an event loop: one connection to Redis, held, for one thread."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Any, cast

from redis import Redis
from redis.cluster import RedisCluster

from server.db.client import REDIS_ERRORS, connect_redis_sync
from server.db.connection import Command


class SyncRedisConnection:
    """Sends what it is given; one caller at a time.

    Redis-py's own pipeline takes three times as long to send a few commands.
    """

    def __init__(self, url: str) -> None:
        self._redis = connect_redis_sync(url)
        self._connection: Any = None

    def talk(self, commands: Sequence[Command]) -> list[Any]:
        """Send commands together and return their answers in order.

        Raises one of FAILURES when one is refused, the connection breaks or Redis is silent; then all of it may have been
        executed or not, and the next call makes a new connection.
        """
        if isinstance(self._redis, RedisCluster):
            pipeline: Any = self._redis.pipeline(transaction=False)  # type: ignore[no-untyped-call]
            for command in commands:
                pipeline.execute_command(*command)
            found: list[Any] = pipeline.execute()
            return found
        if self._connection is None:
            self._connection = self._redis.connection_pool.get_connection()
        connection = self._connection
        try:
            connection.send_packed_command(connection.pack_commands(commands), check_health=False)
            return [connection.read_response(disable_decoding=True) for _ in commands]
        except BaseException:
            connection.disconnect()  # what it still holds belongs to nobody
            self._give_back()
            raise

    def close(self) -> None:
        """Hang up."""
        with suppress(*REDIS_ERRORS):
            self._give_back()
            self._redis.close()

    def _give_back(self) -> None:
        """Let the pool, which looks for the primary, choose the next one."""
        held, self._connection = self._connection, None
        if held is not None:
            cast("Redis", self._redis).connection_pool.release(held)
