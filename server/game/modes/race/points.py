"""What a hit is worth, and what a drawing is worth without one."""

from __future__ import annotations

from server.game.ids import Millis
from server.game.modes.race import rules
from server.game.modes.race.state import RaceCanvas, Round


def hit_points(at: Millis, seconds: int, first: bool) -> int:
    """Return the points of a hit at `at` ms of a round of so many seconds."""
    whole = seconds * 1000
    remaining = min(max(whole - at, 0), whole)
    return (
        rules.HIT_POINTS
        + _round_half_up(rules.SPEED_POINTS * remaining, whole)
        + (rules.FIRST_HIT_POINTS if first else 0)
    )


def near_points(best: float) -> int:
    """Return the points without a hit: `best` is the best probability the prompt ever had."""
    return int(rules.MAX_NEAR_POINTS * best + 0.5)


def drawing_points(current: Round, canvas: RaceCanvas) -> int:
    """Return what a drawing is worth when its round ends."""
    if current.void:
        return 0
    return near_points(canvas.best) if canvas.hit is None else canvas.hit.points


def _round_half_up(numerator: int, denominator: int) -> int:
    """Round a non-negative fraction to the nearest integer, halves up, without floating point."""
    return (2 * numerator + denominator) // (2 * denominator)
