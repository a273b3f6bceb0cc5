"""Where a request comes from: the peer's address, or what a trusted proxy says."""

from __future__ import annotations

from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from aiohttp import web


def address_of(request: web.BaseRequest, trusted: str) -> str:
    """Return the client's address. X-Forwarded-For counts only as far as the proxies in `trusted` wrote it."""
    address = request.remote or ""
    # A proxy may add a header of its own after the client's: all of them together are the list.
    written = ",".join(request.headers.getall("X-Forwarded-For", []))
    hops = [hop.strip() for hop in written.split(",") if hop.strip()]
    while hops and _is_trusted(address, trusted):
        address = hops.pop()
    return address


def _is_trusted(address: str, trusted: str) -> bool:
    try:
        parsed = ip_address(address)
    except ValueError:
        return False
    return any(parsed in network for network in _networks(trusted))


@lru_cache(maxsize=8)
def _networks(trusted: str) -> tuple[IPv4Network | IPv6Network, ...]:
    return tuple(ip_network(part.strip(), strict=False) for part in trusted.split(",") if part.strip())
