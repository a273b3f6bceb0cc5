"""Whoever decodes bytes from outside expects everything that a decoder may raise."""

from __future__ import annotations

import ast
from pathlib import Path

import msgspec
import pytest

import server
from server.decode_errors import DECODE_ERRORS

FILES = sorted(Path(server.__file__).parent.rglob("*.py"))


class Named(msgspec.Struct):
    name: str


@pytest.mark.parametrize(
    "data", [b'{"name": "\xff"}', b'{"name": 1}', b"", b"[" * 100_000], ids=["utf8", "type", "empty", "deep"]
)
def test_what_a_decoder_raises_is_expected(data: bytes) -> None:
    with pytest.raises(DECODE_ERRORS):
        msgspec.json.decode(data, type=Named)
    with pytest.raises(DECODE_ERRORS):
        msgspec.msgpack.decode(b"\x81\xa4name\xa1\xff", type=Named)


def test_nobody_expects_a_part_of_it() -> None:
    alone = [
        f"{path.name}:{node.lineno}"
        for path in FILES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ExceptHandler)
        and node.type is not None
        and "msgspec.DecodeError" in ast.unparse(node.type)
    ]
    assert alone == []
