"""Every key and channel in Redis. Keys of one room carry the hash tag `{CODE}`, so that a script may touch them all.

All of them begin with INKLING_PREFIX, so that several Inklings may share a server. It is read where they are made: it is
one for a whole process, and no key can be made without it.
"""

from __future__ import annotations

import os

PREFIX = os.environ.get("INKLING_PREFIX", "").strip()
"""Checked with all other settings before a command does anything (`server.settings`)."""

ROOMS = PREFIX + "rooms"
"""Sorted set: code of every room that may exist → when it was announced (ms)."""

SECRET = PREFIX + "secret"
"""String: signs tokens when the operator names no secret."""

HOURS = PREFIX + "drawings:hours"
"""Sorted set: every hour (since 1970, UTC) in which a kept drawing was finished → itself."""

WORDS = PREFIX + "drawings:words"
"""Set: every word of which a drawing is kept."""

HELD = PREFIX + "drawings:held"
"""Sorted set: key_id of every drawing that waits for the operator → when it was held (ms)."""

SHOWN = PREFIX + "drawings:shown"
"""Set: every word of which strangers may see a drawing."""

ERASED_PLAYERS = PREFIX + "erased:players"
"""Hash: hash of a player → when that player was erased (ms); nothing older of them is ever taken in again."""

ERASED_DRAWINGS = PREFIX + "erased:drawings"
"""Set: key_id of every drawing that was erased, whoever drew it; none of them is ever taken in again."""

ERASED_STATE = PREFIX + "erased:state"
"""String: another one after each erasure, so that whoever has compared everything need not do so again."""

REMOVALS = PREFIX + "erased:waiting"
"""Hash: name → a removal that waits for archives which were away or damaged (`server.drawings.archives.Removal`)."""

ARCHIVES = PREFIX + "archives"
"""Set: folders with drawings that were moved out of Redis and still belong to the collection."""

GUESS_QUEUE = PREFIX + "guess:queue"
"""List: requests of all web processes, oldest first."""

GUESS_BEAT = PREFIX + "guess:beat"
"""String that expires: a warmed guesser is alive."""

TAUGHT_WORDS = PREFIX + "taught"
"""Hash: words that this server was taught → the key of their drawings."""


WEBS = PREFIX + "webs"
"""Hash: every web process that lives → a counter that it keeps moving."""


PLAY = PREFIX + "play"
"""Hash: who runs `inkling play` on this Redis, and a counter that it keeps moving."""


TYPES = {
    ROOMS: "zset", SECRET: "string", HOURS: "zset", WORDS: "set", HELD: "zset", SHOWN: "set", ERASED_PLAYERS: "hash",
    ERASED_DRAWINGS: "set", ERASED_STATE: "string", REMOVALS: "hash", ARCHIVES: "set", GUESS_QUEUE: "list", GUESS_BEAT: "string",
    TAUGHT_WORDS: "hash", WEBS: "hash", PLAY: "hash",
}  # fmt: skip
"""Every key of a fixed name → its type as Redis calls it. What has another type is not Inkling's."""


def mail(web: str) -> str:
    """List that expires: letters to one web process, oldest first."""
    return PREFIX + f"web:{web}:mail"


def head(code: str) -> str:
    """Hash: epoch, owner, birth, format, offset, snapshot_offset, snapshot of one room."""
    return PREFIX + f"room:{{{code}}}:head"


def log(code: str) -> str:
    """Stream: the accepted commands after the snapshot, with ids epoch-offset."""
    return PREFIX + f"room:{{{code}}}:log"


def aside(key: str) -> str:
    """What a key of a room was renamed to when it could not be read: for the operator to look at, or to delete."""
    return f"{key}:aside"


def outbox(code: str) -> str:
    """Hash: birth:offset → what a phase change left behind and the mover has yet to move."""
    return PREFIX + f"room:{{{code}}}:outbox"


def games(code: str) -> str:
    """Hash: birth:game → the standings of a finished game, for the board of the evening."""
    return PREFIX + f"room:{{{code}}}:games"


def drawing(key_id: str) -> str:
    """String: one kept drawing, ink and provenance."""
    return PREFIX + f"drawing:{key_id}"


def of_word(word: str) -> str:
    """Sorted set: key_id of every kept drawing of a word → when its round ended (ms)."""
    return PREFIX + f"drawings:word:{word}"


def of_hour(hour: int) -> str:
    """Set: key_id of every kept drawing whose round ended in one hour. A tenth of what a sorted set of all would take."""
    return PREFIX + f"drawings:hour:{hour}"


def of_player(player: str) -> str:
    """Set: key_id of every kept drawing of one player, who is named by a hash; archived ones, too."""
    return PREFIX + f"drawings:player:{player}"


def shown(word: str) -> str:
    """Sorted set: key_id of every drawing of a word that strangers may see → when its round ended (ms)."""
    return PREFIX + f"drawings:shown:{word}"


def board(pack: str, day: str = "") -> str:
    """Sorted set: player:birth:game → points; of all time, or of one UTC day (`2026-11-21`)."""
    return PREFIX + f"board:{{{pack}:{day or 'all'}}}"


def any_board() -> str:
    """Pattern of all boards."""
    return PREFIX + "board:*}"


def any_games() -> str:
    """Pattern of the games of all rooms."""
    return PREFIX + "room:*:games"


def board_names(pack: str, day: str = "") -> str:
    """Hash: the same members → name, time, hits and place."""
    return PREFIX + f"board:{{{pack}:{day or 'all'}}}:names"


def taught(key: str) -> str:
    """String: drawings of a word that people taught; those of a room expire."""
    return PREFIX + f"taught:{key}"


def guess_replies(web: str) -> str:
    """List that expires: answers for one web process."""
    return PREFIX + f"guess:replies:{web}"


def try_asked(database: int) -> str:
    """Channel, not a key: what the page /try asks. Nothing of it is stored, not even in the append-only file.

    Channels know no database numbers: those who listen in another database are another Inkling.
    """
    return PREFIX + f"try:{database}:asked"


def try_told(database: int, web: str) -> str:
    """Channel, not a key: answers to what one web process's visitors try."""
    return PREFIX + f"try:{database}:told:{web}"


def try_claim(question: str) -> str:
    """String that expires: one of several guessers answers this question."""
    return PREFIX + f"try:claim:{question}"


def probe(name: str) -> str:
    """Key that is made and removed when a process looks at its Redis."""
    return PREFIX + f"probe:{name}"


def ready(web: str) -> str:
    """String that expires: what a web process wrote to find out whether Redis takes writes."""
    return PREFIX + f"ready:{web}"
