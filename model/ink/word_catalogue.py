"""Checks the catalogues of words: the names of the same words in every language, and no name for two of them."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterator, Mapping
from typing import Any

from model.ink.vocabulary import CLASS_WORDS, WORD_CATALOGUES_FOLDER

WordCatalogue = Mapping[str, Mapping[str, Any]]
"""A word's id → its `display` form, its `accepted` names and, where it is ambiguous, a `note` for translators."""

_KNOWN_FIELDS = {"display", "accepted", "note"}
_IGNORED_CATEGORIES = ("Z", "P", "Cf")
"""Unicode categories that two spellings of one name may differ in: spaces, punctuation, invisible joiners."""


def list_catalogue_languages() -> list[str]:
    """List the languages that there is a catalogue of."""
    return sorted(path.stem for path in WORD_CATALOGUES_FOLDER.glob("*.json"))


def read_word_catalogue(language: str) -> WordCatalogue:
    """Read the catalogue of a language."""
    catalogue: WordCatalogue = json.loads((WORD_CATALOGUES_FOLDER / f"{language}.json").read_text(encoding="utf-8"))
    return catalogue


def find_catalogue_problems(catalogue: WordCatalogue) -> list[str]:
    """Say what is wrong with a catalogue: words missing or too many, fields that are empty, names of two words."""
    missing = [f"{word}: is missing" for word in CLASS_WORDS if word not in catalogue]
    unknown = [f"{word}: is no word of the vocabulary" for word in catalogue if word not in CLASS_WORDS]
    wrong = [f"{word}: {problem}" for word, entry in catalogue.items() for problem in _find_entry_problems(entry)]
    return missing + unknown + (wrong or list(_find_shared_names(catalogue)))


def _find_entry_problems(entry: Mapping[str, Any]) -> Iterator[str]:
    yield from (f"has a field {field!r} that nobody reads" for field in entry if field not in _KNOWN_FIELDS)
    if not _is_name(entry.get("display")):
        yield "display is no text"
    accepted = entry.get("accepted")
    if not isinstance(accepted, list) or not accepted or not all(map(_is_name, accepted)):
        yield "accepted is no list of one name or more"
    elif len({name.casefold() for name in accepted}) < len(accepted):
        yield "accepted holds a name twice"


def _is_name(value: Any) -> bool:
    return isinstance(value, str) and value == value.strip() != ""


def _find_shared_names(catalogue: WordCatalogue) -> Iterator[str]:
    """Name the words that could not be told apart by what somebody writes."""
    owners: dict[str, str] = {}
    for word, entry in catalogue.items():
        for name in (entry["display"], *entry["accepted"]):
            owner = owners.setdefault(_comparison_key(name), word)
            if owner != word:
                yield f"{word}: the name {name!r} belongs to {owner!r}, too"


def _comparison_key(name: str) -> str:
    """Return what all spellings of a name have in common: case, width, spaces and punctuation left out."""
    folded = unicodedata.normalize("NFKC", name).casefold()
    return "".join(letter for letter in folded if not unicodedata.category(letter).startswith(_IGNORED_CATEGORIES))
