"""The picture of a room in pieces: what is small comes at once, the rest when its viewer asks for more.

A full room can be 250 kB: over 64 kbit/s that is half a minute, in which nobody would know that the seat is taken. So a
picture holds about MAX_INLINE_BYTES of faces, ink and results, and `left` says how many things of these are to come. Each
request for more brings about MAX_PART_BYTES of them, as they are then; one's own ink comes first.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field

from server.game import redact
from server.game.ids import Millis, Seat
from server.game.state import RoomState
from server.game.view import AvatarView, CanvasView, ResultView
from server.protocol import Part, Snapshot

MAX_INLINE_BYTES = 16_000
"""Bytes, by estimate, of faces, ink and results that come with a picture at once."""
MAX_PART_BYTES = 12_000
"""Bytes, by estimate, of each later piece; one thing always fits."""

PartKey = tuple[str, int, int]
"""What is to come: a kind (canvas, result, avatar), a seat, and the round of a result."""
PartView = CanvasView | ResultView | AvatarView


@dataclass(slots=True)
class _PartBuilder:
    """Things by kind, up to a weight."""

    room: int
    avatars: list[AvatarView] = field(default_factory=list)
    canvases: list[CanvasView] = field(default_factory=list)
    results: list[ResultView] = field(default_factory=list)

    def take(self, thing: PartView) -> bool:
        """Take a thing in if it fits."""
        weight = estimate_bytes(thing)
        if weight > self.room:
            return False
        self.room -= weight
        if isinstance(thing, CanvasView):
            self.canvases.append(thing)
        elif isinstance(thing, ResultView):
            self.results.append(thing)
        else:
            self.avatars.append(thing)
        return True


def estimate_bytes(thing: PartView) -> int:
    """Estimate the bytes of a thing in a message."""
    if isinstance(thing, AvatarView):
        return 30 + 8 * sum(len(x) for x, _ in thing.doodle)
    points = 16 * sum(len(x) for x, _, _ in thing.strokes) + 10 * len(thing.strokes)
    return points + (60 if isinstance(thing, CanvasView) else 250 + 60 * len(thing.thoughts))


def build_snapshot(
    state: RoomState, viewer: Seat, offset: int, now: Millis, guesser: bool, saving: bool
) -> tuple[Snapshot, deque[PartKey]]:
    """Picture the room for one viewer; returns the picture, and what is to come after it."""
    canvases = redact.picture_canvases(state, viewer)
    results = redact.visible_results(state)
    pieces, rest = _PartBuilder(MAX_INLINE_BYTES), deque[PartKey]()
    for key, thing in _views_in_order(viewer, canvases, results, redact.picture_avatars(state)):
        # What comes later would be out of order if something small slipped in before it.
        if rest or not pieces.take(thing):
            rest.append(key)
    shown = {canvas.seat: canvas for canvas in pieces.canvases}
    empty = (CanvasView(one.seat, one.seq, (), one.activity, one.pose) for one in canvases)
    picture = Snapshot(
        o=offset,
        t=now,
        view=redact.picture_room(state, redact.audience_of(state, viewer)),
        avatars=tuple(pieces.avatars),
        canvases=tuple(shown.get(one.seat, one) for one in empty),
        results=tuple(pieces.results),
        guesser=guesser,
        saving=saving,
        left=len(rest),
    )
    return picture, rest


def build_next_part(state: RoomState, viewer: Seat, rest: deque[PartKey], offset: int, now: Millis) -> Part:
    """Take the next things that are to come; what is gone meanwhile, or may not be seen any more, is left out."""
    pieces = _PartBuilder(MAX_PART_BYTES)
    while rest:
        thing = _find_view(state, viewer, rest[0])
        if thing is not None and not pieces.take(thing):
            if pieces.room < MAX_PART_BYTES:
                break
            pieces.room = estimate_bytes(thing)
            pieces.take(thing)
        rest.popleft()
    return Part(
        o=offset,
        t=now,
        avatars=tuple(pieces.avatars),
        canvases=tuple(pieces.canvases),
        results=tuple(pieces.results),
        left=len(rest),
    )


def keys_of_late_results(state: RoomState) -> list[PartKey]:
    """Return the keys of results that are too much for the frame of a phase; nothing where they fit."""
    results = redact.visible_results(state)
    if sum(map(estimate_bytes, results)) <= MAX_INLINE_BYTES:
        return []
    return [("result", one.seat, one.round) for one in results]


def _views_in_order(
    viewer: Seat, canvases: tuple[CanvasView, ...], results: tuple[ResultView, ...], avatars: tuple[AvatarView, ...]
) -> Iterator[tuple[PartKey, PartView]]:
    """Yield everything heavy in the order in which it is wanted."""
    drawn = [canvas for canvas in canvases if canvas.strokes]
    for canvas in sorted(drawn, key=lambda one: one.seat != viewer)[:1]:
        if canvas.seat == viewer:
            yield ("canvas", canvas.seat, 0), canvas
    for result in results:
        yield ("result", result.seat, result.round), result
    for avatar in avatars:
        if avatar.doodle:
            yield ("avatar", avatar.seat, 0), avatar
    for canvas in drawn:
        if canvas.seat != viewer:
            yield ("canvas", canvas.seat, 0), canvas


def _find_view(state: RoomState, viewer: Seat, key: PartKey) -> PartView | None:
    kind, seat, round_id = key
    if kind == "canvas":
        return redact.picture_canvas(state, viewer, Seat(seat))
    if kind == "avatar":
        player = state.players.get(Seat(seat))
        return None if player is None else AvatarView(seat, player.avatar)
    return redact.visible_result(state, seat, round_id)
