"""The largest room that the rules allow: forty seats, faces and canvases as large as they may be, an album that is full."""

from __future__ import annotations

from random import Random
from typing import Literal

from server.game import downsample, limits
from server.game.commands import Device, Doodle, Segment, Settings
from server.game.ids import Millis, PlayerId, RoundId, Seat
from server.game.ink.canvas import Stroke
from server.game.modes.race import rules
from server.game.modes.race.state import HitRecord, RaceCanvas, Round
from server.game.state import AlbumDrawing, Player, RoomState
from server.game.view import ResultView, Thought

CODE = "ABCDEF"
SEATS = limits.SEATS_PER_ROOM_BOUNDS[1]
ROUNDS = rules.ROUNDS_PER_GAME_BOUNDS[1]


def face(chance: Random) -> Doodle:
    """A doodle of 12 strokes and 200 points."""
    sizes = [17] * 8 + [16] * 4
    return tuple(
        (tuple(chance.randint(100, 255) for _ in range(n)), tuple(chance.randint(100, 255) for _ in range(n)))
        for n in sizes
    )


def scribble(chance: Random, points: int) -> tuple[Segment, ...]:
    """Ink of strokes of 40 points."""
    strokes = []
    for begin in range(0, points, 40):
        n = min(40, points - begin)
        x, y = (tuple(chance.randint(1000, 4095) for _ in range(n)) for _ in range(2))
        strokes.append((x, y, tuple(range(100_000 + begin * 50, 100_000 + (begin + n) * 50, 50))))
    return tuple(strokes)


def result(chance: Random, seat: int, round_id: int, points: int) -> ResultView:
    thoughts = tuple(Thought(1000 * n, "a swimming pool", 0.123456789) for n in range(limits.MAX_THOUGHTS_PER_RESULT))
    return ResultView(
        seat=seat, round=round_id, word="swimming pool", display="a swimming pool", strokes=scribble(chance, points),
        hit_at=12_345, ink_share=0.987, points=100, first=False, best=0.987654321, funniest="an aircraft carrier",
        thoughts=thoughts,
    )  # fmt: skip


def worst(phase: Literal["lobby", "drawing", "reveal", "podium"], seed: int = 1) -> RoomState:
    """Make the state of that room in a phase; all canvases can be seen."""
    chance = Random(seed)
    settings = Settings(ROUNDS, 300, SEATS, open_table=True)
    state = RoomState(CODE, 7, settings, phase=phase, seats_given=SEATS, host=Seat(0), game=1, rounds_begun=ROUNDS)
    for number in range(SEATS):
        player = PlayerId(f"{number:032x}")
        state.seats[player] = Seat(number)
        state.players[Seat(number)] = Player(
            player,
            "👩‍👩‍👧‍👦" * 20,
            face(chance),
            True,
            Device("pen", 1440, 900),
            "player",
            1,
            Millis(0),
            score=2000,
            gained=110,
        )
    canvases = {
        Seat(number): RaceCanvas(
            [Stroke.of(one) for one in scribble(chance, 2000)], 2000, 2000, hit=HitRecord(Millis(1), 1, False, 1)
        )
        for number in range(SEATS)
    }
    state.round = Round(
        RoundId(ROUNDS), ROUNDS, "swimming pool", 300, True, Millis(0), Millis(300_000), canvases=canvases
    )
    if phase == "reveal":
        limit = limits.MAX_POINTS_PER_ALBUM // SEATS
        state.album = [AlbumDrawing(result(chance, seat, ROUNDS, limit)) for seat in range(SEATS)]
    if phase == "podium":
        every = [result(chance, seat, n, 225) for n in range(1, ROUNDS + 1) for seat in range(SEATS)]
        state.album = list(map(AlbumDrawing, downsample.thin_album(every)))
    return state
