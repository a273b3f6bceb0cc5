"""How many official raw drawings become exactly the official simplified one: `python -m benchmarks.simplified`.

Reads INKLING_DATA/quickdraw, pairs raw and simplified drawings by their `key_id` (pairs that were
found by their geometry would count themselves), and prints one JSON object.
"""

from __future__ import annotations

import gzip
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from model.ink.simplify import simplify_batch
from tests.unit.model.ink.ties import explained


def records(folder: Path) -> Iterator[dict[str, Any]]:
    for path in sorted(folder.glob("*.ndjson.gz")):
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            yield from map(json.loads, lines)


def main(data: Path) -> None:
    official = {key: one["drawing"] for one in records(data / "simplified") if (key := one.get("key_id"))}
    pairs = [(one["drawing"], official[key]) for one in records(data / "raw") if (key := one.get("key_id")) in official]
    ours = list(simplify_batch([raw for raw, _ in pairs]))
    exact = sum(mine == theirs for mine, (_, theirs) in zip(ours, pairs, strict=True))
    tied = sum(mine == theirs or explained(raw, theirs) for mine, (raw, theirs) in zip(ours, pairs, strict=True))
    count = len(pairs)
    told = {
        "pairs": count,
        "exact": exact,
        "share": exact / count,
        "but_for_ties": tied,
        "share_but_for_ties": tied / count,
    }
    print(json.dumps(told))


if __name__ == "__main__":
    if not os.environ.get("INKLING_DATA"):
        sys.exit("INKLING_DATA is not set: a folder with quickdraw/raw and quickdraw/simplified")
    main(Path(os.environ["INKLING_DATA"]) / "quickdraw")
