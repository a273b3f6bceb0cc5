"""The words in every language: complete, none too many, and no name that means two of them."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from model.ink.vocabulary import CLASS_INDEX, CLASS_WORDS, SOURCE_LANGUAGE
from model.ink.word_catalogue import find_catalogue_problems, list_catalogue_languages, read_word_catalogue


def copy_of_english() -> dict[str, dict[str, Any]]:
    return {word: {**entry} for word, entry in read_word_catalogue(SOURCE_LANGUAGE).items()}


def test_the_order_of_the_classes_is_that_of_every_model_there_is() -> None:
    """Weights that were trained with another order would name other words."""
    assert len(CLASS_WORDS) == len(CLASS_INDEX) == 345
    order = hashlib.sha256("\n".join(CLASS_WORDS).encode()).hexdigest()
    assert order == "492229201a15260e987095771e4963ebd5093a29a7c866eb3fde2618b654ee90"


@pytest.mark.parametrize("language", list_catalogue_languages())
def test_a_catalogue_names_every_word_and_no_other(language: str) -> None:
    assert find_catalogue_problems(read_word_catalogue(language)) == []


def test_english_is_among_the_catalogues() -> None:
    assert SOURCE_LANGUAGE in list_catalogue_languages()


@pytest.mark.parametrize(
    ("word", "name"),
    [
        ("airplane", "aeroplane"), ("cell phone", "mobile"), ("donut", "doughnut"), ("mouse", "mice"), ("couch", "sofa"),
        ("The Great Wall of China", "Great Wall"), ("flashlight", "torch"), ("see saw", "seesaw"), ("tooth", "teeth"),
    ],
)  # fmt: skip
def test_english_accepts_what_people_call_a_thing(word: str, name: str) -> None:
    assert name in read_word_catalogue(SOURCE_LANGUAGE)[word]["accepted"]


def test_a_word_that_is_missing_is_named() -> None:
    catalogue = copy_of_english()
    del catalogue["cat"]
    assert find_catalogue_problems(catalogue) == ["cat: is missing"]


def test_a_word_that_is_none_of_the_vocabulary_is_named() -> None:
    catalogue = copy_of_english()
    catalogue["unicorn"] = {"display": "a unicorn", "accepted": ["unicorn"]}
    assert find_catalogue_problems(catalogue) == ["unicorn: is no word of the vocabulary"]


@pytest.mark.parametrize("name", ["dog", "a dog", "Dog", "puppy", "pup-py", "ｄｏｇ"])
def test_a_name_that_belongs_to_another_word_is_refused_however_it_is_written(name: str) -> None:
    catalogue = copy_of_english()
    catalogue["zebra"]["accepted"] = ["zebra", name]
    assert find_catalogue_problems(catalogue) == [f"zebra: the name {name!r} belongs to 'dog', too"]


def test_names_that_differ_in_a_mark_only_are_two_names() -> None:
    catalogue = copy_of_english()
    catalogue["cat"] = {"display": "कि", "accepted": ["कि"]}
    catalogue["dog"] = {"display": "कु", "accepted": ["कु"]}
    assert find_catalogue_problems(catalogue) == []


@pytest.mark.parametrize(
    ("entry", "problem"),
    [
        ({"accepted": ["cat"]}, "display is no text"),
        ({"display": " ", "accepted": ["cat"]}, "display is no text"),
        ({"display": "a cat"}, "accepted is no list of one name or more"),
        ({"display": "a cat", "accepted": []}, "accepted is no list of one name or more"),
        ({"display": "a cat", "accepted": ["cat", ""]}, "accepted is no list of one name or more"),
        ({"display": "a cat", "accepted": ["cat", "Cat"]}, "accepted holds a name twice"),
        ({"display": "a cat", "accepted": ["cat"], "context": "?"}, "has a field 'context' that nobody reads"),
    ],
)
def test_a_damaged_entry_is_named(entry: dict[str, Any], problem: str) -> None:
    catalogue = copy_of_english()
    catalogue["cat"] = entry
    assert find_catalogue_problems(catalogue) == [f"cat: {problem}"]
