"""Check venv, disk and Redis before anything large is downloaded. Prints the one command that repairs it."""

from __future__ import annotations

import importlib.util
import platform
import shutil
import subprocess
import sys

REQUIRED_DISK_GB = 5.0
"""Free disk for the Python packages, in GB."""
MINIMUM_REDIS_VERSION = (6, 2)


def main() -> int:
    """Check venv, disk and Redis; returns 1 with advice when something is missing."""
    for problem in (venv_problem(), disk_problem(), redis_problem()):
        if problem:
            print(problem, file=sys.stderr)
            return 1
    return 0


def venv_problem() -> str:
    """Say what to install when Python cannot make virtual environments."""
    if importlib.util.find_spec("ensurepip") is not None:
        return ""
    return "This Python cannot make virtual environments. Install it with:\n  " + install("python3-venv", "python3")


def disk_problem() -> str:
    """Say so when the disk is too full for TensorFlow."""
    free = shutil.disk_usage(".").free / 1e9
    if free >= REQUIRED_DISK_GB:
        return ""
    return f"Inkling needs {REQUIRED_DISK_GB:.0f} GB of disk for its packages, {free:.1f} GB are free here."


def redis_problem() -> str:
    """Say how to get Redis where neither the system nor a wheel has one."""
    found = shutil.which("redis-server")
    if found and version_of(found) >= MINIMUM_REDIS_VERSION:
        return ""
    wheel = sys.platform == "linux" and platform.machine() == "x86_64" and sys.version_info < (3, 13)
    if wheel and platform.python_implementation() == "CPython" and platform.libc_ver()[0] == "glibc":
        return ""
    return "Inkling needs redis-server 6.2 or newer. Install it with:\n  " + install("redis-server", "redis")


def version_of(binary: str) -> tuple[int, ...]:
    """Ask a redis-server for its version."""
    text = subprocess.run([binary, "--version"], capture_output=True, text=True, check=False).stdout
    for word in text.split():
        if word.startswith("v="):
            return tuple(int(part) for part in word[2:].split(".")[:2])
    return (0, 0)


def install(debian: str, other: str) -> str:
    """Return the command that installs a package with this system's package manager."""
    managers = {"apt-get": f"sudo apt-get install -y {debian}", "dnf": f"sudo dnf install -y {other}",
                "pacman": f"sudo pacman -S --noconfirm {other}", "apk": f"sudo apk add {other}",
                "zypper": f"sudo zypper install -y {other}", "brew": f"brew install {other}"}  # fmt: skip
    return next((command for name, command in managers.items() if shutil.which(name)), f"(install {other})")


if __name__ == "__main__":
    sys.exit(main())
