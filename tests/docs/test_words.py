"""Words: no document, comment, docstring or log line uses a private word where the glossary has another."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("server", "model", "scripts")
LOG_METHODS = ("debug", "info", "warning", "error", "exception", "critical")

SAY_INSTEAD = {
    r"afar": "remote",
    r"cabinet": "demo models",
    r"foreman": "supervisor",
    r"graves?": "tombstones",
    r"holdings": "dataset",
    r"keeper": "daemon",
    r"knock(?:s|ed|ing)?": "join",
    r"lanes?": "queue",
    r"leash": "parent death pipe",
    r"leftovers?": "outbox entries",
    r"mover": "outbox relay",
    r"(?:on|off) duty": "serving",
    r"pulse": "heartbeat",
    r"pupil": "challenger, or fine-tuned network",
    r"(?:sign|signs) of life": "heartbeat",
    r"shel(?:f|ves)": "registry",
    r"tryout": "demo",
    r"nobody understands": "cannot decode … from …",
}
"""Private words as patterns, and what readers search for."""
PATTERN = re.compile(rf"\b(?:{'|'.join(SAY_INSTEAD)})\b", re.IGNORECASE)
LOCK_FILE = "`keeper`"
"""A file in the data folder, which kept its name."""


def documents() -> Iterator[tuple[str, str]]:
    """The text of every document but the changelog, which speaks of the past."""
    for page in [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")]:
        yield str(page.relative_to(ROOT)), page.read_text(encoding="utf-8")


def prose_of_code() -> Iterator[tuple[str, str]]:
    """Every comment, docstring and log line of the code."""
    for package in PACKAGES:
        for file in sorted((ROOT / package).rglob("*.py")):
            text = file.read_text(encoding="utf-8")
            where = str(file.relative_to(ROOT))
            yield from ((where, comment) for comment in re.findall(r"(?:^|\s)(# .*)$", text, re.MULTILINE))
            for node in ast.walk(ast.parse(text)):
                if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
                    yield where, str(node.value.value)
                elif (
                    isinstance(node, ast.Call)
                    and isinstance(node.func, ast.Attribute)
                    and node.func.attr in LOG_METHODS
                ):
                    yield from ((where, str(text.value)) for text in node.args if isinstance(text, ast.Constant))


def private_words(texts: Iterator[tuple[str, str]]) -> list[tuple[str, str]]:
    return [(where, word) for where, text in texts for word in PATTERN.findall(text.replace(LOCK_FILE, ""))]


def test_documents_use_the_words_of_the_glossary() -> None:
    assert private_words(documents()) == []


def test_comments_docstrings_and_log_lines_use_the_words_of_the_glossary() -> None:
    assert private_words(prose_of_code()) == []
