"""What an invite link begins with."""

from __future__ import annotations

import socket
from ipaddress import IPv4Address, IPv6Address, ip_address

from aiohttp import web

from server.settings import Settings


def invite_base(request: web.Request, settings: Settings) -> str | None:
    """Return what an invite link begins with, or None when only this computer could follow it."""
    if settings.public_url:
        return settings.public_url.rstrip("/")
    try:
        url = request.url
        host = (url.host or "").rstrip(".")
        origin = str(url.origin())
    except ValueError:
        # The Host header is the client's to write.
        return None
    return None if _is_local(host) else origin


def _is_local(host: str) -> bool:
    address = _address(host)
    if address is None:
        return host in ("", "localhost") or host.endswith(".localhost") or any(letter.isspace() for letter in host)
    return address.is_loopback or address.is_unspecified


def _address(host: str) -> IPv4Address | IPv6Address | None:
    """Read an address as browsers do: 127.1 is 127.0.0.1, and so is ::ffff:127.0.0.1."""
    try:
        address = ip_address(host)
    except ValueError:
        try:
            return IPv4Address(socket.inet_aton(host))
        except OSError:
            return None
    return (address.ipv4_mapped if isinstance(address, IPv6Address) else None) or address
