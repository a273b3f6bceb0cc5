"""One guesser on the line to its foreman: it says when it is ready and what troubles it, and hears when to serve.

Lines of JSON: `{"do": "serve", "tried": seconds or null}`, `{"do": "rest"}`, `{"do": "end"}` come in;
`{"ready": version, …}`, `{"batches": n, "seconds": s}`, `{"trouble": reason}` go out.
"""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable
from typing import Any, TextIO

from server.guessing.worker.worker import Shift
from server.runtime.background_tasks import supervised_thread

log = logging.getLogger(__name__)

TELL_SECONDS = 0.25
HURRY_SECONDS = 0.02


class Duty:
    """Connects a shift with its foreman. `first` is called when it goes on duty for the first time."""

    def __init__(self, shift: Shift, heard: TextIO, said: TextIO, first: Callable[[], object] = lambda: None) -> None:
        self._shift, self._heard, self._said, self._first = shift, heard, said, first
        self._lock = threading.Lock()
        shift.on_duty.clear()
        shift.on_trouble = lambda reason: self.say(trouble=reason)

    def run(self, **ready: object) -> None:
        """Say that the network is ready, and serve until told to end or until nobody is there to tell."""
        for work in (self._listen, self._tell):
            supervised_thread(work, f"foreman line {work.__name__}", self._shift.stop)
        self.say(**ready)
        self._shift.run()

    def say(self, **told: object) -> None:
        """Send one line; nobody listens any more when the foreman is gone."""
        try:
            with self._lock:
                self._said.write(json.dumps(told) + "\n")
                self._said.flush()
        except (OSError, ValueError):
            self._shift.stop.set()

    def _listen(self) -> None:
        for line in self._heard:
            self._obey(json.loads(line))
        self._shift.stop.set()

    def _obey(self, order: dict[str, Any]) -> None:
        match order["do"]:
            case "serve":
                self._shift.tried = order["tried"] or float("inf")
                self._first()
                self._first = lambda: None
                self._shift.on_duty.set()
            case "rest":
                self._shift.on_duty.clear()
            case "end":
                self._shift.stop.set()

    def _tell(self) -> None:
        """Report now and then; while it is tried, look after every batch."""
        since = 0.0
        while not self._shift.stop.is_set():
            tried = self._shift.tried < float("inf")
            pause = HURRY_SECONDS if tried else TELL_SECONDS
            self._shift.stop.wait(pause)
            since += pause
            if tried:
                self._shift.hurry()
            if since >= TELL_SECONDS:
                since = 0.0
                self.say(batches=self._shift.batches, seconds=round(self._shift.seconds, 4))
