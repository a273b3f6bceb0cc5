"""Drawings and games for tests of what rooms leave behind."""

from __future__ import annotations

from typing import Any

from server.game.commands import Device, Segment
from server.game.events import DrawingFinished, GameEnded, GuessNote, Standing
from server.game.ids import Millis, PlayerId, RoundId, Seat

HOUSE: tuple[Segment, ...] = (
    ((1000, 1000, 3000, 3000, 1000), (3500, 2000, 2000, 3500, 3500), (0, 310, 655, 990, 1400)),
    ((1000, 2000, 3000), (2000, 900, 2000), (2100, 2500, 2960)),
)


def player(seat: int) -> PlayerId:
    return PlayerId(f"{seat:032x}")


def drawing(seat: int = 0, round: int = 1, game: int = 1, **changes: Any) -> DrawingFinished:
    values: dict[str, Any] = {
        "game": game,
        "round": RoundId(round),
        "seat": Seat(seat),
        "player": player(seat),
        "word": "house",
        "strokes": HOUSE,
        "recognized": True,
        "hit_at": Millis(2700),
        "points": 97,
        "open_table": False,
        "seconds": 20,
        "pack": "easy",
        "device": Device("pen", 1440, 900),
        "source": "player",
        "first_point_at": Millis(1200),
        "finished_by": "hit",
        "notes": (
            GuessNote(Millis(1500), (("square", 0.5), ("envelope", 0.125)), 0.25, "v1"),
            GuessNote(Millis(2700), (("house", 0.875),), 0.125, "v2"),
        ),
    }
    return DrawingFinished(**{**values, **changes})


def ended(*scores: int, game: int = 1, standard: bool = True, **changes: Any) -> GameEnded:
    standings = tuple(
        Standing(
            seat=Seat(seat),
            player=player(seat),
            name=f"player {seat}",
            score=score,
            place=1 + sum(other > score for other in scores),
            hits=score // 100,
            source=changes.get("source", "player"),
        )
        for seat, score in enumerate(scores)
    )
    return GameEnded(game, changes.get("pack", "easy"), standard, standings)
