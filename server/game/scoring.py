"""Points become scores when a round ends, scores become standings when the game ends."""

from __future__ import annotations

from server.game import packs, rules
from server.game.drawings import points_of
from server.game.events import Event, GameEnded, Standing
from server.game.state import Round, State


def settle_round(state: State, current: Round) -> None:
    """Pay everybody's points out."""
    for seat, canvas in current.canvases.items():
        player = state.players[seat]
        player.gained = points_of(current, canvas)
        player.score += player.gained
        player.evening += player.gained
        player.hits += int(canvas.hit is not None and not current.void)


def end_game(state: State) -> list[Event]:
    """Draw up the standings; the winners' evening counts it when there was somebody to win against."""
    standings = standings_of(state)
    if not standings:
        return []
    for line in standings:
        if line.place == 1 and line.score > 0 and len(standings) > 1:
            state.players[line.seat].wins += 1
    return [GameEnded(state.game, state.game_pack, _is_standard(state), standings)]


def standings_of(state: State) -> tuple[Standing, ...]:
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


def _is_standard(state: State) -> bool:
    people = sum(player.played and player.source == "player" for player in state.players.values())
    return state.standard and state.game_pack in packs.PACKS and people >= rules.STANDARD_PEOPLE
