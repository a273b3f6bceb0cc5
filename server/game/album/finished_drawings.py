"""Drawings that are finished: those that may be kept leave for the collection."""

from __future__ import annotations

from server.game.events import DrawingFinished, Event
from server.game.ids import Millis, RoundId, Seat
from server.game.ink.canvas import Canvas
from server.game.state import RoomState
from server.game.words.custom_words import find_custom_word


def finish_drawing(
    state: RoomState,
    seat: Seat,
    canvas: Canvas,
    *,
    round_id: RoundId,
    word: str,
    points: int,
    hit_at: Millis | None,
    open_table: bool,
    seconds: int,
    finished_by: str,
) -> list[Event]:
    """Hand a drawing to the collection if there is any ink, and its player and the room agreed to keep it."""
    player = state.players[seat]
    if not (canvas.strokes and player.keep and state.settings.keep):
        return []
    drawing = DrawingFinished(
        game=state.game,
        round=round_id,
        seat=seat,
        player=player.id,
        word=word,
        strokes=canvas.segments(),
        recognized=hit_at is not None,
        hit_at=hit_at,
        points=points,
        open_table=open_table,
        seconds=seconds,
        pack=state.settings.pack,
        device=player.device,
        source=player.source if find_custom_word(state, word) is None else "teach",
        first_point_at=canvas.first_point_at,
        finished_by=finished_by,
        notes=tuple(canvas.notes),
        mode=state.mode,
    )
    return [drawing]
