"""The web process's side of guessing: asks for guesses through Redis and hands the answers on."""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import lru_cache, partial
from typing import Any

from server.db import keys
from server.db.coalescing_sender import CoalescingSender
from server.db.connection import Command, RedisConnection
from server.db.inbox import RedisInbox, open_list_inbox
from server.db.pipeline import AutoPipeline
from server.decode_errors import DECODE_ERRORS
from server.game.ids import Seat
from server.guessing import messages
from server.guessing.client.pacing import DueRequest, Pacing
from server.metrics import Meters
from server.rooms.ports import GuessAnswer, GuessRequest, StoreUnavailable, TaughtWord
from server.runtime.background_tasks import supervise_task

log = logging.getLogger(__name__)

REPLY_BLPOP_TIMEOUT_SECONDS = 0.25
"""Seconds that a wait for answers may take; far below the connection's timeout."""
MIN_GUESS_SEND_INTERVAL_SECONDS = 0.025
"""Two pushes are at least so far apart, so that requests leave together."""
GUESSER_AWAY_AFTER_SECONDS = 0.5
"""A guesser counts as away after so long without a heartbeat, which itself lasts for two seconds."""
GUESS_QUEUE_TTL_SECONDS = 5
"""Seconds that the queue of requests lasts after its latest one."""
CUSTOM_WORD_TTL_SECONDS = 86_400
"""Seconds that Redis keeps the drawings of a custom word after they were sent."""
MAX_SENT_CUSTOM_WORDS = 4096
"""Custom words that are remembered as sent; beyond that all of them are sent again."""
GUESS_REPLIES_TTL_SECONDS = 10
"""Seconds that replies nobody reads last."""

_cached_word_mask = lru_cache(maxsize=256)(messages.pack_word_mask)


class GuessClient:
    """`server.rooms.ports.Guesser` through Redis. `on_answer` and `on_ready` are called on the event loop."""

    def __init__(
        self,
        url: str,
        pipe: AutoPipeline,
        hz: float = 5.0,
        meters: Meters | None = None,
        on_answer: Callable[[GuessAnswer], None] = lambda answer: None,
        on_ready: Callable[[bool], None] = lambda ready: None,
    ) -> None:
        """Ask over `pipe`; answers come over a connection of their own."""
        self.on_answer, self.on_ready = on_answer, on_ready
        self.web = secrets.token_hex(8)
        self.known: tuple[TaughtWord, ...] = ()
        """Words that this server or its model was taught."""
        self._pipe = pipe
        self._meters = meters or Meters()
        self._pacing = Pacing(hz)
        self.sender = CoalescingSender(
            self._send_due_requests, MIN_GUESS_SEND_INTERVAL_SECONDS, REPLY_BLPOP_TIMEOUT_SECONDS
        )
        self.inbox = RedisInbox(
            "answers of guessers",
            partial(open_list_inbox, url, keys.guess_replies_key(self.web), REPLY_BLPOP_TIMEOUT_SECONDS, self._look),
            self._take,
            REPLY_BLPOP_TIMEOUT_SECONDS,
            self._update_ready,
        )
        self._ready = False
        self._seen = float("-inf")
        self._looked = float("-inf")
        self._offset = 0.0
        self._sent_words: dict[str, float] = {}

    @property
    def ready(self) -> bool:
        """Whether a warmed guesser is alive."""
        return self._ready

    @property
    def interval(self) -> float:
        """Seconds between two guesses of one drawing, as paced now."""
        return self._pacing.interval(time.monotonic())

    def ask(self, request: GuessRequest) -> None:
        """Ask for a guess of the newest ink of a drawing, replacing one that has not left yet."""
        self._pacing.ask(request)
        self.sender.wake()

    def note_timer_lag(self, lag: float) -> None:
        """Take note of how late (s) timers fire here: the busier this process, the fewer guesses it asks for."""
        self._pacing.note_timer_lag(lag)

    def drop(self, code: str, seat: Seat | None = None) -> None:
        """Forget what a room (or seat) still wanted to know."""
        self._pacing.drop(code, seat)

    # -- asking ------------------------------------------------------------------------------------------

    async def _send_due_requests(self) -> bool:
        """Send what is due; says whether anything was. Raises StoreUnavailable."""
        due = self._pacing.due(time.monotonic()) if self._ready else []
        if due:
            await self._push(due)
        self._schedule_sender()
        return bool(due)

    async def _push(self, leaving: list[DueRequest]) -> None:
        drawings = self._pacing.active(time.monotonic())
        asks = [self._encode(one, drawings) for one in leaving]
        push: list[tuple[str | int | bytes, ...]] = [
            ("RPUSH", keys.GUESS_QUEUE_KEY, *asks),
            ("EXPIRE", keys.GUESS_QUEUE_KEY, GUESS_QUEUE_TTL_SECONDS),
        ]
        try:
            await self._pipe.all([*self._custom_words(leaving), *push])
        except StoreUnavailable:
            self._sent_words.clear()
            self._pacing.lost(one.id for one in leaving)
            raise

    def _encode(self, leaving: DueRequest, drawings: int) -> bytes:
        request, now = leaving.request, time.monotonic()
        return messages.encode_guess_message(
            messages.GuessRequestMessage(
                web=self.web,
                id=leaving.id,
                ink=bytes(request.ink),
                mask=_cached_word_mask(request.words),
                at=now + self._offset,
                drawings=drawings,
                taught=tuple((one.word, one.key) for one in request.taught),
            )
        )

    def _custom_words(self, leaving: list[DueRequest]) -> list[tuple[str | int | bytes, ...]]:
        """Put what is taught where guessers find it, before the first request names it; now and then once more."""
        now = time.monotonic()
        commands: list[tuple[str | int | bytes, ...]] = []
        if len(self._sent_words) > MAX_SENT_CUSTOM_WORDS:
            self._sent_words.clear()
        for taught in {one.key: one for leave in leaving for one in leave.request.taught if one.sketches}.values():
            if now - self._sent_words.get(taught.key, float("-inf")) > CUSTOM_WORD_TTL_SECONDS / 4:
                self._sent_words[taught.key] = now
                drawings = messages.encode_guess_message(messages.CustomWordDrawings(taught.word, taught.sketches))
                commands.append(("SET", keys.custom_word_key(taught.key), drawings, "EX", CUSTOM_WORD_TTL_SECONDS))
        return commands

    def _schedule_sender(self) -> None:
        """Wake the sender when something may leave that no new ink brings along."""
        self.sender.wake_at(self._pacing.next_due(time.monotonic()) if self._ready else None)

    # -- answers -----------------------------------------------------------------------------------------

    def _take(self, data: bytes) -> None:
        try:
            reply = messages.decode_guess_reply(data)
        except DECODE_ERRORS as error:
            log.warning("cannot decode guess reply from %s: %s", keys.guess_replies_key(self.web), error)
            return
        now = time.monotonic()
        self._pacing.note_report(reply.guesser, reply.rate, reply.drawings, now)
        self._meters.batch_size.observe(reply.size)
        self._meters.queue_age.observe(max([answer.waited for answer in reply.answers], default=0.0))
        for answer in reply.answers:
            found = self._pacing.answered(answer.id)
            if found is not None:
                request, left = found
                self._measure(reply, answer.waited, now - left)
                self._hand_on(request, answer, reply.model, time.time() - (time.monotonic() - left))
        self._schedule_sender()

    def _measure(self, reply: messages.GuessReplyMessage, waited: float, whole: float) -> None:
        stages, rest = self._meters.guess, whole - waited - reply.raster - reply.network
        stages["queue"].observe(waited)
        stages["raster"].observe(reply.raster)
        stages["network"].observe(reply.network)
        stages["reply"].observe(max(rest, 0.0))
        stages["all"].observe(whole)

    def _hand_on(self, request: GuessRequest, answer: messages.DrawingGuesses, model: str, asked_at: float) -> None:
        self.on_answer(
            GuessAnswer(
                code=request.code,
                seat=request.seat,
                round=request.round,
                revision=request.revision,
                guesses=answer.guesses,
                doubt=answer.doubt,
                model=model,
                asked_at=asked_at,
            )
        )

    async def _look(self, redis: RedisConnection) -> None:
        """Read the guesser's heartbeat now and then, the words that can be played, and Redis's clock."""
        now = time.monotonic()
        if now - self._looked < REPLY_BLPOP_TIMEOUT_SECONDS:
            return
        self._looked = now
        heartbeat, server_words, (seconds, micros) = await _send_or_raise(
            redis, ("GET", keys.GUESSER_HEARTBEAT_KEY), ("HGETALL", keys.CUSTOM_WORDS_KEY), ("TIME",)
        )
        if heartbeat is not None:
            self._seen = now
            self._note_words(heartbeat, server_words)
        self._offset = int(seconds) + int(micros) / 1e6 - time.monotonic()
        self._update_ready()

    def _note_words(self, heartbeat: bytes, server_words: dict[bytes, bytes]) -> None:
        """Note which words can be played besides the built-in ones, here and in the model."""
        try:
            model = messages.decode_heartbeat(heartbeat).words
        except DECODE_ERRORS:
            return
        server = tuple(TaughtWord(word.decode(), key.decode()) for word, key in sorted(server_words.items()))
        mine = {one.word for one in server}
        self.known = server + tuple(TaughtWord(word, "") for word in model if word not in mine)

    def _update_ready(self) -> None:
        ready = time.monotonic() - self._seen < GUESSER_AWAY_AFTER_SECONDS
        if ready != self._ready:
            self._ready = ready
            self.sender.wake()
            self.on_ready(ready)


async def _send_or_raise(redis: RedisConnection, *commands: Command) -> list[Any]:
    answers = await redis.execute(commands)
    for answer in answers:
        if isinstance(answer, Exception):
            raise answer
    return answers


@asynccontextmanager
async def open_guess_client(
    url: str,
    hz: float = 5.0,
    meters: Meters | None = None,
    pipe: AutoPipeline | None = None,
    on_answer: Callable[[GuessAnswer], None] = lambda answer: None,
    on_ready: Callable[[bool], None] = lambda ready: None,
) -> AsyncIterator[GuessClient]:
    """Run a client, over `pipe` or a connection of its own."""
    asking = pipe or AutoPipeline(url)
    client = GuessClient(url, asking, hz, meters, on_answer, on_ready)
    tasks = [
        supervise_task(client.sender.run, "guess writer"),
        supervise_task(client.inbox.run, "guess reader"),
    ]
    try:
        yield client
    finally:
        client.inbox.closing = True
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if pipe is None:
            await asking.close()
