"""Everybody reads the collection through `Dataset`: nobody else opens the drawings in Redis or the archives."""

from __future__ import annotations

import ast
from pathlib import Path

SERVER = Path(__file__).parents[3] / "server"
DOORS = {"DrawingRepository", "Archives", "Tombstones"}
ALLOWED = {
    "drawings/dataset.py": "it is the one way",
    "drawings/archives.py": "a part of it",
    "drawings/tombstones.py": "a part of it",
    "persistence/outbox_relay.py": "it stores drawings and reads none",
}


def opened(path: Path) -> set[str]:
    """Which doors a module opens."""
    calls = [node.func for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)]
    return DOORS & {call.id for call in calls if isinstance(call, ast.Name)}


def test_only_the_dataset_opens_what_the_collection_is_made_of() -> None:
    found = {str(path.relative_to(SERVER)) for path in SERVER.rglob("*.py") if opened(path)}
    assert found <= ALLOWED.keys()
