"""docs/redis.md names every key and every script."""

from __future__ import annotations

import inspect
from importlib.resources import files
from pathlib import Path

import pytest

from server.store import keys

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "redis.md").read_text(encoding="utf-8")

SAMPLES = {"code": "CODE", "key_id": "ID", "word": "WORD", "player": "PLAYER", "pack": "PACK", "web": "WEB",
           "question": "QUESTION", "hour": "HOUR", "key": "KEY"}  # fmt: skip


def _keys() -> list[str]:
    named = [value for name, value in vars(keys).items() if name.isupper()]
    for function in vars(keys).values():
        if inspect.isfunction(function):
            wanted = [name for name in inspect.signature(function).parameters if name != "day"]
            named.append(function(*(SAMPLES[name] for name in wanted)))
    return named


@pytest.mark.parametrize("key", _keys())
def test_every_key_is_explained(key: str) -> None:
    assert f"`{key}`" in PAGE


@pytest.mark.parametrize("script", sorted(path.name for path in (files("server.store") / "lua").iterdir()))
def test_every_script_is_explained(script: str) -> None:
    assert f"| `{script.removesuffix('.lua')}` |" in PAGE
