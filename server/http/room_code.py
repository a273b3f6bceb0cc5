"""A room's code out of what people type, paste or follow. The page's `routing/room_code.ts` does the same; one table tests both."""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import unquote

from server.game.ids import ROOM_CODE_ALPHABET, ROOM_CODE_LENGTH

MAX_CODE_TEXT_CHARACTERS = 500
"""Characters that are looked at."""
LOOK_ALIKES = str.maketrans({"O": "Q", "0": "Q", "U": "V"})
"""Characters that no code has, and the one of a code that each is taken for."""
_LINK = re.compile(r"/r/([^/?#\s]+)", re.IGNORECASE)
_ALPHANUMERIC_RUN = re.compile(r"[A-Za-z0-9]+")


def find_room_code(text: str) -> str | None:
    """Return the room code in a text: alone, in a link, among words, in groups; None if there is none.

    Of several candidates the one that needs no guessing is taken (no look-alikes, in one piece, in capitals or with
    digits), then the last.
    """
    text = _normalized(text[:MAX_CODE_TEXT_CHARACTERS])
    link = _LINK.search(text)
    if link is not None:
        text = _normalized(unquote(link[1]))
    best: tuple[int, str] | None = None
    for parts in _code_long_groups(_ALPHANUMERIC_RUN.findall(text)):
        written = "".join(parts)
        code = written.upper().translate(LOOK_ALIKES)
        if not set(code) <= set(ROOM_CODE_ALPHABET):
            continue
        changed = sum(a != b for a, b in zip(written.upper(), code, strict=True))
        word = any(letter.islower() for letter in written) and written.isalpha()
        doubt = 4 * changed + 2 * (len(parts) > 1) + word
        if best is None or doubt <= best[0]:
            best = doubt, code
    return None if best is None else best[1]


def _normalized(text: str) -> str:
    """Return full-width and other compatible letters as plain ones, without invisible characters."""
    return "".join(letter for letter in unicodedata.normalize("NFKC", text) if unicodedata.category(letter) != "Cf")


def _code_long_groups(runs: list[str]) -> list[list[str]]:
    """Return the neighbouring runs that are as long as a code together."""
    found = []
    for start in range(len(runs)):
        length = 0
        for end in range(start, len(runs)):
            length += len(runs[end])
            if length >= ROOM_CODE_LENGTH:
                if length == ROOM_CODE_LENGTH:
                    found.append(runs[start : end + 1])
                break
    return found
