"""What an export says of itself: `manifest.json`, and the dataset card of a parquet export."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from server.store.export_folder import SCHEMA, FileEntry, Journal
from server.store.formats import FORMATS
from server.store.formats.lines import timestamp_of


def manifest_of(
    journal: Journal, files: Sequence[FileEntry], missing: list[str], damaged: list[str], why: list[str]
) -> dict[str, Any]:
    """Build the manifest."""
    options = journal.options
    return {
        "schema": SCHEMA,
        "format": options.format,
        "made": timestamp_of(int(journal.now)),
        "content": FORMATS[options.format].content,
        "filters": {
            "words": options.words,
            "since": None if options.since is None else timestamp_of(int(options.since)),
            "until": None if options.until is None else timestamp_of(int(options.until)),
            "recognized": options.recognized,
            "model": options.model,
            "source": options.source,
            "finished": options.finished,
            "min_ink": options.min_ink,
        },
        "provenance": options.provenance and FORMATS[options.format].provenance,
        "players": "stable" if options.stable_players else "random",
        "licence": sorted({licence for file in files for licence in file.licences}),
        "models": sorted({model for file in files for model in file.models}),
        "counts": {
            "drawings": sum(file.drawings for file in files),
            "words": len(files),
            "recognized": sum(file.recognized for file in files),
        },
        "left_out": {"without_times": journal.untimed},
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
            }
            for file in files
        ],
    }


def packed(manifest: dict[str, Any]) -> bytes:
    """Write a manifest."""
    return (json.dumps(manifest, indent=2, ensure_ascii=False) + "\n").encode()


def card_of(manifest: dict[str, Any]) -> str:
    """Write the dataset card: front matter for the hub, then what a person wants to know."""
    from server.store.formats.table import COLUMNS, PROVENANCE

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
        *([f"license_name: {json.dumps('; '.join(licences) or 'none', ensure_ascii=False)}"] if licence == "other" else []),
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
