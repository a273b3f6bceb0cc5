"""The web process's side of `/try`: asks a guesser through Redis and waits for the answer."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from functools import partial

from server.db import keys
from server.db.client import REDIS_ERRORS, REDIS_TIMEOUT_SECONDS, connect_pubsub
from server.db.inbox import Receive, RedisInbox, open_channel_inbox
from server.db.url import parse_redis_url
from server.decode_errors import DECODE_ERRORS
from server.guessing.demo import messages as demo_messages
from server.guessing.messages import BoundedStrokes
from server.runtime.background_tasks import supervise_task

log = logging.getLogger(__name__)

DEMO_ANSWER_TIMEOUT_SECONDS = 15.0
"""Seconds an answer may take: a network may have to be loaded first."""
MAX_CONCURRENT_TRIES = 4
"""Questions of one web process that may be on their way."""
DEMO_ANSWER_POLL_SECONDS = 1.0
"""Seconds that one wait for an answer lasts."""
DEMO_RECONNECT_SECONDS = REDIS_TIMEOUT_SECONDS / 10
"""Seconds between two attempts to reach Redis."""
GUESSER_AWAY_CODE = "guesser_away"


class RedisDemoClient:
    """Asks and waits for the answer. Nothing that is asked is stored anywhere."""

    def __init__(self, url: str) -> None:
        self.web = secrets.token_hex(8)
        self._redis = connect_pubsub(url)
        address = parse_redis_url(url)
        self._questions = keys.demo_questions_channel(address.database)
        self._answers = keys.demo_answers_channel(address.database, self.web)
        self._open_channel = partial(open_channel_inbox, url, self._answers, DEMO_ANSWER_POLL_SECONDS)
        self.inbox = RedisInbox("answers to what is tried", self._open_inbox, self._take, DEMO_RECONNECT_SECONDS)
        self._cluster = address.kind == "cluster"
        """There a node counts its own listeners only, and silence is noticed by its length."""
        self._waiting: dict[str, asyncio.Future[demo_messages.DemoAnswerMessage]] = {}
        self._listening = asyncio.Event()

    async def list_recipes(self) -> tuple[str, bytes]:
        """Ask what can be tried: a refusal's code or none, and JSON."""
        return await self._ask(demo_messages.DemoQuestionMessage(self.web, secrets.token_hex(8)))

    async def ask(self, recipe: str, strokes: BoundedStrokes, picture: bytes) -> tuple[str, bytes]:
        """Ask what a recipe says of strokes or of an uploaded file: a refusal's code or none, and JSON."""
        return await self._ask(
            demo_messages.DemoQuestionMessage(self.web, secrets.token_hex(8), recipe, strokes, picture)
        )

    async def _ask(self, question: demo_messages.DemoQuestionMessage) -> tuple[str, bytes]:
        if len(self._waiting) >= MAX_CONCURRENT_TRIES:
            return "slow_down", b""
        answer: asyncio.Future[demo_messages.DemoAnswerMessage] = asyncio.get_running_loop().create_future()
        self._waiting[question.id] = answer
        try:
            async with asyncio.timeout(DEMO_ANSWER_TIMEOUT_SECONDS):
                await self._listening.wait()
                heard = await self._redis.publish(self._questions, demo_messages.encode_demo_message(question))
                if not heard and not self._cluster:
                    return GUESSER_AWAY_CODE, b""
                message = await answer
            return message.code, message.body
        except (*REDIS_ERRORS, TimeoutError) as error:
            log.info("no answer to demo question %s: %r", question.id, error)
            return GUESSER_AWAY_CODE, b""
        finally:
            self._waiting.pop(question.id, None)

    @asynccontextmanager
    async def _open_inbox(self) -> AsyncIterator[Receive]:
        """Listen to answers; questions wait until somebody does."""
        async with self._open_channel() as receive:
            self._listening.set()
            try:
                yield receive
            finally:
                self._listening.clear()

    def _take(self, data: bytes) -> None:
        try:
            message = demo_messages.decode_demo_answer(data)
        except DECODE_ERRORS as error:
            log.warning("cannot decode demo answer from %s: %s", self._answers, error)
            return
        waiting = self._waiting.get(message.id)
        if waiting is not None and not waiting.done():
            waiting.set_result(message)

    async def close(self) -> None:
        """Hang up."""
        self.inbox.closing = True
        await self._redis.aclose()


@asynccontextmanager
async def open_demo_client(url: str) -> AsyncIterator[RedisDemoClient]:
    """Run a client."""
    client = RedisDemoClient(url)
    reader = supervise_task(client.inbox.run, "demo answer reader")
    try:
        yield client
    finally:
        await client.close()
        reader.cancel()
        with suppress(asyncio.CancelledError):
            await asyncio.gather(reader, return_exceptions=True)
