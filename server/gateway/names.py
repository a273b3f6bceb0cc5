"""Names of players: what people may call themselves."""

from __future__ import annotations

import unicodedata

import regex

LONGEST = 20
"""Graphemes in a name."""
MARKS = 2
"""Combining marks one letter may carry; more is zalgo."""

_INVISIBLE = regex.compile(r"[\p{C}\p{Zl}\p{Zp}\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0]")
_SPACES = regex.compile(r"\s+")


def clean(name: str, longest: int = LONGEST) -> str | None:
    """Normalise a name (NFC, no control or bidi characters, single spaces); None if it is empty or too long."""
    # Normalised last: taking a character out can bring a letter and its accent together.
    text = unicodedata.normalize("NFC", _INVISIBLE.sub("", name.encode("utf-8", "ignore").decode()))
    text = _SPACES.sub(" ", text).strip()
    graphemes = regex.findall(r"\X", text)
    if not 1 <= len(graphemes) <= longest or any(_marks(one) > MARKS for one in graphemes):
        return None
    return text if any(not unicodedata.category(letter).startswith("M") for letter in text) else None


def _marks(grapheme: str) -> int:
    return sum(unicodedata.category(letter).startswith("M") for letter in grapheme)
