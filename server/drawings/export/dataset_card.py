"""The dataset card of an export: front matter for Hugging Face's hub, then what a person wants to know."""

from __future__ import annotations

import json
import re
from typing import Any

from model.data.split import SPLIT_PARTS
from server.drawings.formats.registry import EXPORT_FORMATS

_SIZE_CATEGORIES = (
    (1_000, "n<1K"),
    (10_000, "1K<n<10K"),
    (100_000, "10K<n<100K"),
    (1_000_000, "100K<n<1M"),
    (10_000_000, "1M<n<10M"),
)
_YAML_UNPRINTABLE = re.compile("[\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]")
"""What JSON leaves as it is in a string and YAML does not."""


def render_dataset_card(manifest: dict[str, Any]) -> str:
    """Write the card of an export from its manifest."""
    counts = manifest["counts"]
    licences = [" ".join(licence.split()) for licence in manifest["licence"]]
    licence_text = ", ".join(licences) or "none"
    return "\n".join(
        [
            "---", *_front_matter(manifest, licences), "---", "", "# Drawings from Inkling", "",
            f"{counts['drawings']} drawings of {counts['words']} words, {counts['recognized']} of them recognised; "
            f"made {manifest['made']}. Licences: {licence_text}. Networks that guessed: "
            f"{', '.join(manifest['models']) or 'none'}. Names, addresses and rooms are not in it.", "",
            *(["All drawings of a person are in the same split.", ""] if manifest["split"] else []),
            *_column_table(manifest),
        ]
    )  # fmt: skip


def quote_yaml(text: str) -> str:
    """Write any text as a string of YAML."""
    return _YAML_UNPRINTABLE.sub(lambda found: f"\\u{ord(found[0]):04x}", json.dumps(text, ensure_ascii=False))


def _front_matter(manifest: dict[str, Any], licences: list[str]) -> list[str]:
    size = manifest["counts"]["drawings"]
    open_licence = licences == ["CC BY 4.0"]
    kind = EXPORT_FORMATS[manifest["format"]]
    folder, pattern = kind.path.rpartition("NAME")[0], "**" if kind.always_in_parts else "*.parquet"
    parts = [part for part in SPLIT_PARTS if manifest["counts"].get(part)]
    files = {part: f"{folder}{part}/{pattern}" for part in parts} or {"train": f"{folder}{pattern}"}
    lines = [
        "pretty_name: Inkling drawings",
        f"license: {'cc-by-4.0' if open_licence else 'other'}",
        *([] if open_licence else [f"license_name: {quote_yaml('; '.join(licences) or 'none')}"]),
        "task_categories:", "- image-classification", "tags:", "- sketch", "- drawing", "- strokes",
        "size_categories:", f"- {next((name for bound, name in _SIZE_CATEGORIES if size < bound), 'n>10M')}",
        "configs:", "- config_name: default", "  data_files:",
    ]  # fmt: skip
    for part, path in files.items():
        lines += [f"  - split: {part}", f"    path: {path}"]
    lines += ["dataset_info:", "  splits:"]
    for part in files:
        inside = [file for file in manifest["files"] if not parts or file["part"] == part]
        lines += [
            f"  - name: {part}",
            f"    num_bytes: {sum(file['bytes'] for file in inside)}",
            f"    num_examples: {sum(file['drawings'] for file in inside)}",
        ]
    return lines


def _column_table(manifest: dict[str, Any]) -> list[str]:
    from server.drawings.formats.parquet import EXPORT_COLUMNS, PROVENANCE_COLUMNS

    columns = EXPORT_COLUMNS + PROVENANCE_COLUMNS if manifest["provenance"] else EXPORT_COLUMNS
    if manifest["format"] == "imagefolder":
        columns = [("image", "image", "the drawing"), *(column for column in columns if column[0] != "drawing")]
    rows = [f"| `{name}` | `{kind}` | {meaning} |" for name, kind, meaning in columns]
    return ["| column | type | meaning |", "|---|---|---|", *rows, ""]
