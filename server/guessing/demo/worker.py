"""The guesser's side of `/try`: a thread of its own beside the shift, one question after the other."""

from __future__ import annotations

import json
import logging
import threading
from typing import Any, Protocol

import msgspec
from redis import Redis

from model.ink.strokes import Ink
from server.db import keys
from server.db.client import FAILURES, connect_channels_sync, connect_sync
from server.db.url import parse
from server.guessing import messages
from server.guessing.demo import messages as demo_messages
from server.guessing.worker.worker import AWAY_SECONDS
from server.runtime.rate_limited_log import RateLimitedLog

log = logging.getLogger(__name__)

BLOCK = 0.5
CLAIM_SECONDS = 30


class Cabinet(Protocol):
    """What can be tried: `model.serving.demo.Cabinet`, or a small stand-in in tests."""

    def shelf(self) -> list[dict[str, Any]]:
        """List every recipe."""

    def answer(self, name: str, ink: Ink | None, picture: bytes | None) -> dict[str, Any]:
        """Answer for a drawing or a file. Raises ValueError, with a `code` of the protocol where it has one."""


class Desk:
    """Answers until told to stop. Neither bad questions nor outages of Redis end it."""

    def __init__(self, url: str, cabinet: Cabinet) -> None:
        self.stop = threading.Event()
        self._cabinet = cabinet
        self._url = url
        self._database = parse(url).database
        self._redis = connect_sync(url)

    def run(self) -> None:
        """Serve until `stop` is set."""
        away = RateLimitedLog(log)
        while not self.stop.is_set():
            try:
                self._serve()
            except FAILURES as error:
                away.info("what is tried waits for Redis: %s", error)
                self.stop.wait(AWAY_SECONDS)
        self._redis.close()

    def _serve(self) -> None:
        with (
            connect_channels_sync(self._url) as channels,
            channels.pubsub(ignore_subscribe_messages=True) as heard,
        ):
            heard.subscribe(keys.try_asked(self._database))
            while not self.stop.is_set():
                message = heard.get_message(timeout=BLOCK)
                if message is not None:
                    self._take(message["data"], channels)

    def _take(self, data: bytes, channels: Redis) -> None:
        try:
            question = demo_messages.decode_ask(data)
        except msgspec.DecodeError as error:
            log.warning("a question nobody understands: %s", error)
            return
        # Every guesser hears it; one answers.
        if not self._redis.set(keys.try_claim(question.id), 1, nx=True, ex=CLAIM_SECONDS):
            return
        code, body = self._answer(question)
        told = demo_messages.TryTold(question.id, code, json.dumps(body, ensure_ascii=False).encode())
        channels.publish(keys.try_told(self._database, question.web), demo_messages.encode(told))

    def _answer(self, question: demo_messages.TryAsk) -> tuple[str, object]:
        try:
            if not question.recipe:
                return "", self._cabinet.shelf()
            return "", self._cabinet.answer(
                question.recipe, messages.ink_of(question.strokes) or None, question.picture or None
            )
        except ValueError as error:
            log.info("not answered: %s", error)
            return str(getattr(error, "code", "try_failed")), None
        except Exception:
            log.exception("%s could not be tried", question.recipe)
            return "try_failed", None
