"""Where a request comes from: the peer's address, or what a trusted proxy says; and which addresses count as one."""

from __future__ import annotations

from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from aiohttp import web

IPV6_SITE_PREFIX_BITS = 64
"""The leading bits of an IPv6 address that are its site's; the others are whatever its owner likes."""


def client_address_of(request: web.BaseRequest, trusted: str) -> str:
    """Return the client's address. X-Forwarded-For counts only as far as the proxies in `trusted` wrote it.

    An entry that is no address ends the way back: the proxy that wrote it is then the client.
    """
    address = normalize_address(request.remote or "")
    hops = forwarded_hops(request)
    while hops and is_in_networks(address, trusted):
        written = normalize_address(hops.pop())
        if not _parse_address(written):
            break
        address = written
    return address


def forwarded_hops(request: web.BaseRequest) -> list[str]:
    """Return what X-Forwarded-For says, the last proxy's entry last."""
    # A proxy may add a header of its own after the client's: all of them together are the list.
    written = ",".join(request.headers.getall("X-Forwarded-For", []))
    return [hop.strip() for hop in written.split(",") if hop.strip()]


@lru_cache(maxsize=4096)
def normalize_address(address: str) -> str:
    """Return an address without port, brackets and zone, an IPv4 one in IPv6 as IPv4; other text as it is."""
    text = address
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    found = _parse_address(text.partition("%")[0])
    if isinstance(found, IPv6Address) and found.ipv4_mapped:
        found = found.ipv4_mapped
    return str(found) if found else address


@lru_cache(maxsize=4096)
def address_network(address: str) -> str:
    """Return what counts as one address: an IPv4 address, or the network that an IPv6 address is free to choose from."""
    found = _parse_address(address)
    if isinstance(found, IPv6Address) and not found.is_loopback:
        return str(ip_network((found, IPV6_SITE_PREFIX_BITS), strict=False))
    return address


def is_in_networks(address: str, networks: str) -> bool:
    """Tell whether an address is in one of the networks of a list separated by commas."""
    found = _parse_address(address)
    return found is not None and any(found in network for network in _parse_networks(networks))


@lru_cache(maxsize=4096)
def _parse_address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(text)
    except ValueError:
        return None


@lru_cache(maxsize=8)
def _parse_networks(trusted: str) -> tuple[IPv4Network | IPv6Network, ...]:
    return tuple(ip_network(part.strip(), strict=False) for part in trusted.split(",") if part.strip())
