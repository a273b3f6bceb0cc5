"""Changes of ink: numbered, checked, appended. The hot path of a room."""

from __future__ import annotations

from server.game import limits
from server.game.commands import Clear, Draw, InkOp, Points
from server.game.events import Event, InkDrawn, Outcome, Refused, Repeated
from server.game.ids import MAX_POINTS_PER_CHANGE, MAX_POINTS_PER_DRAWING, MAX_STROKES_PER_DRAWING, Millis
from server.game.ink.canvas import Canvas, InkRevision, Stroke
from server.game.mode import Mode
from server.game.state import RoomState


def apply_ink_change(state: RoomState, mode: Mode, command: Draw, now: Millis) -> Outcome:
    """Take in one change of somebody's ink."""
    seat = state.seats.get(command.player)
    if seat is None:
        return Refused("not_joined")
    current = mode.current_round(state)
    canvas = None if current is None or command.round != current.id else current.canvases.get(seat)
    if canvas is not None and command.seq <= canvas.seq:
        return Repeated()
    code = mode.ink_refusal_code(state, seat, command.round, now)
    if code or current is None or canvas is None:
        return Refused(code or "not_now")
    if command.seq > canvas.seq + 1:
        return Refused("seq_gap", canvas.seq + 1)
    code = _points_fault(canvas, command.op) if isinstance(command.op, Points) else ""
    if code:
        return Refused(code)
    at = current.clock(now)
    _apply_op(canvas, command.op, at)
    canvas.seq = command.seq
    canvas.idea.due = None
    if canvas.points:
        _note_revision(canvas, at)
    state.players[seat].played = True
    events: list[Event] = [InkDrawn(seat, command.round, command.seq, command.seq, command.op)]
    events += mode.note_ink_change(state, seat, now)
    return events


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
    strokes = len(canvas.strokes) + len(op.segments) - (1 if op.joined and canvas.strokes else 0)
    if canvas.points + points > MAX_POINTS_PER_DRAWING or strokes > MAX_STROKES_PER_DRAWING:
        return "canvas_full"
    return ""


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


def _note_revision(canvas: Canvas, at: Millis) -> None:
    """Note the new revision with the date of its receipt."""
    canvas.pending.append(InkRevision(canvas.seq, at, canvas.points))
    if len(canvas.pending) > limits.MAX_PENDING_REVISIONS:
        del canvas.pending[0]
