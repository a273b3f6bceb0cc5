"""`inkling model teach`: a word for the model, or for all rooms of this server, from a folder or from a room."""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from model.ink.simplify import simplify_drawing
from server.commands.retrain import models_folder
from server.db import keys
from server.db.client import REDIS_ERRORS, connect_redis_sync
from server.db.pipeline import AutoPipeline
from server.db.private.binary import NoRedis
from server.db.private.locate import locate_redis
from server.db.private.private_redis import default_data_dir
from server.decode_errors import DECODE_ERRORS
from server.game.commands import Sketch
from server.game.game import Game
from server.game.words.custom_words import find_custom_word
from server.game.words.lookalikes import fold_text
from server.game.words.vocabulary import QUICKDRAW_WORDS
from server.guessing import messages
from server.persistence.room_log import RedisRoomLog
from server.rooms import codec
from server.rooms.format_version import FormatTooNew
from server.rooms.ports import RoomNeedsNewerVersion, RoomUnreadable, StoreUnavailable
from server.settings import load_settings
from server.text import MAX_WORD_CHARACTERS, clean_text

MIN_TAUGHT_DRAWINGS = 3
"""Drawings of a word below which it is not taught."""
MAX_TAUGHT_DRAWINGS = 200
"""Drawings of a word that are taught, and that guessers fetch; further ones are left out."""
MAX_SKETCH_STROKES = 40
"""Strokes of a taught drawing; further ones are left out."""


def build_teach_parser() -> argparse.ArgumentParser:
    """Build the parser of `inkling model teach`."""
    own = argparse.ArgumentParser(
        prog="inkling model teach", description="Teach a new word from a few drawings.",
        epilog="Example: inkling model teach 'penguin pirate' --data drawings",
    )  # fmt: skip
    own.add_argument("word", type=_parse_word)
    whence = own.add_mutually_exclusive_group(required=True)
    whence.add_argument("--data", type=Path, metavar="DIR", help="folder of ndjson drawings")
    whence.add_argument("--room", metavar="CODE", help="what a room has drawn of the word")
    own.add_argument("--scope", choices=("model", "server"), default="model",
                     help="model: a candidate to promote; server: all new rooms of this server, at once")  # fmt: skip
    own.add_argument("--forget", action="store_true", help="with --scope server: take the word away again")
    own.add_argument("--data-dir", type=Path, default=default_data_dir(), help="data folder of `inkling play`")
    own.add_argument("--json", action="store_true", help="one JSON object")
    return own


def _parse_word(text: str) -> str:
    word = clean_text(text, MAX_WORD_CHARACTERS)
    if word is None:
        raise argparse.ArgumentTypeError(f"{text!r} is no word: it needs 1 to {MAX_WORD_CHARACTERS} visible characters")
    return word


def run(rest: Sequence[str]) -> int:
    """Teach; returns 0, or 1 when it could not."""
    chosen = build_teach_parser().parse_args(list(rest))
    try:
        if chosen.room or chosen.scope == "server":
            with locate_redis(chosen.data_dir) as url:
                return _teach_with_redis(chosen, url)
        return _teach_model(chosen, chosen.data)
    except (NoRedis, StoreUnavailable, ValueError, OSError, *REDIS_ERRORS) as error:
        print(f"inkling model teach: {error}", file=sys.stderr)
        return 1


def _teach_with_redis(chosen: argparse.Namespace, url: str) -> int:
    redis = connect_redis_sync(url)
    if chosen.scope == "server" and chosen.forget:
        gone = redis.hdel(keys.CUSTOM_WORDS_KEY, chosen.word)
        return _print_result(
            chosen, f"{chosen.word!r} {'is forgotten' if gone else 'was not known'}", {"forgotten": bool(gone)}
        )
    sketches = (
        asyncio.run(_read_room_sketches(url, chosen.room, chosen.word))
        if chosen.room
        else _read_folder_sketches(chosen.data, chosen.word)
    )
    if len(sketches) < MIN_TAUGHT_DRAWINGS:
        raise ValueError(f"{len(sketches)} drawings of {chosen.word!r}; at least {MIN_TAUGHT_DRAWINGS} are needed")
    if chosen.scope == "model":
        with tempfile.TemporaryDirectory() as name:
            lines = [json.dumps({"word": chosen.word, "drawing": sketch}) for sketch in sketches]
            (Path(name) / "taught.ndjson").write_text("\n".join(lines) + "\n", encoding="utf-8")
            return _teach_model(chosen, Path(name))
    if fold_text(chosen.word) in map(fold_text, QUICKDRAW_WORDS):
        raise ValueError(f"{chosen.word!r} is one of the built-in words")
    key = hashlib.blake2b(repr((chosen.word, sketches)).encode(), digest_size=16).hexdigest()
    redis.set(
        keys.custom_word_key(key),
        messages.encode_guess_message(messages.CustomWordDrawings(chosen.word, tuple(sketches[:MAX_TAUGHT_DRAWINGS]))),
    )
    redis.hset(keys.CUSTOM_WORDS_KEY, chosen.word, key)
    said = f"{chosen.word!r}: new rooms can play it with the pack “Words taught here”"
    return _print_result(chosen, said, {"word": chosen.word, "drawings": len(sketches), "scope": "server"})


async def _read_room_sketches(url: str, code: str, word: str) -> Sequence[Sketch]:
    """Return what a room has drawn of a word. Raises ValueError if it cannot be read, or has not taught the word."""
    pipe = AutoPipeline(url)
    try:
        stored = await RedisRoomLog(pipe).read(code)
        if stored is None:
            raise ValueError(f"there is no room {code}")
        state, _ = codec.decode_snapshot(stored.snapshot)
        game = Game(state)
        for entry in stored.tail:
            game.handle(*codec.decode_log_entry(entry))
    except RoomNeedsNewerVersion:
        raise ValueError(f"cannot read room {code}: a newer version of Inkling held it last") from None
    except (*DECODE_ERRORS, RoomUnreadable, FormatTooNew) as error:
        raise ValueError(f"cannot read room {code}: {error}") from None
    finally:
        await pipe.close()
    custom_word = find_custom_word(game.state, word)
    if custom_word is None:
        raise ValueError(f"room {code} has not taught {word!r}")
    return custom_word.sketches


def _read_folder_sketches(folder: Path, word: str) -> Sequence[Sketch]:
    """Return the first drawings of a folder, simplified as rooms do. Raises ValueError if there are none."""
    from model.data.ndjson import read_word_inks

    return [
        tuple((tuple(x), tuple(y)) for x, y in simplify_drawing(ink)[:MAX_SKETCH_STROKES] if x)
        for ink in read_word_inks(folder, word)
    ][:MAX_TAUGHT_DRAWINGS]


def _teach_model(chosen: argparse.Namespace, folder: Path) -> int:
    words = [sys.executable, "-m", "model", "teach", chosen.word, "--data", str(folder)]
    words += ["--models", str(models_folder(load_settings(), chosen.data_dir))] + (["--json"] if chosen.json else [])
    return subprocess.run(words, env=dict(os.environ), check=False).returncode


def _print_result(chosen: argparse.Namespace, text: str, record: dict[str, object]) -> int:
    print(json.dumps(record, ensure_ascii=False) if chosen.json else text)
    return 0
