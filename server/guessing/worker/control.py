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

from server.guessing.worker.worker import GuessWorker
from server.runtime.background_tasks import supervise_thread

log = logging.getLogger(__name__)

BATCH_REPORT_INTERVAL_SECONDS = 0.25
TRIAL_CHECK_INTERVAL_SECONDS = 0.02


class WorkerControl:
    """Connects a shift with its foreman. `first` is called when it goes on duty for the first time."""

    def __init__(
        self, shift: GuessWorker, heard: TextIO, said: TextIO, first: Callable[[], object] = lambda: None
    ) -> None:
        self._worker, self._heard, self._said, self._first = shift, heard, said, first
        self._lock = threading.Lock()
        shift.serving.clear()
        shift.on_trouble = lambda reason: self.say(trouble=reason)

    def run(self, **ready: object) -> None:
        """Say that the network is ready, and serve until told to end or until nobody is there to tell."""
        for work in (self._listen, self._tell):
            supervise_thread(work, f"foreman line {work.__name__}", self._worker.stop)
        self.say(**ready)
        self._worker.run()

    def say(self, **told: object) -> None:
        """Send one line; nobody listens any more when the foreman is gone."""
        try:
            with self._lock:
                self._said.write(json.dumps(told) + "\n")
                self._said.flush()
        except (OSError, ValueError):
            self._worker.stop.set()

    def _listen(self) -> None:
        for line in self._heard:
            self._handle_order(json.loads(line))
        self._worker.stop.set()

    def _handle_order(self, order: dict[str, Any]) -> None:
        match order["do"]:
            case "serve":
                self._worker.trial_batch_seconds = order["tried"] or float("inf")
                self._first()
                self._first = lambda: None
                self._worker.serving.set()
            case "rest":
                self._worker.serving.clear()
            case "end":
                self._worker.stop.set()

    def _tell(self) -> None:
        """Report now and then; while it is tried, look after every batch."""
        since = 0.0
        while not self._worker.stop.is_set():
            tried = self._worker.trial_batch_seconds < float("inf")
            pause = TRIAL_CHECK_INTERVAL_SECONDS if tried else BATCH_REPORT_INTERVAL_SECONDS
            self._worker.stop.wait(pause)
            since += pause
            if tried:
                self._worker.check_batch_time()
            if since >= BATCH_REPORT_INTERVAL_SECONDS:
                since = 0.0
                self.say(batches=self._worker.batches, seconds=round(self._worker.seconds, 4))
