"""Signed tokens: who a browser is, and which seat it holds. A salt per purpose, any number of keys."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from itsdangerous import BadData, URLSafeTimedSerializer

from server.game.words import PlayerId

MAX_AGE = 30 * 24 * 3600
"""Seconds a token is good for; every visit gets a new one."""


@dataclass(frozen=True, slots=True)
class SeatClaim:
    """What a seat token says: this player holds a seat in this room, as of this rotation."""

    code: str
    player: PlayerId
    generation: int


class Tokens:
    """Signs with the first key and accepts all of them, so that keys can be rotated."""

    def __init__(self, secrets: Sequence[str]) -> None:
        # itsdangerous signs with the newest key, which it expects last.
        keys = list(reversed(secrets))
        self._player = URLSafeTimedSerializer(keys, salt="inkling player")
        self._seat = URLSafeTimedSerializer(keys, salt="inkling seat")

    def player(self, player: PlayerId) -> str:
        """Sign an identity."""
        return str(self._player.dumps(player))

    def read_player(self, token: str) -> PlayerId | None:
        """Return the identity in a token; None if it is forged, too old, or meant for something else."""
        value = _read(self._player, token)
        if isinstance(value, str) and len(value) == 32 and all(letter in "0123456789abcdef" for letter in value):
            return PlayerId(value)
        return None

    def seat(self, code: str, player: PlayerId, generation: int) -> str:
        """Sign a seat."""
        return str(self._seat.dumps([code, player, generation]))

    def read_seat(self, token: str) -> SeatClaim | None:
        """Return the seat in a token; None if it is forged, too old, or meant for something else."""
        match _read(self._seat, token):
            case [str(code), str(player), int(generation)]:
                return SeatClaim(code, PlayerId(player), generation)
            case _:
                return None


def _read(serializer: URLSafeTimedSerializer, token: str) -> object:
    try:
        value: object = serializer.loads(token, max_age=MAX_AGE)
    except (BadData, UnicodeError, ValueError):
        return None
    return value
