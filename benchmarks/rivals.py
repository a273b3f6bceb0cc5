"""What Inkling is measured against, installed into this folder only: Node packages, and a Python environment."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

HERE = Path(__file__).resolve().parent
VENV = HERE / ".venv"
sys.path.insert(0, str(HERE.parent / "scripts"))

import node as node_script  # noqa: E402

COLYSEUS_NODE = (22, 0)
"""Colyseus 0.18 wants this Node or a newer one."""


def node() -> str:
    """Return the Node that both Node servers run on: the system's if it is new enough, else the one from PyPI."""
    found = shutil.which("node")
    if found and node_script.number(found) >= COLYSEUS_NODE:
        return found
    return str(node_script.node_home() / "bin/node")


def python() -> str:
    """Return the Python that the Python servers run on."""
    return str(VENV / "bin/python")


def install() -> None:
    """Install what is missing or out of step with the lock files."""
    _node_packages()
    _python_packages()


def _node_packages() -> None:
    lock, installed = HERE / "package-lock.json", HERE / "node_modules/.package-lock.json"
    if installed.exists() and installed.stat().st_mtime >= lock.stat().st_mtime:
        return
    folder = Path(node()).parent
    npm = [node(), str(folder.parent / "lib/node_modules/npm/bin/npm-cli.js")]
    command = npm if Path(npm[1]).exists() else node_script.npm()
    environment = {**os.environ, "PATH": f"{folder}{os.pathsep}{os.environ.get('PATH', '')}"}
    # Not `ci`: newer versions of npm refuse a lock that leaves out other systems' optional parts, which nobody needs here.
    words = ["install", "--no-save", "--omit=optional", "--no-audit", "--no-fund", "--silent"]
    subprocess.run([*command, *words], cwd=HERE, check=True, env=environment)


def _python_packages() -> None:
    lock, done = HERE / "requirements.txt", VENV / ".done"
    if done.exists() and done.stat().st_mtime >= lock.stat().st_mtime:
        return
    shutil.rmtree(VENV, ignore_errors=True)
    venv.create(VENV, with_pip=True)
    # Keras, TensorFlow and the rest are the very ones that Inkling runs on.
    ours = sysconfig.get_paths()["purelib"]
    theirs = next(VENV.glob("lib/python*/site-packages"))
    (theirs / "ours.pth").write_text(ours + "\n")
    pip = [python(), "-m", "pip", "install", "-q", "--disable-pip-version-check", "--require-hashes", "-r", str(lock)]
    subprocess.run(pip, check=True)
    done.touch()


if __name__ == "__main__":
    install()
