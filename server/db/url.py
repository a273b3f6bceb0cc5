"""REDIS_URL: one server, a primary found through Sentinels, or a Cluster."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

SENTINEL_SCHEME, CLUSTER_SCHEME = "redis+sentinel", "redis+cluster"
REDIS_URL_OPTIONS = frozenset({
    "db", "username", "password", "client_name",
    "ssl_cert_reqs", "ssl_ca_certs", "ssl_certfile", "ssl_keyfile", "ssl_check_hostname",
})  # fmt: skip
"""What may stand behind the `?` of a single server's address."""


@dataclass(frozen=True, slots=True)
class RedisAddress:
    """Where Redis is. `kind` is single, sentinel or cluster; a single one is found by its URL alone."""

    kind: str
    url: str
    nodes: tuple[tuple[str, int], ...] = ()
    name: str = ""
    """What the Sentinels call the primary."""
    username: str | None = None
    password: str | None = None
    database: int = 0


def parse_redis_url(url: str) -> RedisAddress:
    """Read an address; raises ValueError that says how one looks, and never repeats what may be a password.

    `redis://…`, `rediss://…`, `unix://…`; `redis+sentinel://host:port,host:port/NAME`; `redis+cluster://host:port,…`.
    The last two may carry `user:password@`, which is for Redis itself, not for the Sentinels.
    """
    scheme, _, rest = url.partition("://")
    if scheme not in (SENTINEL_SCHEME, CLUSTER_SCHEME):
        return _parse_single(url)
    # urlsplit reads one host only; it gets the first, the others are cut out before.
    hosts, slash, path = rest.partition("/")
    login, at, hosts = hosts.rpartition("@")
    nodes = tuple(map(_parse_node, hosts.split(",")))
    split = _split_url(f"redis://{login}{at}first{slash}{path}")
    name = unquote(split.path.strip("/"))
    if split.query or split.fragment or "/" in name or bool(name) != (scheme == SENTINEL_SCHEME):
        raise ValueError(f"{scheme}://host:port,host:port{'/NAME' if scheme == SENTINEL_SCHEME else ''}")
    kind = "sentinel" if scheme == SENTINEL_SCHEME else "cluster"
    user, password = (unquote(part) if part else None for part in (split.username, split.password))
    return RedisAddress(kind, url, nodes, name, user, password)


def strip_redis_credentials(url: str) -> str:
    """Return an address for logs and errors: without user and password, which may stand behind the `?` as well."""
    scheme, mark, rest = url.partition("://")
    rest = rest.partition("?")[0]
    authority, slash, path = rest.partition("/")
    return f"{scheme}{mark}{authority.rpartition('@')[2]}{slash}{path}" if mark else "REDIS_URL"


def _parse_single(url: str) -> RedisAddress:
    """Check what redis-py would pass over or stumble on only when it connects."""
    split = _split_url(url)
    if split.scheme not in ("redis", "rediss", "unix"):
        raise ValueError("redis://host:port/0, rediss://…, unix:///path, redis+sentinel://… or redis+cluster://…")
    if split.fragment:
        raise ValueError("without a #; in a password write %23")
    options = dict(parse_qsl(split.query, keep_blank_values=True))
    unknown = sorted(options.keys() - REDIS_URL_OPTIONS)
    if unknown:
        raise ValueError(
            f"without {unknown[0][:40]!r} behind the ?, which may carry {', '.join(sorted(REDIS_URL_OPTIONS))}"
        )
    if split.scheme == "unix":
        if not split.path.startswith("/"):
            raise ValueError("unix:///path/of/the/socket")
        database = options.get("db", "0")
    else:
        database = options.get("db") or unquote(split.path).strip("/") or "0"
    if not (database.isascii() and database.isdigit() and len(database) <= 6):
        raise ValueError("an address whose database is a number, such as redis://host:port/0")
    return RedisAddress("single", url, database=int(database))


def _split_url(url: str) -> SplitResult:
    """Split an address into its parts, its port checked."""
    if not url.isprintable() or " " in url:
        raise ValueError("an address without spaces")
    try:
        split = urlsplit(url)
        if split.port == 0:
            raise ValueError
    except ValueError:
        raise ValueError(
            "an address whose port is a number up to 65535; in a password write : as %3A, / as %2F"
        ) from None
    return split


def _parse_node(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    if not host.strip("[]") or not (port.isascii() and port.isdigit() and 0 < int(port[:6]) <= 65535):
        raise ValueError("a list of host:port, host:port")
    return host.strip("[]"), int(port)
