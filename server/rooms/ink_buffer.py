"""The ink of one drawing as bytes that grow with it: guess requests carry it without ever encoding a point twice."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from typing import Protocol, Self

from server.game.ink.canvas import PackedAxis
from server.ink_codec import pack_guess_ink


class GrowingStroke(Protocol):
    """A stroke that only ever grows."""

    x: PackedAxis
    y: PackedAxis


class InkBuffer:
    """Follows one drawing. Strokes grow at their end, are added, and taken back from the end.

    `bytes` packs what it has caught up with: most of what is asked for is replaced by newer ink before it leaves.
    """

    __slots__ = ("_counts", "_strokes", "_x", "_y")

    def __init__(self) -> None:
        self._strokes: list[GrowingStroke] = []
        self._counts: list[int] = []
        self._x, self._y = array("H"), array("H")

    def follow(self, strokes: Sequence[GrowingStroke]) -> Self:
        """Catch up with a drawing."""
        self._forget(strokes)
        if self._strokes:
            self._grow(len(self._strokes) - 1)
        for stroke in strokes[len(self._strokes) :]:
            self._strokes.append(stroke)
            self._counts.append(0)
            self._grow(len(self._strokes) - 1)
        return self

    def _forget(self, strokes: Sequence[GrowingStroke]) -> None:
        """Drop strokes that are not there any more: the last known one in its place says that all before it are."""
        last = len(self._strokes) - 1
        if last < 0 or (last < len(strokes) and self._strokes[last] is strokes[last]):
            return
        same = 0
        for known, there in zip(self._strokes, strokes, strict=False):
            if known is not there:
                break
            same += 1
        if same < len(self._strokes):
            del self._strokes[same:], self._counts[same:]
            points = sum(self._counts)
            del self._x[points:], self._y[points:]

    def _grow(self, last: int) -> None:
        stroke, known = self._strokes[last], self._counts[last]
        if len(stroke.x) > known:
            self._x.extend(stroke.x[known:].tolist())
            self._y.extend(stroke.y[known:].tolist())
            self._counts[last] = len(stroke.x)

    def __bytes__(self) -> bytes:
        return pack_guess_ink(self._counts, self._x, self._y)
