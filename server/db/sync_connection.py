"""`server.db.connection` for code without an event loop: one connection to Redis, held open, for one thread."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from server.db.client import REDIS_ERRORS, connect_redis_sync
from server.db.connection import Command
from server.db.url import parse_redis_url


class SyncRedisConnection:
    """Carries what one caller at a time gives it. Redis-py's own pipeline takes three times as long for a few commands."""

    def __init__(self, url: str) -> None:
        client: Any = connect_redis_sync(url)
        self._client = client
        direct = parse_redis_url(url).kind == "single"
        self._connection: Any = client.connection_pool.make_connection() if direct else None

    def execute(self, commands: Sequence[Command]) -> list[Any]:
        """Send commands together and return their answers in order.

        Raises one of REDIS_ERRORS when one is refused, the connection breaks or Redis is silent. Then each of them may have been
        executed or not, and the next call connects anew.
        """
        connection = self._connection
        if connection is None:
            pipeline = self._client.pipeline(transaction=False)
            for command in commands:
                pipeline.execute_command(*command)
            answers: list[Any] = pipeline.execute()
            return answers
        try:
            connection.send_packed_command(connection.pack_commands(commands), check_health=False)
            return [connection.read_response(disable_decoding=True) for _ in commands]
        except BaseException:
            connection.disconnect()  # the answers that it still holds belong to nobody
            raise

    def close(self) -> None:
        """Hang up."""
        with suppress(*REDIS_ERRORS):
            if self._connection is not None:
                self._connection.disconnect()
            self._client.close()
