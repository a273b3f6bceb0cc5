"""Every key in Redis. Those of one room carry the hash tag `{CODE}`, so that a script may touch them all."""

from __future__ import annotations

ROOMS = "rooms"
"""Sorted set: code of every room that may exist → when it was announced (ms)."""

SECRET = "secret"
"""String: signs tokens when the operator names no secret."""

HOURS = "drawings:hours"
"""Sorted set: every hour (since 1970, UTC) in which a kept drawing was finished → itself."""

WORDS = "drawings:words"
"""Set: every word of which a drawing is kept."""

HELD = "drawings:held"
"""Sorted set: key_id of every drawing that waits for the operator → when it was held (ms)."""

SHOWN = "drawings:shown"
"""Set: every word of which strangers may see a drawing."""

ERASED_PLAYERS = "erased:players"
"""Hash: hash of a player → when that player was erased (ms); nothing older of them is ever taken in again."""

ERASED_DRAWINGS = "erased:drawings"
"""Set: key_id of every drawing that was erased, whoever drew it; none of them is ever taken in again."""

ARCHIVES = "archives"
"""Set: folders with drawings that were moved out of Redis and still belong to the collection."""

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


def of_hour(hour: int) -> str:
    """Set: key_id of every kept drawing whose round ended in one hour. A tenth of what a sorted set of all would take."""
    return f"drawings:hour:{hour}"


def of_player(player: str) -> str:
    """Set: key_id of every kept drawing of one player, who is named by a hash; archived ones, too."""
    return f"drawings:player:{player}"


def shown(word: str) -> str:
    """Sorted set: key_id of every drawing of a word that strangers may see → when its round ended (ms)."""
    return f"drawings:shown:{word}"


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
