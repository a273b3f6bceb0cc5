"""Changes of ink: numbered, checked, appended. The hot path of a room."""

from __future__ import annotations

from server.game import rules
from server.game.commands import Clear, Draw, InkOp, Points
from server.game.events import Event, InkDrawn, Refused, Repeated
from server.game.ids import MAX_POINTS_PER_CHANGE, MAX_POINTS_PER_DRAWING, MAX_STROKES_PER_DRAWING, Millis, RoundId
from server.game.inkling import guesses
from server.game.state import Canvas, InkRevision, RoomState, Round, Stroke


def apply_ink_change(state: RoomState, command: Draw, now: Millis) -> list[Event] | Refused | Repeated:
    """Take in one change of somebody's ink."""
    seat = state.seats.get(command.player)
    if seat is None:
        return Refused("not_joined")
    current = state.round
    if current is None or command.round != current.id:
        return Refused(round_refusal_code(state, command.round))
    canvas = current.canvases.get(seat)
    if canvas is not None and command.seq <= canvas.seq:
        return Repeated()
    if canvas is None or state.phase != "drawing" or _is_over(current, now):
        return Refused(round_refusal_code(state, command.round))
    refused = _refuse_change(canvas, command)
    if refused is not None:
        return refused
    _apply_op(canvas, command.op, current.clock(now))
    canvas.seq = command.seq
    canvas.idea.due = None
    state.players[seat].played = True
    events: list[Event] = [InkDrawn(seat, current.id, command.seq, command.seq, command.op)]
    if canvas.points:
        _await_guess(current, canvas, now)
    else:
        events.append(guesses.answer_empty_canvas(current, seat, canvas, now))
    return events


def round_refusal_code(state: RoomState, named: RoundId) -> str:
    """Return why a command for the round `named` is refused: too late or too early."""
    current = state.round
    if current is None or named > current.id:
        return "not_now"
    if named == current.id and state.phase == "countdown":
        return "not_now"
    return "round_over"


def _is_over(current: Round, now: Millis) -> bool:
    return current.stopped_at is None and now >= current.ends


def _refuse_change(canvas: Canvas, command: Draw) -> Refused | None:
    if command.seq > canvas.seq + 1:
        return Refused("seq_gap", canvas.seq + 1)
    if canvas.done and canvas.hit is None:
        return Refused("not_now")
    code = _points_fault(canvas, command.op) if isinstance(command.op, Points) else ""
    return Refused(code) if code else None


def _points_fault(canvas: Canvas, op: Points) -> str:
    """Return what is wrong with new points, or nothing."""
    points = 0
    latest = canvas.strokes[-1].t[-1] if canvas.strokes else 0
    for x, y, t in op.segments:
        count = len(t)
        if not 0 < count == len(x) == len(y) or t[0] < latest or list(t) != sorted(t):
            return "bad_ink"
        latest = t[-1]
        points += count
    if not 0 < points <= MAX_POINTS_PER_CHANGE:
        return "bad_ink"
    if (
        canvas.points + points > MAX_POINTS_PER_DRAWING
        or len(canvas.strokes) + _strokes_begun(canvas, op) > MAX_STROKES_PER_DRAWING
    ):
        return "canvas_full"
    return ""


def _strokes_begun(canvas: Canvas, op: Points) -> int:
    """Return how many strokes begin with this change."""
    return len(op.segments) - (1 if op.joined and canvas.strokes else 0)


def _apply_op(canvas: Canvas, op: InkOp, at: Millis) -> None:
    if isinstance(op, Points):
        _append_points(canvas, op, at)
    elif isinstance(op, Clear):
        canvas.strokes.clear()
        canvas.points = 0
    elif canvas.strokes:
        canvas.points -= len(canvas.strokes.pop().x)


def _append_points(canvas: Canvas, op: Points, at: Millis) -> None:
    if not canvas.strokes:
        canvas.first_point_at = at
    joined = op.joined and bool(canvas.strokes)
    for x, y, t in op.segments:
        if joined:
            newest = canvas.strokes[-1]
            newest.x.extend(x)
            newest.y.extend(y)
            newest.t.extend(t)
            joined = False
        else:
            canvas.strokes.append(Stroke.of((x, y, t)))
        canvas.points += len(x)


def _await_guess(current: Round, canvas: Canvas, now: Millis) -> None:
    """Note the new revision with the date of its receipt."""
    canvas.pending.append(InkRevision(canvas.seq, current.clock(now), canvas.points))
    if len(canvas.pending) > rules.MAX_PENDING_REVISIONS:
        del canvas.pending[0]
    if current.waiting_since is None and canvas.hit is None:
        current.waiting_since = now
