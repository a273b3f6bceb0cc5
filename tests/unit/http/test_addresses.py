"""What is an address of a page, and which code a text holds: one table, which tests the page too (client/test)."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from server.http.pages import is_page_path
from server.http.room_code import find_room_code

TABLE = json.loads((Path(__file__).parents[2] / "addresses.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize(("text", "code"), TABLE["codes"].items())
def test_a_code_is_found(text: str, code: str | None) -> None:
    assert find_room_code(text) == code


@pytest.mark.parametrize(("path", "page"), TABLE["pages"].items())
def test_an_address_has_a_page_or_none(path: str, page: str | None) -> None:
    assert is_page_path(path) == (page is not None)
