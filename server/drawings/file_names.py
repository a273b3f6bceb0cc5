"""What a word's file or folder is called. A word is a player's text; a name on a disk has rules of its own.

A name depends on the word alone, so an export that is resumed and an archive that is added to find it again. Two words never
share a name, also where a disk does not tell `Cat` from `cat`, or one spelling of an accent from another.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata

from server.game.words.vocabulary import QUICKDRAW_WORDS

MAX_BASE_NAME_BYTES = 40
"""UTF-8 bytes of what is left of a word that is not plain; the hash after it makes the name unique."""

_PLAIN_NAME = re.compile(r"[a-z0-9](?:[a-z0-9 '()_-]{0,58}[a-z0-9)])?")
_QUICKDRAW_WORDS = frozenset(QUICKDRAW_WORDS)
_QUICKDRAW_WORDS_FOLDED = frozenset(word.casefold() for word in QUICKDRAW_WORDS)
_WINDOWS_DEVICE_NAMES = frozenset(
    ("con", "prn", "aux", "nul", *(f"{device}{number}" for device in ("com", "lpt") for number in range(10)))
)
"""Names that Windows gives to devices, whatever their suffix."""


def word_file_name(word: str) -> str:
    """Name a word's file or folder: at most 60 characters and 80 bytes, without separators and dots.

    The words of Quick, Draw! and other plain words in small letters keep their names, for other people's readers. Of any
    other word the letters and digits are kept, as many as fit, then `~` and a hash.
    """
    if word in _QUICKDRAW_WORDS:
        return word
    if _PLAIN_NAME.fullmatch(word) and word not in _WINDOWS_DEVICE_NAMES and word not in _QUICKDRAW_WORDS_FOLDED:
        return word
    kept = "".join(
        letter if letter.isalnum() or letter in " -_" else "_" for letter in unicodedata.normalize("NFC", word)
    )
    base = kept.encode("utf-8", "ignore")[:MAX_BASE_NAME_BYTES].decode("utf-8", "ignore").strip()
    return f"{base}~{hashlib.blake2b(word.encode('utf-8', 'surrogatepass'), digest_size=8).hexdigest()}"
