"""Drawings of a word that has no file of its own in Quick, Draw!."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from pathlib import Path

from model.strokes import Ink, ink_of, point_count


def drawings(folder: Path, word: str) -> Iterator[Ink]:
    """Read `<word>.ndjson[.gz]`, else every ndjson file, whatever word it says. Raises ValueError naming a bad line."""
    own = [folder / f"{word}.ndjson", folder / f"{word}.ndjson.gz"]
    paths = [path for path in own if path.exists()] or sorted(folder.glob("*.ndjson*"))
    if not paths:
        raise ValueError(f"no .ndjson or .ndjson.gz files in {folder}")
    for path in paths:
        with (gzip.open if path.suffix == ".gz" else open)(path, "rt", encoding="utf-8") as lines:
            for number, line in enumerate(lines, 1):
                try:
                    ink = ink_of(json.loads(line)["drawing"])
                except (ValueError, KeyError, TypeError, IndexError) as error:
                    raise ValueError(f"{path.name}:{number}: {error!r}") from None
                if point_count(ink) > 1:
                    yield ink
