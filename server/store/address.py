"""REDIS_URL: one server, a primary found through Sentinels, or a Cluster."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import parse_qs, unquote, urlsplit

SENTINEL, CLUSTER = "redis+sentinel", "redis+cluster"


@dataclass(frozen=True, slots=True)
class Address:
    """Where Redis is. `kind` is single, sentinel or cluster; a single one is reached by its URL alone."""

    kind: str
    url: str
    nodes: tuple[tuple[str, int], ...] = ()
    name: str = ""
    """What the Sentinels call the primary."""
    username: str | None = None
    password: str | None = None


def parse(url: str) -> Address:
    """Read an address; raises ValueError that says how one looks.

    `redis://…`, `rediss://…`, `unix://…`; `redis+sentinel://host:port,host:port/NAME`; `redis+cluster://host:port,…`.
    The last two may carry `user:password@`, which is for Redis itself, not for the Sentinels.
    """
    scheme, _, rest = url.partition("://")
    if scheme not in (SENTINEL, CLUSTER):
        return Address("single", url)
    # urlsplit reads one host only; it gets the first, the others are cut out before.
    hosts, slash, path = rest.partition("/")
    login, at, hosts = hosts.rpartition("@")
    split = urlsplit(f"redis://{login}{at}first{slash}{path}")
    nodes = tuple(map(_node, hosts.split(",")))
    name = unquote(split.path.strip("/"))
    if parse_qs(split.query) or bool(name) != (scheme == SENTINEL):
        raise ValueError(f"{url!r} is no {scheme}://host:port,host:port{'/NAME' if scheme == SENTINEL else ''}")
    kind = "sentinel" if scheme == SENTINEL else "cluster"
    user, password = (unquote(part) if part else None for part in (split.username, split.password))
    return Address(kind, url, nodes, name, user, password)


def _node(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    if not host or not port.isdigit():
        raise ValueError(f"{text!r} is no host:port")
    return host.strip("[]"), int(port)
