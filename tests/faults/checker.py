"""Compares what every player was told with what is stored, and every canvas with every other."""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field, fields

from server.access.tokens import TokenSigner
from server.db import keys
from server.db.pipeline import AutoPipeline
from server.drawings.record import DrawingRecord, hash_player
from server.drawings.repository import DrawingRepository
from server.game import limits
from server.persistence.leaderboards import decode_finished_game
from server.persistence.outbox_relay import OutboxRelay
from tests.faults.drawer import Drawer
from tests.faults.ink import Page, Strokes, digest
from tests.faults.town import Town, until


@dataclass
class Verdict:
    """What is wrong; nothing, if all is well."""

    acked: int = 0
    """Changes of ink that players were told are stored."""
    drawings: int = 0
    games: int = 0
    lost: int = 0
    doubled: int = 0
    unequal: int = 0
    problems: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        return not (self.lost or self.doubled or self.unequal or self.problems)

    def __add__(self, other: Verdict) -> Verdict:
        sums = (getattr(self, one.name) + getattr(other, one.name) for one in fields(self))
        return Verdict(*sums)

    def __str__(self) -> str:
        good = f"{self.acked} acked: {self.lost} lost, {self.doubled} doubled; {self.drawings} drawings, {self.games} games"
        bad = "" if self.ok else f"; {self.unequal} unequal; " + "; ".join(self.problems[:4])
        return good + bad


async def check(town: Town, canvases: bool = True) -> Verdict:
    """Judge a town whose players have lifted their pens."""
    verdict = Verdict()
    for drawer in town.players:
        verdict.problems += drawer.problems
        verdict.acked += sum(page.acked for page in drawer.pages.values())
    if canvases:
        await _compare_canvases(town, verdict)
    await town.close_rounds()
    pipe = AutoPipeline(town.redis_url)
    try:
        await _compare_store(town, pipe, verdict)
    finally:
        await pipe.close()
    return verdict


async def _compare_canvases(town: Town, verdict: Verdict) -> None:
    """Everybody in a room comes to see the same, in frames as in a fresh picture."""
    for crowd in town.rooms:
        if all(drawer.attentive for drawer in crowd):
            await _compare(crowd, "frames", verdict)
        await asyncio.gather(*(_look_again(drawer) for drawer in crowd))
        await _compare(crowd, "pictures", verdict)
        for drawer in crowd:
            verdict.problems += [one for one in drawer.problems if one not in verdict.problems]


async def _look_again(drawer: Drawer) -> None:
    pictures = drawer.pictures
    await drawer.command("resync")
    await until(lambda: drawer.pictures > pictures)


async def _compare(crowd: list[Drawer], what: str, verdict: Verdict) -> None:
    if not await alike(crowd):
        verdict.unequal += 1
        seen = Counter(_seen_by_each(crowd))
        verdict.problems.append(f"{what} differ in {crowd[0].code}: {dict(seen)}")


async def alike(crowd: list[Drawer]) -> bool:
    """Whether everybody comes to see the same: what is on its way to some arrives in time, since nobody draws any more."""
    try:
        await until(lambda: len(set(_seen_by_each(crowd))) == 1)
    except TimeoutError:
        return False
    return True


def _seen_by_each(crowd: list[Drawer]) -> list[tuple[int, str]]:
    thinned = {one.seat for one in crowd if one.page.points > limits.MAX_OWN_POINTS_PER_SNAPSHOT}
    return [(one.round, digest(one.canvases, thinned)) for one in crowd]


async def _saved(pipe: AutoPipeline, code: str) -> None:
    """Wait until what a phase left behind is in the outbox: players see the phase a moment before.

    Not for ever: who came or went since then is in the log and in no snapshot.
    """
    with suppress(TimeoutError):
        async with asyncio.timeout(3):
            while True:
                offset, saved = await pipe.run("HMGET", keys.room_head_key(code), "offset", "snapshot_offset")
                if offset == saved:
                    return
                await asyncio.sleep(0.02)


async def _compare_store(town: Town, pipe: AutoPipeline, verdict: Verdict) -> None:
    for crowd in town.rooms:
        if crowd[0].view["phase"] in ("reveal", "podium"):
            await _saved(pipe, crowd[0].code)
    await OutboxRelay(pipe).sweep()
    tokens = TokenSigner([(await pipe.run("GET", keys.TOKEN_SECRET_KEY)).decode()])
    collection = DrawingRepository(pipe)
    for crowd in town.rooms:
        await _compare_games(crowd, pipe, verdict)
        for drawer in crowd:
            player = tokens.read_player(drawer.player or "")
            assert player is not None
            ids = await pipe.run("SMEMBERS", keys.player_drawings_key(hash_player(player)))
            kept = [one for key_id in ids if (one := await collection.get(key_id.decode())) is not None]
            verdict.drawings += len(kept)
            _compare_drawings(drawer, kept, verdict)


def _compare_drawings(drawer: Drawer, kept: list[DrawingRecord], verdict: Verdict) -> None:
    """Every finished round's drawing is what was drawn, at least as far as it was said to be stored; and once."""
    stored = {one.round: one for one in kept}
    verdict.doubled += len(kept) - len(stored)
    for round_id, page in drawer.pages.items():
        over = round_id < drawer.round or drawer.view["phase"] in ("reveal", "podium")
        if round_id in stored:
            ink = [[list(axis) for axis in stroke] for stroke in stored[round_id].strokes]
            count = _changes(page, ink)
            if count is None:
                verdict.doubled += 1
                verdict.problems.append(f"{drawer.name}: the drawing of round {round_id} is not what was drawn")
            elif count < page.acked:
                verdict.lost += page.acked - count
        elif over and page.acked:
            verdict.lost += page.acked
            verdict.problems.append(f"{drawer.name}: no drawing of round {round_id}")


def _changes(page: Page, ink: Strokes) -> int | None:
    """Return after how many changes the canvas looked like that."""
    for count, drawn in enumerate(page.growing(), 1):
        if drawn == ink:
            return count
    return None


async def _compare_games(crowd: list[Drawer], pipe: AutoPipeline, verdict: Verdict) -> None:
    """Every finished game is stored once, with the points everybody saw round by round."""
    code = crowd[0].code
    stored = await pipe.run("HGETALL", keys.room_games_key(code))
    verdict.games += len(stored)
    numbers = sorted(int(name.decode().split(":")[1]) for name in stored)
    told = {game for drawer in crowd for game, _ in drawer.scores}
    if len({name.split(b":")[0] for name in stored}) > 1 or not told <= set(numbers):
        verdict.problems.append(f"{code}: games {numbers} are stored, players saw {sorted(told)}")
    gained: dict[tuple[int, int], dict[int, int]] = {}
    scores: dict[tuple[int, int], int] = {}
    for drawer in crowd:
        for key, points in drawer.gained.items():
            if gained.setdefault(key, points) != points:
                verdict.problems.append(f"{code}: players saw different points in round {key[1]}")
        for place, score in drawer.scores.items():
            if scores.setdefault(place, score) != score:
                verdict.problems.append(f"{code}: players saw different scores")
    for (game, seat), score in scores.items():
        rounds = [points.get(seat, 0) for (played, _), points in gained.items() if played == game]
        if len(rounds) == crowd[0].rounds_of.get(game) and sum(rounds) != score:
            verdict.doubled += 1
            verdict.problems.append(f"{code}: seat {seat} has {score} after rounds worth {rounds}")
    for name, data in stored.items():
        found = decode_finished_game(data)
        assert found is not None
        _, ended = found
        for standing in ended.standings:
            score = scores.get((int(name.decode().split(":")[1]), standing.seat), standing.score)
            if score != standing.score:
                verdict.doubled += 1
                verdict.problems.append(f"{code}: {standing.score} is stored, {score} was shown")
