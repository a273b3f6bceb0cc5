"""What people may call themselves."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.gateway.names import LONGEST, clean


@pytest.mark.parametrize(
    ("name", "cleaned"),
    [
        ("Anna", "Anna"),
        ("  Anna \n  B ", "Anna B"),
        ("Zoe\u0308", "Zoë"),
        ("\u202eanna", "anna"),
        ("An\u200bna", "Anna"),
        ("a\u200d\u0301", "á"),
        ("नमस्ते", "नमस्ते"),
        ("x" * LONGEST, "x" * LONGEST),
        ("❤️" * LONGEST, "❤️" * LONGEST),
        ("<b>Bo</b>", "<b>Bo</b>"),
    ],
)
def test_a_name_is_tidied(name: str, cleaned: str) -> None:
    assert clean(name) == cleaned


@pytest.mark.parametrize(
    "name",
    ["", "   ", "\u200b\u2060", "\u2800", "\u3164", "\u0301", "x" * (LONGEST + 1), "e" + "\u0335" * 5, "\ud800"],
)
def test_a_name_that_cannot_be_read_is_refused(name: str) -> None:
    assert clean(name) is None


@given(st.text(max_size=40))
def test_a_clean_name_is_visible_normal_and_stays_as_it_is(name: str) -> None:
    cleaned = clean(name)
    if cleaned is not None:
        assert unicodedata.is_normalized("NFC", cleaned)
        # Unassigned letters are left out: the two tables of Unicode here are of different years.
        assert not any(unicodedata.category(letter) in ("Cc", "Cf", "Cs", "Co") for letter in cleaned)
        assert clean(cleaned) == cleaned
