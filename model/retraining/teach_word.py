"""`python -m model teach WORD`: a candidate that knows one word more, from a few drawings."""

from __future__ import annotations

import shutil
import time
from typing import Any

import numpy as np

from model.fewshot.imprint import ClassifierHead, imprint_word, load_columns, save_columns
from model.ink.raster import rasterise_inks
from model.ink.strokes import Ink
from model.ink.vocabulary import CLASS_INDEX
from model.registry import artifact
from model.registry.card_writer import write_card
from model.registry.versions import ModelRegistry
from model.retraining.measure import LoadedModel

CROSS_VALIDATION_FOLDS = 5
"""Parts that the drawings are split into; each is left out once."""
MAX_TEACHING_DRAWINGS = 1000
"""Drawings of a word that are used; more are ignored."""


def teach_word(registry: ModelRegistry, word: str, inks: list[Ink]) -> dict[str, Any]:
    """Put a candidate into the registry: the champion and one more word. Returns version and how well it knows the word."""
    if word in CLASS_INDEX:
        raise ValueError(f"{word!r} is one of the words it knows; `inkling retrain` makes it better at them")
    folder = registry.champion()
    model, card = LoadedModel(folder), artifact.read_game_card(folder)
    head = ClassifierHead.of(model.function, folder)
    right = _count_right_by_cross_validation(head, word, inks[:MAX_TEACHING_DRAWINGS])
    columns = [column for column in load_columns(folder) if column.word != word]
    columns.append(imprint_word(head, word, inks[:MAX_TEACHING_DRAWINGS]))
    target = registry.new_version_folder(time.strftime("%Y%m%d-%H%M"))
    part = registry.folder / f".{target.name}"
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    for file in ("weights.npz", "memory.npz"):
        if (folder / file).exists():
            shutil.copy2(folder / file, part / file)
    save_columns(part, columns)
    taught = {"word": word, "drawings": len(inks), "right": right, "of": len(inks[:MAX_TEACHING_DRAWINGS])}
    card.training = {**card.training, "from": card.version, "kind": "taught a word", "taught": taught,
                     "words": [column.word for column in columns]}  # fmt: skip
    card.version, card.gates = target.name, {}
    write_card(part, card)
    part.replace(target)
    return {"version": card.version, **taught}


def _count_right_by_cross_validation(head: ClassifierHead, word: str, inks: list[Ink]) -> int:
    """Count the drawings that lead to the word, over all words, when others taught it."""
    right, fold = 0, np.arange(len(inks)) % CROSS_VALIDATION_FOLDS
    for number in range(CROSS_VALIDATION_FOLDS):
        held_out = [ink for ink, own in zip(inks, fold, strict=True) if own == number]
        rest = [ink for ink, own in zip(inks, fold, strict=True) if own != number]
        if not held_out:
            continue
        column = imprint_word(head, word, rest)
        embedding, _ = head.embed(*rasterise_inks(held_out))
        logits = embedding @ head.columns + head.bias
        right += int((embedding @ column.vector + column.bias > logits.max(1)).sum())
    return right
