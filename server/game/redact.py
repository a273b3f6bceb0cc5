"""Who may see what: the only place where the state is turned into something that leaves the server."""

from __future__ import annotations

from collections.abc import Iterable

from server.game import custom_words, downsample, packs, rules
from server.game.commands import Segment
from server.game.events import DrawingFinished, Event, GameEnded, Guessed, InkDrawn
from server.game.ids import Seat
from server.game.state import Canvas, Lesson, Player, Round, State
from server.game.view import AvatarView, CanvasView, PlayerView, ResultView, RoomView, RoundView, TaughtView

Strokes = tuple[Segment, ...]


def audience(state: State, viewer: Seat) -> str:
    """Return "all" or "own": whose ink the viewer may see.

    Others' ink is secret until one's own hit or until the round is over, except at an open table. A round that
    waits for its last guesses (closing) is not over.
    """
    current = state.round
    if current is None or state.phase not in ("drawing", "closing") or current.open_table:
        return "all"
    canvas = current.canvases.get(viewer)
    return "all" if canvas is not None and canvas.hit is not None else "own"


def redact(event: Event, state: State, viewer: Seat) -> Event | None:
    """Return the event as the viewer may learn of it, or None."""
    match event:
        case InkDrawn(seat):
            return event if seat == viewer or audience(state, viewer) == "all" else None
        case Guessed(seat):
            return event if seat == viewer else None
        case DrawingFinished() | GameEnded():
            return None
        case _:
            return event


def canvases(state: State, viewer: Seat) -> tuple[CanvasView, ...]:
    """Picture all drawings of the round; unseen ones are empty, their activity tells that a pen moves.

    What is too much for one picture is thinned, every stroke keeping its ends; frames bring all ink whole.
    """
    if state.round is None:
        return ()
    sees_all = audience(state, viewer) == "all"
    drawn = sorted(state.round.canvases.items())
    limit = rules.PICTURE_POINTS if state.phase in ("countdown", "drawing", "closing") else rules.REVEAL_POINTS
    own = {seat: downsample.thin(strokes_of(canvas), rules.OWN_POINTS) for seat, canvas in drawn if seat == viewer}
    others = [seat for seat, _ in drawn if seat != viewer and sees_all]
    spent = sum(len(stroke[0]) for strokes in own.values() for stroke in strokes)
    shown = downsample.share([strokes_of(state.round.canvases[seat]) for seat in others], max(0, limit - spent))
    seen = {**own, **dict(zip(others, shown, strict=True))}
    return tuple(
        CanvasView(seat=seat, seq=canvas.seq, strokes=seen.get(seat, ()), activity=canvas.points, pose=canvas.pose)
        for seat, canvas in drawn
    )


def canvas(state: State, viewer: Seat, seat: Seat) -> CanvasView | None:
    """Picture one drawing of the round; None if there is none, or its ink may not be seen."""
    found = None if state.round is None else state.round.canvases.get(seat)
    if state.round is None or found is None or not (seat == viewer or audience(state, viewer) == "all"):
        return None
    share = rules.PICTURE_POINTS // len(state.round.canvases)
    strokes = downsample.thin(strokes_of(found), rules.OWN_POINTS if seat == viewer else share)
    return CanvasView(seat=seat, seq=found.seq, strokes=strokes, activity=found.points, pose=found.pose)


def activity(state: State, seats: Iterable[Seat]) -> dict[int, int]:
    """Return how many points some seats have drawn so far."""
    if state.round is None:
        return {}
    drawn = state.round.canvases
    return {int(seat): drawn[seat].points for seat in seats if seat in drawn}


def strokes_of(canvas: Canvas) -> Strokes:
    """Return the ink of a canvas."""
    return tuple([stroke.segment() for stroke in canvas.strokes])


def results(state: State) -> tuple[ResultView, ...]:
    """Return the results of the round on the reveal, of the whole game on the podium, else none."""
    if state.phase == "podium":
        return tuple(kept.shown() for kept in state.album)
    if state.phase == "reveal" and state.round is not None:
        return tuple(kept.shown() for kept in state.album if kept.round == state.round.id)
    return ()


def result(state: State, seat: int, round_id: int) -> ResultView | None:
    """Return one of these results."""
    if state.phase != "podium" and (state.phase != "reveal" or state.round is None or state.round.id != round_id):
        return None
    return next((kept.shown() for kept in state.album if (kept.seat, kept.round) == (seat, round_id)), None)


def avatars(state: State) -> tuple[AvatarView, ...]:
    """Return everybody's doodle."""
    return tuple(AvatarView(seat, player.avatar) for seat, player in sorted(state.players.items()))


def view(state: State) -> RoomView:
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
        players=tuple(_player(state, seat, player) for seat, player in sorted(state.players.items())),
        round=None if current is None else _round(state, current),
        game=state.game,
        taught=tuple(map(_taught, state.lessons)),
    )


def _taught(lesson: Lesson) -> TaughtView:
    needed = rules.TEACH_DRAWINGS if lesson.scope == "room" else 0
    return TaughtView(lesson.word, len(lesson.sketches), needed, custom_words.is_ready(lesson), lesson.scope)


def _round(state: State, current: Round) -> RoundView:
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
        taught=custom_words.find(state, current.prompt) is not None,
    )


def _player(state: State, seat: Seat, player: Player) -> PlayerView:
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
