"""Names of files that are made from words."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.drawings.file_names import word_file_name
from server.game.words.vocabulary import QUICKDRAW_WORDS

HOSTILE = [
    "manifest.json", "README.md", "export.journal", "export.lock", "SHA256SUMS", ".", "..", "../../etc/passwd", "con", "NUL",
    "com1", "a/b", "a\\b", "Cat", "cat ", "cat.", "漢" * 29, "é" * 30, "e\u0301" * 15, "寿司 🍣", "\u202egnp", "%41", "x~0123456789abcdef",
]  # fmt: skip


def test_words_of_quick_draw_keep_their_names() -> None:
    assert [word_file_name(word) for word in QUICKDRAW_WORDS] == list(QUICKDRAW_WORDS)
    assert word_file_name("space cow") == "space cow"


@pytest.mark.parametrize("word", HOSTILE)
def test_any_other_word_gets_a_name_with_a_hash(word: str) -> None:
    assert re.fullmatch(r"[^/\\.]*~[0-9a-f]{16}", word_file_name(word))


@given(st.text(min_size=1, max_size=100))
def test_a_name_is_short_and_stays_in_its_folder(word: str) -> None:
    name = word_file_name(word)
    assert len(name.encode()) <= 80
    assert not set(name) & set('/\\\0.:*?<>|"')
    assert name == name.strip()
    assert name.isprintable()


@given(st.text(max_size=12), st.text(max_size=12))
def test_two_words_never_share_a_name(one: str, other: str) -> None:
    def folded(word: str) -> str:
        """What a disk compares that knows neither case nor spellings of accents."""
        return unicodedata.normalize("NFD", word_file_name(word)).casefold()

    pairs = [
        (one, other),
        (one.upper(), one.lower()),
        (unicodedata.normalize("NFC", one), unicodedata.normalize("NFD", one)),
    ]
    for left, right in pairs:
        assert left == right or folded(left) != folded(right)
    assert folded("the mona lisa") != folded("The Mona Lisa")
