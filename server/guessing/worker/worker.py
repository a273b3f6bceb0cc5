"""The guesser's working day: takes what waits, has it guessed, answers each web process with one message."""

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

import msgspec

from model.answers import Answer, Mask
from model.ink.strokes import Trace
from model.ink.vocabulary import WORDS
from model.serving.batch_size import BUCKETS, Pace
from server.db import keys
from server.db.client import FAILURES, connect_sync
from server.db.connection import Command
from server.db.sync_connection import SyncLine
from server.guessing import messages
from server.guessing.client.guess_client import REPLIES_SECONDS
from server.guessing.client.pacing import FRESH, PATIENCE
from server.guessing.worker.heartbeat import Pulse
from server.guessing.worker.taught_words import Column, Pupil
from server.runtime.background_tasks import supervised_thread
from server.runtime.rate_limited_log import RateLimitedLog

log = logging.getLogger(__name__)

_allowed = lru_cache(maxsize=256)(messages.allowed)

BLOCK = 0.5
LEARNING = 0.05
"""Seconds between two looks at whether a word that requests wait for is learned."""
EXPLORE = 4
"""After so many full batches in a row a batch of twice the size is tried."""
AWAY_SECONDS = 0.2
"""Pause after Redis did not answer."""


class Network(Protocol):
    """What guesses: `model.serving.predictor.Guesser`, or a small stand-in in tests."""

    version: str

    def answer(self, paths: Sequence[Trace], masks: Sequence[Mask | None]) -> list[Answer]:
        """Answer each drawing over the words of its mask."""


@dataclass(slots=True)
class _Job:
    """One request, unpacked; `data` as it came."""

    data: bytes
    ask: messages.Ask
    path: Trace
    mask: Mask
    waited: float
    taught: tuple[Column, ...] = ()


class Shift:
    """Serves one network until told to stop. Neither bad requests nor outages of Redis end it.

    It takes requests while `on_duty` is set. While it is `tried`, it gives back what it cannot answer in time, goes off
    duty by itself and says why: another guesser takes over before anybody has waited long.
    """

    def __init__(self, url: str, network: Network, clock: Callable[[], float] = time.monotonic) -> None:
        self.name = secrets.token_hex(4)
        self.stop = threading.Event()
        self.on_duty = threading.Event()
        self.on_duty.set()
        self.on_trouble: Callable[[str], None] = lambda reason: None
        self.tried = float("inf")
        """Seconds that a batch may take while this network is on trial; without end: it is not."""
        self.batches, self.seconds = 0, 0.0
        self._busy: tuple[float, list[_Job]] | None = None
        self._pupil = Pupil(connect_sync(url), network)
        self._held: list[bytes] = []
        """Requests that wait for a word which is being learned: without it they would be answered wrongly, and unchanged ink
        is not asked about again."""
        self._network = network
        self._clock = clock
        self._pace = Pace()
        self._full = 0
        self._queue = SyncLine(url)
        self._life = connect_sync(url)
        self._pulse = Pulse(self._life, self._beat, clock)
        self._webs: dict[str, tuple[int, float]] = {}

    def run(self) -> None:
        """Serve until `stop` is set; what was taken is answered first."""
        away = RateLimitedLog(log)
        beating = supervised_thread(partial(self._pulse.run, self.stop, self.on_duty), "heartbeat", self.stop)
        while not self.stop.is_set():
            if not self.on_duty.wait(BLOCK):
                continue
            try:
                waiting = self._trip({})
                while waiting:
                    waiting = self._trip(self._serve(waiting))
            except FAILURES as error:
                away.warning("the guesser waits for Redis: %s", error)
                self.stop.wait(AWAY_SECONDS)
        beating.join()
        self._pupil.close()
        self._queue.close()
        self._life.close()

    # -- taking and telling ------------------------------------------------------------------------------

    def _trip(self, answers: dict[str, bytes]) -> list[bytes]:
        """Tell each web process its answers and, while on duty, take what waits: one way to Redis and back.

        Waits for a request; all others that wait come with it, up to the cap.
        """
        commands: list[Command] = []
        for web, message in answers.items():
            replies = keys.guess_replies(web)
            commands += [("RPUSH", replies, message), ("EXPIRE", replies, REPLIES_SECONDS)]
        told = len(commands)
        cap = self._cap() if self.on_duty.is_set() and not self.stop.is_set() else 0
        if cap:
            commands.append(("BLPOP", keys.GUESS_QUEUE, LEARNING if self._held else BLOCK))
        if cap > 1:
            commands.append(("LPOP", keys.GUESS_QUEUE, cap - 1))
        if not commands:
            return []
        heard = self._queue.talk(commands)
        waiting = [first[1] for first in heard[told : told + 1] if first is not None]
        for more in heard[told + 1 :]:
            waiting += more or []
        self._full = self._full + 1 if cap and len(waiting) >= cap else 0
        held, self._held = self._held, []
        return held + waiting

    def _cap(self) -> int:
        """Return how many may be taken now."""
        cap = self._pace.cap
        if self._full >= EXPLORE:
            # Batches of one size never tell what a larger one would cost.
            cap, self._full = min(2 * cap, BUCKETS[-1]), 0
        return cap

    def _open(self, data: bytes, now: float) -> _Job | None:
        """Unpack a request; None if it is damaged, waits for a word, or is so old that nobody waits for it."""
        try:
            ask = messages.decode_ask(data)
            self._webs[ask.web] = (ask.drawings, now)
            waited = self._pulse.age(ask.at, now)
            if waited > PATIENCE:
                return None
            taught = self._pupil.columns(ask.taught) if ask.taught else ()
            if taught is None:
                self._held.append(data)
                return None
            return _Job(data, ask, messages.unpacked(ask.ink), _allowed(ask.mask), waited, taught)
        except (msgspec.DecodeError, ValueError) as error:
            log.warning("a request nobody understands: %s", error)
            return None

    # -- answering ---------------------------------------------------------------------------------------

    def _serve(self, waiting: list[bytes]) -> dict[str, bytes]:
        """Guess; returns what each web process is to be told."""
        started, used = self._clock(), time.process_time()
        jobs = [job for data in waiting if (job := self._open(data, started)) is not None]
        if not jobs:
            return {}
        self._busy = started, jobs
        told = self._guess(jobs)
        self._busy = None
        spent = max(self._clock() - started, 1e-6)
        self._pace.note(len(jobs), spent, max(time.process_time() - used, 1e-6))
        self.batches, self.seconds = self.batches + 1, self.seconds + spent
        drawings, rate = self._drawings(), self._pace.rate
        raster, network = getattr(self._network, "spent", (0.0, 0.0))
        return {
            web: messages.encode(
                messages.Answers(
                    self.name, self._network.version, rate, drawings, tuple(answers), len(jobs), raster, network
                )
            )
            for web, answers in told.items()
        }

    def _guess(self, jobs: list[_Job]) -> dict[str, list[messages.Told]]:
        """Guess a batch; if it fails, one by one, so that a single drawing cannot spoil the others."""
        try:
            answers = self._ask(jobs)
        except Exception as error:
            log.exception("a batch of %d could not be guessed", len(jobs))
            if self.tried < float("inf"):
                self._give_back(jobs, f"a batch could not be guessed: {error!r}")
                return {}
            if len(jobs) == 1:
                return {}
            alone = [self._guess([job]) for job in jobs]
            return _together(alone)
        told: dict[str, list[messages.Told]] = defaultdict(list)
        for job, answer in zip(jobs, answers, strict=True):
            names = (job.taught[word - len(WORDS)].word if word >= len(WORDS) else WORDS[word] for word in answer.words)
            guesses = tuple(zip(names, answer.probs, strict=True))
            told[job.ask.web].append(messages.Told(job.ask.id, guesses, answer.doubt, job.waited))
        return told

    def _ask(self, jobs: list[_Job]) -> list[Answer]:
        paths, masks = [job.path for job in jobs], [job.mask for job in jobs]
        if not any(job.taught for job in jobs):
            return self._network.answer(paths, masks)
        return self._pupil.answer(paths, masks, [job.taught for job in jobs])

    def hurry(self) -> None:
        """Look after the running batch (another thread calls this): one that takes too long is given back."""
        busy = self._busy
        if busy is not None and (spent := self._clock() - busy[0]) > self.tried:
            self._busy = None
            self._give_back(busy[1], f"a batch of {len(busy[1])} took more than {spent:.2f} s")

    def _give_back(self, jobs: list[_Job], reason: str) -> None:
        self.on_duty.clear()
        self.tried = float("inf")
        try:
            self._life.lpush(keys.GUESS_QUEUE, *(job.data for job in reversed(jobs)))
        except FAILURES as error:
            log.info("requests could not be given back: %s", error)
        self.on_trouble(reason)

    def _drawings(self) -> int:
        """Count the drawings in the air, of all web processes heard from lately."""
        now = self._clock()
        self._webs = {web: seen for web, seen in self._webs.items() if now - seen[1] < FRESH}
        return sum(drawings for drawings, _ in self._webs.values())

    def _beat(self) -> messages.Beat:
        return messages.Beat(self.name, self._network.version, self._pace.rate, self._pupil.words)


def _together(parts: list[dict[str, list[messages.Told]]]) -> dict[str, list[messages.Told]]:
    told: dict[str, list[messages.Told]] = defaultdict(list)
    for part in parts:
        for web, answers in part.items():
            told[web] += answers
    return told
