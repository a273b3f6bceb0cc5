"""The types of settings: what a text may be, how it is read, and how docs/settings.md describes it."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from ipaddress import ip_network
from typing import Any

from server.access.origins import normalize_origin
from server.db.url import parse_redis_url

MAX_VALUE_CHARACTERS = 4096
"""Characters of a value."""
MIN_ADMIN_TOKEN_CHARACTERS = 8
"""Characters below which an admin token is refused."""
MIN_SIGNING_KEY_CHARACTERS = 16
"""Characters below which a signing key is refused."""


@dataclass(frozen=True, slots=True)
class SettingType:
    """One type of value. `read` raises ValueError with the end of "NAME must be …"."""

    describe: str
    """What the column "values" of docs/settings.md says."""
    read: Callable[[str], object]
    secret: bool = False
    """The value is never repeated, not even in an error."""


def setting(kind: SettingType, default: Any, does: str) -> Any:
    """Declare one setting: its type, its default, and what it does (a sentence of docs/settings.md)."""
    return field(default=default, metadata={"kind": kind, "does": does})


def whole_number(low: int, high: int, unit: str = "") -> SettingType:
    """Return the type of a whole number in a range."""
    described = f"{low} to {high}" + (f" {unit}" if unit else "")

    def read(text: str) -> int:
        if not re.fullmatch(r"[+-]?[0-9]{1,18}", text) or not low <= int(text) <= high:
            raise ValueError(f"a whole number, {described}")
        return int(text)

    return SettingType(described, read)


def decimal_number(low: float, high: float, unit: str = "") -> SettingType:
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

    return SettingType(described, read)


def one_of(*choices: str) -> SettingType:
    """Return the type of a word out of a few."""
    listed = ", ".join(choices[:-1]) + " or " + choices[-1]

    def read(text: str) -> str:
        if text not in choices:
            raise ValueError(listed)
        return text

    return SettingType(", ".join(f"`{choice}`" for choice in choices), read)


def printable_text(most: int) -> SettingType:
    """Return the type of a text that people read."""

    def read(text: str) -> str:
        if len(text) > most or not text.isprintable():
            raise ValueError(f"1 to {most} printable characters")
        return text

    return SettingType(f"1 to {most} characters", read)


def _read_keys(text: str) -> str:
    parts = [part.strip() for part in text.split(",") if part.strip()]
    if not parts or min(map(len, parts)) < MIN_SIGNING_KEY_CHARACTERS or not text.isprintable():
        raise ValueError(
            f"one or more keys separated by commas, each of at least {MIN_SIGNING_KEY_CHARACTERS} printable characters"
        )
    return ",".join(parts)


def _read_prefix(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9._-]{1,40}:", text, re.ASCII):
        raise ValueError("1 to 40 letters, digits, dots, dashes or underscores, and a colon at the end")
    return text


def _read_token(text: str) -> str:
    if len(text) < MIN_ADMIN_TOKEN_CHARACTERS or not text.isascii() or not text.isprintable():
        raise ValueError(f"at least {MIN_ADMIN_TOKEN_CHARACTERS} printable ASCII characters")
    return text


def _read_address(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9._:%-]{1,255}|\*", text):
        raise ValueError("an address or a host name of this machine")
    return text


def _read_networks(text: str) -> str:
    parts = [part.strip() for part in text.split(",") if part.strip()]
    for part in parts:
        try:
            ip_network(part, strict=False)
        except ValueError:
            raise ValueError(f"addresses or networks separated by commas; {part[:60]!r} is none") from None
    return ",".join(parts)


def _read_origin(text: str) -> str:
    try:
        return normalize_origin(text)
    except ValueError as error:
        raise ValueError(f"where players open the page, such as https://play.example: {error}") from None


def _read_base_path(text: str) -> str:
    parts = text.strip("/").split("/") if text.strip("/") else []
    named = all(re.fullmatch(r"[A-Za-z0-9_~-][A-Za-z0-9._~-]*", part, re.ASCII) for part in parts)
    if not text.startswith("/") or not named:
        raise ValueError("/ or a path that begins with /, of letters, digits, dots, dashes and underscores")
    return "/".join(["", *parts, ""])


def _read_redis_url(text: str) -> str:
    try:
        parse_redis_url(text)
    except ValueError as error:
        raise ValueError(str(error)) from None
    return text


def _read_path(text: str) -> str:
    if not text.isprintable():
        raise ValueError("a path of printable characters")
    return text


ON_OFF_TYPE = one_of("on", "off")
PATH_TYPE = SettingType("a path", _read_path)
PATH_LIST_TYPE = SettingType("paths, separated by colons", _read_path)
LISTEN_ADDRESS_TYPE = SettingType("an address or name of this machine", _read_address)
NETWORKS_TYPE = SettingType("addresses or networks, separated by commas", _read_networks)
ORIGIN_TYPE = SettingType("`http(s)://host`, with a port if need be", _read_origin)
BASE_PATH_TYPE = SettingType("`/`, or a path such as `/draw/`", _read_base_path)
KEY_PREFIX_TYPE = SettingType("a name and a colon, such as `school:`", _read_prefix)
REDIS_URL_TYPE = SettingType("an address of Redis, see [redis.md](redis.md)", _read_redis_url, secret=True)
TOKEN_TYPE = SettingType(f"at least {MIN_ADMIN_TOKEN_CHARACTERS} ASCII characters", _read_token, secret=True)
SECRETS_TYPE = SettingType(
    f"one or more keys separated by commas, each of at least {MIN_SIGNING_KEY_CHARACTERS} characters",
    _read_keys,
    secret=True,
)
