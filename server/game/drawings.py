"""What becomes of drawings: kept ones leave for the collection, all of them are shown to their own game."""

from __future__ import annotations

from math import hypot

from server.game import custom_words, downsample, packs, rules
from server.game.events import DrawingFinished, Event, GuessNote
from server.game.ids import Seat
from server.game.state import Canvas, Player, Round, State, Stroke
from server.game.view import ResultView, Thought


def finish_one(state: State, seat: Seat, how: str = "") -> list[Event]:
    """Hand a drawing of the running round to the collection if its player and the room agreed to keep it."""
    current, player = state.round, state.players[seat]
    if current is None or state.phase not in ("drawing", "closing") or not (player.keep and state.settings.keep):
        return []
    canvas = current.canvases.get(seat)
    if canvas is None or not canvas.strokes:
        return []
    return [_finished(state, current, seat, player, canvas, how)]


def finish_all(state: State, current: Round) -> list[Event]:
    """Do the same with every drawing at the end of a round."""
    return [event for seat in sorted(current.canvases) for event in finish_one(state, seat)]


def _finished(state: State, current: Round, seat: Seat, player: Player, canvas: Canvas, how: str) -> DrawingFinished:
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
        points=points_of(current, canvas),
        open_table=current.open_table,
        seconds=current.seconds,
        pack=state.settings.pack,
        device=player.device,
        source=player.source if custom_words.find(state, current.prompt) is None else "teach",
        first_point_at=canvas.first_point_at,
        finished_by=how or ("done" if canvas.done else "time" if hit is None else "hit"),
        notes=tuple(canvas.notes),
    )


def points_of(current: Round, canvas: Canvas) -> int:
    """Return what a drawing is worth when its round ends."""
    if current.void:
        return 0
    return rules.near_points(canvas.best) if canvas.hit is None else canvas.hit.points


def results_of(current: Round) -> list[ResultView]:
    """Picture the drawings of a round that has ended, best first; empty canvases are left out."""
    drawn = [(seat, canvas) for seat, canvas in sorted(current.canvases.items()) if canvas.strokes]
    drawn.sort(key=lambda one: _rank(one[1]))
    limit = rules.ALBUM_POINTS // max(1, len(drawn))
    return [_result(current, seat, canvas, limit) for seat, canvas in drawn]


def _rank(canvas: Canvas) -> tuple[bool, int, float]:
    return (canvas.hit is None, 0 if canvas.hit is None else canvas.hit.at, -canvas.best)


def _result(current: Round, seat: Seat, canvas: Canvas, limit: int) -> ResultView:
    hit = canvas.hit
    return ResultView(
        seat=seat,
        round=current.id,
        word=current.prompt,
        display=packs.display(current.prompt),
        strokes=downsample.thin(tuple(stroke.segment() for stroke in canvas.strokes), limit),
        hit_at=None if hit is None else hit.at,
        ink_share=None if hit is None else _share(canvas.strokes, hit.ink),
        points=points_of(current, canvas),
        first=hit is not None and hit.first,
        best=canvas.best,
        funniest=packs.display(canvas.funniest) if canvas.funniest else "",
        thoughts=downsample.pick(tuple(map(_thought, canvas.notes)), rules.ALBUM_THOUGHTS),
    )


def _thought(note: GuessNote) -> Thought:
    word, p = note.guesses[0] if note.guesses else ("", 0.0)
    if note.doubt >= rules.DOUBTFUL or p < rules.IDEA:
        return Thought(note.at, "", 0.0)
    return Thought(note.at, packs.display(word), p)


def _share(strokes: list[Stroke], points: int) -> float:
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
