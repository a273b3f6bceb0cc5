"""Who may see what: the only place where the state is turned into something that leaves the server."""

from __future__ import annotations

from collections.abc import Iterable

from server.game import downsample, rules
from server.game.commands import Segment
from server.game.events import DrawingFinished, Event, GameEnded, GuessWeighed, InkDrawn
from server.game.ids import Seat
from server.game.state import Canvas, CustomWord, Player, RoomState, Round
from server.game.view import AvatarView, CanvasView, PlayerView, ResultView, RoomView, RoundView, TaughtView
from server.game.words import custom_words, packs

DrawnStrokes = tuple[Segment, ...]


def ink_audience(state: RoomState, viewer: Seat) -> str:
    """Return "all" or "own": whose ink the viewer may see.

    Others' ink is secret until one's own hit or until the round is over, except at an open table. A round that
    waits for its last guesses (closing) is not over.
    """
    current = state.round
    if current is None or state.phase not in ("drawing", "closing") or current.open_table:
        return "all"
    canvas = current.canvases.get(viewer)
    return "all" if canvas is not None and canvas.hit is not None else "own"


def redact_event(event: Event, state: RoomState, viewer: Seat) -> Event | None:
    """Return the event as the viewer may learn of it, or None."""
    match event:
        case InkDrawn(seat):
            return event if seat == viewer or ink_audience(state, viewer) == "all" else None
        case GuessWeighed(seat):
            return event if seat == viewer else None
        case DrawingFinished() | GameEnded():
            return None
        case _:
            return event


def picture_canvases(state: RoomState, viewer: Seat) -> tuple[CanvasView, ...]:
    """Picture all drawings of the round; unseen ones are empty, their activity tells that a pen moves.

    What is too much for one picture is thinned, every stroke keeping its ends; frames bring all ink whole.
    """
    if state.round is None:
        return ()
    sees_all = ink_audience(state, viewer) == "all"
    drawn = sorted(state.round.canvases.items())
    limit = (
        rules.MAX_POINTS_PER_SNAPSHOT
        if state.phase in ("countdown", "drawing", "closing")
        else rules.MAX_CANVAS_POINTS_ON_REVEAL
    )
    own = {
        seat: downsample.thin_strokes(canvas_strokes(canvas), rules.MAX_OWN_POINTS_PER_SNAPSHOT)
        for seat, canvas in drawn
        if seat == viewer
    }
    others = [seat for seat, _ in drawn if seat != viewer and sees_all]
    spent = sum(len(stroke[0]) for strokes in own.values() for stroke in strokes)
    shown = downsample.thin_drawings_together(
        [canvas_strokes(state.round.canvases[seat]) for seat in others], max(0, limit - spent)
    )
    seen = {**own, **dict(zip(others, shown, strict=True))}
    return tuple(
        CanvasView(seat=seat, seq=canvas.seq, strokes=seen.get(seat, ()), activity=canvas.points, pose=canvas.pose)
        for seat, canvas in drawn
    )


def picture_canvas(state: RoomState, viewer: Seat, seat: Seat) -> CanvasView | None:
    """Picture one drawing of the round; None if there is none, or its ink may not be seen."""
    found = None if state.round is None else state.round.canvases.get(seat)
    if state.round is None or found is None or not (seat == viewer or ink_audience(state, viewer) == "all"):
        return None
    share = rules.MAX_POINTS_PER_SNAPSHOT // len(state.round.canvases)
    strokes = downsample.thin_strokes(
        canvas_strokes(found), rules.MAX_OWN_POINTS_PER_SNAPSHOT if seat == viewer else share
    )
    return CanvasView(seat=seat, seq=found.seq, strokes=strokes, activity=found.points, pose=found.pose)


def count_drawn_points(state: RoomState, seats: Iterable[Seat]) -> dict[int, int]:
    """Return how many points some seats have drawn so far."""
    if state.round is None:
        return {}
    drawn = state.round.canvases
    return {int(seat): drawn[seat].points for seat in seats if seat in drawn}


def canvas_strokes(canvas: Canvas) -> DrawnStrokes:
    """Return the ink of a canvas."""
    return tuple([stroke.segment() for stroke in canvas.strokes])


def visible_results(state: RoomState) -> tuple[ResultView, ...]:
    """Return the results of the round on the reveal, of the whole game on the podium, else none."""
    if state.phase == "podium":
        return tuple(kept.shown() for kept in state.album)
    if state.phase == "reveal" and state.round is not None:
        return tuple(kept.shown() for kept in state.album if kept.round == state.round.id)
    return ()


def visible_result(state: RoomState, seat: int, round_id: int) -> ResultView | None:
    """Return one of these results."""
    if state.phase != "podium" and (state.phase != "reveal" or state.round is None or state.round.id != round_id):
        return None
    return next((kept.shown() for kept in state.album if (kept.seat, kept.round) == (seat, round_id)), None)


def picture_avatars(state: RoomState) -> tuple[AvatarView, ...]:
    """Return everybody's doodle."""
    return tuple(AvatarView(seat, player.avatar) for seat, player in sorted(state.players.items()))


def picture_room(state: RoomState) -> RoomView:
    """Picture the room without ink; it is the same for everybody."""
    current = state.round
    running = current is not None and state.phase == "drawing"
    until = state.until
    if running and current is not None:
        until = None if current.stopped_at is not None else current.ends
    return RoomView(
        code=state.code,
        phase=state.phase,
        until=until,
        host=state.host,
        locked=state.locked,
        settings=state.settings,
        players=tuple(_player_view(state, seat, player) for seat, player in sorted(state.players.items())),
        round=None if current is None else _round_view(state, current),
        game=state.game,
        taught=tuple(map(_taught_view, state.lessons)),
    )


def _taught_view(lesson: CustomWord) -> TaughtView:
    needed = rules.MIN_DRAWINGS_PER_TAUGHT_WORD if lesson.scope == "room" else 0
    return TaughtView(lesson.word, len(lesson.sketches), needed, custom_words.is_word_playable(lesson), lesson.scope)


def _round_view(state: RoomState, current: Round) -> RoundView:
    return RoundView(
        id=current.id,
        n=current.n,
        of=max(current.n, state.settings.rounds),
        prompt=current.prompt,
        display=packs.display(current.prompt),
        seconds=current.seconds,
        ends=current.ends,
        stopped=current.stopped_at is not None,
        void=current.void,
        taught=custom_words.find_custom_word(state, current.prompt) is not None,
    )


def _player_view(state: RoomState, seat: Seat, player: Player) -> PlayerView:
    canvas = None if state.round is None else state.round.canvases.get(seat)
    hit = None if canvas is None else canvas.hit
    running = state.phase in ("drawing", "closing") and hit is not None
    return PlayerView(
        seat=seat,
        name=player.name,
        here=player.here,
        ready=player.ready,
        done=canvas is not None and canvas.done,
        score=player.score,
        gained=hit.points if running and hit is not None else player.gained,
        hit_at=None if hit is None else hit.at,
        first=hit is not None and hit.first,
        evening=player.evening,
        wins=player.wins,
    )
