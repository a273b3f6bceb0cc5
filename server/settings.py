"""The operator's settings: read once from the environment, every limit with its default."""

from __future__ import annotations

import os
from dataclasses import dataclass, fields
from ipaddress import ip_network
from typing import Any


@dataclass(frozen=True, slots=True)
class Settings:
    """Names are `INKLING_` + the field's name in capitals, except PORT and REDIS_URL. See docs/settings.md."""

    host: str = "127.0.0.1"
    port: int = 8000
    redis_url: str = ""
    replicas: int = 0
    """Replicas that must have a log entry before a player hears that it is stored."""
    public_url: str = ""
    secret: str = ""
    """Signs tokens; empty: made once and kept in Redis."""
    alone: str = "off"
    """on: this is the only web process; it takes over all rooms at its start (`inkling play` sets it)."""
    keep: str = "on"
    data_licence: str = "CC BY 4.0"
    """What players are told their kept drawings are published as; every drawing carries it."""
    erased: str = ""
    """File of tombstones; empty: `erased` in the default data folder."""
    exports: str = ""
    """Folder of exports made over HTTP; empty: `exports` in the default data folder."""
    admin_token: str = ""
    """Opens exports over HTTP and the page /held; empty: both are off."""
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
    guesser_precision: str = "auto"
    """auto: 8 bits where that is faster and says the same; float: never."""
    runs: str = ""
    """Folder of trained recipes for the page /try; empty: `runs` in the default data folder."""
    models: str = ""
    """Folder of model versions; empty: `models` in the data folder."""
    public: str = ""
    """Folders of public drawings to retrain with, separated by colons; empty: `public` in the data folder."""
    golden: str = ""
    """Folder of the golden set; empty: `golden` in the data folder."""
    trial_seconds: float = 30.0
    """How long the champion before stays loaded beside a new one."""
    retrain: str = "off"
    """on: `inkling play` also runs `inkling retrain --watch`."""
    retrain_after: int = 500
    """New drawings after which `--watch` trains again."""
    retrain_seconds: float = 1800.0
    log_level: str = "info"

    @property
    def secrets(self) -> list[str]:
        """The keys of `secret`, the signing one first."""
        return [key.strip() for key in self.secret.split(",") if key.strip()]


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
    settings = Settings(**values)  # type: ignore[arg-type]
    _check(settings)
    return settings


def _check(settings: Settings) -> None:
    """Refuse what would only be noticed when somebody plays. Raises ValueError."""
    if settings.secret and not settings.secrets:
        raise ValueError("INKLING_SECRET names no key; leave it out, or give one or more keys separated by commas")
    for part in settings.trusted_proxies.split(","):
        try:
            if part.strip():
                ip_network(part.strip(), strict=False)
        except ValueError:
            raise ValueError(
                f"INKLING_TRUSTED_PROXIES holds {part.strip()!r}, which is no address or network"
            ) from None
    if settings.guesser_precision not in ("auto", "float"):
        raise ValueError(f"INKLING_GUESSER_PRECISION must be auto or float, not {settings.guesser_precision!r}")
    for name in ("alone", "keep", "retrain"):
        if getattr(settings, name) not in ("on", "off"):
            raise ValueError(f"INKLING_{name.upper()} must be on or off, not {getattr(settings, name)!r}")
    if settings.replicas and settings.redis_url.startswith("redis+cluster://"):
        raise ValueError("INKLING_REPLICAS cannot be had with a Cluster: its nodes are not asked one by one")
