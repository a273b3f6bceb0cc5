"""`inkling erase`: removes a player's drawings and scores everywhere, and sees to it that they do not come back."""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import sys
from pathlib import Path
from typing import Any

from server import settings as configuration
from server.access.tokens import TokenSigner
from server.db import keys
from server.db.pipeline import AutoPipeline
from server.db.private.binary import NoRedis
from server.db.private.locate import add_data_dir_argument, locate_redis
from server.drawings.dataset import ErasureResult, open_dataset
from server.drawings.export.folder.erased import withdraw_erased_from_all
from server.drawings.folders import exports_folder, tombstone_file
from server.drawings.record import hash_player
from server.game.ids import PlayerId
from server.persistence.leaderboards import RedisLeaderboards
from server.persistence.outbox_relay import OutboxRelay
from server.rooms.ports import StoreUnavailable


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of `inkling erase`."""
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--player", metavar="TOKEN|ID", help="the player's token, recovery code, id, or the id's hash")
    what.add_argument(
        "--drawing", metavar="KEY_ID", help="one drawing, wherever it lies; also one whose record cannot be read"
    )
    what.add_argument(
        "--pending", action="store_true", help="nobody new: rewrite archives that still hold what was erased before"
    )
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout")
    add_data_dir_argument(parser)


def run(arguments: argparse.Namespace) -> int:
    """Erase; returns 0, or 1 when something could not be reached: then the same command completes it."""
    named = arguments.player.strip() if arguments.player is not None else None
    drawing = arguments.drawing
    if drawing is not None and not (re.fullmatch(r"0|[1-9][0-9]{0,19}", drawing) and int(drawing) < 2**64):
        raise ValueError("--drawing is no key_id: a whole number of 64 bits")
    try:
        with locate_redis(arguments.data_dir) as url:
            result = asyncio.run(_erase(url, named, drawing, arguments.data_dir))
    except (NoRedis, StoreUnavailable, OSError) as error:
        print(f"Erasing failed: {error}. Run the same command again to complete it.", file=sys.stderr)
        return 1
    if arguments.json:
        print(json.dumps(result))
    else:
        print(
            f"{result['drawings']:>8}  drawings erased, {result['archived']} of them from archives; {result['scores']} scores\n"
            f"{result['exports']:>8}  files of exports made over HTTP held some of them: they are gone, and are written anew\n"
            "Folders that `inkling export` wrote elsewhere are yours: export again."
        )
    if drawing is not None and not result["drawings"]:
        print(f"No drawing {drawing} is known here. It has a tombstone now: it will not come in.", file=sys.stderr)
    for left in result["archives_left"]:
        print(f"An archive was not rewritten, run the same command again where it is: {left}", file=sys.stderr)
    return 1 if result["archives_left"] else 0


async def _erase(url: str, named: str | None, drawing: str | None, data_dir: Path) -> dict[str, Any]:
    async with open_dataset(url, tombstone_file(data_dir)) as dataset:
        erased, scores = ErasureResult(), 0
        if named is not None:
            player = await _resolve_player(dataset.pipe, named)
            # What rooms have left behind but nobody has moved yet belongs to it.
            await OutboxRelay(dataset.pipe).sweep()
            erased = await dataset.erase_player(player)
            scores = await RedisLeaderboards(dataset.pipe).erase(player)
        elif drawing is not None:
            await OutboxRelay(dataset.pipe).sweep()
            erased = await dataset.erase_drawing("", drawing)
        more, left = await dataset.archives.compact()
        exports = await withdraw_erased_from_all(exports_folder(data_dir), dataset.tombstones)
    return {
        "drawings": erased.drawings, "archived": erased.archived + more, "scores": scores, "exports": exports,
        "archives_left": left,
    }  # fmt: skip


async def _resolve_player(pipe: AutoPipeline, text: str) -> str:
    """Return the hash of the player who is text. Raises ValueError if nobody can be meant."""
    if re.fullmatch(r"[0-9a-f]{16}", text):
        return text
    if re.fullmatch(r"[0-9a-f]{32}", text):
        return hash_player(PlayerId(text))
    stored = await pipe.run("GET", keys.TOKEN_SECRET_KEY)
    secrets = configuration.load_settings().secrets or ([stored.decode()] if stored else [])
    tokens = TokenSigner(secrets) if secrets else None
    player = tokens.read_player(text) if tokens else None
    if player is not None:
        return hash_player(player)
    owner = tokens.read_recovery(text) if tokens else None
    if owner is None:
        raise ValueError(
            "--player is no token or recovery code that is good here, and no id of 32 (hash: 16) hex digits"
        )
    return owner
