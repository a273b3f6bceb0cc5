"""What people may write: names, words that they teach, words of packs and of imported drawings."""

from __future__ import annotations

import json
import unicodedata
from pathlib import Path
from typing import TypedDict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.data.source_record import SourceRecord
from server.drawings.imports.conversion import record_from_import
from server.game.words.lookalikes import distinguish_name, fold_text, name_skeleton
from server.game.words.packs import BUILT_IN_PACKS
from server.text import (
    MAX_IMPORTED_WORD_CHARACTERS,
    MAX_NAME_CHARACTERS,
    MAX_WORD_CHARACTERS,
    clean_text,
    count_characters,
)


class Named(TypedDict):
    """A real name, and how many characters people count in it; the page counts the same table."""

    script: str
    name: str
    length: int


NAMES: list[Named] = json.loads(Path(__file__).with_name("names.json").read_text(encoding="utf-8"))
BIDI = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}
MARKED = st.text(
    st.sampled_from("aбاคก\u0301\u0335\u0651\u064e\u0e47\u094dक\u200c\u200d\ufe0f\u202e 👨🏳🏻\u034f\u1820\u180e")
)


def test_the_table_has_forty_names_in_twenty_scripts() -> None:
    assert len(NAMES) >= 40
    assert len({row["script"] for row in NAMES}) >= 20


@pytest.mark.parametrize("row", NAMES, ids=lambda row: row["script"])
def test_a_real_name_stays_as_it_is(row: Named) -> None:
    assert clean_text(row["name"], MAX_NAME_CHARACTERS) == row["name"]
    assert clean_text(unicodedata.normalize("NFD", row["name"]), MAX_NAME_CHARACTERS) == row["name"]
    assert count_characters(row["name"]) == row["length"]
    assert clean_text(row["name"], row["length"] - 1) is None


@pytest.mark.parametrize(
    ("name", "cleaned"),
    [
        ("  Anna \n  B ", "Anna B"),
        ("Zoe\u0308", "Zoë"),
        ("\u202eanna\u2066", "anna"),
        ("An\u200bna", "Anna"),
        ("a\u200d\u0301", "á"),
        ("An\u200cna", "Anna"),
        ("👨\u200d", "👨"),
        ("A\ufe0fnna", "Anna"),
        ("\U0001f3f4\U000e0067x", "\U0001f3f4x"),
        (" \u0301Anna", "Anna"),
        ("x" * MAX_NAME_CHARACTERS, "x" * MAX_NAME_CHARACTERS),
        ("❤️" * MAX_NAME_CHARACTERS, "❤️" * MAX_NAME_CHARACTERS),
        ("👨‍👩‍👧‍👦" * MAX_NAME_CHARACTERS, "👨‍👩‍👧‍👦" * MAX_NAME_CHARACTERS),
        ("<b>Bo</b>", "<b>Bo</b>"),
    ],
)
def test_a_name_is_tidied(name: str, cleaned: str) -> None:
    assert clean_text(name, MAX_NAME_CHARACTERS) == cleaned


@pytest.mark.parametrize(
    "name",
    [
        "", "   ", "\u200b\u2060", "\u2800", "\u3164", "\u0301", "\u093e", "x" * (MAX_NAME_CHARACTERS + 1), "\ud800",
        "e" + "\u0335" * 5, "e\u0300\u0301\u0302\u0303", "e\u0316\u0300\u0317\u0301\u0318", "ก" + "\u0e47" * 4,
        "बे" + "\u200d\u0301\u200d\u0302\u200d\u0303", "क\u094d" * 21, "👨\u200d" * 20 + "👨",
    ],
)  # fmt: skip
def test_a_name_that_cannot_be_read_is_refused(name: str) -> None:
    assert clean_text(name, MAX_NAME_CHARACTERS) is None


@given(st.text(max_size=40) | MARKED)
def test_a_clean_name_is_visible_normal_and_stays_as_it_is(name: str) -> None:
    cleaned = clean_text(name, MAX_NAME_CHARACTERS)
    if cleaned is not None:
        assert unicodedata.is_normalized("NFC", cleaned)
        # Unassigned letters are left out: the two tables of Unicode here are of different years.
        assert not any(unicodedata.category(letter) in ("Cc", "Cs", "Co") for letter in cleaned)
        assert BIDI.isdisjoint(map(unicodedata.bidirectional, cleaned))
        assert clean_text(cleaned, MAX_NAME_CHARACTERS) == cleaned


def test_the_words_of_all_packs_follow_the_same_rules() -> None:
    for pack in BUILT_IN_PACKS.values():
        for text in (pack.name, pack.title, *pack.words):
            assert clean_text(text, MAX_IMPORTED_WORD_CHARACTERS) == text
        assert all(clean_text(word, MAX_WORD_CHARACTERS) for word in pack.words)


def test_the_word_of_an_imported_drawing_keeps_its_joiners_and_loses_what_turns_text() -> None:
    strokes = [[[0.0, 9.0], [0.0, 9.0]]]
    assert record_from_import(SourceRecord("  می\u200cخواهم\u202e ", strokes, False), "any").word == "می\u200cخواهم"
    with pytest.raises(ValueError, match="visible"):
        record_from_import(SourceRecord("\u202e\u200b", strokes, False), "any")


@pytest.mark.parametrize(
    ("one", "other"),
    [("Anna", "ANNA"), ("Anna", "Аnnа"), ("Anna", "Ａｎｎａ"), ("Ian", "lan"), ("علی‌رضا", "علیرضا"), ("❤️", "❤"),
     ("Straße", "STRASSE"), ("Anna B", "AnnaB"), ("Zoë", "zoe\u0308"), ("ΝΙΚΗ", "NIKH"), ("0tto", "Otto")],
)  # fmt: skip
def test_names_that_look_alike_have_one_skeleton(one: str, other: str) -> None:
    assert name_skeleton(one) == name_skeleton(other)
    assert distinguish_name(other, [one]) == f"{other} 2"


@pytest.mark.parametrize(("one", "other"), [("Anna", "Anne"), ("Zoe", "Zoë"), ("Anna", "Anna 2"), ("王", "玉")])
def test_names_that_differ_stay_as_they_are(one: str, other: str) -> None:
    assert distinguish_name(other, [one]) == other


def test_the_number_is_the_first_that_makes_a_name_of_its_own() -> None:
    assert distinguish_name("Anna", ["Anna", "anna 2", "Anna 4"]) == "Anna 3"
    assert distinguish_name("Anna 2", ["Anna", "Anna 2"]) == "Anna 2 2"


def test_one_word_in_two_spellings_is_one_word() -> None:
    assert fold_text("Ｐenguin  Pirate") == fold_text("penguin pirate")
    assert fold_text("нос") != fold_text("hoc")
