"""Who may see what: the only place where the state is turned into something that leaves the server.

What is secret differs from mode to mode, so each answers for its audiences: viewers who may know the same.
"""

from __future__ import annotations

from collections.abc import Iterable

from server.game import downsample, limits
from server.game.commands import Segment
from server.game.events import DrawingFinished, Event, GameEnded
from server.game.ids import Seat
from server.game.mode import Mode
from server.game.modes.registry import mode_of
from server.game.state import CustomWord, Player, RoomState
from server.game.view import AvatarView, CanvasView, PlayerView, ResultView, RoomView, TaughtView
from server.game.words import custom_words

DrawnStrokes = tuple[Segment, ...]


def audience_of(state: RoomState, viewer: Seat) -> str:
    """Return the audience that a viewer belongs to now."""
    return mode_of(state).audience(state, viewer)


def sees_ink(state: RoomState, audience: str) -> bool:
    """Say whether an audience sees everybody's ink."""
    return mode_of(state).sees_ink(audience)


def redact_event(event: Event, state: RoomState, viewer: Seat) -> Event | None:
    """Return the event as the viewer may learn of it, or None."""
    own = getattr(event, "seat", None) == viewer
    return _redact(event, state, audience_of(state, viewer), own)


def redact_event_for_audience(event: Event, state: RoomState, audience: str) -> Event | None:
    """Return the event as all viewers of an audience may learn of it, or None."""
    return _redact(event, state, audience, own=False)


def _redact(event: Event, state: RoomState, audience: str, own: bool) -> Event | None:
    if isinstance(event, (DrawingFinished, GameEnded)):
        return None
    return mode_of(state).redact_event(event, audience, own)


def picture_canvases(state: RoomState, viewer: Seat) -> tuple[CanvasView, ...]:
    """Picture all drawings of the round; unseen ones are empty, their activity tells that a pen moves.

    What is too much for one picture is thinned, every stroke keeping its ends; frames bring all ink whole.
    """
    current = mode_of(state).current_round(state)
    if current is None:
        return ()
    drawn = sorted(current.canvases.items())
    is_over = state.phase in ("reveal", "podium")
    limit = limits.MAX_CANVAS_POINTS_ON_REVEAL if is_over else limits.MAX_POINTS_PER_SNAPSHOT
    own = {
        seat: downsample.thin_strokes(canvas.segments(), limits.MAX_OWN_POINTS_PER_SNAPSHOT)
        for seat, canvas in drawn
        if seat == viewer
    }
    sees_all = sees_ink(state, audience_of(state, viewer))
    others = {seat: canvas.segments() for seat, canvas in drawn if seat != viewer and sees_all}
    own_points = sum(len(stroke[0]) for strokes in own.values() for stroke in strokes)
    thinned = downsample.thin_drawings_together(list(others.values()), max(0, limit - own_points))
    seen = {**own, **dict(zip(others, thinned, strict=True))}
    return tuple(
        CanvasView(seat=seat, seq=canvas.seq, strokes=seen.get(seat, ()), activity=canvas.points, pose=canvas.pose)
        for seat, canvas in drawn
    )


def picture_canvas(state: RoomState, viewer: Seat, seat: Seat) -> CanvasView | None:
    """Picture one drawing of the round; None if there is none, or its ink may not be seen."""
    current = mode_of(state).current_round(state)
    canvas = None if current is None else current.canvases.get(seat)
    if current is None or canvas is None:
        return None
    if seat == viewer:
        limit = limits.MAX_OWN_POINTS_PER_SNAPSHOT
    elif sees_ink(state, audience_of(state, viewer)):
        limit = limits.MAX_POINTS_PER_SNAPSHOT // len(current.canvases)
    else:
        return None
    strokes = downsample.thin_strokes(canvas.segments(), limit)
    return CanvasView(seat=seat, seq=canvas.seq, strokes=strokes, activity=canvas.points, pose=canvas.pose)


def count_drawn_points(state: RoomState, seats: Iterable[Seat]) -> dict[int, int]:
    """Return how many points some seats have drawn so far."""
    current = mode_of(state).current_round(state)
    if current is None:
        return {}
    canvases = current.canvases
    return {int(seat): canvases[seat].points for seat in seats if seat in canvases}


def visible_results(state: RoomState) -> tuple[ResultView, ...]:
    """Return the results of the round on the reveal, of the whole game on the podium, else none."""
    if state.phase == "podium":
        return tuple(drawing.to_view() for drawing in state.album)
    shown_round = _round_on_reveal(state)
    return tuple(drawing.to_view() for drawing in state.album if drawing.round == shown_round)


def visible_result(state: RoomState, seat: int, round_id: int) -> ResultView | None:
    """Return one of these results."""
    if state.phase != "podium" and _round_on_reveal(state) != round_id:
        return None
    found = (drawing for drawing in state.album if (drawing.seat, drawing.round) == (seat, round_id))
    return next((drawing.to_view() for drawing in found), None)


def _round_on_reveal(state: RoomState) -> int | None:
    current = mode_of(state).current_round(state)
    return current.id if current is not None and state.phase == "reveal" else None


def picture_avatars(state: RoomState) -> tuple[AvatarView, ...]:
    """Return everybody's doodle."""
    return tuple(AvatarView(seat, player.avatar) for seat, player in sorted(state.players.items()))


def picture_room(state: RoomState, audience: str) -> RoomView:
    """Picture the room without ink for an audience."""
    mode = mode_of(state)
    return RoomView(
        code=state.code,
        phase=state.phase,
        until=mode.phase_end(state),
        host=state.host,
        locked=state.locked,
        settings=state.settings,
        players=tuple(_picture_player(state, mode, seat, player) for seat, player in sorted(state.players.items())),
        round=mode.picture_round(state, audience),
        game=state.game,
        taught=tuple(map(_picture_custom_word, state.lessons)),
        mode=state.mode,
    )


def _picture_custom_word(word: CustomWord) -> TaughtView:
    needed = limits.MIN_DRAWINGS_PER_TAUGHT_WORD if word.scope == "room" else 0
    return TaughtView(word.word, len(word.sketches), needed, custom_words.is_word_playable(word), word.scope)


def _picture_player(state: RoomState, mode: Mode, seat: Seat, player: Player) -> PlayerView:
    in_round = mode.picture_player_round(state, seat)
    return PlayerView(
        seat=seat,
        name=player.name,
        here=player.here,
        ready=player.ready,
        done=in_round.done,
        score=player.score,
        gained=in_round.gained,
        hit_at=in_round.hit_at,
        first=in_round.first,
        evening=player.evening,
        wins=player.wins,
    )
