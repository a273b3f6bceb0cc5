"""The journal of an export: what an interrupted one has to know to go on as if nothing had happened."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

import msgspec
from msgspec import Struct, field

from server.decode_errors import DECODE_ERRORS
from server.drawings.export.folder.files import EXPORT_CARD_FILE, JOURNAL_FILE, write_atomically
from server.drawings.export.options import ExportOptions
from server.drawings.file_names import word_file_name
from server.drawings.formats.registry import EXPORT_FORMATS


class ExportFileEntry(Struct):
    """A complete file, as the manifest tells of it. A folder of pictures has the checksum of its list."""

    word: str
    file: str
    drawings: int
    bytes: int
    sha256: str
    recognized: int
    models: list[str]
    licences: list[str]
    tar_bytes: int = 0
    """How long it is in a tar."""
    part: str = ""
    """train, validation or test, where the export is split into folders."""


class ExportJournal(Struct):
    """What an interrupted export has to know to go on as if nothing had happened."""

    options: ExportOptions = field(name="order")
    now: float
    """When it began (ms, UTC): no later drawing is in it."""
    salt: str
    words: list[str]
    expected: int
    """At most so many drawings."""
    files: list[ExportFileEntry] = field(default_factory=list, name="lines")
    passed: list[str] = field(default_factory=list)
    """Words that are done."""
    compared: str = ""
    """The state of the tombstones when the files were compared with them."""
    left_out: dict[str, dict[str, int]] = field(default_factory=dict)
    """Of each word, how many drawings that the filter wants were left out, and why (`server.drawings.export.selection`)."""
    replaces: list[str] = field(default_factory=list)
    """What earlier exports wrote: each lies there until the new file takes its name, the rest until this one is complete."""
    foreign: list[str] = field(default_factory=list)
    """What was in the way when it began and is no export's, as long as no file of this one has taken its name."""

    def alias(self, player: str) -> str:
        """Name a player in this export."""
        if self.options.stable_players:
            return player
        return hashlib.blake2b(player.encode(), digest_size=8, key=self.salt.encode()).hexdigest()

    def target(self, word: str, part: str = "") -> str:
        """Name the file or folder of a word, and of a part (train, validation, test) where there are any."""
        return EXPORT_FORMATS[self.options.format].path.replace(
            "NAME", f"{part}/{word_file_name(word)}" if part else word_file_name(word)
        )

    def targets(self, words: Iterable[str]) -> list[str]:
        """Name all files or folders of some words."""
        return [self.target(word, part) for word in words for part in self.options.parts]

    @property
    def card(self) -> list[str]:
        """The dataset card, where the format has one."""
        return [EXPORT_CARD_FILE] if EXPORT_FORMATS[self.options.format].card else []


def read_journal(folder: Path) -> ExportJournal | None:
    """Return the journal of an unfinished export in a folder."""
    try:
        return msgspec.json.decode((folder / JOURNAL_FILE).read_bytes(), type=ExportJournal)
    except (*DECODE_ERRORS, OSError, ValueError):
        return None


def write_journal(folder: Path, journal: ExportJournal) -> None:
    """Write the journal. Raises OSError."""
    write_atomically(folder / JOURNAL_FILE, msgspec.json.encode(journal))
