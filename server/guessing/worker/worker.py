"""The guesser's main loop: takes what waits, has it guessed, answers each web process with one message."""

from __future__ import annotations

import logging
import secrets
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Protocol

from model.answers import Answer, WordMask
from model.ink.strokes import StrokePath
from model.ink.vocabulary import CLASS_WORDS
from model.serving.batch_size import WARMED_BATCH_SIZES, BatchSizer
from server.db import keys
from server.db.client import REDIS_ERRORS, connect_redis_sync
from server.db.connection import Command
from server.db.inbox import run_through_outages
from server.db.sync_connection import SyncRedisConnection
from server.decode_errors import DECODE_ERRORS
from server.guessing import messages
from server.guessing.client.guess_client import GUESS_REPLIES_TTL_SECONDS
from server.guessing.client.pacing import GUESS_RETRY_AFTER_SECONDS, GUESSER_REPORT_TTL_SECONDS
from server.guessing.worker.custom_word_cache import CustomWordCache, CustomWordColumn
from server.guessing.worker.heartbeat import GuesserHeartbeat
from server.ink_codec import unpack_guess_ink
from server.runtime.background_tasks import supervise_thread

log = logging.getLogger(__name__)

_cached_allowed_words = lru_cache(maxsize=256)(messages.unpack_word_mask)

REQUEST_BLPOP_TIMEOUT_SECONDS = 0.5
"""Seconds that one wait for requests lasts."""
LEARNING_POLL_SECONDS = 0.05
"""Seconds between two looks at whether a word that requests wait for is learned."""
FULL_BATCHES_BEFORE_GROWTH = 4
"""After so many full batches in a row a batch of twice the size is tried."""
REDIS_AWAY_PAUSE_SECONDS = 0.2
"""Pause after Redis did not answer."""


class GuessNetwork(Protocol):
    """What guesses: `model.serving.predictor.Predictor`, or a small stand-in in tests."""

    version: str

    def answer(self, paths: Sequence[StrokePath], masks: Sequence[WordMask | None]) -> list[Answer]:
        """Answer each drawing over the words of its mask."""


@dataclass(slots=True)
class _GuessJob:
    """One request, unpacked; `data` as it came."""

    data: bytes
    ask: messages.GuessRequestMessage
    path: StrokePath
    mask: WordMask
    waited: float
    taught: tuple[CustomWordColumn, ...] = ()


class GuessWorker:
    """Serves one network until told to stop. Neither bad requests nor outages of Redis end it.

    It takes requests while `serving` is set. On trial it gives back what it cannot answer in time, stops serving by itself
    and says why: another guesser takes over before anybody has waited long.
    """

    def __init__(self, url: str, network: GuessNetwork, clock: Callable[[], float] = time.monotonic) -> None:
        self.name = secrets.token_hex(4)
        self.stop = threading.Event()
        self.serving = threading.Event()
        self.serving.set()
        self.on_trouble: Callable[[str], None] = lambda reason: None
        self.trial_batch_seconds = float("inf")
        """Seconds that a batch may take while this network is on trial; without end: it is not."""
        self.batches, self.seconds = 0, 0.0
        self._busy: tuple[float, list[_GuessJob]] | None = None
        self._custom_words = CustomWordCache(connect_redis_sync(url), network)
        self._waiting_for_words: list[bytes] = []
        """Requests that wait for a word which is being learned: without it they would be answered wrongly, and unchanged ink
        is not asked about again."""
        self._network = network
        self._clock = clock
        self._pace = BatchSizer()
        self._full = 0
        self._queue = SyncRedisConnection(url)
        self._life = connect_redis_sync(url)
        self._heartbeat = GuesserHeartbeat(self._life, self._build_heartbeat, clock)
        self._webs: dict[str, tuple[int, float]] = {}

    def run(self) -> None:
        """Serve until `stop` is set; what was taken is answered first."""
        heartbeat = supervise_thread(partial(self._heartbeat.run, self.stop, self.serving), "heartbeat", self.stop)
        run_through_outages("guess requests", self._work, self.stop, REDIS_AWAY_PAUSE_SECONDS)
        heartbeat.join()
        self._custom_words.close()
        self._queue.close()
        self._life.close()

    # -- taking and answering ----------------------------------------------------------------------------

    def _work(self) -> None:
        """Take requests and answer them while serving, until told to stop."""
        while not self.stop.is_set():
            if self.serving.wait(REQUEST_BLPOP_TIMEOUT_SECONDS):
                waiting = self._exchange({})
                while waiting:
                    waiting = self._exchange(self._serve(waiting))

    def _exchange(self, answers: dict[str, bytes]) -> list[bytes]:
        """Send each web process its answers and, while serving, take what waits: one trip to Redis.

        Waits for a request; all others that wait come with it, up to the cap.
        """
        commands: list[Command] = []
        for web, message in answers.items():
            replies = keys.guess_replies_key(web)
            commands += [("RPUSH", replies, message), ("EXPIRE", replies, GUESS_REPLIES_TTL_SECONDS)]
        sent = len(commands)
        cap = self._cap() if self.serving.is_set() and not self.stop.is_set() else 0
        if cap:
            commands.append(
                (
                    "BLPOP",
                    keys.GUESS_QUEUE_KEY,
                    LEARNING_POLL_SECONDS if self._waiting_for_words else REQUEST_BLPOP_TIMEOUT_SECONDS,
                )
            )
        if cap > 1:
            commands.append(("LPOP", keys.GUESS_QUEUE_KEY, cap - 1))
        if not commands:
            return []
        results = self._queue.execute(commands)
        waiting = [first[1] for first in results[sent : sent + 1] if first is not None]
        for more in results[sent + 1 :]:
            waiting += more or []
        self._full = self._full + 1 if cap and len(waiting) >= cap else 0
        earlier, self._waiting_for_words = self._waiting_for_words, []
        return earlier + waiting

    def _cap(self) -> int:
        """Return how many may be taken now."""
        cap = self._pace.cap
        if self._full >= FULL_BATCHES_BEFORE_GROWTH:
            # Batches of one size never tell what a larger one would cost.
            cap, self._full = min(2 * cap, WARMED_BATCH_SIZES[-1]), 0
        return cap

    def _open(self, data: bytes, now: float) -> _GuessJob | None:
        """Unpack a request; None if it is damaged, waits for a word, or is so old that nobody waits for it."""
        try:
            ask = messages.decode_guess_request(data)
            self._webs[ask.web] = (ask.drawings, now)
            waited = self._heartbeat.age(ask.at, now)
            if waited > GUESS_RETRY_AFTER_SECONDS:
                return None
            taught = self._custom_words.columns(ask.taught) if ask.taught else ()
            if taught is None:
                self._waiting_for_words.append(data)
                return None
            return _GuessJob(data, ask, unpack_guess_ink(ask.ink), _cached_allowed_words(ask.mask), waited, taught)
        except (*DECODE_ERRORS, ValueError) as error:
            log.warning("cannot decode guess request from %s: %s", keys.GUESS_QUEUE_KEY, error)
            return None

    # -- answering ---------------------------------------------------------------------------------------

    def _serve(self, waiting: list[bytes]) -> dict[str, bytes]:
        """Guess; returns the reply to each web process."""
        started, used = self._clock(), time.process_time()
        jobs = [job for data in waiting if (job := self._open(data, started)) is not None]
        if not jobs:
            return {}
        self._busy = started, jobs
        replies = self._guess(jobs)
        self._busy = None
        spent = max(self._clock() - started, 1e-6)
        self._pace.note(len(jobs), spent, max(time.process_time() - used, 1e-6))
        self.batches, self.seconds = self.batches + 1, self.seconds + spent
        drawings, rate = self._drawings(), self._pace.rate
        raster, network = getattr(self._network, "spent", (0.0, 0.0))
        return {
            web: messages.encode_guess_message(
                messages.GuessReplyMessage(
                    self.name, self._network.version, rate, drawings, tuple(answers), len(jobs), raster, network
                )
            )
            for web, answers in replies.items()
        }

    def _guess(self, jobs: list[_GuessJob]) -> dict[str, list[messages.DrawingGuesses]]:
        """Guess a batch; if it fails, one by one, so that a single drawing cannot spoil the others."""
        try:
            answers = self._ask(jobs)
        except Exception as error:
            log.exception("cannot guess batch of %d drawings", len(jobs))
            if self.trial_batch_seconds < float("inf"):
                self._give_back(jobs, f"a batch could not be guessed: {error!r}")
                return {}
            if len(jobs) == 1:
                return {}
            alone = [self._guess([job]) for job in jobs]
            return _merge_answers(alone)
        replies: dict[str, list[messages.DrawingGuesses]] = defaultdict(list)
        for job, answer in zip(jobs, answers, strict=True):
            names = (
                job.taught[word - len(CLASS_WORDS)].word if word >= len(CLASS_WORDS) else CLASS_WORDS[word]
                for word in answer.words
            )
            guesses = tuple(zip(names, answer.probs, strict=True))
            replies[job.ask.web].append(messages.DrawingGuesses(job.ask.id, guesses, answer.doubt, job.waited))
        return replies

    def _ask(self, jobs: list[_GuessJob]) -> list[Answer]:
        paths, masks = [job.path for job in jobs], [job.mask for job in jobs]
        if not any(job.taught for job in jobs):
            return self._network.answer(paths, masks)
        return self._custom_words.answer(paths, masks, [job.taught for job in jobs])

    def check_batch_time(self) -> None:
        """Look after the running batch (another thread calls this): one that takes too long is given back."""
        busy = self._busy
        if busy is not None and (spent := self._clock() - busy[0]) > self.trial_batch_seconds:
            self._busy = None
            self._give_back(busy[1], f"a batch of {len(busy[1])} took more than {spent:.2f} s")

    def _give_back(self, jobs: list[_GuessJob], reason: str) -> None:
        self.serving.clear()
        self.trial_batch_seconds = float("inf")
        try:
            self._life.lpush(keys.GUESS_QUEUE_KEY, *(job.data for job in reversed(jobs)))
        except REDIS_ERRORS as error:
            log.info("cannot give %d guess requests back: %s", len(jobs), error)
        self.on_trouble(reason)

    def _drawings(self) -> int:
        """Count the drawings that ask, of all web processes heard from lately."""
        now = self._clock()
        self._webs = {web: seen for web, seen in self._webs.items() if now - seen[1] < GUESSER_REPORT_TTL_SECONDS}
        return sum(drawings for drawings, _ in self._webs.values())

    def _build_heartbeat(self) -> messages.HeartbeatMessage:
        return messages.HeartbeatMessage(self.name, self._network.version, self._pace.rate, self._custom_words.words)


def _merge_answers(parts: list[dict[str, list[messages.DrawingGuesses]]]) -> dict[str, list[messages.DrawingGuesses]]:
    merged: dict[str, list[messages.DrawingGuesses]] = defaultdict(list)
    for part in parts:
        for web, answers in part.items():
            merged[web] += answers
    return merged
