"""The operator's settings: read once from the environment, each with its type, its bounds, its default and its meaning.

A new setting is one line here; `python scripts/settings_page.py` writes docs/settings.md from it.
"""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import cast

from server.setting_types import (
    BASE_PATH_TYPE,
    KEY_PREFIX_TYPE,
    LISTEN_ADDRESS_TYPE,
    MAX_VALUE_CHARACTERS,
    NETWORKS_TYPE,
    ON_OFF_TYPE,
    ORIGIN_TYPE,
    PATH_LIST_TYPE,
    PATH_TYPE,
    REDIS_URL_TYPE,
    SECRETS_TYPE,
    TOKEN_TYPE,
    SettingType,
    decimal_number,
    one_of,
    printable_text,
    setting,
    whole_number,
)  # fmt: skip

PLATFORM_VARIABLES = {"port": "PORT", "redis_url": "REDIS_URL"}
"""The two variables that platforms set, under the names that they use."""

INTERNAL_VARIABLES = {
    "INKLING_DATA": "folder with Quick, Draw! drawings, for training and tests",
    "INKLING_LEASH": "set by Inkling for its own processes",
    "INKLING_PACKS": "set by Inkling for its own processes",
}
"""Variables that are read elsewhere than here."""

_KUBERNETES_SERVICE_LINK = re.compile(
    r"INKLING(_\w+)?_(SERVICE_(HOST|PORT(_\w+)?)|PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)=.*"
    r"|INKLING(_\w+)?_PORT=(tcp|udp|sctp)://\S+",
    re.ASCII | re.DOTALL,
)
"""What Kubernetes puts into the environment for a service whose name begins with "inkling": `NAME=value`."""


class SettingError(ValueError):
    """A setting that is unknown or wrong; the text is one line for the operator."""


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """Names are `INKLING_` + the field's name in capitals, except PORT and REDIS_URL."""

    port: int = setting(whole_number(1, 65535), 8000, "port of the page")
    redis_url: str = setting(REDIS_URL_TYPE, "", "the Redis to use; without it `inkling play` starts a private one")
    prefix: str = setting(
        KEY_PREFIX_TYPE,
        "",
        "what the names of all keys and channels in Redis begin with, so that several Inklings can share a server ([redis.md](redis.md#several-inklings-on-one-server))",
    )
    replicas: int = setting(
        whole_number(0, 16),
        0,
        "Redis replicas that must have a log entry before anybody hears that it is stored (docs/redis.md)",
    )
    host: str = setting(
        LISTEN_ADDRESS_TYPE,
        "127.0.0.1",
        "address to listen on; `*`: all interfaces, IPv6 and IPv4, which is the default of `inkling web` where `PORT` is set, as platforms do",
    )
    public_url: str = setting(
        ORIGIN_TYPE,
        "",
        "the origin at which players open the page, e.g. behind a proxy: what invite links begin with where the page is open at localhost",
    )
    base_path: str = setting(
        BASE_PATH_TYPE,
        "/",
        "path under which everything is served, such as `/draw/` where the host serves other things, too ([hosting.md](hosting.md#under-a-path)); only `/healthz` and `/readyz` answer outside it, too",
    )
    secret: str = setting(
        SECRETS_TYPE, "", "signs tokens; several keys rotate, the first signs; without it one is made and kept in Redis"
    )
    alone: str = setting(
        ON_OFF_TYPE,
        "off",
        "`on`: the only web process; it takes over all rooms at its start instead of waiting until their owners are missed (`inkling play` sets it)",
    )
    keep: str = setting(ON_OFF_TYPE, "on", "`off`: no drawing is ever kept")
    data_licence: str = setting(
        printable_text(200),
        "CC BY 4.0",
        "what players are told their kept drawings are published as; each drawing carries it",
    )
    erased: str = setting(
        PATH_TYPE, "", "file of tombstones ([data.md](data.md#erasing)); without it `erased` in the data folder"
    )
    exports: str = setting(PATH_TYPE, "", "folder of exports made over HTTP; without it `exports` in the data folder")
    admin_token: str = setting(TOKEN_TYPE, "", "opens exports over HTTP and the page `/held`; without it both are off")
    trusted_proxies: str = setting(NETWORKS_TYPE, "", "proxies whose X-Forwarded-For is believed")
    tick_ms: int = setting(whole_number(10, 1000, "ms"), 100, "one log append and one frame per room and tick")
    guess_hz: float = setting(decimal_number(0.1, 50, "a second"), 5.0, "guesses for one drawing, at most")
    max_rooms: int = setting(whole_number(1, 1_000_000), 2000, "rooms of one web process")
    trusted_networks: str = setting(
        NETWORKS_TYPE,
        "",
        "networks that the limits of addresses do not hold for, such as a school's ([hosting.md](hosting.md#limits))",
    )
    rooms_per_minute: int = setting(whole_number(1, 1_000_000), 30, "rooms one browser may make in a minute")
    rooms_per_address: int = setting(
        whole_number(1, 1_000_000), 1200, "rooms all browsers of one address may make in a minute"
    )
    wrong_codes: int = setting(
        whole_number(1, 1_000_000),
        12,
        "wrong room codes one browser may try in a minute; all new ones of an address may try 300",
    )
    tries_per_minute: int = setting(
        whole_number(1, 1_000_000), 60, "questions on the page `/try` of one browser in a minute"
    )
    sockets_per_player: int = setting(
        whole_number(1, 1_000_000), 16, "connections of one browser; one more ends the oldest"
    )
    sockets_per_address: int = setting(whole_number(1, 1_000_000), 5000, "connections of one address")
    http_per_address: int = setting(
        whole_number(1, 1_000_000),
        5000,
        "connections of one address that are no WebSockets; one more ends the oldest idle one",
    )
    request_seconds: float = setting(
        decimal_number(0.1, 600, "s"), 10.0, "time a connection has for its first request, and a request for its body"
    )
    openings_per_minute: int = setting(whole_number(1, 1_000_000), 3000, "connections one address may open in a minute")
    players_per_minute: int = setting(
        whole_number(1, 1_000_000), 3000, "browsers without a token that may come from one address in a minute"
    )
    ink_per_second: float = setting(decimal_number(1, 100_000, "a second"), 20.0, "ink messages of one connection")
    ink_burst: int = setting(whole_number(1, 100_000), 40, "and at once")
    commands_per_second: float = setting(
        decimal_number(1, 100_000, "a second"), 5.0, "other messages of one connection"
    )
    commands_burst: int = setting(whole_number(1, 100_000), 20, "and at once")
    outbox_bytes: int = setting(
        whole_number(16_384, 67_108_864, "bytes"),
        262_144,
        "what may wait for one slow client before it gets a snapshot instead",
    )
    connect_seconds: float = setting(decimal_number(0.1, 60, "s"), 5.0, "time a connection has to introduce itself")
    guesser_threads: int = setting(
        whole_number(1, 256),
        2,
        "threads of the guesser; in 8 bits two at most are of use, one that draws and one that runs the network",
    )
    guesser_precision: str = setting(
        one_of("auto", "float"),
        "auto",
        "`auto`: 8 bits where a trial at the start finds them faster with the same answers; `float`: never",
    )
    runs: str = setting(
        PATH_TYPE, "", "folder of trained recipes for the page `/try`; without it `runs` in the data folder"
    )
    models: str = setting(
        PATH_TYPE,
        "",
        "folder of model versions; without it `models` in the data folder. Guessers on several machines share it",
    )
    public: str = setting(
        PATH_LIST_TYPE, "", "folders of public drawings to retrain with; without it `public` in the data folder"
    )
    golden: str = setting(PATH_TYPE, "", "folder of the golden set that judges; without it `golden` in the data folder")
    trial_seconds: float = setting(
        decimal_number(0, 86_400, "s"),
        30.0,
        "how long the champion before stays loaded beside a new one, to take over if that errs or slows down",
    )
    retrain: str = setting(ON_OFF_TYPE, "off", "`on`: `inkling play` also runs `inkling retrain --watch`")
    retrain_after: int = setting(whole_number(1, 1_000_000_000), 500, "new drawings after which `--watch` trains again")
    retrain_seconds: float = setting(
        decimal_number(1, 604_800, "s"), 1800.0, "time of one retraining, judging not counted"
    )
    log_level: str = setting(one_of("debug", "info", "warning", "error"), "info", "what is logged")

    @property
    def public_page(self) -> str:
        """The address of the page for players, without a slash at its end; empty where `public_url` is."""
        return self.public_url + self.base_path.rstrip("/") if self.public_url else ""

    @property
    def secrets(self) -> list[str]:
        """The keys of `secret`, the signing one first."""
        return [key.strip() for key in self.secret.split(",") if key.strip()]


VARIABLE_OF_FIELD = {
    field.name: PLATFORM_VARIABLES.get(field.name, "INKLING_" + field.name.upper()) for field in fields(ServerSettings)
}
"""Field → environment variable."""
TYPE_OF_FIELD = {field.name: cast("SettingType", field.metadata["kind"]) for field in fields(ServerSettings)}


def load_settings(
    environment: Mapping[str, str] | None = None, *, platform: bool = True, **overrides: object
) -> ServerSettings:
    """Read all settings; `overrides` come from the command line and pass the same checks. Raises SettingError.

    Where a platform sets PORT, it finds only what listens on all interfaces; on somebody's own machine (`platform` false) PORT
    says nothing about that.
    """
    given = os.environ if environment is None else environment
    for name in given:
        _check_name(name, given[name])
    texts = {field: given.get(name, "").strip() for field, name in VARIABLE_OF_FIELD.items()}
    texts.update({field: str(value).strip() for field, value in overrides.items() if value is not None})
    settings = ServerSettings(**{field: _read_value(field, text) for field, text in texts.items() if text})  # type: ignore[arg-type]
    if platform and given.get(VARIABLE_OF_FIELD["port"], "").strip() and not texts["host"]:
        settings = replace(settings, host="*")
    if settings.replicas and settings.redis_url.startswith("redis+cluster://"):
        raise SettingError("INKLING_REPLICAS cannot be had with a Cluster: its nodes are not asked one by one")
    return settings


def _read_value(field: str, text: str) -> object:
    kind = TYPE_OF_FIELD[field]
    if len(text) > MAX_VALUE_CHARACTERS:
        raise SettingError(f"{VARIABLE_OF_FIELD[field]} is longer than {MAX_VALUE_CHARACTERS} characters")
    try:
        return kind.read(text)
    except ValueError as error:
        found = "" if kind.secret else f", not {text[:80]!r}"
        raise SettingError(f"{VARIABLE_OF_FIELD[field]} must be {error}{found}") from None


def _check_name(name: str, value: str) -> None:
    """Refuse a variable that looks like a setting and is none: what it should do would be left undone in silence."""
    if not name.upper().startswith("INKLING_") or name in INTERNAL_VARIABLES or name in VARIABLE_OF_FIELD.values():
        return
    if _KUBERNETES_SERVICE_LINK.fullmatch(f"{name}={value}"):
        return
    known = {real.removeprefix("INKLING_"): real for real in VARIABLE_OF_FIELD.values()}
    near = difflib.get_close_matches(name.upper().removeprefix("INKLING_"), known, n=1, cutoff=0.5)
    advice = f"did you mean {known[near[0]]}?" if near else "docs/settings.md lists all of them"
    shown = name if name.isprintable() and len(name) <= 80 else repr(name[:80])
    raise SettingError(f"{shown} is no setting of Inkling; {advice}")
