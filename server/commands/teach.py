"""`inkling model teach`: a word for the model, or for all rooms of this server, from a folder or from a room."""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from model.ink.simplify import simplify
from server.commands.retrain import models_of
from server.db import keys
from server.db.client import FAILURES, connect_sync
from server.db.private.binary import NoRedis
from server.db.private.locate import reached_redis
from server.db.private.server import default_data_dir
from server.game.commands import Sketch
from server.game.custom_words import find
from server.game.game import Game
from server.game.naming import folded
from server.game.vocabulary import WORDS
from server.guessing import messages
from server.rooms import codec
from server.settings import load
from server.text import WORD_LENGTH, clean

FEWEST, MOST = 3, 200


def parser() -> argparse.ArgumentParser:
    """Build the parser of `inkling model teach`."""
    own = argparse.ArgumentParser(
        prog="inkling model teach", description="Teach a new word from a few drawings.",
        epilog="Example: inkling model teach 'penguin pirate' --data drawings",
    )  # fmt: skip
    own.add_argument("word", type=_word)
    whence = own.add_mutually_exclusive_group(required=True)
    whence.add_argument("--data", type=Path, metavar="DIR", help="folder of ndjson drawings")
    whence.add_argument("--room", metavar="CODE", help="what a room has drawn of the word")
    own.add_argument("--scope", choices=("model", "server"), default="model",
                     help="model: a candidate to promote; server: all new rooms of this server, at once")  # fmt: skip
    own.add_argument("--forget", action="store_true", help="with --scope server: take the word away again")
    own.add_argument("--data-dir", type=Path, default=default_data_dir(), help="data folder of `inkling play`")
    own.add_argument("--json", action="store_true", help="one JSON object")
    return own


def _word(text: str) -> str:
    word = clean(text, WORD_LENGTH)
    if word is None:
        raise argparse.ArgumentTypeError(f"{text!r} is no word: it needs 1 to {WORD_LENGTH} visible characters")
    return word


def run(rest: Sequence[str]) -> int:
    """Teach; returns 0, or 1 when it could not."""
    chosen = parser().parse_args(list(rest))
    try:
        if chosen.room or chosen.scope == "server":
            with reached_redis(chosen.data_dir) as url:
                return _with_redis(chosen, connect_sync(url))
        return _model(chosen, chosen.data)
    except (NoRedis, ValueError, OSError, *FAILURES) as error:
        print(f"inkling model teach: {error}", file=sys.stderr)
        return 1


def _with_redis(chosen: argparse.Namespace, redis: Any) -> int:
    if chosen.scope == "server" and chosen.forget:
        gone = redis.hdel(keys.TAUGHT_WORDS, chosen.word)
        return _say(chosen, f"{chosen.word!r} {'is forgotten' if gone else 'was not known'}", {"forgotten": bool(gone)})
    sketches = _of_room(redis, chosen.room, chosen.word) if chosen.room else _of_folder(chosen.data, chosen.word)
    if len(sketches) < FEWEST:
        raise ValueError(f"{len(sketches)} drawings of {chosen.word!r}; at least {FEWEST} are needed")
    if chosen.scope == "model":
        with tempfile.TemporaryDirectory() as name:
            lines = [json.dumps({"word": chosen.word, "drawing": sketch}) for sketch in sketches]
            (Path(name) / "taught.ndjson").write_text("\n".join(lines) + "\n", encoding="utf-8")
            return _model(chosen, Path(name))
    if folded(chosen.word) in map(folded, WORDS):
        raise ValueError(f"{chosen.word!r} is one of the built-in words")
    key = hashlib.blake2b(repr((chosen.word, sketches)).encode(), digest_size=16).hexdigest()
    redis.set(keys.taught(key), messages.encode(messages.Lesson(chosen.word, tuple(sketches[:MOST]))))
    redis.hset(keys.TAUGHT_WORDS, chosen.word, key)
    said = f"{chosen.word!r}: new rooms can play it with the pack “Words taught here”"
    return _say(chosen, said, {"word": chosen.word, "drawings": len(sketches), "scope": "server"})


def _of_room(redis: Any, code: str, word: str) -> list[Sketch]:
    """Read what a room has drawn of a word: its snapshot, and the log after it."""
    head = redis.hmget(keys.head(code), "snapshot")
    if head[0] is None:
        raise ValueError(f"there is no room {code}")
    state, _ = codec.restore(head[0])
    game = Game(state)
    for _, fields in redis.xrange(keys.log(code)):
        for data in fields.values():
            game.handle(*codec.command(data))
    lesson = find(game.state, word)
    if lesson is None:
        raise ValueError(f"room {code} has not taught {word!r}")
    return lesson.sketches


def _of_folder(folder: Path, word: str) -> list[Sketch]:
    from model.data.ndjson import drawings

    return [tuple((tuple(x), tuple(y)) for x, y in simplify(ink)[:40] if x) for ink in drawings(folder, word)][:MOST]


def _model(chosen: argparse.Namespace, folder: Path) -> int:
    words = [sys.executable, "-m", "model", "teach", chosen.word, "--data", str(folder)]
    words += ["--models", str(models_of(load(), chosen.data_dir))] + (["--json"] if chosen.json else [])
    return subprocess.run(words, env=dict(os.environ), check=False).returncode


def _say(chosen: argparse.Namespace, text: str, record: dict[str, object]) -> int:
    print(json.dumps(record, ensure_ascii=False) if chosen.json else text)
    return 0
