"""Packs and how words are said."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from model.ink.vocabulary import CLASS_WORDS as LABELS
from server.game.words.packs import (
    BUILT_IN_PACKS,
    DEFAULT_PACK,
    EXCLUDED_WORDS,
    Pack,
    display,
    pack_words,
    write_pack_file,
)
from server.game.words.vocabulary import QUICKDRAW_WORDS, accepted_names

DATA = os.environ.get("INKLING_DATA", "")


def test_the_rules_and_the_network_know_the_same_words() -> None:
    assert QUICKDRAW_WORDS == LABELS
    assert len(set(QUICKDRAW_WORDS)) == 345


@pytest.mark.data
@pytest.mark.skipif(not Path(DATA, "quickdraw").is_dir() or not DATA, reason="INKLING_DATA names no drawings")
@pytest.mark.parametrize("kind", ["raw", "simplified"])
def test_the_words_are_those_of_the_data(kind: str) -> None:
    files = Path(DATA, "quickdraw", kind).glob("*.ndjson.gz")
    assert {path.name.removesuffix(".ndjson.gz") for path in files} == set(QUICKDRAW_WORDS)


@pytest.mark.parametrize("pack", BUILT_IN_PACKS.values(), ids=lambda pack: pack.name)
def test_a_pack_has_distinct_known_words_for_a_whole_game(pack: Pack) -> None:
    assert set(pack.words) <= set(QUICKDRAW_WORDS)
    assert len(set(pack.words)) == len(pack.words) >= 15
    assert pack.title
    assert len(set(pack.sample)) == 6


@pytest.mark.parametrize(
    "pack", [pack for pack in BUILT_IN_PACKS.values() if pack.name != "hard"], ids=lambda pack: pack.name
)
def test_a_pack_has_no_weapons_alcohol_syringe_or_underwear(pack: Pack) -> None:
    assert not EXCLUDED_WORDS & set(pack.words)


def test_the_default_pack_has_about_sixty_words() -> None:
    assert 55 <= BUILT_IN_PACKS[DEFAULT_PACK].size <= 65


@pytest.mark.parametrize(
    ("one", "other"), [("cup", "mug"), ("clock", "alarm clock"), ("car", "police car"), ("pencil", "crayon")]
)
def test_the_default_pack_has_no_two_words_for_the_same_picture(one: str, other: str) -> None:
    assert not {one, other} <= set(BUILT_IN_PACKS[DEFAULT_PACK].words)


def test_hard_is_everything_and_class_is_everything_else() -> None:
    assert BUILT_IN_PACKS["hard"].words == QUICKDRAW_WORDS
    assert set(QUICKDRAW_WORDS) - set(BUILT_IN_PACKS["class"].words) == EXCLUDED_WORDS


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("apple", "an apple"),
        ("bicycle", "a bicycle"),
        ("pants", "pants"),
        ("The Eiffel Tower", "the Eiffel Tower"),
        ("hourglass", "an hourglass"),
        ("umbrella", "an umbrella"),
        ("sun", "the sun"),
        ("t-shirt", "a T-shirt"),
        ("teddy-bear", "a teddy bear"),
        ("hot air balloon", "a hot air balloon"),
        ("scissors", "scissors"),
        ("rollerskates", "roller skates"),
    ],
)
def test_a_word_is_said_as_people_say_it(word: str, said: str) -> None:
    assert display(word) == said


def test_a_taught_word_is_said_and_accepted_as_it_was_taught() -> None:
    assert display("penguin pirate") == "penguin pirate"
    assert accepted_names("penguin pirate") == ("penguin pirate",)


@pytest.mark.parametrize(("word", "names"), [("pants", ("pants", "trousers")), ("lion", ("lion", "lions"))])
def test_a_word_has_the_names_of_the_catalogue_the_usual_one_first(word: str, names: tuple[str, ...]) -> None:
    assert accepted_names(word) == names


def test_plurals_have_no_article() -> None:
    counted = [word for word in QUICKDRAW_WORDS if word.endswith("s") and display(word).startswith(("a ", "an "))]
    assert counted == [
        "bus", "cactus", "compass", "hourglass", "octopus", "rhinoceros", "school bus", "wine glass",
    ]  # fmt: skip


def test_a_room_with_a_pack_that_is_gone_plays_the_default_one() -> None:
    assert pack_words("gone") == BUILT_IN_PACKS[DEFAULT_PACK].words


def test_packs_are_handed_to_the_model_in_a_file() -> None:
    with write_pack_file() as environment:
        path = Path(environment["INKLING_PACKS"])
        written = json.loads(path.read_text(encoding="utf-8"))
        assert written["default"] == list(BUILT_IN_PACKS[DEFAULT_PACK].words)
        assert set(BUILT_IN_PACKS) < set(written)
        assert environment.get("PATH") == os.environ.get("PATH")
    assert not path.exists()
