"""One connection for many callers: whatever waits leaves as one pipeline."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterable
from typing import Any

from redis.exceptions import NoScriptError

from server.db.client import REDIS_ERRORS, translate_redis_error
from server.db.connection import Command, RedisConnection, Value
from server.db.scripts import LuaScript
from server.db.url import parse_redis_url
from server.rooms.ports import StoreUnavailable

MAX_COMMANDS_PER_PIPELINE = 256
"""Commands of one pipeline at most."""

REPLICA_WAIT_MS = 1000
"""How long replicas may take; below the connection's timeout."""

_QueuedCommand = tuple[Command, asyncio.Future[Any]]
_UnconfirmedAnswer = tuple[asyncio.Future[Any], Any]
"""What a caller waits for, and the answer of Redis that has yet to be confirmed."""


class AutoPipeline:
    """Sends each command once, in order of arrival. A caller that is cancelled costs no connection.

    While one pipeline is on its way, what arrives waits for the next one: under load many small writes share
    a round trip, and without load nothing is delayed.

    With `confirmed`, an answer counts once Redis has *written* what it answers. A Redis whose disk is full says OK to the
    writes of the very moment in which its own write fails, and keeps them in memory only. From then on it refuses PING, as it
    refuses writes. So the next trip begins with a PING, which is for that purpose alone where nothing else waits to leave.
    """

    def __init__(self, url: str, replicas: int = 0, confirmed: bool = False) -> None:
        """Nothing counts as answered before so many replicas have it, too.

        A Cluster confirms nothing: a PING would ask any of its nodes.
        """
        self._confirmed = confirmed and parse_redis_url(url).kind != "cluster"
        self._connection = RedisConnection(url)
        self._replicas = replicas
        self._waiting: deque[tuple[Command, asyncio.Future[Any]]] = deque()
        self._sending_task: asyncio.Task[None] | None = None

    async def run(self, *command: Value) -> Any:
        """Send one command and return its answer. Raises StoreUnavailable; then it may have been executed or not."""
        return await self._queue(command)

    def _queue(self, command: Command) -> asyncio.Future[Any]:
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._waiting.append((command, future))
        if self._sending_task is None:
            self._sending_task = asyncio.create_task(self._send_waiting(), name="redis pipeline")
        return future

    async def script(self, script: LuaScript, keys: tuple[str, ...], arguments: tuple[Value, ...] = ()) -> Any:
        """Run a script by its name, or by its text when Redis does not know it (any more)."""
        rest = (len(keys), *keys, *arguments)
        try:
            return await self.run("EVALSHA", script.sha, *rest)
        except NoScriptError:
            return await self.run("EVAL", script.text, *rest)

    async def all(self, commands: Iterable[tuple[Value, ...]]) -> list[Any]:
        """Send several commands together and return their answers in order."""
        return await asyncio.gather(*(self._queue(command) for command in commands))

    async def written(self) -> None:
        """Return once Redis has written what it answered so far: before a person is told that something is done.

        Raises StoreUnavailable. On a Cluster it says nothing of other nodes.
        """
        await self.run("PING")

    async def scan(self, pattern: str) -> list[bytes]:
        """Return all keys that match, from every node of a Cluster. Raises StoreUnavailable."""
        try:
            return sorted({key async for key in self._connection.client.scan_iter(match=pattern, count=1000)})
        except REDIS_ERRORS as error:
            raise translate_redis_error(error) from error

    async def close(self) -> None:
        """Let what is on its way arrive, then hang up."""
        if self._sending_task is not None:
            await self._sending_task
        await self._connection.close()

    async def _send_waiting(self) -> None:
        answered: list[_UnconfirmedAnswer] = []
        try:
            while self._waiting or answered:
                count = min(MAX_COMMANDS_PER_PIPELINE, len(self._waiting))
                answered = await self._send([self._waiting.popleft() for _ in range(count)], answered)
        finally:
            self._sending_task = None
            for _, future in self._waiting:
                _fail_future(future, StoreUnavailable("the connection was closed"))
            self._waiting.clear()

    async def _send(self, batch: list[_QueuedCommand], answered: list[_UnconfirmedAnswer]) -> list[_UnconfirmedAnswer]:
        """Send a batch, and learn whether what was answered before is written; returns what has to be confirmed next."""
        commands: list[Command] = [("PING",)] if answered else []
        commands += [command for command, _ in batch]
        if self._replicas and batch:
            commands.append(("WAIT", self._replicas, REPLICA_WAIT_MS))
        try:
            answers = await self._connection.execute(commands)
            written = answers.pop(0) if answered else None
            if self._replicas and batch:
                answers = self._replicated(answers)
        except Exception as error:
            # Also what is a fault of ours: whoever asked must hear it, or would wait for ever.
            written, answers = error, [error] * len(batch)
        except asyncio.CancelledError:
            for future in [future for _, future in batch] + [future for future, _ in answered]:
                _fail_future(future, StoreUnavailable("the connection was closed"))
            raise
        for future, answer in answered:
            _resolve_future(future, written if isinstance(written, Exception) else answer)
        found = [(future, answer) for (_, future), answer in zip(batch, answers, strict=True)]
        if not self._confirmed:
            later: list[_UnconfirmedAnswer] = []
        else:
            later = [one for one in found if not isinstance(one[1], Exception)]
            found = [one for one in found if isinstance(one[1], Exception)]
        for future, answer in found:
            _resolve_future(future, answer)
        return later

    def _replicated(self, answers: list[Any]) -> list[Any]:
        """Take the answers back unless enough replicas have what was written."""
        *answers, count = answers
        if isinstance(count, int) and count >= self._replicas:
            return answers
        return [StoreUnavailable(f"{self._replicas} replicas are wanted, {count} have it")] * len(answers)


def _resolve_future(future: asyncio.Future[Any], answer: Any) -> None:
    if isinstance(answer, Exception):
        _fail_future(future, answer if isinstance(answer, StoreUnavailable) else translate_redis_error(answer))
    elif not future.done():
        future.set_result(answer)


def _fail_future(future: asyncio.Future[Any], error: Exception) -> None:
    if not future.done():
        future.set_exception(error)
