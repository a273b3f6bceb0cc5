"""Drawings of a word that has no file of its own in Quick, Draw!."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

from model.data.quickdraw import read_json_lines
from model.data.source_record import parse_source_record
from model.ink.strokes import Ink, count_points, ink_from_lists

log = logging.getLogger(__name__)


def read_word_inks(folder: Path, word: str) -> Iterator[Ink]:
    """Read `<word>.ndjson[.gz]`, else every ndjson file, whatever word it says; a line that is no drawing is passed over.

    Raises ValueError where there is no such file.
    """
    own = [folder / f"{word}.ndjson", folder / f"{word}.ndjson.gz"]
    paths = [path for path in own if path.exists()] or sorted(folder.glob("*.ndjson*"))
    if not paths:
        raise ValueError(f"no .ndjson or .ndjson.gz files in {folder}")
    for path in paths:

        def passed_over(number: int, why: str, path: Path = path) -> None:
            log.warning("%s:%d is passed over: %s", path, number, why)

        for number, fields in read_json_lines(path, None, passed_over):
            try:
                ink = ink_from_lists(parse_source_record({**fields, "word": word}).strokes)
            except (ValueError, TypeError) as error:
                passed_over(number, str(error) if isinstance(error, ValueError) else "no JSON object")
                continue
            if count_points(ink) > 1:
                yield ink
