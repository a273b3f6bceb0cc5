"""The 345 words of Quick, Draw! and how people say and write them. The network reads the same file of words."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

_CATALOGUE_FILE = Path(__file__).parents[3] / "model" / "ink" / "words" / "en.json"
"""Names of the words in English; docs/languages.md says how another language is added."""


@dataclass(frozen=True, slots=True)
class WordNames:
    """How people call one word."""

    display: str
    """As one says it in a sentence: *an apple*, *pants*, *the Eiffel Tower*."""
    accepted: tuple[str, ...]
    """Every name that means the word when somebody writes it, without article; the usual one first."""


def _read_catalogue() -> dict[str, WordNames]:
    catalogue = json.loads(_CATALOGUE_FILE.read_text(encoding="utf-8"))
    return {word: WordNames(entry["display"], tuple(entry["accepted"])) for word, entry in catalogue.items()}


_NAMES = _read_catalogue()

QUICKDRAW_WORDS: tuple[str, ...] = tuple(sorted(_NAMES))
"""All words that can be drawn, in alphabetical order, as the data and the network name them."""


def display(word: str) -> str:
    """Return the word as one would say it; a taught word is said as it was taught."""
    names = _NAMES.get(word)
    return word if names is None else names.display


def accepted_names(word: str) -> tuple[str, ...]:
    """Return the names that mean the word when somebody writes it; a taught word has its own name only."""
    names = _NAMES.get(word)
    return (word,) if names is None else names.accepted
