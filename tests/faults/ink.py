"""Ink as the players of the fault tests remember it: what they sent, and how much of it is stored."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field

Strokes = list[list[list[int]]]


@dataclass
class Chunk:
    """One numbered change of ink."""

    joined: bool
    segments: Strokes

    @property
    def points(self) -> int:
        return sum(len(segment[0]) for segment in self.segments)

    def merge(self, joined: bool, segment: list[list[int]]) -> None:
        """Add what was drawn before this change was sent."""
        if joined:
            for axis, values in zip(self.segments[-1], segment, strict=True):
                axis.extend(values)
        else:
            self.segments.append(segment)


@dataclass
class Page:
    """What one player did in one round: everything sent, and how much of it was said to be stored."""

    chunks: list[Chunk] = field(default_factory=list)
    acked: int = 0
    sent: int = 0
    """So many have left, whether they arrived or not: from then on they stay as they are."""
    points: int = 0

    def strokes(self, count: int) -> Strokes:
        """Return the canvas after `count` changes."""
        drawn: Strokes = []
        for chunk in self.chunks[:count]:
            add(drawn, chunk.joined, chunk.segments)
        return drawn


def add(strokes: Strokes, joined: bool, segments: Strokes) -> None:
    """Do what the server does with new points."""
    for number, segment in enumerate(segments):
        if number == 0 and joined and strokes:
            for axis, values in zip(strokes[-1], segment, strict=True):
                axis.extend(values)
        else:
            strokes.append([list(axis) for axis in segment])


def digest(canvases: dict[int, Strokes]) -> str:
    """Hash all canvases of a round."""
    drawn = sorted((seat, strokes) for seat, strokes in canvases.items() if strokes)
    return hashlib.sha256(json.dumps(drawn).encode()).hexdigest()[:16]
