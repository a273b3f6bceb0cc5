"""One connection to Redis, held open: commands go out together, and their answers come back in order.

A pool's own way (borrow, look for stale bytes, a timer and a task for each answer, give back) costs a process more than
what Redis has to do. So redis-py opens the connection to a single server (address, TLS, password, database), and then this
talks over its transport. That is the one private part of redis-py that is touched, with a canary test. Sentinels and Clusters
are talked to by redis-py's own pipelines. Nothing is repeated either way.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, cast

import hiredis
from redis.asyncio.connection import AbstractConnection, DefaultParser
from redis.exceptions import ConnectionError as RedisAway
from redis.exceptions import InvalidResponse
from redis.exceptions import TimeoutError as RedisSlow

from server.db.client import REDIS_ERRORS, REDIS_TIMEOUT_SECONDS, RedisClient, connect_redis
from server.db.url import parse_redis_url

Value = str | bytes | int | float
Command = tuple[Value, ...]
PackedCommand = tuple[str | int | float | bytes | memoryview]
"""What hiredis says that it packs: it means a tuple of any length."""

IDLE_CHECK_SECONDS = 0.5
"""A connection that was silent for longer is looked at before it is used: Redis may have hung up meanwhile."""
CLIENT_CONNECTIONS = 2
"""Connections of redis-py's own pool: for pipelines to Sentinels and Clusters, and for scans."""

_INCOMPLETE_ANSWER = object()


class RedisConnection:
    """Opened when it is needed; carries what one caller at a time gives it. No command is ever sent twice."""

    def __init__(self, url: str, timeout_seconds: float = REDIS_TIMEOUT_SECONDS) -> None:
        """Redis counts as away when it is silent for `timeout_seconds`."""
        self.timeout_seconds = timeout_seconds
        self.client: RedisClient = connect_redis(url, connections=CLIENT_CONNECTIONS)
        """Redis-py's, for what is no list of commands."""
        kind = parse_redis_url(url).kind
        self._direct = kind == "single"
        # A Cluster may have to be asked for its slots first: its nodes have timers of their own.
        self._pipeline_timeout = None if kind == "cluster" else timeout_seconds
        # What redis-py makes of an answer: a dict of HGETALL's list.
        callbacks = getattr(self.client, "response_callbacks", {})
        self._callbacks = {str(name).upper(): callback for name, callback in callbacks.items()}
        self._connection: AbstractConnection | None = None
        self._protocol: _RedisProtocol | None = None

    async def execute(self, commands: Sequence[Command]) -> list[Any]:
        """Send commands together and return their answers in order, refusals as exceptions among them.

        Raises one of REDIS_ERRORS when the connection breaks or Redis is silent. Then each of them may have been executed or
        not. A caller that is cancelled here costs the connection.
        """
        if not self._direct:
            return await self._execute_pipeline(commands)
        protocol = self._protocol
        if protocol is not None and protocol.silence > IDLE_CHECK_SECONDS:
            # Whether Redis has hung up is seen once the event loop has read.
            for _ in range(3):
                await asyncio.sleep(0)
        if protocol is None or protocol.over:
            protocol = await self._open()
        try:
            answers = await protocol.send(commands, self.timeout_seconds)
        except BaseException:
            protocol.hang_up()
            raise
        for index, command in enumerate(commands):
            callback = self._callbacks.get(str(command[0]))
            if callback is not None and not isinstance(answers[index], Exception):
                answers[index] = callback(answers[index])
        return answers

    async def close(self) -> None:
        """Hang up."""
        with suppress(*REDIS_ERRORS):
            await self._hang_up()
            await self.client.aclose()

    async def _execute_pipeline(self, commands: Sequence[Command]) -> list[Any]:
        pipeline = self.client.pipeline(transaction=False)
        for command in commands:
            pipeline.execute_command(*command)
        try:
            async with asyncio.timeout(self._pipeline_timeout):
                answers: list[Any] = await pipeline.execute(raise_on_error=False)
        except TimeoutError:
            raise RedisSlow("Redis did not answer in time") from None
        return answers

    async def _open(self) -> _RedisProtocol:
        await self._hang_up()
        pool: Any = cast("Any", self.client).connection_pool
        self._connection = connection = pool.make_connection()
        await connection.connect()
        self._protocol = _RedisProtocol(connection_transport(connection))
        return self._protocol

    async def _hang_up(self) -> None:
        if self._protocol is not None:
            self._protocol.hang_up()
        if self._connection is not None:
            await self._connection.disconnect(nowait=True)
        self._protocol = self._connection = None


class _RedisProtocol(asyncio.Protocol):
    """Bytes out, answers in, without a coroutine or a timer for each answer."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self._loop = asyncio.get_running_loop()
        self._transport = transport
        self._timeout = 0.0
        self._reader = hiredis.Reader(
            protocolError=InvalidResponse, replyError=DefaultParser.parse_error, notEnoughData=_INCOMPLETE_ANSWER
        )
        self._expected = 0
        self._answers: list[Any] = []
        self._answered: asyncio.Future[list[Any]] | None = None
        self._last_read = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._redis_py_protocol = transport.get_protocol()
        transport.set_protocol(self)

    @property
    def over(self) -> bool:
        """Whether the connection is gone."""
        return self._transport.is_closing()

    @property
    def silence(self) -> float:
        """Seconds since anything went over the connection."""
        return self._loop.time() - self._last_read

    def send(self, commands: Sequence[Command], timeout: float) -> asyncio.Future[list[Any]]:
        """Send commands; those before have been answered."""
        self._expected, self._answers = len(commands), []
        self._answered = self._loop.create_future()
        self._last_read, self._timeout = self._loop.time(), timeout
        # The timer of earlier commands will do: it looks how long the silence is, and waits on.
        if self._timer is not None and self._timer.when() > self._last_read + timeout:
            self._timer.cancel()
            self._timer = None
        if self._timer is None:
            self._timer = self._loop.call_later(timeout, self._check_silence)
        self._transport.write(b"".join([hiredis.pack_command(cast("PackedCommand", command)) for command in commands]))
        return self._answered

    def hang_up(self) -> None:
        """Cut the connection."""
        self._transport.abort()
        if self._timer is not None:
            self._timer.cancel()

    def data_received(self, data: bytes) -> None:
        """Collect answers."""
        self._last_read = self._loop.time()
        try:
            self._reader.feed(data)
            while len(self._answers) < self._expected and (answer := self._reader.gets()) is not _INCOMPLETE_ANSWER:
                self._answers.append(answer)
        except InvalidResponse as error:
            self._fail(error)
            return
        complete = len(self._answers) == self._expected
        if self._answered is None or self._answered.done() or (complete and self._reader.has_data()):
            self._fail(RedisAway("Redis answered what nobody asked"))
        elif complete:
            self._answered.set_result(self._answers)

    def connection_lost(self, error: Exception | None) -> None:
        """Fail whoever waits, and tell the protocol that redis-py closes."""
        self._redis_py_protocol.connection_lost(error)
        self._fail(RedisAway(f"the connection to Redis was lost: {error or 'closed'}"))

    def _check_silence(self) -> None:
        """End a silence that lasts too long."""
        self._timer = None
        if self._answered is None or self._answered.done():
            return
        left = self._last_read + self._timeout - self._loop.time()
        if left > 0:
            self._timer = self._loop.call_later(left, self._check_silence)
        else:
            self._fail(RedisSlow("Redis did not answer in time"))

    def _fail(self, error: Exception) -> None:
        if self._answered is not None and not self._answered.done():
            self._answered.set_exception(error)
        self.hang_up()


def connection_transport(connection: AbstractConnection) -> asyncio.Transport:
    """Return what an open connection of redis-py writes to. Raises ConnectionError when it is closed already."""
    writer = connection._writer
    if writer is None:
        raise RedisAway("the connection to Redis was lost")
    return cast("asyncio.Transport", writer.transport)
