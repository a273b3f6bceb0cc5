"""What all formats share: the shape of a writer, a writer of plain files, and the provenance beside the ink."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from model.data.split import assign_part
from server.drawings.formats import ndjson
from server.drawings.record import DrawingRecord

SKETCH_RNN_SPLIT_SHARES = (0.9334, 0.0333, 0.0333)
"""Train, validation and test of sketch-rnn's files (70,000, 2,500 and 2,500 of 75,000)."""


class FormatWriter(Protocol):
    """A file or folder of one word, growing; it is complete once it is closed."""

    def add(self, drawings: Sequence[DrawingRecord]) -> None:
        """Add some drawings, in order; the file does not depend on how many come at a time. Raises OSError."""

    def close(self) -> None:
        """Complete the file. Raises OSError."""

    def abandon(self) -> None:
        """Give it up: close what is open and remove what lies beside the file."""


class RecordFileWriter:
    """A file of encoded drawings, one after the other."""

    def __init__(
        self, path: Path, encode: Callable[[Sequence[DrawingRecord]], Iterable[bytes]], head: bytes = b""
    ) -> None:
        self._file = path.open("wb")
        self._file.write(head)
        self._encode = encode

    def add(self, drawings: Sequence[DrawingRecord]) -> None:
        """Add some drawings."""
        self._file.writelines(self._encode(drawings))

    def close(self) -> None:
        """Complete the file."""
        self._file.close()

    def abandon(self) -> None:
        """Close it."""
        self._file.close()


def sketch_rnn_part(record: DrawingRecord) -> str:
    """Return a drawing's part by person, in sketch-rnn's shares, for exports that ask for no other ones."""
    return assign_part(record.person, SKETCH_RNN_SPLIT_SHARES)


@dataclass(frozen=True, slots=True)
class Provenance:
    """Whether a file tells how each drawing came to be, under which names, and in which part a drawing is.

    `alias` renames players' hashes. `part_of` is for a format that holds all parts in one file.
    """

    wanted: bool
    alias: Callable[[str], str]
    part_of: Callable[[DrawingRecord], str] = sketch_rnn_part

    def of(self, record: DrawingRecord) -> dict[str, Any] | None:
        """Return a drawing's provenance, or None if it is not wanted."""
        return ndjson.build_provenance(record, self.alias) if self.wanted else None
