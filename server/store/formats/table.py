"""Parquet: the columns of an export, its dataset card, and the files of an archive."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from server.store.formats.lines import provenance_of
from server.store.kept import Kept, decode, encode

ROWS = 1000
"""Drawings of a row group: what a reader and a writer hold at once."""

_STROKE = pa.struct([("x", pa.list_(pa.float32())), ("y", pa.list_(pa.float32())), ("t", pa.list_(pa.int32()))])
_GUESS = pa.struct(
    [
        ("at", pa.int32()),
        ("words", pa.list_(pa.string())),
        ("probabilities", pa.list_(pa.float32())),
        ("doubt", pa.float32()),
        ("model", pa.string()),
    ]
)
COLUMNS = [
    ("key_id", pa.string(), "64-bit name of the drawing"),
    ("word", pa.string(), "what was to be drawn; a name, never a class index"),
    ("countrycode", pa.string(), "always empty"),
    ("timestamp", pa.timestamp("ms", "UTC"), "when the drawing was finished"),
    ("recognized", pa.bool_(), "whether Inkling said the word in time"),
    (
        "drawing",
        pa.list_(_STROKE),
        "strokes of x, y (0..4095; imports: their own pixels) and t (ms since the first point)",
    ),
    ("licence", pa.string(), "licence of this drawing"),
    ("source", pa.string(), "player, bot, import or teach"),
]
PROVENANCE = [
    ("player", pa.string(), "the same for one person's drawings within this export; random unless asked"),
    ("game", pa.int32(), "counts the games of the room"),
    ("round", pa.int32(), "counts the rounds of the room"),
    ("pack", pa.string(), "pack of words"),
    ("seconds", pa.int32(), "length of the round"),
    ("open_table", pa.bool_(), "whether everybody saw the drawing being made"),
    ("finished_by", pa.string(), "done, hit, time or left"),
    ("first_point_at", pa.int32(), "ms from the round's start to the first point"),
    ("hit_at", pa.int32(), "ms of the round at the hit; null without one"),
    ("points", pa.int32(), "what it was worth"),
    ("pointer", pa.string(), "mouse, touch, pen, keyboard or empty"),
    ("width", pa.int32(), "of the page"),
    ("height", pa.int32(), "of the page"),
    ("guesses", pa.list_(_GUESS), "what the network thought, whenever its top word or 5 % of its probability changed"),
]
"""Names, types and meanings, as they stand in docs/data.md and in the card."""

_ARCHIVE = pa.schema(
    [
        ("key_id", pa.string()),
        ("word", pa.string()),
        ("at", pa.int64()),
        ("player", pa.string()),
        ("record", pa.binary()),
    ]
)


def schema_of(provenance: bool) -> pa.Schema:
    """Return the schema of an export."""
    return pa.schema([(name, kind) for name, kind, _ in (COLUMNS + PROVENANCE if provenance else COLUMNS)])


class TableFile:
    """One word's parquet file, written a row group at a time."""

    def __init__(self, path: Path, schema: pa.Schema, row: Callable[[Kept], dict[str, Any]]) -> None:
        self._schema, self._row = schema, row
        self._writer = pq.ParquetWriter(path, schema, compression="zstd")
        self._rows: list[dict[str, Any]] = []

    def add(self, some: Sequence[Kept]) -> None:
        """Add some drawings."""
        for kept in some:
            self._rows.append(self._row(kept))
            if len(self._rows) == ROWS:
                self._flush()

    def close(self) -> None:
        """Write the rest and the footer."""
        self._flush()
        self._writer.close()

    def abandon(self) -> None:
        """Close without the rest."""
        self._writer.close()

    def _flush(self) -> None:
        if self._rows:
            self._writer.write_table(pa.Table.from_pylist(self._rows, self._schema))
            self._rows = []


def row_of(kept: Kept, provenance: bool, alias: Callable[[str], str]) -> dict[str, Any]:
    """Return a drawing as a row of an export."""
    row: dict[str, Any] = {
        "key_id": kept.key_id,
        "word": kept.word,
        "countrycode": "",
        "timestamp": kept.at,
        "recognized": kept.recognized,
        "drawing": [{"x": x / kept.unit, "y": y / kept.unit, "t": t} for x, y, t in kept.arrays],
        "licence": kept.licence,
        "source": kept.source,
    }
    if provenance:
        told = provenance_of(kept, alias)
        row |= {name: told[name] for name, _, _ in PROVENANCE if name in told} | told["device"]
        row["guesses"] = [
            {**note, "words": list(note["words"]), "probabilities": list(note["words"].values())}
            for note in told["guesses"]
        ]
    return row


def archive_file(path: Path) -> TableFile:
    """Begin a file of an archive: the records as Redis had them, found by key, time and player."""
    return TableFile(
        path,
        _ARCHIVE,
        lambda kept: {
            "key_id": kept.key_id,
            "word": kept.word,
            "at": kept.at,
            "player": kept.player,
            "record": encode(kept),
        },
    )


def archived(path: Path) -> Iterator[Kept]:
    """Stream the drawings of a file of an archive."""
    with pq.ParquetFile(path) as file:
        for batch in file.iter_batches(ROWS, columns=["record"]):
            for data in batch.column(0):
                yield decode(data.as_py())


def archived_names(path: Path) -> Iterator[tuple[str, int, str]]:
    """Stream key_id, time and player's hash of what is in a file of an archive."""
    with pq.ParquetFile(path) as file:
        for batch in file.iter_batches(10 * ROWS, columns=["key_id", "at", "player"]):
            yield from zip(*(column.to_pylist() for column in batch.columns), strict=True)


def card_of(manifest: dict[str, Any]) -> str:
    """Write the dataset card: front matter for the hub, then what a person wants to know."""
    counts, licences = manifest["counts"], manifest["licence"]
    size = counts["drawings"]
    bounds = [(10**power, f"{low}<n<{high}") for power, low, high in
              ((3, "n", "1K"), (4, "1K", "10K"), (5, "10K", "100K"), (6, "100K", "1M"), (7, "1M", "10M"))]  # fmt: skip
    bucket = next((name for bound, name in bounds if size < bound), "n>10M").replace("n<n<1K", "n<1K")
    licence = "cc-by-4.0" if licences == ["CC BY 4.0"] else "other"
    columns = COLUMNS + PROVENANCE if manifest["provenance"] else COLUMNS
    bytes_ = sum(file["bytes"] for file in manifest["files"])
    head = [
        "---", "pretty_name: Inkling drawings", f"license: {licence}",
        *([f"license_name: {'; '.join(licences) or 'none'}"] if licence == "other" else []),
        "task_categories:", "- image-classification", "tags:", "- sketch", "- drawing", "- strokes",
        f"size_categories:\n- {bucket}", "configs:", "- config_name: default", "  data_files:", "  - split: train",
        "    path: data/*.parquet", "dataset_info:", "  splits:", "  - name: train", f"    num_bytes: {bytes_}",
        f"    num_examples: {size}", "---",
    ]  # fmt: skip
    rows = [f"| `{name}` | `{kind}` | {meaning} |" for name, kind, meaning in columns]
    return "\n".join(
        [
            *head, "", "# Drawings from Inkling", "",
            f"{size} drawings of {counts['words']} words, {counts['recognized']} of them recognised by the network while they "
            f"were drawn; made {manifest['made']}. Licences: {', '.join(licences) or 'none'}. Networks that guessed: "
            f"{', '.join(manifest['models']) or 'none'}. Names, addresses and rooms are not in it.", "",
            "| column | type | meaning |", "|---|---|---|", *rows, "",
        ]
    )  # fmt: skip
