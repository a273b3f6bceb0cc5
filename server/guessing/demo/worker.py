"""The guesser's side of `/try`: a thread of its own beside the guessing, one question after the other."""

from __future__ import annotations

import json
import logging
import threading
from typing import Any, Protocol

from redis import Redis

from model.ink.strokes import Ink
from server.db import keys
from server.db.client import connect_pubsub_sync, connect_redis_sync
from server.db.inbox import run_through_outages
from server.db.url import parse_redis_url
from server.decode_errors import DECODE_ERRORS
from server.guessing import messages
from server.guessing.demo import messages as demo_messages
from server.guessing.worker.worker import REDIS_AWAY_PAUSE_SECONDS

log = logging.getLogger(__name__)

DEMO_QUESTION_POLL_SECONDS = 0.5
"""Seconds that one wait for a question lasts; after it the worker looks whether it is to end."""
DEMO_CLAIM_TTL_SECONDS = 30
"""Seconds that the claim of the guesser that answers a question lasts."""


class DemoBackend(Protocol):
    """What can be tried: `model.serving.demo.DemoModels`, or a small stand-in in tests."""

    def list_recipes(self) -> list[dict[str, Any]]:
        """List every recipe."""

    def answer(self, name: str, ink: Ink | None, picture: bytes | None) -> dict[str, Any]:
        """Answer for a drawing or a file. Raises ValueError, with a `code` of the protocol where it has one."""


class DemoWorker:
    """Answers until told to stop. Neither bad questions nor outages of Redis end it."""

    def __init__(self, url: str, backend: DemoBackend) -> None:
        self.stop = threading.Event()
        self._backend = backend
        self._url = url
        self._database = parse_redis_url(url).database
        self._redis = connect_redis_sync(url)

    def run(self) -> None:
        """Serve until `stop` is set."""
        run_through_outages("what is tried", self._serve, self.stop, REDIS_AWAY_PAUSE_SECONDS)
        self._redis.close()

    def _serve(self) -> None:
        with (
            connect_pubsub_sync(self._url) as channels,
            channels.pubsub(ignore_subscribe_messages=True) as heard,
        ):
            heard.subscribe(keys.demo_questions_channel(self._database))
            while not self.stop.is_set():
                message = heard.get_message(timeout=DEMO_QUESTION_POLL_SECONDS)
                if message is not None:
                    self._take(message["data"], channels)

    def _take(self, data: bytes, channels: Redis) -> None:
        try:
            question = demo_messages.decode_demo_question(data)
        except DECODE_ERRORS as error:
            log.warning("cannot decode demo question from %s: %s", keys.demo_questions_channel(self._database), error)
            return
        # Every guesser hears it; one answers.
        if not self._redis.set(keys.demo_claim_key(question.id), 1, nx=True, ex=DEMO_CLAIM_TTL_SECONDS):
            return
        code, body = self._answer(question)
        answer = demo_messages.DemoAnswerMessage(question.id, code, json.dumps(body, ensure_ascii=False).encode())
        channels.publish(
            keys.demo_answers_channel(self._database, question.web), demo_messages.encode_demo_message(answer)
        )

    def _answer(self, question: demo_messages.DemoQuestionMessage) -> tuple[str, object]:
        try:
            if not question.recipe:
                return "", self._backend.list_recipes()
            return "", self._backend.answer(
                question.recipe, messages.ink_from_strokes(question.strokes) or None, question.picture or None
            )
        except ValueError as error:
            log.info("cannot answer demo question about recipe %s: %s", question.recipe or "list", error)
            return str(getattr(error, "code", "try_failed")), None
        except Exception:
            log.exception("cannot answer demo question about recipe %s", question.recipe or "list")
            return "try_failed", None
