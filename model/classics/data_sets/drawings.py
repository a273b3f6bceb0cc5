"""Drawings of Quick, Draw! as pictures: Google's bitmaps, or strokes that are drawn here in the same geometry."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from model.classics.data_sets.data_set import NO_LIMIT, DataSetMissing, LabelledPictures, UInt8Array, UnsplitDataSet
from model.classics.data_sets.files import find_named_files, join_folder_names, read_npz_array
from model.data.formats import read_npy_bitmaps, read_npy_header
from model.data.quickdraw import read_labelled_drawings
from model.ink.bitmap import QUICKDRAW_BITMAP_SIDE_PIXELS, draw_quickdraw_bitmaps

QUICKDRAW_CREDIT = "Quick, Draw! drawings: Google, CC BY 4.0"


def gather_quickdraw(images: dict[str, Any], folders: Sequence[Path]) -> UnsplitDataSet:
    """Gather 28 × 28 drawings of words: from simplified ndjson, drawn here, or Google's bitmaps; what has more.

    At a tie the recipe's `prefer` decides.
    """
    pictures, labels, used = [], [], []
    for label, word in enumerate(images["words"]):
        forms = (_read_bitmaps(word, folders, images), _read_and_draw_strokes(word, folders, images))
        candidates = [form for form in forms if form is not None]
        if not candidates:
            words = " ".join(f'"{other}"' if " " in other else other for other in images["words"])
            form = "npy" if images["prefer"] == "bitmaps" else "simplified"
            raise DataSetMissing(
                f"no drawings of {word!r} in {join_folder_names(folders)}: neither {word}.npy, .npz, .ndjson, .ndjson.gz nor "
                f".bin. Get them with: inkling model fetch --words {words} --format {form} --limit "
                f"{images['limit'] if images['limit'] < NO_LIMIT else 1000} --out data/{form}"
            )
        kind, path, rows = max(candidates, key=lambda form: (len(form[2]), form[0] == images["prefer"]))
        pictures.append(rows)
        labels += [label] * len(rows)
        used.append(f"{word}: {len(rows):,} {kind} of {path.name}")
    part = LabelledPictures(np.concatenate(pictures)[..., None], np.array(labels))
    kinds = {line.split()[-3] for line in used}
    notes = [] if len(kinds) < 2 else ["strokes are drawn here in Google's geometry; bitmaps are Google's own"]
    return UnsplitDataSet(list(images["words"]), part, used, "quickdraw", QUICKDRAW_CREDIT, notes=notes)


def _read_bitmaps(word: str, folders: Sequence[Path], images: dict[str, Any]) -> tuple[str, Path, UInt8Array] | None:
    for path in find_named_files(folders, f"{word}.npy", f"{word}.npz"):
        if path.suffix == ".npy":
            read_npy_header(path)
            rows = read_npy_bitmaps(path)[: images["limit"]]
        else:
            rows = read_npz_array(path, "images")[: images["limit"]]
        return (
            "bitmaps",
            path,
            np.array(rows, np.uint8).reshape(-1, QUICKDRAW_BITMAP_SIDE_PIXELS, QUICKDRAW_BITMAP_SIDE_PIXELS),
        )
    return None


def _read_and_draw_strokes(
    word: str, folders: Sequence[Path], images: dict[str, Any]
) -> tuple[str, Path, UInt8Array] | None:
    for path in find_named_files(folders, f"{word}.ndjson", f"{word}.ndjson.gz", f"{word}.bin"):
        drawings = [drawing for drawing in islice(read_labelled_drawings(path), images["limit"]) if drawing.ink]
        if drawings and not drawings[0].raw:
            return "strokes", path, draw_quickdraw_bitmaps([drawing.ink for drawing in drawings])
    return None
