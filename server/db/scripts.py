"""The Lua scripts beside this file: each is one atomic step on keys of one slot."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class Script:
    """The text of one script and the name under which Redis remembers it."""

    text: str
    sha: str


def load(name: str) -> Script:
    """Read `lua/<name>.lua`."""
    text = (files("server.db") / "lua" / f"{name}.lua").read_text(encoding="utf-8")
    return Script(text, hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest())


CREATE = load("create")
ADOPT = load("adopt")
APPEND = load("append")
SAVE = load("save")
ASIDE = load("aside")
RELEASE = load("release")
FORGET = load("forget")
UNLIST = load("unlist")
BOARD = load("board")
CLAIM = load("claim")
BEAT = load("beat")
