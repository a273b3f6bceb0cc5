"""What becomes of the drawings of a race when its round ends: kept, paid, and shown on the reveal."""

from __future__ import annotations

from server.game import downsample, limits
from server.game.album import thoughts
from server.game.album.finished_drawings import finish_drawing
from server.game.events import Event
from server.game.ids import Seat
from server.game.modes.race.points import drawing_points
from server.game.modes.race.state import RaceCanvas, Round
from server.game.state import RoomState
from server.game.view import ResultView
from server.game.words import custom_words, packs


def finish_canvas(state: RoomState, seat: Seat, finished_by: str = "") -> list[Event]:
    """Hand one drawing of the running round to the collection if it may be kept."""
    current = state.round
    canvas = None if current is None else current.canvases.get(seat)
    if current is None or canvas is None or state.phase not in ("drawing", "closing"):
        return []
    return finish_drawing(
        state,
        seat,
        canvas,
        round_id=current.id,
        word=current.prompt,
        points=drawing_points(current, canvas),
        hit_at=None if canvas.hit is None else canvas.hit.at,
        open_table=current.open_table,
        seconds=current.seconds,
        finished_by=finished_by or ("done" if canvas.done else "time" if canvas.hit is None else "hit"),
    )


def finish_all_canvases(state: RoomState, current: Round) -> list[Event]:
    """Do the same with every drawing at the end of a round."""
    return [event for seat in sorted(current.canvases) for event in finish_canvas(state, seat)]


def learn_custom_word(state: RoomState, current: Round) -> None:
    """Let a taught word learn from the drawings of its round that were hit or done."""
    if not current.void:
        drawn = sorted(current.canvases.items())
        finished = ((seat, canvas.segments()) for seat, canvas in drawn if canvas.hit is not None or canvas.done)
        custom_words.learn_from_drawings(state, current.prompt, finished)


def picture_round_results(current: Round) -> list[ResultView]:
    """Picture the drawings of a round that has ended, best first; empty canvases are left out."""
    drawn = [(seat, canvas) for seat, canvas in sorted(current.canvases.items()) if canvas.strokes]
    drawn.sort(key=lambda drawing: _rank(drawing[1]))
    limit = limits.MAX_POINTS_PER_ALBUM // max(1, len(drawn))
    return [_picture_result(current, seat, canvas, limit) for seat, canvas in drawn]


def _rank(canvas: RaceCanvas) -> tuple[bool, int, float]:
    return (canvas.hit is None, 0 if canvas.hit is None else canvas.hit.at, -canvas.best)


def _picture_result(current: Round, seat: Seat, canvas: RaceCanvas, limit: int) -> ResultView:
    hit = canvas.hit
    return ResultView(
        seat=seat,
        round=current.id,
        word=current.prompt,
        display=packs.display(current.prompt),
        strokes=downsample.thin_strokes(canvas.segments(), limit),
        hit_at=None if hit is None else hit.at,
        ink_share=None if hit is None else thoughts.ink_share(canvas.strokes, hit.ink),
        points=drawing_points(current, canvas),
        first=hit is not None and hit.first,
        best=canvas.best,
        funniest=packs.display(canvas.funniest) if canvas.funniest else "",
        thoughts=thoughts.picture_thoughts(canvas.notes),
    )
