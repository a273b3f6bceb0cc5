"""Every key and channel in Redis. Keys of one room carry the hash tag `{CODE}`, so that a script may touch them all.

All of them begin with INKLING_PREFIX, so that several Inklings may share a server. It is read where they are made: it is
one for a whole process, and no key can be made without it.
"""

from __future__ import annotations

import os

KEY_PREFIX = os.environ.get("INKLING_PREFIX", "").strip()
"""Checked with all other settings before a command does anything (`server.settings`)."""

ROOMS_KEY = KEY_PREFIX + "rooms"
"""Sorted set: code of every room that may exist → when it was announced (ms)."""

TOKEN_SECRET_KEY = KEY_PREFIX + "secret"
"""String: signs tokens when the operator names no secret."""

DRAWING_HOURS_KEY = KEY_PREFIX + "drawings:hours"
"""Sorted set: every hour (since 1970, UTC) in which a kept drawing was finished → itself."""

DRAWING_WORDS_KEY = KEY_PREFIX + "drawings:words"
"""Set: every word of which a drawing is kept."""

HELD_DRAWINGS_KEY = KEY_PREFIX + "drawings:held"
"""Sorted set: key_id of every drawing that waits for the operator → when it was held (ms)."""

SHOWN_WORDS_KEY = KEY_PREFIX + "drawings:shown"
"""Set: every word of which strangers may see a drawing."""

ERASED_PLAYERS_KEY = KEY_PREFIX + "erased:players"
"""Hash: hash of a player → when that player was erased (ms); nothing older of them is ever taken in again."""

ERASED_DRAWINGS_KEY = KEY_PREFIX + "erased:drawings"
"""Set: key_id of every drawing that was erased, whoever drew it; none of them is ever taken in again."""

ERASED_STATE_KEY = KEY_PREFIX + "erased:state"
"""String: another one after each erasure, so that whoever has compared everything need not do so again."""

PENDING_REMOVALS_KEY = KEY_PREFIX + "erased:waiting"
"""Hash: name → a removal that waits for archives which were away or damaged (`server.drawings.archives.PendingRemoval`)."""

ARCHIVE_FOLDERS_KEY = KEY_PREFIX + "archives"
"""Set: folders with drawings that were moved out of Redis and still belong to the collection."""

GUESS_QUEUE_KEY = KEY_PREFIX + "guess:queue"
"""List: requests of all web processes, oldest first."""

GUESSER_HEARTBEAT_KEY = KEY_PREFIX + "guess:beat"
"""String that expires: a warmed guesser is alive."""

CUSTOM_WORDS_KEY = KEY_PREFIX + "taught"
"""Hash: words that this server was taught → the key of their drawings."""


WEB_PROCESSES_KEY = KEY_PREFIX + "webs"
"""Hash: every web process that lives → a counter that it keeps moving."""

WEB_VERSIONS_KEY = KEY_PREFIX + "webs:versions"
"""Hash: every web process → the version that it runs; up to room format 3 none wrote it."""

PLAY_LEASE_KEY = KEY_PREFIX + "play"
"""Hash: who runs `inkling play` on this Redis, and a counter that it keeps moving."""


KEY_TYPES = {
    ROOMS_KEY: "zset", TOKEN_SECRET_KEY: "string", DRAWING_HOURS_KEY: "zset", DRAWING_WORDS_KEY: "set", HELD_DRAWINGS_KEY: "zset", SHOWN_WORDS_KEY: "set", ERASED_PLAYERS_KEY: "hash",
    ERASED_DRAWINGS_KEY: "set", ERASED_STATE_KEY: "string", PENDING_REMOVALS_KEY: "hash", ARCHIVE_FOLDERS_KEY: "set", GUESS_QUEUE_KEY: "list", GUESSER_HEARTBEAT_KEY: "string",
    CUSTOM_WORDS_KEY: "hash", WEB_PROCESSES_KEY: "hash", WEB_VERSIONS_KEY: "hash", PLAY_LEASE_KEY: "hash",
}  # fmt: skip
"""Every key of a fixed name → its type as Redis calls it. What has another type is not Inkling's."""


def peer_queue_key(web: str) -> str:
    """List that expires: messages to one web process, oldest first."""
    return KEY_PREFIX + f"web:{web}:mail"


def room_head_key(code: str) -> str:
    """Hash: epoch, owner, birth, format, offset, snapshot_offset, snapshot of one room."""
    return KEY_PREFIX + f"room:{{{code}}}:head"


def room_log_key(code: str) -> str:
    """Stream: the accepted commands after the snapshot, with ids epoch-offset."""
    return KEY_PREFIX + f"room:{{{code}}}:log"


def set_aside_key(key: str) -> str:
    """What a key of a room was renamed to when it could not be read: for the operator to look at, or to delete."""
    return f"{key}:aside"


def room_outbox_key(code: str) -> str:
    """Hash: birth:offset → what a phase change left behind and the outbox relay has yet to move."""
    return KEY_PREFIX + f"room:{{{code}}}:outbox"


def room_games_key(code: str) -> str:
    """Hash: birth:game → the standings of a finished game, for the board of the evening."""
    return KEY_PREFIX + f"room:{{{code}}}:games"


def drawing_key(key_id: str) -> str:
    """String: one kept drawing, ink and provenance."""
    return KEY_PREFIX + f"drawing:{key_id}"


def word_drawings_key(word: str) -> str:
    """Sorted set: key_id of every kept drawing of a word → when its round ended (ms)."""
    return KEY_PREFIX + f"drawings:word:{word}"


def hour_drawings_key(hour: int) -> str:
    """Set: key_id of every kept drawing whose round ended in one hour. A tenth of what a sorted set of all would take."""
    return KEY_PREFIX + f"drawings:hour:{hour}"


def player_drawings_key(player: str) -> str:
    """Set: key_id of every kept drawing of one player, who is named by a hash; archived ones, too."""
    return KEY_PREFIX + f"drawings:player:{player}"


def shown_drawings_key(word: str) -> str:
    """Sorted set: key_id of every drawing of a word that strangers may see → when its round ended (ms)."""
    return KEY_PREFIX + f"drawings:shown:{word}"


def leaderboard_key(pack: str, day: str = "", mode: str = "race") -> str:
    """Sorted set: player:birth:game → points; of all time, or of one UTC day (`2026-11-21`).

    All modes but race name themselves in it.
    """
    board = pack if mode == "race" else f"{mode}:{pack}"
    return KEY_PREFIX + f"board:{{{board}:{day or 'all'}}}"


def leaderboards_pattern() -> str:
    """Pattern of all boards."""
    return KEY_PREFIX + "board:*}"


def room_games_pattern() -> str:
    """Pattern of the games of all rooms."""
    return KEY_PREFIX + "room:*:games"


def leaderboard_names_key(pack: str, day: str = "", mode: str = "race") -> str:
    """Hash: the same members → name, time, hits and place."""
    return leaderboard_key(pack, day, mode) + ":names"


def custom_word_key(key: str) -> str:
    """String: drawings of a word that people taught; those of a room expire."""
    return KEY_PREFIX + f"taught:{key}"


def guess_replies_key(web: str) -> str:
    """List that expires: answers for one web process."""
    return KEY_PREFIX + f"guess:replies:{web}"


def demo_questions_channel(database: int) -> str:
    """Channel, not a key: what the page /try asks. Nothing of it is stored, not even in the append-only file.

    Channels know no database numbers: those who listen in another database are another Inkling.
    """
    return KEY_PREFIX + f"try:{database}:asked"


def demo_answers_channel(database: int, web: str) -> str:
    """Channel, not a key: answers to what one web process's visitors try."""
    return KEY_PREFIX + f"try:{database}:told:{web}"


def demo_claim_key(question: str) -> str:
    """String that expires: one of several guessers answers this question."""
    return KEY_PREFIX + f"try:claim:{question}"


def probe_key(name: str) -> str:
    """Key that is made and removed when a process looks at its Redis."""
    return KEY_PREFIX + f"probe:{name}"


def write_probe_key(web: str) -> str:
    """String that expires: what a web process wrote to find out whether Redis takes writes."""
    return KEY_PREFIX + f"ready:{web}"
