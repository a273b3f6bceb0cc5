"""Words that people teach: each is fitted once, on a thread beside the guessing, and stays in memory."""

from __future__ import annotations

import logging
import time
from collections import OrderedDict
from collections.abc import Sequence
from contextlib import suppress
from queue import SimpleQueue
from typing import Any, Protocol

from model.answers import Answer, WordMask
from model.ink.strokes import StrokePath
from server.db import keys
from server.db.client import REDIS_ERRORS, SyncRedisClient
from server.decode_errors import DECODE_ERRORS
from server.guessing import messages
from server.runtime.background_tasks import supervise_thread

log = logging.getLogger(__name__)

MAX_CACHED_CUSTOM_WORDS = 512
"""Taught words in memory; the least recently used one goes."""
MAX_AWAITED_CUSTOM_WORDS = 4
"""Requests wait while so many words are learned, which takes about as many seconds; for more of them nobody waits."""


class CustomWordMissing(Exception):
    """Nobody has the drawings of a taught word (any more)."""


class CustomWordColumn(Protocol):
    """A fitted word: `model.fewshot.imprint.TaughtColumn`."""

    @property
    def word(self) -> str:
        """The word."""


class CustomWordCache:
    """Fits the words that requests name. A network that cannot learn (a stand-in in tests) knows none of them."""

    def __init__(self, redis: SyncRedisClient, network: Any) -> None:
        self._redis, self._network = redis, network
        self._able = hasattr(network, "imprint")
        self._own: dict[str, CustomWordColumn] = {one.word: one for one in getattr(network, "columns", ())}
        self._columns: OrderedDict[str, CustomWordColumn | None] = OrderedDict()
        self._learning: set[str] = set()
        self._missed: set[str] = set()
        """Keys that nothing was found under: looked for again, but nobody waits for them."""
        self._wanted: SimpleQueue[str] = SimpleQueue()
        supervise_thread(self._learn, "learning of taught words")

    @property
    def words(self) -> tuple[str, ...]:
        """What the model itself was taught."""
        return tuple(self._own)

    def columns(self, taught: Sequence[tuple[str, str]]) -> tuple[CustomWordColumn, ...] | None:
        """Return what is known of these (word, key); what is new begins to be learned.

        None while that is soon done: a few more than a room may teach. For many nobody waits.
        """
        if not self._able:
            return ()
        if 0 < sum([self._busy_with(key) for _, key in taught if key]) <= MAX_AWAITED_CUSTOM_WORDS:
            return None
        found = (self._columns.get(key) if key else self._own.get(word) for word, key in taught)
        return tuple(column for column in found if column is not None)

    def answer(
        self, paths: list[StrokePath], masks: list[WordMask], taught: list[tuple[CustomWordColumn, ...]]
    ) -> list[Answer]:
        """Let the network guess with taught words."""
        answers: list[Answer] = self._network.answer(paths, masks, taught)
        return answers

    def close(self) -> None:
        """End the thread."""
        self._wanted.put("")

    def _busy_with(self, key: str) -> bool:
        """Say whether this is being learned, from now on if it is new."""
        if key in self._learning:
            return True
        with suppress(KeyError):  # the other thread may be taking it out
            self._columns.move_to_end(key)
            return False
        self._columns[key] = None
        while len(self._columns) > MAX_CACHED_CUSTOM_WORDS:
            self._columns.popitem(last=False)
        if key not in self._missed:
            self._learning.add(key)
        self._wanted.put(key)
        return key in self._learning

    def _learn(self) -> None:
        while key := self._wanted.get():
            try:
                self._columns[key] = self._fit(key)
                self._missed.discard(key)
            except (CustomWordMissing, *REDIS_ERRORS) as error:
                self._miss(key)
                log.info("cannot learn custom word %s yet: %r", key, error)
            except (*DECODE_ERRORS, ValueError) as error:
                log.warning("cannot learn custom word %s: %s", key, error)
            except Exception:
                log.exception("cannot learn custom word %s", key)
            self._learning.discard(key)  # last: whoever finds it gone finds what was learned
        self._redis.close()

    def _miss(self, key: str) -> None:
        """Have it asked for again with the next request."""
        self._columns.pop(key, None)
        if len(self._missed) >= MAX_CACHED_CUSTOM_WORDS:
            self._missed.clear()
        self._missed.add(key)

    def _fit(self, key: str) -> CustomWordColumn:
        data: Any = self._redis.get(keys.custom_word_key(key))
        if data is None:
            raise CustomWordMissing(key)
        drawings = messages.decode_custom_word(data)
        began = time.perf_counter()
        column: CustomWordColumn = self._network.imprint(drawings.word, messages.custom_word_inks(drawings))
        spent = time.perf_counter() - began
        log.info("learned custom word %r from %d drawings in %.1f s", drawings.word, len(drawings.sketches), spent)
        return column
