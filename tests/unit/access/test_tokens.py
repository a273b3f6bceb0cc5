"""Signed tokens prove what they say, and nothing else."""

from __future__ import annotations

import pytest
from itsdangerous import TimestampSigner

from server.access.tokens import TokenSigner
from server.game.ids import PlayerId

PLAYER = PlayerId("0123456789abcdef" * 2)


def test_an_identity_comes_back() -> None:
    tokens = TokenSigner(["key"])
    assert tokens.read_player(tokens.player(PLAYER)) == PLAYER


def test_a_token_is_good_for_one_purpose() -> None:
    tokens = TokenSigner(["key"])
    assert tokens.read_player(tokens.seat("ABCDEF", PLAYER, 1)) is None


def test_a_token_of_another_key_is_forged() -> None:
    assert TokenSigner(["key"]).read_player(TokenSigner(["other"]).player(PLAYER)) is None


def test_the_first_key_signs_and_all_are_accepted() -> None:
    old, both = TokenSigner(["old"]), TokenSigner(["new", "old"])
    assert both.read_player(old.player(PLAYER)) == PLAYER
    assert TokenSigner(["new"]).read_player(both.player(PLAYER)) == PLAYER
    assert old.read_player(both.player(PLAYER)) is None


def test_any_changed_character_breaks_a_token() -> None:
    tokens = TokenSigner(["key"])
    token = tokens.player(PLAYER)
    # The last digit of base64 holds bits that mean nothing, so it is left alone.
    for at in range(len(token) - 1):
        changed = token[:at] + ("A" if token[at] != "A" else "B") + token[at + 1 :]
        assert tokens.read_player(changed) is None


@pytest.mark.parametrize("token", ["", ".", "...", "é", "\ud800", "\0", "a" * 512])
def test_nonsense_is_no_token(token: str) -> None:
    assert TokenSigner(["key"]).read_player(token) is None


@pytest.mark.parametrize("value", [None, 7, [], "short", "G" * 32, ["0" * 32]])
def test_an_identity_is_32_hex_digits(value: object) -> None:
    tokens = TokenSigner(["key"])
    assert tokens.read_player(tokens._player.dumps(value)) is None


@pytest.mark.parametrize("drift", [-3600, -2, 2, 10 * 365 * 24 * 3600])
def test_a_right_signature_is_the_person_whatever_the_clock(monkeypatch: pytest.MonkeyPatch, drift: int) -> None:
    tokens = TokenSigner(["key"])
    monkeypatch.setattr(TimestampSigner, "get_timestamp", lambda _: 1_000_000_000)
    player = tokens.player(PLAYER)
    monkeypatch.setattr(TimestampSigner, "get_timestamp", lambda _: 1_000_000_000 + drift)
    assert tokens.read_player(player) == PLAYER


def test_a_recovery_code_is_read_as_people_write_it() -> None:
    tokens = TokenSigner(["key"])
    owner = next(one for n in range(10_000) if set("OIB") <= set(tokens.recovery(one := f"{n:016x}")))
    code = tokens.recovery(owner)
    for written in (code, code.lower(), code.replace("-", " "), code.translate(str.maketrans("OIB", "018"))):
        assert tokens.read_recovery(written) == owner
    assert tokens.read_recovery(code[:-1] + ("A" if code[-1] != "A" else "B")) is None
