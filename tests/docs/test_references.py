"""What documents, comments and docstrings refer to is there: files, modules, classes, functions, pages."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CODE_FOLDERS = ("server", "model", "scripts", "benchmarks", "tests")
PATH = re.compile(r"(?<![\w./~-])(?:server|model|client|docs|deploy|scripts|tests|benchmarks)/[\w./-]*\w\.(?:py|md|lua|ts|tsx|css|json|toml|txt|html|svg|ipynb)\b")  # fmt: skip
DOTTED_NAME = re.compile(r"`((?:server|model)(?:\.\w+)+)[`(]")
PAGE = re.compile(r"(?<![\w/.])[A-Z][A-Z_]{2,}\.md\b")
MADE_BY_RUNS = re.compile(r"^server/static/|^benchmarks/spread\.json|^client/coverage")
"""Files that builds and measurements write."""
OTHER_NAMES = ("model.predict", "model.keras", "model.json")
"""A method of Keras, and files that are called model."""


@cache
def sources() -> dict[str, str]:
    """The text of every document and of every Python file, by its path."""
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    code = [file for folder in CODE_FOLDERS for file in (ROOT / folder).rglob("*.py") if ".venv" not in file.parts]
    return {str(file.relative_to(ROOT)): file.read_text(encoding="utf-8") for file in sorted([*pages, *code])}


def found(pattern: re.Pattern[str]) -> Iterator[tuple[str, str]]:
    """Every match with the file in which it stands; changelog and decisions speak of the past."""
    for path, text in sources().items():
        if path != "CHANGELOG.md" and not path.startswith("docs/adr/") and path != f"tests/docs/{Path(__file__).name}":
            yield from ((path, match[match.lastindex or 0]) for match in pattern.finditer(text))


@cache
def names_in(module: Path) -> frozenset[str]:
    """The names that a module defines at its top level, and `Class.member` of its classes."""
    defined = set()
    for node in ast.parse(module.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            defined.add(node.name)
        if isinstance(node, ast.ClassDef):
            members = [inner for inner in ast.walk(node) if isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef)]
            defined |= {f"{node.name}.{inner.name}" for inner in members}
            defined |= {f"{node.name}.{inner.attr}" for inner in ast.walk(node) if isinstance(inner, ast.Attribute)}
            fields = [inner.target for inner in node.body if isinstance(inner, ast.AnnAssign)]
            defined |= {f"{node.name}.{field.id}" for field in fields if isinstance(field, ast.Name)}
        targets = (
            node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
        )
        defined |= {target.id for target in targets if isinstance(target, ast.Name)}
    return frozenset(defined)


def exists(name: str) -> bool:
    """Whether a dotted name is a package, a module, or a name that its module defines."""
    parts = name.split(".")
    for length in range(len(parts), 0, -1):
        path = ROOT.joinpath(*parts[:length])
        rest = ".".join(parts[length:])
        if path.with_suffix(".py").is_file():
            return not rest or rest in names_in(path.with_suffix(".py"))
        if path.is_dir():
            return not rest or rest in names_in(path / "__init__.py")
    return False


def test_files_that_are_named_exist() -> None:
    missing = [(where, name) for where, name in found(PATH) if not (ROOT / name).exists()]
    assert [one for one in missing if not MADE_BY_RUNS.match(one[1])] == []


def test_names_in_backticks_exist() -> None:
    assert [(where, name) for where, name in found(DOTTED_NAME) if name not in OTHER_NAMES and not exists(name)] == []


def test_pages_that_are_named_are_in_the_repository() -> None:
    here = {file.name for file in [*ROOT.glob("*.md"), *(ROOT / "model").rglob("*.md")]}
    assert [(where, name) for where, name in found(PAGE) if name not in here] == []
