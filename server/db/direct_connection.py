"""The held connection to a single Redis: bytes out, answers in, without a coroutine or a timer for each answer.

redis-py opens the connection (address, TLS, password, database); then this talks over its transport, which is the one
private part of redis-py that is touched, with a canary test.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any, cast

import hiredis
from redis.asyncio import Redis
from redis.asyncio.connection import AbstractConnection, DefaultParser
from redis.exceptions import ConnectionError as RedisAway
from redis.exceptions import InvalidResponse
from redis.exceptions import TimeoutError as RedisSlow

Value = str | bytes | int | float
IDLE_CHECK_SECONDS = 0.5
"""A connection that was silent for longer (s) is looked at before it is used: Redis may have hung up meanwhile."""
PackedCommand = tuple[str | int | float | bytes | memoryview]
"""What hiredis says that it packs: it means a tuple of any length."""
Command = tuple[Value, ...]

_INCOMPLETE_ANSWER = object()


class DirectConnection:
    """One connection, opened when it is needed, that carries one batch at a time. No command is ever sent twice."""

    def __init__(self, redis: Redis) -> None:
        """Connect as `redis` does."""
        self._pool: Any = redis.connection_pool
        self._read = {str(name).upper(): read for name, read in redis.response_callbacks.items()}
        self._connection: AbstractConnection | None = None
        self._talk: _RedisProtocol | None = None

    async def ask(self, commands: Sequence[Command], timeout: float) -> list[Any]:
        """Send commands together; returns answers in order, errors of Redis among them.

        Redis counts as away when it is silent for `timeout` seconds.

        Raises redis-py's ConnectionError or TimeoutError; then each of them may have been executed or not. Whoever is
        cancelled here costs the connection.
        """
        talk = self._talk
        if talk is not None and talk.silence > IDLE_CHECK_SECONDS:
            for _ in range(3):
                await asyncio.sleep(0)
        if talk is None or talk.over:
            talk = await self._open()
        try:
            answers = await talk.ask(commands, timeout)
        except BaseException:
            talk.hang_up()
            raise
        for place, command in enumerate(commands):
            read = self._read.get(str(command[0]))
            if read is not None and not isinstance(answers[place], Exception):
                answers[place] = read(answers[place])
        return answers

    async def close(self) -> None:
        """Hang up."""
        if self._talk is not None:
            self._talk.hang_up()
        if self._connection is not None:
            await self._connection.disconnect(nowait=True)
        self._talk = self._connection = None

    async def _open(self) -> _RedisProtocol:
        await self.close()
        self._connection = connection = self._pool.make_connection()
        await connection.connect()
        self._talk = _RedisProtocol(connection_transport(connection))
        return self._talk


class _RedisProtocol(asyncio.Protocol):
    """Bytes out, answers in."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self._loop = asyncio.get_running_loop()
        self._transport = transport
        self._timeout = 0.0
        self._reader = hiredis.Reader(
            protocolError=InvalidResponse, replyError=DefaultParser.parse_error, notEnoughData=_INCOMPLETE_ANSWER
        )
        self._wanted = 0
        self._answers: list[Any] = []
        self._answered: asyncio.Future[list[Any]] | None = None
        self._heard = 0.0
        self._watch: asyncio.TimerHandle | None = None
        self._before = transport.get_protocol()
        transport.set_protocol(self)

    @property
    def over(self) -> bool:
        """Whether the connection is gone."""
        return self._transport.is_closing()

    @property
    def silence(self) -> float:
        """Seconds since anything went over the connection."""
        return self._loop.time() - self._heard

    def ask(self, commands: Sequence[Command], timeout: float) -> asyncio.Future[list[Any]]:
        """Send a batch; the one before has been answered."""
        self._wanted, self._answers = len(commands), []
        self._answered = self._loop.create_future()
        self._heard, self._timeout = self._loop.time(), timeout
        # The timer of an earlier batch will do: it looks how long the silence is, and waits on.
        if self._watch is not None and self._watch.when() > self._heard + timeout:
            self._watch.cancel()
            self._watch = None
        if self._watch is None:
            self._watch = self._loop.call_later(timeout, self._look)
        self._transport.write(b"".join([hiredis.pack_command(cast("PackedCommand", command)) for command in commands]))
        return self._answered

    def hang_up(self) -> None:
        """Cut the connection."""
        self._transport.abort()
        if self._watch is not None:
            self._watch.cancel()

    def data_received(self, data: bytes) -> None:
        """Collect answers."""
        self._heard = self._loop.time()
        try:
            self._reader.feed(data)
            while len(self._answers) < self._wanted and (answer := self._reader.gets()) is not _INCOMPLETE_ANSWER:
                self._answers.append(answer)
        except InvalidResponse as error:
            self._end(error)
            return
        whole = len(self._answers) == self._wanted
        if self._answered is None or self._answered.done() or (whole and self._reader.has_data()):
            self._end(RedisAway("Redis said what nobody asked"))
        elif whole:
            self._answered.set_result(self._answers)

    def connection_lost(self, error: Exception | None) -> None:
        """Tell whoever waits, and the protocol that redis-py closes."""
        self._before.connection_lost(error)
        self._end(RedisAway(f"the connection to Redis was lost: {error or 'closed'}"))

    def _look(self) -> None:
        """End a silence that lasts too long."""
        self._watch = None
        if self._answered is None or self._answered.done():
            return
        left = self._heard + self._timeout - self._loop.time()
        if left > 0:
            self._watch = self._loop.call_later(left, self._look)
        else:
            self._end(RedisSlow("Redis did not answer in time"))

    def _end(self, error: Exception) -> None:
        if self._answered is not None and not self._answered.done():
            self._answered.set_exception(error)
        self.hang_up()


def connection_transport(connection: AbstractConnection) -> asyncio.Transport:
    """Return what an open connection of redis-py writes to. Raises ConnectionError when it is closed already."""
    writer = connection._writer
    if writer is None:
        raise RedisAway("the connection to Redis was lost")
    return cast("asyncio.Transport", writer.transport)
