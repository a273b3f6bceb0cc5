"""What people write: names, taught words, words of imported drawings. One set of rules, and they follow Unicode.

Text is kept as its script needs it: marks, conjuncts, joiners where they shape letters or emoji (UAX #31, 2.3).
What nobody can see, and what turns other text round (bidi controls), is taken out.
"""

from __future__ import annotations

import unicodedata
from collections import Counter

import regex

MAX_NAME_CHARACTERS = 20
"""Characters of a player's name, as `length` counts them."""
MAX_WORD_CHARACTERS = 30
"""Characters of a word that people teach, as `length` counts them."""
MAX_IMPORTED_WORD_CHARACTERS = 100
"""Characters of the word of an imported drawing."""

MAX_CLUSTER_CODE_POINTS = 16
"""The longest emoji has ten code points, the longest conjuncts of real names about as many."""
MAX_STACKED_MARKS = 6
"""Nonspacing marks that follow each other: Burmese needs five, pointed Hebrew with accents five."""
MAX_MARKS_PER_COMBINING_CLASS = 2
"""Marks of one combining class on one letter (say, above it): pointed Arabic and Yoruba need two, zalgo has dozens."""

# What may stay although it cannot be seen, where it shapes what can be seen:
_KEPT_INVISIBLES = "|".join(
    (
        # ZWNJ between letters that would join (Persian), and between a virama and a letter;
        r"(?<=[\p{jt=D}\p{jt=L}]\p{jt=T}*)\u200c(?=\p{jt=T}*[\p{jt=D}\p{jt=R}])",
        r"(?<=\p{ccc=9})\u200c(?=\p{L})",
        # ZWJ beside a virama (Sinhala, Malayalam, Bengali), and between the parts of an emoji;
        r"(?<=\p{ccc=9})\u200d",
        r"(?<=\p{L}\p{M}*)\u200d(?=\p{ccc=9})",
        r"(?<=\p{Extended_Pictographic}[\ufe0f\p{Emoji_Modifier}]?)\u200d(?=\p{Extended_Pictographic})",
        # the flags of England, Scotland, Wales;
        r"(?<=\U0001f3f4)[\U000e0030-\U000e0039\U000e0061-\U000e007a]{2,6}\U000e007f",
        # variants of emoji, of Chinese characters (as in family names), of Burmese letters;
        r"(?<=[\p{Extended_Pictographic}0-9#*])[\ufe0e\ufe0f]",
        r"(?<=\p{Han})[\ufe00-\ufe02\U000e0100-\U000e01ef]",
        r"(?<=\p{Myanmar})\ufe00",
        # and the separators and variants of Mongolian letters.
        r"(?<=\p{Mongolian})[\u180b-\u180f](?=\p{Mongolian}|\u0020|$)",
    )
)
_INVISIBLE = r"[[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800]--\p{Prepended_Concatenation_Mark}]"
_KEPT_OR_INVISIBLE = regex.compile(f"(?V1)({_KEPT_INVISIBLES})|{_INVISIBLE}")
_SPACES = regex.compile(r"\s+")
_ORPHAN_MARKS = regex.compile(r"(?<![^ ])[\p{Mn}\p{Me}]+")
"""Marks with no letter under them would sit on whatever stands before the name."""
_VISIBLE = regex.compile(r"[^\p{M}\p{Z}\p{C}]")
_CLUSTERS = regex.compile(r"\X")
_LETTERS = regex.compile(r"\p{L}")
_MARK_RUNS = regex.compile(r"[\p{Mn}\p{Me}\u200c\u200d]+")
_JOINERS = "\u200c\u200d"


def clean_text(text: str, longest: int) -> str | None:
    """Tidy text (NFC, single spaces, nothing unseen); None if nothing is left, or if it is too long or zalgo."""
    if len(text) > longest * MAX_CLUSTER_CODE_POINTS:
        return None
    tidied = tidy_text(text)
    if _VISIBLE.search(tidied) is None or not 1 <= count_characters(tidied) <= longest:
        return None
    if any(len(cluster) > MAX_CLUSTER_CODE_POINTS for cluster in _CLUSTERS.findall(tidied)):
        return None
    return None if any(map(_is_zalgo, _MARK_RUNS.findall(tidied))) else tidied


def tidy_text(text: str) -> str:
    """Return text in NFC, with single spaces, without what cannot be seen and does nothing to what can be."""
    text = _tidy_once(text.encode("utf-8", "ignore").decode())
    # What is taken out can bring a letter and its accent together, or a joiner and its letter.
    while (again := _tidy_once(text)) != text:
        text = again
    return text


def count_characters(text: str) -> int:
    """Count characters as people do: grapheme clusters, and in a conjunct each of its letters.

    Unicode 15.1 made one cluster of a conjunct, so that counting letters gives the same in browsers old and new.
    """
    return sum(max(1, len(_LETTERS.findall(cluster))) for cluster in _CLUSTERS.findall(text))


def _tidy_once(text: str) -> str:
    seen = _KEPT_OR_INVISIBLE.sub(
        lambda found: found[1] or (" " if found[0].isspace() else ""), unicodedata.normalize("NFC", text)
    )
    spaced = _SPACES.sub(" ", seen).strip()
    return unicodedata.normalize("NFC", _ORPHAN_MARKS.sub("", spaced).strip())


def _is_zalgo(stack: str) -> bool:
    marks = [mark for mark in stack if mark not in _JOINERS]
    places = Counter(place for place in map(unicodedata.combining, marks) if place)
    return (
        len(marks) > MAX_STACKED_MARKS
        or len(set(marks)) < len(marks)
        or any(many > MAX_MARKS_PER_COMBINING_CLASS for many in places.values())
    )
