"""Packs and how words are said."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from model.ink.vocabulary import WORDS as LABELS
from server.game.packs import DEFAULT_PACK, EXCLUDED, PACKS, Pack, display, pack_files, words_of
from server.game.vocabulary import WORDS

DATA = os.environ.get("INKLING_DATA", "")


def test_the_rules_and_the_network_know_the_same_words() -> None:
    assert WORDS == LABELS
    assert len(set(WORDS)) == 345


@pytest.mark.data
@pytest.mark.skipif(not Path(DATA, "quickdraw").is_dir() or not DATA, reason="INKLING_DATA names no drawings")
@pytest.mark.parametrize("kind", ["raw", "simplified"])
def test_the_words_are_those_of_the_data(kind: str) -> None:
    files = Path(DATA, "quickdraw", kind).glob("*.ndjson.gz")
    assert {path.name.removesuffix(".ndjson.gz") for path in files} == set(WORDS)


@pytest.mark.parametrize("pack", PACKS.values(), ids=lambda pack: pack.name)
def test_a_pack_has_distinct_known_words_for_a_whole_game(pack: Pack) -> None:
    assert set(pack.words) <= set(WORDS)
    assert len(set(pack.words)) == len(pack.words) >= 15
    assert pack.title
    assert len(set(pack.sample)) == 6


@pytest.mark.parametrize("pack", [pack for pack in PACKS.values() if pack.name != "hard"], ids=lambda pack: pack.name)
def test_a_pack_has_no_weapons_alcohol_syringe_or_underwear(pack: Pack) -> None:
    assert not EXCLUDED & set(pack.words)


def test_the_default_pack_has_about_sixty_words() -> None:
    assert 55 <= PACKS[DEFAULT_PACK].size <= 65


@pytest.mark.parametrize(
    ("one", "other"), [("cup", "mug"), ("clock", "alarm clock"), ("car", "police car"), ("pencil", "crayon")]
)
def test_the_default_pack_has_no_two_words_for_the_same_picture(one: str, other: str) -> None:
    assert not {one, other} <= set(PACKS[DEFAULT_PACK].words)


def test_hard_is_everything_and_class_is_everything_else() -> None:
    assert PACKS["hard"].words == WORDS
    assert set(WORDS) - set(PACKS["class"].words) == EXCLUDED


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


def test_plurals_have_no_article() -> None:
    counted = [word for word in WORDS if word.endswith("s") and display(word).startswith(("a ", "an "))]
    assert counted == [
        "bus", "cactus", "compass", "hourglass", "octopus", "rhinoceros", "school bus", "wine glass",
    ]  # fmt: skip


def test_a_room_with_a_pack_that_is_gone_plays_the_default_one() -> None:
    assert words_of("gone") == PACKS[DEFAULT_PACK].words


def test_packs_are_handed_to_the_model_in_a_file() -> None:
    with pack_files() as environment:
        path = Path(environment["INKLING_PACKS"])
        written = json.loads(path.read_text(encoding="utf-8"))
        assert written["default"] == list(PACKS[DEFAULT_PACK].words)
        assert set(PACKS) < set(written)
        assert environment.get("PATH") == os.environ.get("PATH")
    assert not path.exists()
