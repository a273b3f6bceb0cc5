"""`inkling …` as the tests run it, and a reader of what it writes."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from server.cli import main


@dataclass(frozen=True)
class Done:
    """How a command ended and what it printed."""

    returncode: int
    stdout: str
    stderr: str


Inkling = Callable[..., Awaitable[Done]]


def run_main(words: list[str]) -> int:
    try:
        return main(words)
    except SystemExit as ended:
        return int(ended.code or 0)


def read(path: Path) -> list[dict[str, Any]]:
    """The whole of a reader of ndjson."""
    with path.open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]
