"""What an export says of itself: `manifest.json`, and the dataset card of a parquet export."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from server.drawings.export.folder.journal import ExportFileEntry, ExportJournal
from server.drawings.export.selection import REPEATED, WITHOUT_TIMES
from server.drawings.formats.ndjson import format_timestamp
from server.drawings.formats.registry import EXPORT_FORMATS

MANIFEST_SCHEMA = "inkling-export/3"


def build_manifest(
    journal: ExportJournal, files: Sequence[ExportFileEntry], missing: list[str], damaged: list[str], why: list[str]
) -> dict[str, Any]:
    """Build the manifest."""
    options = journal.options
    return {
        "schema": MANIFEST_SCHEMA,
        "format": options.format,
        "made": format_timestamp(int(journal.now)),
        "content": EXPORT_FORMATS[options.format].content,
        "filters": {
            "words": options.words,
            "since": None if options.since is None else format_timestamp(int(options.since)),
            "until": None if options.until is None else format_timestamp(int(options.until)),
            "recognized": options.recognized,
            "model": options.model,
            "source": options.source,
            "finished": options.finished,
            "min_ink": options.min_ink,
            "max_doubt": options.max_doubt,
            "min_hit": options.min_hit,
            "dedup": options.dedup,
            "sample": options.sample,
            "seed": options.seed,
            "limit": options.limit,
        },
        "split": options.split,
        "provenance": options.provenance and EXPORT_FORMATS[options.format].provenance,
        "players": "stable" if options.stable_players else "random",
        "licence": sorted({licence for file in files for licence in file.licences}),
        "models": sorted({model for file in files for model in file.models}),
        "counts": {
            "drawings": sum(file.drawings for file in files),
            "words": len({file.word for file in files}),
            "recognized": sum(file.recognized for file in files),
            **{part: sum(file.drawings for file in files if file.part == part) for part in options.parts if part},
        },
        "left_out": {
            reason: sum(reasons.get(reason, 0) for reasons in journal.left_out.values())
            for reason in (WITHOUT_TIMES, REPEATED)
        },
        "empty_because": why,
        "archives_missing": missing,
        "archives_damaged": damaged,
        "files": [
            {
                "word": file.word,
                "file": file.file,
                "drawings": file.drawings,
                "bytes": file.bytes,
                "sha256": file.sha256,
                **({"part": file.part} if file.part else {}),
            }
            for file in files
        ],
    }


def encode_manifest(manifest: dict[str, Any]) -> bytes:
    """Write a manifest."""
    return (json.dumps(manifest, indent=2, ensure_ascii=False) + "\n").encode()
