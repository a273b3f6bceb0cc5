"""One connection for many callers: whatever waits leaves as one pipeline."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterable
from typing import Any

from redis.exceptions import NoScriptError

from server.db.client import FAILURES, connect, translate
from server.db.connection import Command, Line, Value
from server.db.scripts import Script
from server.db.url import parse
from server.rooms.ports import StoreAway

FLIGHT = 256
"""Commands of one pipeline at most."""

WAIT_MS = 1000
"""How long replicas may take; below the connection's timeout."""

_Sent = tuple[Command, asyncio.Future[Any]]
_Answered = tuple[asyncio.Future[Any], Any]
"""What a caller waits for, and the answer of Redis that has yet to be confirmed."""


class Pipe:
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
        self._confirmed = confirmed and parse(url).kind != "cluster"
        self._redis = connect(url, connections=1)
        self._line = Line(url)
        self._replicas = replicas
        self._waiting: deque[tuple[Command, asyncio.Future[Any]]] = deque()
        self._flying: asyncio.Task[None] | None = None

    async def run(self, *command: Value) -> Any:
        """Send one command and return its answer. Raises StoreAway; then it may have been executed or not."""
        return await self._queue(command)

    def _queue(self, command: Command) -> asyncio.Future[Any]:
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._waiting.append((command, future))
        if self._flying is None:
            self._flying = asyncio.create_task(self._fly(), name="redis pipe")
        return future

    async def script(self, script: Script, keys: tuple[str, ...], arguments: tuple[Value, ...] = ()) -> Any:
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

        Raises StoreAway. On a Cluster it says nothing of other nodes.
        """
        await self.run("PING")

    async def scan(self, pattern: str) -> list[bytes]:
        """Return all keys that match, from every node of a Cluster. Raises StoreAway."""
        try:
            return sorted({key async for key in self._redis.scan_iter(match=pattern, count=1000)})
        except FAILURES as error:
            raise translate(error) from error

    async def close(self) -> None:
        """Let what is on its way arrive, then hang up."""
        if self._flying is not None:
            await self._flying
        await self._line.close()
        await self._redis.aclose()

    async def _fly(self) -> None:
        answered: list[_Answered] = []
        try:
            while self._waiting or answered:
                count = min(FLIGHT, len(self._waiting))
                answered = await self._send([self._waiting.popleft() for _ in range(count)], answered)
        finally:
            self._flying = None
            for _, future in self._waiting:
                _fail(future, StoreAway("the connection was closed"))
            self._waiting.clear()

    async def _send(self, batch: list[_Sent], answered: list[_Answered]) -> list[_Answered]:
        """Send a batch, and learn whether what was answered before is written; returns what has to be confirmed next."""
        commands: list[Command] = [("PING",)] if answered else []
        commands += [command for command, _ in batch]
        if self._replicas and batch:
            commands.append(("WAIT", self._replicas, WAIT_MS))
        try:
            answers = await self._line.talk(commands)
            written = answers.pop(0) if answered else None
            if self._replicas and batch:
                answers = self._replicated(answers)
        except Exception as error:
            # Also what is a fault of ours: whoever asked must hear it, or would wait for ever.
            written, answers = error, [error] * len(batch)
        except asyncio.CancelledError:
            for future in [future for _, future in batch] + [future for future, _ in answered]:
                _fail(future, StoreAway("the connection was closed"))
            raise
        for future, answer in answered:
            _settle(future, written if isinstance(written, Exception) else answer)
        found = [(future, answer) for (_, future), answer in zip(batch, answers, strict=True)]
        if not self._confirmed:
            later: list[_Answered] = []
        else:
            later = [one for one in found if not isinstance(one[1], Exception)]
            found = [one for one in found if isinstance(one[1], Exception)]
        for future, answer in found:
            _settle(future, answer)
        return later

    def _replicated(self, answers: list[Any]) -> list[Any]:
        """Take the answers back unless enough replicas have what was written."""
        *answers, reached = answers
        if isinstance(reached, int) and reached >= self._replicas:
            return answers
        return [StoreAway(f"{self._replicas} replicas are wanted, {reached} have it")] * len(answers)


def _settle(future: asyncio.Future[Any], answer: Any) -> None:
    if isinstance(answer, Exception):
        _fail(future, answer if isinstance(answer, StoreAway) else translate(answer))
    elif not future.done():
        future.set_result(answer)


def _fail(future: asyncio.Future[Any], error: Exception) -> None:
    if not future.done():
        future.set_exception(error)
