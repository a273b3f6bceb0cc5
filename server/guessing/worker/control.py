"""A guesser process and its supervisor: it reports when it is ready and what troubles it, and is commanded to serve.

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
"""Seconds between two reports of how long batches take."""
TRIAL_CHECK_INTERVAL_SECONDS = 0.02
"""Seconds between two looks at the batch of a model on trial."""


class WorkerControl:
    """Connects a worker with the supervisor. `first` is called when it is to serve for the first time."""

    def __init__(
        self, worker: GuessWorker, commands: TextIO, reports: TextIO, first: Callable[[], object] = lambda: None
    ) -> None:
        self._worker, self._commands, self._reports, self._first = worker, commands, reports, first
        self._lock = threading.Lock()
        worker.serving.clear()
        worker.on_trouble = lambda reason: self.report(trouble=reason)

    def run(self, **ready: object) -> None:
        """Say that the network is ready, and serve until told to end or until nobody is there to tell."""
        for work in (self._listen, self._report_batches):
            supervise_thread(work, f"supervisor pipe {work.__name__}", self._worker.stop)
        self.report(**ready)
        self._worker.run()

    def report(self, **report: object) -> None:
        """Send one line; nobody listens any more when the supervisor is gone."""
        try:
            with self._lock:
                self._reports.write(json.dumps(report) + "\n")
                self._reports.flush()
        except (OSError, ValueError):
            self._worker.stop.set()

    def _listen(self) -> None:
        for line in self._commands:
            self._handle_command(json.loads(line))
        self._worker.stop.set()

    def _handle_command(self, command: dict[str, Any]) -> None:
        match command["do"]:
            case "serve":
                self._worker.trial_batch_seconds = command["tried"] or float("inf")
                self._first()
                self._first = lambda: None
                self._worker.serving.set()
            case "rest":
                self._worker.serving.clear()
            case "end":
                self._worker.stop.set()

    def _report_batches(self) -> None:
        """Report now and then; on trial, look after every batch."""
        since = 0.0
        while not self._worker.stop.is_set():
            on_trial = self._worker.trial_batch_seconds < float("inf")
            pause = TRIAL_CHECK_INTERVAL_SECONDS if on_trial else BATCH_REPORT_INTERVAL_SECONDS
            self._worker.stop.wait(pause)
            since += pause
            if on_trial:
                self._worker.check_batch_time()
            if since >= BATCH_REPORT_INTERVAL_SECONDS:
                since = 0.0
                self.report(batches=self._worker.batches, seconds=round(self._worker.seconds, 4))
