"""Versions of what is stored: a number in front of the bytes.

523f2d6 and all before it wrote none. Their bytes are msgpack arrays, whose first byte is 128 or more, so they are told
apart and count as version 0. A change of a format takes the next number, and records its bytes as test data
(`tests/contract/stored`): what any older version wrote is read for good. Whatever the version, what follows the number
is one msgpack document: that tells a newer version's bytes from damage.
"""

from __future__ import annotations

import msgspec


class FormatTooNew(ValueError):
    """A newer version of Inkling wrote this: it is not damaged, and not to be touched."""


def add_format_version(version: int, body: bytes) -> bytes:
    """Put the version (1..127) in front of what is stored."""
    return bytes((version,)) + body


def split_format_version(data: bytes, newest: int) -> tuple[int, bytes]:
    """Return version and body.

    Raises FormatTooNew past version `newest`, one of DECODE_ERRORS on nothing at all and on a body that is no document.
    """
    if not data:
        raise msgspec.DecodeError("nothing is stored")
    version = data[0]
    if version >= 128:
        return 0, data
    if version > newest:
        msgspec.msgpack.decode(data[1:])
        raise FormatTooNew(f"it has format {version}, this process reads up to {newest}")
    return version, data[1:]
