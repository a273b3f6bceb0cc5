"""What becomes of drawings: kept ones leave for the collection, all of them are shown to their own game."""

from __future__ import annotations

from math import hypot

from server.game import downsample, rules
from server.game.events import DrawingFinished, Event, GuessNote
from server.game.ids import Seat
from server.game.state import Canvas, Player, RoomState, Round, Stroke
from server.game.view import ResultView, Thought
from server.game.words import custom_words, packs


def finish_drawing(state: RoomState, seat: Seat, how: str = "") -> list[Event]:
    """Hand a drawing of the running round to the collection if its player and the room agreed to keep it."""
    current, player = state.round, state.players[seat]
    if current is None or state.phase not in ("drawing", "closing") or not (player.keep and state.settings.keep):
        return []
    canvas = current.canvases.get(seat)
    if canvas is None or not canvas.strokes:
        return []
    return [_finished_event(state, current, seat, player, canvas, how)]


def finish_all_drawings(state: RoomState, current: Round) -> list[Event]:
    """Do the same with every drawing at the end of a round."""
    return [event for seat in sorted(current.canvases) for event in finish_drawing(state, seat)]


def _finished_event(
    state: RoomState, current: Round, seat: Seat, player: Player, canvas: Canvas, how: str
) -> DrawingFinished:
    hit = canvas.hit
    return DrawingFinished(
        game=state.game,
        round=current.id,
        seat=seat,
        player=player.id,
        word=current.prompt,
        strokes=tuple(stroke.segment() for stroke in canvas.strokes),
        recognized=hit is not None,
        hit_at=None if hit is None else hit.at,
        points=drawing_points(current, canvas),
        open_table=current.open_table,
        seconds=current.seconds,
        pack=state.settings.pack,
        device=player.device,
        source=player.source if custom_words.find_custom_word(state, current.prompt) is None else "teach",
        first_point_at=canvas.first_point_at,
        finished_by=how or ("done" if canvas.done else "time" if hit is None else "hit"),
        notes=tuple(canvas.notes),
    )


def drawing_points(current: Round, canvas: Canvas) -> int:
    """Return what a drawing is worth when its round ends."""
    if current.void:
        return 0
    return rules.near_points(canvas.best) if canvas.hit is None else canvas.hit.points


def picture_round_results(current: Round) -> list[ResultView]:
    """Picture the drawings of a round that has ended, best first; empty canvases are left out."""
    drawn = [(seat, canvas) for seat, canvas in sorted(current.canvases.items()) if canvas.strokes]
    drawn.sort(key=lambda one: _result_order(one[1]))
    limit = rules.MAX_POINTS_PER_ALBUM // max(1, len(drawn))
    return [_result_view(current, seat, canvas, limit) for seat, canvas in drawn]


def _result_order(canvas: Canvas) -> tuple[bool, int, float]:
    return (canvas.hit is None, 0 if canvas.hit is None else canvas.hit.at, -canvas.best)


def _result_view(current: Round, seat: Seat, canvas: Canvas, limit: int) -> ResultView:
    hit = canvas.hit
    return ResultView(
        seat=seat,
        round=current.id,
        word=current.prompt,
        display=packs.display(current.prompt),
        strokes=downsample.thin_strokes(tuple(stroke.segment() for stroke in canvas.strokes), limit),
        hit_at=None if hit is None else hit.at,
        ink_share=None if hit is None else _ink_share(canvas.strokes, hit.ink),
        points=drawing_points(current, canvas),
        first=hit is not None and hit.first,
        best=canvas.best,
        funniest=packs.display(canvas.funniest) if canvas.funniest else "",
        thoughts=downsample.pick_evenly(tuple(map(_thought_view, canvas.notes)), rules.MAX_THOUGHTS_PER_RESULT),
    )


def _thought_view(note: GuessNote) -> Thought:
    word, p = note.guesses[0] if note.guesses else ("", 0.0)
    if note.doubt >= rules.NO_IDEA_DOUBT or p < rules.MIN_IDEA_PROBABILITY:
        return Thought(note.at, "", 0.0)
    return Thought(note.at, packs.display(word), p)


def _ink_share(strokes: list[Stroke], points: int) -> float:
    """Return which share of the ink's length its first `points` points hold."""
    whole = part = 0.0
    passed = 0
    for stroke in strokes:
        for i in range(1, len(stroke.x)):
            step = hypot(stroke.x[i] - stroke.x[i - 1], stroke.y[i] - stroke.y[i - 1])
            whole += step
            part += step if passed + i < points else 0.0
        passed += len(stroke.x)
    return round(part / whole, 3) if whole else 1.0
