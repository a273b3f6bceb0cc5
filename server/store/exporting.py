"""Writes an export: word by word, each file complete or not there, with a journal from which it can be resumed."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import secrets
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct, field

from model.simplify import TOGETHER
from server.store.formats import FORMATS, Told, Writer
from server.store.formats.lines import safe_name, timestamp_of
from server.store.holdings import Holdings
from server.store.kept import Kept
from server.store.order import Order

SCHEMA = "inkling-export/2"
JOURNAL = "export.journal"
LOCK = "export.lock"
CHUNK = 1 << 20


class Line(Struct):
    """A complete file, as the manifest tells of it."""

    word: str
    file: str
    drawings: int
    bytes: int
    sha256: str
    recognized: int
    models: list[str]
    licences: list[str]


class Journal(Struct):
    """What an interrupted export has to know to go on as if nothing had happened."""

    order: Order
    now: float
    """When it began (ms, UTC): no later drawing is in it."""
    salt: str
    words: list[str]
    expected: int
    """At most so many drawings."""
    lines: list[Line] = field(default_factory=list)
    passed: list[str] = field(default_factory=list)
    """Words that are done."""

    def alias(self, player: str) -> str:
        """Name a player in this export."""
        if self.order.stable_players:
            return player
        return hashlib.blake2b(player.encode(), digest_size=8, key=self.salt.encode()).hexdigest()


class Busy(Exception):
    """Another export writes into this folder now."""


@contextlib.contextmanager
def claimed(folder: Path) -> Iterator[None]:
    """Hold a folder against other exports; the system lets go of it however the process ends. Raises Busy, OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    handle = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        raise Busy(f"another export is writing into {folder}") from None
    try:
        yield
        (folder / LOCK).unlink(missing_ok=True)
    finally:
        os.close(handle)


def read_journal(folder: Path) -> Journal | None:
    """Return the journal of an unfinished export in a folder."""
    try:
        return msgspec.json.decode((folder / JOURNAL).read_bytes(), type=Journal)
    except (OSError, msgspec.DecodeError, ValueError):
        return None


async def begin(holdings: Holdings, folder: Path, order: Order, resume: bool) -> Journal:
    """Take up an interrupted export of the same order, or begin anew; what an earlier one wrote is removed then."""
    journal = read_journal(folder) if resume else None
    if journal is not None and journal.order == order:
        return journal
    if journal is not None:
        raise ValueError(
            f"{folder} holds an unfinished export with other options; resume that one, or leave out --resume"
        )
    clear(folder)
    now = time.time() * 1000
    choice = order.choice(now)
    words = await holdings.words(choice)
    expected = sum([await holdings.collection.count_of(word, *choice.span) for word in words])
    return Journal(order, now, secrets.token_hex(16), list(words), expected)


async def write(
    holdings: Holdings, folder: Path, journal: Journal, advance: Callable[[], None], done: Callable[[Line], None]
) -> dict[str, Any]:
    """Write what is missing, then the manifest; returns it. Raises OSError, with nothing half-written but the journal."""
    kind, choice = FORMATS[journal.order.format], journal.order.choice(journal.now)
    told = Told(journal.order.provenance, journal.alias)
    _save(folder, journal)
    passed = set(journal.passed)
    for word in journal.words:
        if word in passed:
            continue
        sheet = Sheet(folder, kind.path.replace("NAME", safe_name(word)), lambda path: kind.open(path, told))
        try:
            async for kept in holdings.of_word(word, choice):
                sheet.add(kept)
                advance()
            line = sheet.close(word)
        except BaseException:
            sheet.abandon()
            raise
        journal.passed.append(word)
        if line is not None:
            journal.lines.append(line)
            done(line)
        _save(folder, journal)
    return _finish(folder, journal, await holdings.archives.missing())


class Sheet:
    """A word's file or folder: it gets its name when it is complete, and exists only if it has drawings."""

    def __init__(self, folder: Path, name: str, open: Callable[[Path], Writer]) -> None:
        self._folder, self._name, self._open = folder, name, open
        self._part = folder / (name + ".part")
        self._writer: Writer | None = None
        self._waiting: list[Kept] = []
        self._drawings = self._recognized = 0
        self._models: set[str] = set()
        self._licences: set[str] = set()

    def add(self, kept: Kept) -> None:
        """Add one drawing."""
        if self._writer is None:
            self._part.parent.mkdir(exist_ok=True)
            _remove(self._part)
            self._writer = self._open(self._part)
        self._waiting.append(kept)
        if len(self._waiting) == TOGETHER:
            self._writer.add(self._waiting)
            self._waiting = []
        self._drawings += 1
        self._recognized += kept.recognized
        self._models.update(kept.models)
        self._licences.add(kept.licence)

    def close(self, word: str) -> Line | None:
        """Complete it; returns its line in the manifest, None if there is no drawing."""
        if self._writer is None:
            return None
        self._writer.add(self._waiting)
        self._waiting = []
        self._writer.close()
        size, digest = _measure(self._part)
        _remove(self._folder / self._name)
        self._part.replace(self._folder / self._name)
        return Line(
            word,
            self._name,
            self._drawings,
            size,
            digest,
            self._recognized,
            sorted(self._models),
            sorted(self._licences),
        )

    def abandon(self) -> None:
        """Leave nothing behind."""
        if self._writer is not None:
            with contextlib.suppress(OSError, ValueError):
                self._writer.abandon()
        _remove(self._part)


def _measure(path: Path) -> tuple[int, str]:
    """Return bytes and sha256 of a file; of a folder, all bytes and the sha256 of its list."""
    if path.is_dir():
        size = sum(entry.stat().st_size for entry in os.scandir(path))
        path = path / "SHA256SUMS"
    else:
        size = path.stat().st_size
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
    return size, digest.hexdigest()


def _finish(folder: Path, journal: Journal, missing: list[str]) -> dict[str, Any]:
    order = journal.order
    manifest = {
        "schema": SCHEMA,
        "format": order.format,
        "made": timestamp_of(int(journal.now)),
        "canvas": "x and y are integers in 0..4095 (imports: their own pixels), t is milliseconds since the first point",
        "filters": {
            "words": order.words,
            "since": None if order.since is None else timestamp_of(int(order.since)),
            "until": None if order.until is None else timestamp_of(int(order.until)),
            "recognized": order.recognized,
            "model": order.model,
            "source": order.source,
            "finished": order.finished,
            "min_ink": order.min_ink,
        },
        "provenance": order.provenance,
        "players": "stable" if order.stable_players else "random",
        "licence": sorted({licence for line in journal.lines for licence in line.licences}),
        "models": sorted({model for line in journal.lines for model in line.models}),
        "counts": {
            "drawings": sum(line.drawings for line in journal.lines),
            "words": len(journal.lines),
            "recognized": sum(line.recognized for line in journal.lines),
        },
        "archives_missing": missing,
        "files": [
            {
                "word": line.word,
                "file": line.file,
                "drawings": line.drawings,
                "bytes": line.bytes,
                "sha256": line.sha256,
            }
            for line in journal.lines
        ],
    }
    if order.format == "parquet":
        from server.store.formats.table import card_of

        _put(folder / "README.md", card_of(manifest).encode())
    _put(folder / "manifest.json", (json.dumps(manifest, indent=2, ensure_ascii=False) + "\n").encode())
    (folder / JOURNAL).unlink()
    return manifest


def clear(folder: Path) -> None:
    """Remove what an earlier export wrote, and only that."""
    journal = read_journal(folder)
    files = [line.file for line in journal.lines] if journal is not None else []
    card = False
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        if manifest["schema"].startswith("inkling-export/"):
            files += [line["file"] for line in manifest["files"]]
            card = manifest["format"] == "parquet"
            (folder / "manifest.json").unlink()
    if card:
        (folder / "README.md").unlink(missing_ok=True)
    for name in files:
        path = (folder / name).resolve()
        if path.is_relative_to(folder.resolve()) and path != folder.resolve():
            _remove(path)
    for kind in FORMATS.values():
        for part in folder.glob(kind.path.replace("NAME", "*") + ".part"):
            _remove(part)
    (folder / JOURNAL).unlink(missing_ok=True)
    with contextlib.suppress(OSError):
        (folder / "data").rmdir()


def _save(folder: Path, journal: Journal) -> None:
    _put(folder / JOURNAL, msgspec.json.encode(journal))


def _put(path: Path, data: bytes) -> None:
    """Write a file whole or not at all."""
    part = path.with_name(path.name + ".new")
    try:
        part.write_bytes(data)
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
