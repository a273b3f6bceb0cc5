"""Signed tokens: who a browser is, and which seat it holds. A salt per purpose, any number of keys.

A right signature is the person, whatever the clocks say: tokens carry the time of their making for whoever looks into one,
and nothing here reads it. Web processes have clocks that differ and jump, and somebody who comes back after a year is
still who drew. What ends a token is taking its key out of INKLING_SECRET.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Sequence
from typing import TypeGuard

from itsdangerous import BadData, URLSafeTimedSerializer

from server.game.ids import PlayerId

PLAYER_HASH_BYTES, RECOVERY_MAC_BYTES = 8, 7
"""Bytes of a recovery code: the hash of the player, then its signature."""


_LOOK_ALIKES = str.maketrans("018", "OIB")
"""Digits that no recovery code has, and the letters that they are taken for."""


class TokenSigner:
    """Signs with the first key and accepts all of them, so that keys can be rotated."""

    def __init__(self, secrets: Sequence[str]) -> None:
        # itsdangerous signs with the newest key, which it expects last.
        keys = list(reversed(secrets))
        self._player = URLSafeTimedSerializer(keys, salt="inkling player")
        self._recovery = [hashlib.sha256(f"inkling recovery {key}".encode()).digest() for key in secrets]
        self._seat = URLSafeTimedSerializer(keys, salt="inkling seat")

    def player(self, player: PlayerId) -> str:
        """Sign an identity."""
        return str(self._player.dumps(player))

    def read_player(self, token: str) -> PlayerId | None:
        """Return the identity in a token; None if it is forged or meant for something else."""
        value = _load_token(self._player, token)
        return PlayerId(value) if _is_player(value) else None

    def recovery(self, owner: str) -> str:
        """Return the code that opens the drawings of a player (named by the hash) on any device: 24 letters and digits.

        Nothing is stored for it: the code is the hash and a signature of 56 bits.
        """
        body = bytes.fromhex(owner)
        text = base64.b32encode(body + _recovery_mac(self._recovery[0], body)).decode()
        return "-".join(text[at : at + 4] for at in range(0, len(text), 4))

    def read_recovery(self, code: str) -> str | None:
        """Return the hash of the player whose drawings a code opens; None if it was not signed here."""
        try:
            data = base64.b32decode("".join(code.split()).replace("-", "").upper().translate(_LOOK_ALIKES))
        except ValueError:
            return None
        body, mac = data[:PLAYER_HASH_BYTES], data[PLAYER_HASH_BYTES:]
        if len(body) == PLAYER_HASH_BYTES and any(
            hmac.compare_digest(mac, _recovery_mac(key, body)) for key in self._recovery
        ):
            return body.hex()
        return None

    def seat(self, code: str, player: PlayerId, generation: int) -> str:
        """Sign a seat: for a page to know that it has one, and for limits. It opens nothing."""
        return str(self._seat.dumps([code, player, generation]))

    def has_seat(self, token: str, code: str, player: PlayerId) -> bool:
        """Tell whether a seat token says that a player took a seat in a room once."""
        match _load_token(self._seat, token):
            case [str(room), str(owner), int()]:
                return (room, owner) == (code, player)
            case _:
                return False


def is_player_token(token: str) -> bool:
    """Tell whether a token is a player's by its form, whoever signed it and however long ago."""
    try:
        fields = URLSafeTimedSerializer("").loads_unsafe(token)
    except (BadData, UnicodeError, ValueError):
        return False
    return _is_player(fields[1])


def _is_player(value: object) -> TypeGuard[str]:
    return isinstance(value, str) and len(value) == 32 and all(letter in "0123456789abcdef" for letter in value)


def _recovery_mac(key: bytes, body: bytes) -> bytes:
    return hmac.digest(key, body, "sha256")[:RECOVERY_MAC_BYTES]


def _load_token(serializer: URLSafeTimedSerializer, token: str) -> object:
    try:
        value: object = serializer.loads(token)
    except (BadData, UnicodeError, ValueError):
        return None
    return value
