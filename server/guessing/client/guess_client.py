"""The web process's side of guessing: asks for guesses through Redis and hands the answers on."""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import lru_cache
from typing import Any

import msgspec

from server.db import keys
from server.db.client import REDIS_ERRORS
from server.db.connection import Command, RedisConnection
from server.db.pipeline import AutoPipeline
from server.game.ids import Seat
from server.guessing import messages
from server.guessing.client.pacing import DueRequest, Pacing
from server.metrics import Meters
from server.rooms.ports import GuessAnswer, GuessRequest, StoreUnavailable, TaughtWord
from server.runtime.background_tasks import supervise_task
from server.runtime.rate_limited_log import RateLimitedLog

log = logging.getLogger(__name__)

REPLY_BLPOP_TIMEOUT_SECONDS = 0.25
"""Seconds that a wait for answers may take; far below the connection's timeout."""
MIN_GUESS_SEND_INTERVAL_SECONDS = 0.025
"""Two pushes are at least so far apart (s), so that requests leave together."""
GUESSER_AWAY_AFTER_SECONDS = 0.5
"""A guesser counts as away after this long (s) without a sign of life, which itself lasts for two seconds."""
GUESS_QUEUE_TTL_SECONDS = 5
CUSTOM_WORD_TTL_SECONDS = 86_400
MAX_SENT_CUSTOM_WORDS = 4096
GUESS_REPLIES_TTL_SECONDS = 10

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
        self.closing = False
        """Cancelling is not enough: redis-py now and then turns it into an ordinary error."""
        self._url = url
        self._pipe = pipe
        self._meters = meters or Meters()
        self._pacing = Pacing(hz)
        self._wake = asyncio.Event()
        self._alarm: asyncio.TimerHandle | None = None
        self._ready = False
        self._seen = float("-inf")
        self._looked = float("-inf")
        self._offset = 0.0
        self._put: dict[str, float] = {}
        self._outage_log = RateLimitedLog(log)

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
        self._wake.set()

    def note_timer_lag(self, lag: float) -> None:
        """Take note of how late (s) timers fire here: the busier this process, the fewer guesses it asks for."""
        self._pacing.note_timer_lag(lag)

    def drop(self, code: str, seat: Seat | None = None) -> None:
        """Forget what a room (or seat) still wanted to know."""
        self._pacing.drop(code, seat)

    # -- asking ------------------------------------------------------------------------------------------

    async def write(self) -> None:
        """Send requests until cancelled."""
        pushed = float("-inf")
        while True:
            await self._wake.wait()
            if (rest := pushed + MIN_GUESS_SEND_INTERVAL_SECONDS - time.monotonic()) > 0:
                await asyncio.sleep(rest)
            self._wake.clear()
            leaving = self._pacing.due(time.monotonic()) if self._ready else []
            if leaving:
                await self._push(leaving)
                pushed = time.monotonic()
            self._plan()

    async def _push(self, leaving: list[DueRequest]) -> None:
        drawings = self._pacing.active(time.monotonic())
        asks = [self._encode(one, drawings) for one in leaving]
        push: list[tuple[str | int | bytes, ...]] = [
            ("RPUSH", keys.GUESS_QUEUE_KEY, *asks),
            ("EXPIRE", keys.GUESS_QUEUE_KEY, GUESS_QUEUE_TTL_SECONDS),
        ]
        try:
            await self._pipe.all([*self._lessons(leaving), *push])
        except StoreUnavailable:
            self._put.clear()
            self._pacing.lost(one.id for one in leaving)
            await asyncio.sleep(REPLY_BLPOP_TIMEOUT_SECONDS)

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

    def _lessons(self, leaving: list[DueRequest]) -> list[tuple[str | int | bytes, ...]]:
        """Put what is taught where guessers find it, before the first request names it; now and then once more."""
        now = time.monotonic()
        commands: list[tuple[str | int | bytes, ...]] = []
        if len(self._put) > MAX_SENT_CUSTOM_WORDS:
            self._put.clear()
        for taught in {one.key: one for leave in leaving for one in leave.request.taught if one.sketches}.values():
            if now - self._put.get(taught.key, float("-inf")) > CUSTOM_WORD_TTL_SECONDS / 4:
                self._put[taught.key] = now
                lesson = messages.encode_guess_message(messages.CustomWordDrawings(taught.word, taught.sketches))
                commands.append(("SET", keys.custom_word_key(taught.key), lesson, "EX", CUSTOM_WORD_TTL_SECONDS))
        return commands

    def _plan(self) -> None:
        """Have the writer look when something may leave that no new ink brings along."""
        due = self._pacing.next_due(time.monotonic()) if self._ready else None
        if self._alarm is not None:
            self._alarm.cancel()
        self._alarm = asyncio.get_running_loop().call_at(due, self._wake.set) if due is not None else None

    # -- hearing -----------------------------------------------------------------------------------------

    async def read(self) -> None:
        """Hand on answers and watch the guesser's sign of life until cancelled, through outages of Redis."""
        while not self.closing:
            redis = RedisConnection(self._url)
            try:
                while not self.closing:
                    await self._look(redis)
                    (popped,) = await _send_or_raise(
                        redis, ("BLPOP", keys.guess_replies_key(self.web), REPLY_BLPOP_TIMEOUT_SECONDS)
                    )
                    if popped is not None:
                        self._take(popped[1])
            except REDIS_ERRORS as error:
                self._outage_log.info("no answers while Redis is away: %s", error)
            finally:
                await redis.close()
            self._judge()
            await asyncio.sleep(REPLY_BLPOP_TIMEOUT_SECONDS)

    def _take(self, data: bytes) -> None:
        try:
            answers = messages.decode_guess_reply(data)
        except msgspec.DecodeError as error:
            log.warning("a guesser sent what nobody understands: %s", error)
            return
        now = time.monotonic()
        self._pacing.told(answers.guesser, answers.rate, answers.drawings, now)
        self._meters.batch_size.observe(answers.size)
        self._meters.queue_age.observe(max([told.waited for told in answers.told], default=0.0))
        for told in answers.told:
            found = self._pacing.answered(told.id)
            if found is not None:
                request, left = found
                self._measure(answers, told.waited, now - left)
                self._hand_on(request, told, answers.model, time.time() - (time.monotonic() - left))
        self._plan()

    def _measure(self, answers: messages.GuessReplyMessage, waited: float, whole: float) -> None:
        stages, rest = self._meters.guess, whole - waited - answers.raster - answers.network
        stages["queue"].observe(waited)
        stages["raster"].observe(answers.raster)
        stages["network"].observe(answers.network)
        stages["reply"].observe(max(rest, 0.0))
        stages["all"].observe(whole)

    def _hand_on(self, request: GuessRequest, told: messages.DrawingGuesses, model: str, asked_at: float) -> None:
        self.on_answer(
            GuessAnswer(
                code=request.code,
                seat=request.seat,
                round=request.round,
                revision=request.revision,
                guesses=told.guesses,
                doubt=told.doubt,
                model=model,
                asked_at=asked_at,
            )
        )

    async def _look(self, redis: RedisConnection) -> None:
        now = time.monotonic()
        if now - self._looked < REPLY_BLPOP_TIMEOUT_SECONDS:
            return
        self._looked = now
        beat, listed, (seconds, micros) = await _send_or_raise(
            redis, ("GET", keys.GUESSER_HEARTBEAT_KEY), ("HGETALL", keys.CUSTOM_WORDS_KEY), ("TIME",)
        )
        if beat is not None:
            self._seen = now
            self._note_words(beat, listed)
        self._offset = int(seconds) + int(micros) / 1e6 - time.monotonic()
        self._judge()

    def _note_words(self, beat: bytes, listed: dict[bytes, bytes]) -> None:
        """Note which words can be played besides the built-in ones, here and in the model."""
        try:
            model = messages.decode_heartbeat(beat).words
        except msgspec.DecodeError:
            return
        server = tuple(TaughtWord(word.decode(), key.decode()) for word, key in sorted(listed.items()))
        mine = {one.word for one in server}
        self.known = server + tuple(TaughtWord(word, "") for word in model if word not in mine)

    def _judge(self) -> None:
        ready = time.monotonic() - self._seen < GUESSER_AWAY_AFTER_SECONDS
        if ready != self._ready:
            self._ready = ready
            self._wake.set()
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
        supervise_task(client.write, "guess writer"),
        supervise_task(client.read, "guess reader"),
    ]
    try:
        yield client
    finally:
        client.closing = True
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if pipe is None:
            await asking.close()
