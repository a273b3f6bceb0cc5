"""Ink as the players of the fault tests remember it: what they sent, and how much of it is stored."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Container, Iterator
from dataclasses import dataclass, field

import msgspec

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


_pack = msgspec.msgpack.Encoder().encode
_unpack = msgspec.msgpack.Decoder(list[Chunk]).decode


@dataclass
class Page:
    """What one player did in one round: everything sent, and how much of it was said to be stored."""

    chunks: list[Chunk] = field(default_factory=list)
    acked: int = 0
    sent: int = 0
    """So many have left, whether they arrived or not: from then on they stay as they are."""
    points: int = 0
    count: int = 0
    """How many changes there were when the page was put away."""
    _packed: bytes = b""

    def put_away(self) -> None:
        """Keep what is over as bytes: an hour of many players is millions of lists, and the collector walks through them all."""
        if self.chunks:
            self.count, self._packed = len(self.chunks), _pack(self.chunks)
            self.chunks = []

    @property
    def changes(self) -> int:
        """How many changes were made, also on a page that was put away."""
        return self.count or len(self.chunks)

    def strokes(self, count: int) -> Strokes:
        """Return the canvas after `count` changes."""
        for number, drawn in enumerate(self.growing(), 1):
            if number == count:
                return drawn
        return []

    def growing(self) -> Iterator[Strokes]:
        """Yield the canvas after each change: the same lists, which grow."""
        drawn: Strokes = []
        for chunk in _unpack(self._packed) if self._packed else self.chunks:
            add(drawn, chunk.joined, chunk.segments)
            yield drawn


def add(strokes: Strokes, joined: bool, segments: Strokes) -> None:
    """Do what the server does with new points."""
    for number, segment in enumerate(segments):
        if number == 0 and joined and strokes:
            for axis, values in zip(strokes[-1], segment, strict=True):
                axis.extend(values)
        else:
            strokes.append([list(axis) for axis in segment])


def digest(canvases: dict[int, Strokes], thinned: Container[int] = ()) -> str:
    """Hash all canvases of a round; of thinned ones the ends of each stroke, which stay."""
    drawn = sorted(
        (seat, [[[axis[0], axis[-1]] for axis in stroke] for stroke in strokes] if seat in thinned else strokes)
        for seat, strokes in canvases.items()
        if strokes
    )
    return hashlib.sha256(json.dumps(drawn).encode()).hexdigest()[:16]
