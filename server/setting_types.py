"""The types of settings: what a text may be, how it is read, and how docs/settings.md describes it."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from ipaddress import ip_network
from typing import Any

from server.access.origins import origin_of
from server.db.url import parse as parse_store

LONGEST = 4096
"""Characters of a value."""
SHORTEST_TOKEN = 8
SHORTEST_KEY = 16


@dataclass(frozen=True, slots=True)
class Kind:
    """One type of value. `read` raises ValueError with the end of "NAME must be …"."""

    describe: str
    """What the column "values" of docs/settings.md says."""
    read: Callable[[str], object]
    secret: bool = False
    """The value is never repeated, not even in an error."""


def setting(kind: Kind, default: Any, does: str) -> Any:
    """Declare one setting: its type, its default, and what it does (a sentence of docs/settings.md)."""
    return field(default=default, metadata={"kind": kind, "does": does})


def whole(low: int, high: int, unit: str = "") -> Kind:
    """Return the type of a whole number in a range."""
    described = f"{low} to {high}" + (f" {unit}" if unit else "")

    def read(text: str) -> int:
        if not re.fullmatch(r"[+-]?[0-9]{1,18}", text) or not low <= int(text) <= high:
            raise ValueError(f"a whole number, {described}")
        return int(text)

    return Kind(described, read)


def number(low: float, high: float, unit: str = "") -> Kind:
    """Return the type of a finite number in a range."""
    described = f"{low:g} to {high:g}" + (f" {unit}" if unit else "")

    def read(text: str) -> float:
        try:
            value = float(text) if text.isascii() and "_" not in text else math.nan
        except ValueError:
            value = math.nan
        if not low <= value <= high:
            raise ValueError(f"a number, {described}")
        return value

    return Kind(described, read)


def one_of(*choices: str) -> Kind:
    """Return the type of a word out of a few."""
    listed = ", ".join(choices[:-1]) + " or " + choices[-1]

    def read(text: str) -> str:
        if text not in choices:
            raise ValueError(listed)
        return text

    return Kind(", ".join(f"`{choice}`" for choice in choices), read)


def words(most: int) -> Kind:
    """Return the type of a text that people read."""

    def read(text: str) -> str:
        if len(text) > most or not text.isprintable():
            raise ValueError(f"1 to {most} printable characters")
        return text

    return Kind(f"1 to {most} characters", read)


def _keys(text: str) -> str:
    parts = [part.strip() for part in text.split(",") if part.strip()]
    if not parts or min(map(len, parts)) < SHORTEST_KEY or not text.isprintable():
        raise ValueError(f"one or more keys separated by commas, each of at least {SHORTEST_KEY} printable characters")
    return ",".join(parts)


def _prefix(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9._-]{1,40}:", text, re.ASCII):
        raise ValueError("1 to 40 letters, digits, dots, dashes or underscores, and a colon at the end")
    return text


def _token(text: str) -> str:
    if len(text) < SHORTEST_TOKEN or not text.isascii() or not text.isprintable():
        raise ValueError(f"at least {SHORTEST_TOKEN} printable ASCII characters")
    return text


def _address(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9._:%-]{1,255}|\*", text):
        raise ValueError("an address or a host name of this machine")
    return text


def _networks(text: str) -> str:
    parts = [part.strip() for part in text.split(",") if part.strip()]
    for part in parts:
        try:
            ip_network(part, strict=False)
        except ValueError:
            raise ValueError(f"addresses or networks separated by commas; {part[:60]!r} is none") from None
    return ",".join(parts)


def _url(text: str) -> str:
    try:
        return origin_of(text)
    except ValueError as error:
        raise ValueError(f"where players open the page, such as https://play.example: {error}") from None


def _store(text: str) -> str:
    try:
        parse_store(text)
    except ValueError as error:
        raise ValueError(str(error)) from None
    return text


def _path(text: str) -> str:
    if not text.isprintable():
        raise ValueError("a path of printable characters")
    return text


ON_OFF = one_of("on", "off")
PATH = Kind("a path", _path)
PATHS = Kind("paths, separated by colons", _path)
ADDRESS = Kind("an address or name of this machine", _address)
NETWORKS = Kind("addresses or networks, separated by commas", _networks)
ORIGIN = Kind("`http(s)://host`, with a port if need be", _url)
PREFIX = Kind("a name and a colon, such as `school:`", _prefix)
STORE = Kind("an address of Redis, see [redis.md](redis.md)", _store, secret=True)
TOKEN = Kind(f"at least {SHORTEST_TOKEN} ASCII characters", _token, secret=True)
SECRETS = Kind(f"one or more keys separated by commas, each of at least {SHORTEST_KEY} characters", _keys, secret=True)
