"""Points become scores when a round ends, scores become standings when the game ends."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from server.game import limits
from server.game.events import Event, GameEnded, Standing
from server.game.ids import Seat
from server.game.state import RoomState
from server.game.words import packs


def pay_points(state: RoomState, points: Mapping[Seat, int], hits: Collection[Seat]) -> None:
    """Pay everybody's points of a round out; `hits` are the seats that had a hit in it."""
    for seat, gained in points.items():
        player = state.players[seat]
        player.gained = gained
        player.score += gained
        player.evening += gained
        player.hits += int(seat in hits)


def end_game(state: RoomState, standard: bool) -> list[Event]:
    """Draw up the standings; the winners' evening counts it when there was somebody to win against.

    `standard`: the rules of all rounds were those of the public boards.
    """
    standings = rank_players(state)
    if not standings:
        return []
    for standing in standings:
        if standing.place == 1 and standing.score > 0 and len(standings) > 1:
            state.players[standing.seat].wins += 1
    on_boards = standard and _is_pack_and_company_standard(state)
    return [GameEnded(state.game, state.game_pack, on_boards, standings, state.mode)]


def rank_players(state: RoomState) -> tuple[Standing, ...]:
    """Rank those who drew in this game or are here, best first; ties share a place."""
    ranked = sorted(
        ((seat, player) for seat, player in state.players.items() if player.played or player.here),
        key=lambda seated: (-seated[1].score, seated[0]),
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


def _is_pack_and_company_standard(state: RoomState) -> bool:
    people = sum(player.played and player.source == "player" for player in state.players.values())
    return state.game_pack in packs.BUILT_IN_PACKS and people >= limits.MIN_STANDARD_PEOPLE
