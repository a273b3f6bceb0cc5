"""The rules are pure: they import the standard library and themselves, and ask nobody for time or chance."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import server.game

FILES = sorted(Path(server.game.__file__).parent.rglob("*.py"))
IMPURE = {"time", "datetime", "random", "secrets", "asyncio", "threading", "socket", "uuid", "importlib", "subprocess"}


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path.name}: relative import"
            yield node.module or ""


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_file_of_the_game_imports_the_standard_library_and_the_game_only(path: Path) -> None:
    for name in imports(path):
        top = name.split(".")[0]
        assert top in sys.stdlib_module_names or name == "server.game" or name.startswith("server.game."), name
        assert top not in IMPURE, name
