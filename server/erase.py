"""`inkling erase`: removes a player's drawings and scores everywhere, and sees to it that they do not come back."""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import shutil
import sys
from pathlib import Path
from typing import Any

from server import settings as configuration
from server.game.words import PlayerId
from server.gateway.tokens import Tokens
from server.rooms.ports import StoreAway
from server.store import keys
from server.store.binary import NoRedis
from server.store.boards import Boards
from server.store.holdings import open_holdings
from server.store.kept import hashed
from server.store.mover import Mover
from server.store.pipe import Pipe
from server.store.reached import add_data_dir, erased_file, exports_folder, reached_redis


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of `inkling erase`."""
    parser.add_argument(
        "--player", required=True, metavar="TOKEN|ID", help="the player's token, recovery code, id, or the id's hash"
    )
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout")
    add_data_dir(parser)


def run(arguments: argparse.Namespace) -> int:
    """Erase; returns 0, or 1 when something could not be reached: then the same command completes it."""
    try:
        with reached_redis(arguments.data_dir) as url:
            told = asyncio.run(_erase(url, arguments.player.strip(), arguments.data_dir))
    except (NoRedis, StoreAway, OSError) as error:
        print(f"Erasing failed: {error}. Run the same command again to complete it.", file=sys.stderr)
        return 1
    if arguments.json:
        print(json.dumps(told))
    else:
        print(
            f"{told['drawings']:>8}  drawings erased, {told['archived']} of them from archives; {told['scores']} scores"
        )
    for folder in told["archives_missing"]:
        print(f"The archive {folder} is not there now; run the same command again where it is.", file=sys.stderr)
    return 1 if told["archives_missing"] else 0


async def _erase(url: str, named: str, data_dir: Path) -> dict[str, Any]:
    async with open_holdings(url, erased_file(data_dir)) as holdings:
        player = await _player(holdings.pipe, named)
        # What rooms have left behind but nobody has moved yet belongs to it.
        await Mover(holdings.pipe).sweep()
        drawings = await holdings.graves.bury_player(player)
        scores = await Boards(holdings.pipe).erase(player)
        archived = await holdings.archives.compact()
        missing = await holdings.archives.missing()
    shutil.rmtree(exports_folder(data_dir), ignore_errors=True)
    return {"drawings": drawings, "archived": archived, "scores": scores, "archives_missing": missing}


async def _player(pipe: Pipe, named: str) -> str:
    """Return the hash of the player who is named. Raises ValueError if nobody can be meant."""
    if re.fullmatch(r"[0-9a-f]{16}", named):
        return named
    if re.fullmatch(r"[0-9a-f]{32}", named):
        return hashed(PlayerId(named))
    stored = await pipe.run("GET", keys.SECRET)
    secrets = configuration.load().secrets or ([stored.decode()] if stored else [])
    tokens = Tokens(secrets) if secrets else None
    player = tokens.read_player(named) if tokens else None
    if player is not None:
        return hashed(player)
    owner = tokens.read_recovery(named) if tokens else None
    if owner is None:
        raise ValueError(
            "--player is no token or recovery code that is good here, and no id of 32 (hash: 16) hex digits"
        )
    return owner
