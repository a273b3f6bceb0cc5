"""A guesser's heartbeat in Redis, also during a long batch, and the time that Redis has."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from server.db import keys
from server.db.client import REDIS_ERRORS, SyncRedisClient
from server.decode_errors import DECODE_ERRORS
from server.guessing import messages

GUESSER_HEARTBEAT_INTERVAL_SECONDS = 0.4
"""Seconds between two heartbeats."""
GUESSER_HEARTBEAT_TTL_MS = 2000
"""Milliseconds that a heartbeat lasts in Redis."""


class GuesserHeartbeat:
    """Runs on a thread of its own. `build` makes the message, `clock` is the steady clock of the requests' age."""

    def __init__(
        self, redis: SyncRedisClient, build: Callable[[], messages.HeartbeatMessage], clock: Callable[[], float]
    ) -> None:
        self._redis, self._build, self._clock = redis, build, clock
        self._offset: float | None = None

    def age(self, at: float, now: float) -> float:
        """Return how long ago (s) something was that has Redis's time; 0 while that is not known."""
        return 0.0 if self._offset is None else max(0.0, now + self._offset - at)

    def run(self, stop: threading.Event, serving: threading.Event) -> None:
        """Write heartbeats while serving, until told to stop."""
        while not stop.is_set():
            if not serving.is_set():
                stop.wait(GUESSER_HEARTBEAT_INTERVAL_SECONDS / 8)
                continue
            try:
                self._redis.set(
                    keys.GUESSER_HEARTBEAT_KEY,
                    messages.encode_guess_message(self._build()),
                    px=GUESSER_HEARTBEAT_TTL_MS,
                )
                before = self._clock()
                seconds, micros = self._redis.time()
                self._offset = seconds + micros / 1e6 - before
            except REDIS_ERRORS:
                pass
            stop.wait(GUESSER_HEARTBEAT_INTERVAL_SECONDS)
        self._end()

    def _end(self) -> None:
        """Remove the heartbeat unless it is another guesser's by now."""
        try:
            data: Any = self._redis.get(keys.GUESSER_HEARTBEAT_KEY)
            if data is not None and messages.decode_heartbeat(data).guesser == self._build().guesser:
                self._redis.delete(keys.GUESSER_HEARTBEAT_KEY)
        except (*DECODE_ERRORS, *REDIS_ERRORS):
            return
