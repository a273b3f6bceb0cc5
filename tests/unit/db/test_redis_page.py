"""docs/redis.md names every key and every script."""

from __future__ import annotations

import inspect
import json
import os
import re
import subprocess
import sys
from importlib.resources import files
from pathlib import Path

import pytest

from server.db import keys
from server.db.checks import probe_commands

ROOT = Path(__file__).resolve().parents[3]
PAGE = (ROOT / "docs" / "redis.md").read_text(encoding="utf-8")

SAMPLES = {"code": "CODE", "key_id": "ID", "word": "WORD", "player": "PLAYER", "pack": "PACK", "web": "WEB",
           "question": "QUESTION", "hour": "HOUR", "key": "KEY", "database": "DB", "name": "NAME"}  # fmt: skip


def _keys() -> list[str]:
    named = [value for name, value in vars(keys).items() if name.isupper() and name not in ("KEY_PREFIX", "KEY_TYPES")]
    for title, function in vars(keys).items():
        if inspect.isfunction(function) and not title.endswith("_pattern") and title != "set_aside_key":
            parameters = inspect.signature(function).parameters.values()
            wanted = [one.name for one in parameters if one.default is inspect.Parameter.empty]
            named.append(function(*(SAMPLES[name] for name in wanted)))
    return named


@pytest.mark.parametrize("key", _keys())
def test_every_key_is_explained(key: str) -> None:
    assert f"`{key}`" in PAGE


@pytest.mark.parametrize("script", sorted(path.name for path in (files("server.db") / "lua").iterdir()))
def test_every_script_is_explained(script: str) -> None:
    assert f"| `{script.removesuffix('.lua')}` |" in PAGE


def test_every_fixed_key_has_the_type_that_the_page_says() -> None:
    types = {"sorted set": "zset", "set": "set", "hash": "hash", "list": "list", "string": "string"}
    told: dict[str, str] = {}
    for names, kinds in re.findall(r"^\| (`.*`) \| ([a-z ,]+) \|", PAGE, re.MULTILINE):
        found = re.findall("`([^`]+)`", names)
        words = kinds.split(", ")
        told.update(zip(found, words * len(found) if len(words) == 1 else words, strict=False))
    fixed = {value for name, value in vars(keys).items() if name.isupper() and isinstance(value, str)} - {
        keys.KEY_PREFIX
    }
    assert {key: types[told[key]] for key in fixed} == keys.KEY_TYPES


def test_every_name_begins_with_the_prefix() -> None:
    """In a process of its own: the prefix is one for a whole process."""
    asked = "import json; from tests.unit.db.test_redis_page import _keys; print(json.dumps(_keys()))"
    environment = {**os.environ, "INKLING_PREFIX": "school:", "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", asked], env=environment, capture_output=True, check=True, cwd=ROOT)
    assert json.loads(done.stdout) == ["school:" + key for key in _keys()]


def test_the_rights_on_the_page_are_those_that_are_used() -> None:
    (rule,) = re.findall(r"ACL SETUSER inkling .*", PAGE)
    given = {word[1:] for word in rule.split() if word.startswith("+")}
    used = {str(command[0]).lower() for command in probe_commands("k")}
    assert given == used | {"publish", "subscribe", "unsubscribe", "select", "wait", "info"}


def test_every_command_in_the_scripts_is_among_the_rights() -> None:
    texts = [path.read_text(encoding="utf-8") for path in (files("server.db") / "lua").iterdir()]
    used = {name for text in texts for name in re.findall(r"redis\.p?call\('([A-Z]+)'", text)}
    assert used <= {str(command[0]) for command in probe_commands("k")}
