"""`python -m model teach WORD`: a candidate that knows one word more, from a few drawings."""

from __future__ import annotations

import shutil
import time
from typing import Any

import numpy as np

from model.fewshot.imprint import Head, columns_of, imprint, save_columns
from model.ink.raster import rasters
from model.ink.strokes import Ink
from model.ink.vocabulary import INDEX
from model.registry.artifact import artifact
from model.registry.versions import Shelf
from model.retraining.measure import Model

FOLDS = 5
MOST = 1000


def teach(shelf: Shelf, word: str, inks: list[Ink]) -> dict[str, Any]:
    """Put a candidate on the shelf: the champion and one more word. Returns version and how well it knows the word."""
    if word in INDEX:
        raise ValueError(f"{word!r} is one of the words it knows; `inkling retrain` makes it better at them")
    folder = shelf.champion()
    model, card = Model(folder), artifact.card_of(folder)
    head = Head.of(model.function, folder)
    right = _left_out(head, word, inks[:MOST])
    columns = [column for column in columns_of(folder) if column.word != word]
    columns.append(imprint(head, word, inks[:MOST]))
    target = shelf.room_for(time.strftime("%Y%m%d-%H%M"))
    part = shelf.folder / f".{target.name}"
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    for file in ("weights.npz", "memory.npz"):
        if (folder / file).exists():
            shutil.copy2(folder / file, part / file)
    save_columns(part, columns)
    told = {"word": word, "drawings": len(inks), "right": right, "of": len(inks[:MOST])}
    card.training = {**card.training, "from": card.version, "kind": "taught a word", "taught": told,
                     "words": [column.word for column in columns]}  # fmt: skip
    card.version, card.gates = target.name, {}
    artifact.write_card(part, card)
    part.replace(target)
    return {"version": card.version, **told}


def _left_out(head: Head, word: str, inks: list[Ink]) -> int:
    """Count the drawings that lead to the word, over all words, when others taught it."""
    right, fold = 0, np.arange(len(inks)) % FOLDS
    for place in range(FOLDS):
        asked = [ink for ink, own in zip(inks, fold, strict=True) if own == place]
        rest = [ink for ink, own in zip(inks, fold, strict=True) if own != place]
        if not asked:
            continue
        column = imprint(head, word, rest)
        embedding, _ = head.embed(*rasters(asked))
        logits = embedding @ head.columns + head.bias
        right += int((embedding @ column.vector + column.bias > logits.max(1)).sum())
    return right
