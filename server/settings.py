"""The operator's settings: read once from the environment, every limit with its default."""

from __future__ import annotations

import os
from dataclasses import dataclass, fields
from typing import Any


@dataclass(frozen=True, slots=True)
class Settings:
    """Names are `INKLING_` + the field's name in capitals, except PORT and REDIS_URL. See docs/settings.md."""

    host: str = "127.0.0.1"
    port: int = 8000
    redis_url: str = ""
    public_url: str = ""
    secret: str = ""
    """Signs tokens; empty: made once and kept in Redis."""
    keep: str = "on"
    trusted_proxies: str = ""
    tick_ms: int = 100
    guess_hz: float = 5.0
    max_rooms: int = 2000
    rooms_per_minute: int = 30
    """Rooms one address may make in a minute."""
    wrong_codes: int = 12
    """Wrong room codes one browser may try in a minute; an address may try 300."""
    tries_per_minute: int = 60
    """Questions on the page /try of one address in a minute."""
    sockets_per_address: int = 200
    ink_per_second: float = 20.0
    ink_burst: int = 40
    commands_per_second: float = 5.0
    commands_burst: int = 20
    outbox_bytes: int = 256 * 1024
    connect_seconds: float = 5.0
    guesser_threads: int = 2
    runs: str = ""
    """Folder of trained recipes for the page /try; empty: `runs` in the default data folder."""
    log_level: str = "info"


def load(environment: dict[str, str] | None = None, **overrides: object) -> Settings:
    """Read settings; raises ValueError naming the variable that is wrong."""
    env = dict(os.environ) if environment is None else environment
    values: dict[str, object] = {}
    for field in fields(Settings):
        plain = {"port": "PORT", "redis_url": "REDIS_URL"}.get(field.name)
        name = plain or "INKLING_" + field.name.upper()
        text = env.get(name)
        if not text:
            continue
        kind: Any = {int: int, float: float}.get(type(field.default), str)
        try:
            values[field.name] = kind(text)
        except ValueError:
            raise ValueError(f"{name} must be a {kind.__name__}, not {text!r}") from None
    values.update({name: value for name, value in overrides.items() if value is not None})
    return Settings(**values)  # type: ignore[arg-type]
