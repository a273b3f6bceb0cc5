"""Score boards: all-time and today, per pack, and each room's own board of the evening."""

from __future__ import annotations

import logging
import time
from dataclasses import replace
from datetime import UTC, datetime

import msgspec
from msgspec import Struct

from server.api_types import ScoreLine
from server.db import keys, scripts
from server.db.pipeline import AutoPipeline
from server.decode_errors import DECODE_ERRORS
from server.drawings.record import hash_player
from server.game.events import GameEnded, Standing
from server.game.ids import PlayerId
from server.rooms import format_version

log = logging.getLogger(__name__)

MAX_GAMES_PER_BOARD = 2000
"""Games a board keeps; the lowest go first."""
DAY_BOARD_TTL_SECONDS = 3 * 24 * 3600
"""A day's board is gone this long after its last entry."""
ROOM_BOARD_TTL_SECONDS = 7 * 24 * 3600
"""Seconds that a room's board lasts after its last game: a week."""


class BoardEntryDetails(Struct, frozen=True, array_like=True):
    """What stands beside the points of one game."""

    name: str
    at: int
    hits: int
    place: int


_encode_msgpack = msgspec.msgpack.Encoder().encode
_decode_details = msgspec.msgpack.Decoder(BoardEntryDetails).decode
_decode_game = msgspec.msgpack.Decoder(tuple[int, GameEnded]).decode

FINISHED_GAME_FORMAT = 2
"""Of a room's finished games. 0 (no number in front): 523f2d6 and before. 1: the same with a number. 2: a game names its mode."""


def encode_finished_game(at: int, ended: GameEnded) -> bytes:
    """Encode a finished game."""
    return format_version.add_format_version(FINISHED_GAME_FORMAT, _encode_msgpack((at, ended)))


def decode_finished_game(data: bytes) -> tuple[int, GameEnded] | None:
    """Decode one; None if it is damaged or too new to be counted here."""
    try:
        return _decode_game(format_version.split_format_version(data, FINISHED_GAME_FORMAT)[1])
    except (*DECODE_ERRORS, format_version.FormatTooNew) as error:
        log.warning("cannot decode a finished game, it is left out of its room's leaderboard: %s", error)
        return None


def utc_day(at: int) -> str:
    """Return the UTC day of a moment (ms), as it stands in a board's key."""
    return datetime.fromtimestamp(at / 1000, UTC).strftime("%Y-%m-%d")


class RedisLeaderboards:
    """Reads and writes the boards. A game is one entry for each player, set and never added up."""

    def __init__(self, pipe: AutoPipeline) -> None:
        self._pipe = pipe

    async def put(self, code: str, birth: str, at: int, ended: GameEnded) -> None:
        """Enter a finished game: into its room's board, and into the public ones if it was standard."""
        await self._pipe.run(
            "HSET", keys.room_games_key(code), f"{birth}:{ended.game}", encode_finished_game(at, ended)
        )
        await self._pipe.run("EXPIRE", keys.room_games_key(code), ROOM_BOARD_TTL_SECONDS)
        if ended.standard:
            await self._enter("", 0, birth, at, ended)
            await self._enter(utc_day(at), DAY_BOARD_TTL_SECONDS, birth, at, ended)

    async def top(self, board: str, pack: str, limit: int = 20, now: int | None = None) -> list[ScoreLine]:
        """Return the best game of each player: `board` is all or day (today in UTC, `now` in ms)."""
        day = "" if board == "all" else utc_day(int(time.time() * 1000) if now is None else now)
        flat = await self._pipe.run("ZREVRANGE", keys.leaderboard_key(pack, day), 0, -1, "WITHSCORES")
        best: dict[bytes, tuple[bytes, int]] = {}
        for member, score in zip(flat[::2], flat[1::2], strict=True):
            best.setdefault(member.partition(b":")[0], (member, int(score)))
            if len(best) == limit:
                break
        if not best:
            return []
        members = [member for member, _ in best.values()]
        names = await self._pipe.run("HMGET", keys.leaderboard_names_key(pack, day), *members)
        lines: list[ScoreLine] = []
        for (_, score), data in zip(best.values(), names, strict=True):
            if data is not None:
                named = _decode_details(data)
                lines.append(ScoreLine(_place_below(lines, score), named.name, score, named.hits, named.at))
        return lines

    async def evening(self, code: str) -> list[ScoreLine] | None:
        """Return a room's points over all its finished games; None if there is no such room."""
        found = map(decode_finished_game, (await self._pipe.run("HGETALL", keys.room_games_key(code))).values())
        games = [game for game in found if game is not None]
        if not games and not await self._pipe.run("EXISTS", keys.room_head_key(code)):
            return None
        sums: dict[str, ScoreLine] = {}
        for at, ended in sorted(games, key=lambda game: game[0]):
            for standing in ended.standings:
                sums[standing.player] = _add_game(sums.get(standing.player), at, standing)
        lines: list[ScoreLine] = []
        for line in sorted(sums.values(), key=lambda line: -line.score):
            lines.append(msgspec.structs.replace(line, place=_place_below(lines, line.score)))
        return lines

    async def erase(self, player: str) -> int:
        """Take a player (named by the hash) off all boards; returns how many entries there were."""
        gone = 0
        for board in await self._pipe.scan(keys.leaderboards_pattern()):
            members = await self._pipe.run("ZRANGE", board, 0, -1)
            theirs = [
                member for member in members if hash_player(PlayerId(member.partition(b":")[0].decode())) == player
            ]
            if theirs:
                await self._pipe.run("ZREM", board, *theirs)
                await self._pipe.run("HDEL", board + b":names", *theirs)
                gone += len(theirs)
        for games in await self._pipe.scan(keys.room_games_pattern()):
            for game, data in (await self._pipe.run("HGETALL", games)).items():
                found = decode_finished_game(data)
                if found is None:
                    continue
                at, ended = found
                left = tuple(one for one in ended.standings if hash_player(one.player) != player)
                if len(left) < len(ended.standings):
                    await self._pipe.run("HSET", games, game, encode_finished_game(at, replace(ended, standings=left)))
                    gone += len(ended.standings) - len(left)
        return gone

    async def _enter(self, day: str, seconds: int, birth: str, at: int, ended: GameEnded) -> None:
        entries: list[str | int | bytes] = []
        for standing in ended.standings:
            if standing.source == "player":
                named = BoardEntryDetails(standing.name, at, standing.hits, standing.place)
                entries += [f"{standing.player}:{birth}:{ended.game}", standing.score, _encode_msgpack(named)]
        if entries:
            board = (ended.pack, day, ended.mode)
            where = (keys.leaderboard_key(*board), keys.leaderboard_names_key(*board))
            await self._pipe.script(scripts.ENTER_LEADERBOARD, where, (MAX_GAMES_PER_BOARD, seconds, *entries))


def _place_below(above: list[ScoreLine], score: int) -> int:
    """Ties share a place."""
    if above and above[-1].score == score:
        return above[-1].place
    return len(above) + 1


def _add_game(before: ScoreLine | None, at: int, standing: Standing) -> ScoreLine:
    """Add one game to somebody's evening."""
    base = before or ScoreLine(0, "", 0, 0, 0, games=0)
    return ScoreLine(
        place=0,
        name=standing.name,
        score=base.score + standing.score,
        hits=base.hits + standing.hits,
        at=at,
        games=base.games + 1,
        wins=base.wins + (standing.place == 1),
    )
