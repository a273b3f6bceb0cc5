"""Every key in Redis. Those of one room carry the hash tag `{CODE}`, so that a script may touch them all."""

from __future__ import annotations

ROOMS = "rooms"
"""Sorted set: code of every room that may exist → when it was announced (ms)."""

SECRET = "secret"
"""String: signs tokens when the operator names no secret."""

BY_TIME = "drawings"
"""Sorted set: key_id of every kept drawing → when its round ended (ms)."""

WORDS = "drawings:words"
"""Set: every word of which a drawing is kept."""

GUESS_QUEUE = "guess:queue"
"""List: requests of all web processes, oldest first."""

GUESS_BEAT = "guess:beat"
"""String that expires: a warmed guesser is alive."""

TRY_ASKED = "try:asked"
"""Channel, not a key: what the page /try asks. Nothing of it is stored, not even in the append-only file."""


TAUGHT_WORDS = "taught"
"""Hash: words that this server was taught → the key of their drawings."""


WEBS = "webs"
"""Hash: every web process that lives → a counter that it keeps moving."""


def mail(web: str) -> str:
    """List that expires: letters to one web process, oldest first."""
    return f"web:{web}:mail"


def head(code: str) -> str:
    """Hash: epoch, owner, birth, offset, snapshot_offset, snapshot of one room."""
    return f"room:{{{code}}}:head"


def log(code: str) -> str:
    """Stream: the accepted commands after the snapshot, with ids epoch-offset."""
    return f"room:{{{code}}}:log"


def outbox(code: str) -> str:
    """Hash: birth:offset → what a phase change left behind and the mover has yet to move."""
    return f"room:{{{code}}}:outbox"


def games(code: str) -> str:
    """Hash: birth:game → the standings of a finished game, for the board of the evening."""
    return f"room:{{{code}}}:games"


def drawing(key_id: str) -> str:
    """String: one kept drawing, ink and provenance."""
    return f"drawing:{key_id}"


def of_word(word: str) -> str:
    """Sorted set: key_id of every kept drawing of a word → when its round ended (ms)."""
    return f"drawings:word:{word}"


def of_player(player: str) -> str:
    """Set: key_id of every kept drawing of one player."""
    return f"drawings:player:{player}"


def board(pack: str, day: str = "") -> str:
    """Sorted set: player:birth:game → points; of all time, or of one UTC day (`2026-11-21`)."""
    return f"board:{{{pack}:{day or 'all'}}}"


def board_names(pack: str, day: str = "") -> str:
    """Hash: the same members → name, time, hits and place."""
    return f"board:{{{pack}:{day or 'all'}}}:names"


def taught(key: str) -> str:
    """String: drawings of a word that people taught; those of a room expire."""
    return f"taught:{key}"


def guess_replies(web: str) -> str:
    """List that expires: answers for one web process."""
    return f"guess:replies:{web}"


def try_told(web: str) -> str:
    """Channel, not a key: answers to what one web process's visitors try."""
    return f"try:told:{web}"


def try_claim(question: str) -> str:
    """String that expires: one of several guessers answers this question."""
    return f"try:claim:{question}"
