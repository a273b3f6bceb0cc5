"""When two texts are the same to people: names that look alike are told apart, words written differently are one word."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from functools import lru_cache

_LOOKALIKES = str.maketrans(
    {
        alike: letter
        for letter, alikes in {
            "a": "аα", "b": "вβ", "c": "сϲ", "d": "ԁ", "e": "еε", "g": "ɡ", "h": "нηһ", "i": "іιıl1ӏ|",
            "j": "јϳ", "k": "кκ", "m": "мμ", "n": "ν", "o": "оο0օ", "p": "рρ", "q": "ԛ", "s": "ѕ", "t": "тτ",
            "w": "ԝ", "x": "хχ", "y": "уυ", "z": "ζ",
        }.items()
        for alike in alikes
    }
)  # fmt: skip
"""Small letters that look like a Latin one, as small or as capital letter (Unicode's confusables, the common ones)."""


@lru_cache(maxsize=1024)
def fold_text(text: str) -> str:
    """Return what two spellings of one word have in common: case, width, joiners and spaces left out."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    return "".join(letter for letter in unicodedata.normalize("NFKD", plain) if not _is_invisible(letter))


def name_skeleton(name: str) -> str:
    """Return what two names have in common that people would take for each other."""
    return fold_text(name).translate(_LOOKALIKES)


def distinguish_name(name: str, others: Iterable[str]) -> str:
    """Return the name as a room shows it: with the first free number from 2 on if somebody else's looks like it."""
    taken = {name_skeleton(other) for other in others}
    distinct, number = name, 2
    while name_skeleton(distinct) in taken:
        distinct, number = f"{name} {number}", number + 1
    return distinct


def _is_invisible(letter: str) -> bool:
    selector = "\ufe00" <= letter <= "\ufe0f" or "\U000e0100" <= letter <= "\U000e01ef"
    return selector or letter.isspace() or unicodedata.category(letter) == "Cf"
