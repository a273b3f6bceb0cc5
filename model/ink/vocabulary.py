"""The words of Quick, Draw!: the classes of the network, in the order of its outputs.

How people say and write them stands in `words/`, one file a language (docs/languages.md).
"""

from __future__ import annotations

import json
from pathlib import Path

WORD_CATALOGUES_FOLDER = Path(__file__).parent / "words"
"""One JSON file a language. The rules of the game and the page read them, too."""
SOURCE_LANGUAGE = "en"
"""The language whose catalogue says which words there are."""

CLASS_WORDS: tuple[str, ...] = tuple(
    sorted(json.loads((WORD_CATALOGUES_FOLDER / f"{SOURCE_LANGUAGE}.json").read_text(encoding="utf-8")))
)
"""All 345 words in alphabetical order; a word's place is its class index."""

CLASS_INDEX: dict[str, int] = {word: index for index, word in enumerate(CLASS_WORDS)}
"""Word → class index."""
