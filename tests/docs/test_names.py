"""Names: one thing a name, in words that somebody from the field would search for."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from itertools import chain
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("server", "model")
GLOSSARY = ROOT / "docs/glossary.md"
ARCHITECTURE = ROOT / "docs/architecture.md"
FIELD_TERMS = Path(__file__).with_name("field_terms.txt")

MAX_FILES_PER_FOLDER = 16
"""Source files side by side in one folder, `__init__.py` not counted."""
SOURCE_ENDINGS = (".py", ".lua", ".toml")

SHARED_FUNCTION_NAMES = {
    "add_arguments": "every command says what it takes on the command line",
    "run": "every command is run by `server/cli.py`",
    "main": "the entry point of a program",
}
"""Public functions that may be defined more than once, each with the reason."""

Function = ast.FunctionDef | ast.AsyncFunctionDef


@cache
def trees() -> dict[str, ast.Module]:
    """Every module of the packages, by its path."""
    files = sorted(chain.from_iterable((ROOT / package).rglob("*.py") for package in PACKAGES))
    return {str(file.relative_to(ROOT)): ast.parse(file.read_text(encoding="utf-8")) for file in files}


def class_names() -> Iterator[tuple[str, str]]:
    """Every class with its file, wherever it stands in it."""
    for path, tree in trees().items():
        yield from ((node.name, path) for node in ast.walk(tree) if isinstance(node, ast.ClassDef))


def public_function_names() -> Iterator[tuple[str, str]]:
    """Every public function of a module with its file."""
    for path, tree in trees().items():
        yield from ((node.name, path) for node in tree.body if isinstance(node, Function) and node.name[0] != "_")


def defined_twice(names: Iterator[tuple[str, str]]) -> dict[str, list[str]]:
    found = defaultdict(list)
    for name, path in names:
        found[name].append(path)
    return {name: paths for name, paths in found.items() if len(paths) > 1}


def words_of(name: str) -> list[str]:
    """The words of a class name: `HTTPRoomView` → http, room, view."""
    return [word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z][a-z0-9]*|[a-z0-9]+", name)]


@cache
def glossary_rows() -> list[tuple[str, str, list[str]]]:
    """The rows of the glossary: words, meaning, names in the code."""
    rows = re.findall(r"^\| (?!word |---)(.+?) \| (.+?) \|(.*)\|$", GLOSSARY.read_text(encoding="utf-8"), re.MULTILINE)
    return [(words, meaning, re.findall(r"`(\w+)`", names)) for words, meaning, names in rows]


@cache
def known_words() -> frozenset[str]:
    """The words that class names may be made of: those of the glossary, one by one or many, and those of the field."""
    glossary = [word.lower() for words, _, _ in glossary_rows() for word in re.findall(r"[A-Za-z]+", words)]
    lines = FIELD_TERMS.read_text(encoding="utf-8").splitlines()
    field = [word for line in lines if not line.startswith("#") for word in line.split()]
    return frozenset([*glossary, *(word + "s" for word in glossary), *field])


def unknown_words(name: str) -> list[str]:
    return [word for word in words_of(name) if word not in known_words()]


def test_a_class_name_is_defined_once() -> None:
    assert not defined_twice(class_names())


def test_a_public_function_name_is_defined_once() -> None:
    twice = defined_twice(public_function_names())
    assert len(SHARED_FUNCTION_NAMES) <= 5
    assert {name: paths for name, paths in twice.items() if name not in SHARED_FUNCTION_NAMES} == {}


def test_a_public_class_is_in_the_glossary_or_made_of_words_of_the_field() -> None:
    explained = {name for _, _, names in glossary_rows() for name in names}
    names = {name for name, _ in class_names() if name[0] != "_"} - explained
    assert {name: unknown for name in sorted(names) if (unknown := unknown_words(name))} == {}


@pytest.mark.parametrize("name", ["Afar", "Graves", "Foreman", "Pupil", "Holdings", "Shift", "Crowd", "Knock", "Kept"])
def test_a_private_word_is_not_a_word_of_the_field(name: str) -> None:
    assert unknown_words(name)


def test_the_glossary_explains_each_word_once_in_one_sentence() -> None:
    words = [word.lower() for words, _, _ in glossary_rows() for word in words.split(", ")]
    assert len(words) > 50
    assert len(words) == len(set(words))
    for word, meaning, _ in glossary_rows():
        assert re.fullmatch(r"[A-Z][^.;]*\.", meaning), word


def test_the_glossary_names_only_classes_that_exist() -> None:
    assert {name for _, _, names in glossary_rows() for name in names} <= {name for name, _ in class_names()}


def source_folders() -> dict[str, int]:
    """The folders of the packages that hold source files, with their number."""
    found: dict[str, int] = defaultdict(int)
    for package in PACKAGES:
        for file in (ROOT / package).rglob("*"):
            if file.suffix in SOURCE_ENDINGS and "static" not in file.parts:
                found[str(file.parent.relative_to(ROOT))] += file.name != "__init__.py"
    return found


def test_no_folder_holds_too_many_files() -> None:
    assert {folder: count for folder, count in source_folders().items() if count > MAX_FILES_PER_FOLDER} == {}


def test_every_folder_is_one_subject_of_the_architecture() -> None:
    rows = re.findall(r"^\| `([\w/]+)` \| ([^|]+) \|", ARCHITECTURE.read_text(encoding="utf-8"), re.MULTILINE)
    subjects = dict(rows)
    assert len(subjects) == len(rows)
    assert sorted(set(source_folders()) - set(PACKAGES) - set(subjects)) == []
    assert [folder for folder in subjects if not (ROOT / folder).exists()] == []
