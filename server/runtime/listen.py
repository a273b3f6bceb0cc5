"""Where a web process listens: addresses and ports as operators write them, and errors that say what they are."""

from __future__ import annotations

import errno
import socket

ALL_INTERFACES = ("*", "::")
"""All interfaces, IPv6 and IPv4; `0.0.0.0` is those of IPv4 only."""


class BindError(Exception):
    """The address cannot be listened on; the text says why."""


def bind_sockets(host: str, port: int) -> list[socket.socket]:
    """Bind the sockets of a host (a name may have several addresses); nobody can connect before they listen. Raises BindError."""
    if host in ALL_INTERFACES:
        try:
            return [_open_socket(socket.AF_INET6, "::", port, both=True)]
        except BindError as error:
            if not _is_without_ipv6(error):
                raise
            return [_open_socket(socket.AF_INET, "0.0.0.0", port)]
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (socket.gaierror, UnicodeError):
        raise BindError(f"{host} is no address and no name that can be resolved") from None
    opened: list[socket.socket] = []
    refused: list[BindError] = []
    for family, address in dict.fromkeys((family, str(where[0])) for family, _, _, _, where in found):
        try:
            opened.append(_open_socket(family, address, port))
        except BindError as error:
            refused.append(error)
    # A name such as localhost has an address of IPv6 also where the machine has none.
    serious = [error for error in refused if not (opened and _is_without_ipv6(error))]
    if serious:
        for one in opened:
            one.close()
        raise serious[0]
    return opened


def local_url(host: str, port: int) -> str:
    """Return the address by which this machine itself reaches what listens on a host."""
    name = "127.0.0.1" if host in (*ALL_INTERFACES, "0.0.0.0", "localhost") else host
    return f"http://[{name}]:{port}" if ":" in name else f"http://{name}:{port}"


def _open_socket(family: int, address: str, port: int, both: bool = False) -> socket.socket:
    try:
        opened = socket.socket(family, socket.SOCK_STREAM)
    except OSError as error:
        raise _explain_bind_error(error, address, port) from error
    try:
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            opened.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0 if both else 1)
        opened.bind((address, port))
    except OSError as error:
        opened.close()
        raise _explain_bind_error(error, address, port) from error
    opened.setblocking(False)
    return opened


def _explain_bind_error(error: OSError, address: str, port: int) -> BindError:
    meant = {
        errno.EADDRINUSE: f"port {port} is taken by another process; choose another, such as {port + 1 if port < 65535 else 8000}",
        errno.EACCES: f"port {port} may not be opened by this user; those below 1024 need a right of their own",
        errno.EADDRNOTAVAIL: f"{address} is no address of this machine",
    }
    return BindError(meant.get(error.errno or 0, f"{address} port {port}: {error.strerror}"))


def _is_without_ipv6(error: BindError) -> bool:
    cause = error.__cause__
    return isinstance(cause, OSError) and cause.errno in (
        errno.EAFNOSUPPORT, errno.EADDRNOTAVAIL, errno.EPROTONOSUPPORT,
    )  # fmt: skip
