"""Points become scores when a round ends, scores become standings when the game ends."""

from __future__ import annotations

from server.game import rules
from server.game.album.finished_drawings import drawing_points
from server.game.events import Event, GameEnded, Standing
from server.game.state import RoomState, Round
from server.game.words import packs


def pay_round_points(state: RoomState, current: Round) -> None:
    """Pay everybody's points out."""
    for seat, canvas in current.canvases.items():
        player = state.players[seat]
        player.gained = drawing_points(current, canvas)
        player.score += player.gained
        player.evening += player.gained
        player.hits += int(canvas.hit is not None and not current.void)


def end_game(state: RoomState) -> list[Event]:
    """Draw up the standings; the winners' evening counts it when there was somebody to win against."""
    standings = rank_players(state)
    if not standings:
        return []
    for line in standings:
        if line.place == 1 and line.score > 0 and len(standings) > 1:
            state.players[line.seat].wins += 1
    return [GameEnded(state.game, state.game_pack, _is_standard_game(state), standings)]


def rank_players(state: RoomState) -> tuple[Standing, ...]:
    """Rank those who drew in this game or are here, best first; ties share a place."""
    ranked = sorted(
        ((seat, player) for seat, player in state.players.items() if player.played or player.here),
        key=lambda one: (-one[1].score, one[0]),
    )
    scores = [player.score for _, player in ranked]
    return tuple(
        Standing(
            seat=seat,
            player=player.id,
            name=player.name,
            score=player.score,
            place=scores.index(player.score) + 1,
            hits=player.hits,
            source=player.source,
        )
        for seat, player in ranked
    )


def _is_standard_game(state: RoomState) -> bool:
    people = sum(player.played and player.source == "player" for player in state.players.values())
    return state.standard and state.game_pack in packs.BUILT_IN_PACKS and people >= rules.MIN_STANDARD_PEOPLE
