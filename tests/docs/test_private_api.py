"""docs/architecture.md says where private parts of libraries are touched; those libraries are pinned exactly."""

from __future__ import annotations

import ast
import importlib.metadata
import re
import sys
import tomllib
from collections.abc import Container
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SENTENCE = re.compile(
    r"Private parts of libraries are touched in (.+?) only, and (.+?) are pinned exactly\.", re.DOTALL
)
OWN_OBJECTS = ("self", "cls")


def sentence() -> tuple[set[str], set[str]]:
    """The files and the libraries that the page names."""
    found = SENTENCE.search((ROOT / "docs" / "architecture.md").read_text(encoding="utf-8"))
    assert found is not None
    files, libraries = (set(re.findall("`([^`]+)`", part)) for part in found.groups())
    return files, libraries


def private_names(source: str, inherited: Container[str] = ()) -> set[str]:
    """What a file touches with a leading underscore that neither it nor Python defines, nor a class of ours hands down."""
    found: set[str] = set()
    own: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Attribute(value=ast.Name(id=owner), attr=name) if owner in OWN_OBJECTS:
                own.add(name)
            case ast.Attribute(value=ast.Name(id=owner)) if owner in sys.stdlib_module_names:
                continue
            case ast.Attribute(value=ast.Call(func=ast.Name(id="super")), attr=name) if name in inherited:
                continue
            case ast.Attribute(attr=name):
                if name.startswith("_") and not name.startswith("__"):
                    found.add(name)
            case ast.ImportFrom(module=str(module), names=names):
                words = [*module.split("."), *(one.name for one in names)]
                found.update(word for word in words if word.startswith("_") and not word.startswith("__"))
    return found - own


def test_exactly_the_files_that_the_page_names_touch_private_parts() -> None:
    sources = {
        str(path.relative_to(ROOT)): path.read_text(encoding="utf-8")
        for folder in ("server", "model")
        for path in (ROOT / folder).rglob("*.py")
    }
    methods = {name: set(re.findall(r"def (_\w+)\(self", source)) for name, source in sources.items()}
    touching = {
        name
        for name, source in sources.items()
        if private_names(source, {method for other in methods.keys() - {name} for method in methods[other]})
    }
    assert touching == sentence()[0]


@pytest.mark.parametrize("library", sorted(sentence()[1]))
def test_a_library_whose_private_parts_are_touched_is_pinned_as_it_is_installed(library: str) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    pins = [one for one in project["dependencies"] if re.match(rf"{re.escape(library)}(\[\w+\])?[=<>]", one)]
    version = importlib.metadata.version(library)
    assert [one.partition("==")[2] for one in pins] == [version]
    for lock in ("dev.txt", "web.txt"):
        assert f"\n{library}=={version} " in "\n" + (ROOT / "requirements" / lock).read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("connection._writer.transport", {"_writer"}),
        ("app._make_handler = guarded", {"_make_handler"}),
        ("from aiohttp._websocket.reader import WebSocketReader", {"_websocket"}),
        ("from library import _part", {"_part"}),
        ("self.pool._connections", {"_connections"}),
        ("self._own = other._own; os._exit(1); type(x).__name__; _local(x)", set()),
    ],
)
def test_what_counts_as_private(source: str, names: set[str]) -> None:
    assert private_names(source) == names
