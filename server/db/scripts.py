"""The Lua scripts beside this file: each is one atomic step on keys of one slot."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class LuaScript:
    """The text of one script and the name under which Redis remembers it."""

    text: str
    sha: str


def load_script(name: str) -> LuaScript:
    """Read `lua/<name>.lua`."""
    text = (files("server.db") / "lua" / f"{name}.lua").read_text(encoding="utf-8")
    return LuaScript(text, hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest())


CREATE_ROOM = load_script("create")
READ_ROOM = load_script("read")
ADOPT_ROOM = load_script("adopt")
APPEND_LOG_ENTRIES = load_script("append")
SAVE_SNAPSHOT = load_script("save")
SET_ROOM_ASIDE = load_script("aside")
RELEASE_ROOM = load_script("release")
FORGET_ROOM = load_script("forget")
UNLIST_ROOM = load_script("unlist")
ENTER_LEADERBOARD = load_script("board")
CLAIM_PLAY_LEASE = load_script("claim")
RENEW_PLAY_LEASE = load_script("beat")
