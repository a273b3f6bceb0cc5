"""What `inkling model evaluate` and `inkling model pack` do."""

from __future__ import annotations

import json
import os
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.progress import Progress

from model.answers import Calibration, WordMask
from model.data.quickdraw import LabelledDrawing, list_drawing_files, read_labelled_drawings
from model.data.split import assign_part
from model.evaluation import curves, latency, metrics, play, rejection
from model.evaluation.play import SayingRule
from model.ink.raster import crop_stamps
from model.ink.strokes import take_ink_prefix
from model.ink.vocabulary import CLASS_INDEX, CLASS_WORDS
from model.registry import artifact
from model.registry.model_card import ModelCard

EASY_WORD_INK_SHARES = (0.5, 0.75, 1.0)
"""A word is easy when it is known early: the mean of top-1 at these shares of ink."""


def read_part_drawings(folder: Path, part: str, limit: int | None = None) -> list[LabelledDrawing]:
    """Read a folder's drawings, or one part of the split of them."""
    drawings: list[LabelledDrawing] = []
    for path in list_drawing_files(folder):
        chosen = [d for d in read_labelled_drawings(path) if d.ink and part in ("all", assign_part(d.identity))]
        drawings += chosen[:limit]
    if not drawings:
        raise ValueError(f"no drawings to judge in {folder}")
    return drawings


def load_pack_mask(name: str) -> WordMask | None:
    """Return a pack's mask: a file (JSON list or a word a line), or a name in the JSON file of INKLING_PACKS."""
    path, packs_file = Path(name), os.environ.get("INKLING_PACKS", "")
    if path.is_file():
        text = path.read_text(encoding="utf-8")
        words = json.loads(text) if text.lstrip().startswith("[") else text.split("\n")
    elif packs_file:
        packs = json.loads(Path(packs_file).read_text(encoding="utf-8"))
        if name not in packs:
            raise ValueError(f"no pack {name!r}; there are {', '.join(sorted(packs))}")
        words = packs[name]
    elif name == "default":
        return None
    else:
        raise ValueError(f"no pack {name!r}: not a file, and INKLING_PACKS is not set (`inkling model` sets it)")
    mask = np.zeros(len(CLASS_WORDS), bool)
    for word in filter(None, (str(word).strip() for word in words)):
        if word not in CLASS_INDEX:
            raise ValueError(f"{word!r} is not one of the {len(CLASS_WORDS)} words")
        mask[CLASS_INDEX[word]] = True
    return mask


def evaluate_model(
    name: str, folder: Path, part: str, limit: int | None, pack: WordMask | None, teacher: Path | None = None,
    played: tuple[SayingRule, Path] | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Evaluate a model on a folder; keys as in `inkling model evaluate --json`, private ones begin with `_`.

    With `teacher`, the folder of a DoodleNet, the same drawings are shown to it for comparison. With `played`, the game's rule and a
    folder of raw drawings, these are replayed as in play (`model.evaluation.play`).
    """
    model = artifact.resolve_model_folder(name)
    card = artifact.read_game_card(model)
    drawings = read_part_drawings(folder, part, limit)
    function = _load_frozen_function(model, card)
    outputs = _run_with_progress(function, drawings, curves.INK_SHARES)
    calibration = artifact.calibration_from_card(card)
    comparison: dict[str, Any] = {"teacher": _evaluate_teacher(teacher, drawings)} if teacher else {}
    if played:
        comparison["play"] = _evaluate_play(
            played[0], read_part_drawings(played[1], part, limit), function, calibration, teacher
        )
    accuracy = curves.accuracy_figures(outputs, drawings, calibration, pack)
    return {
        "n": len(drawings),
        "words": len({drawing.label for drawing in drawings}),
        "model": card.version,
        "params": sum(weight.size for weight in artifact.read_weights(model)),
        "bytes": artifact.weights_file_bytes(model),
        **accuracy,
        "junk": rejection.rejection_figures(function, drawings, outputs, calibration),
        "_drawings": drawings,
        "_speed": latency.measure_latency(model, [drawing.ink for drawing in drawings]),
        **comparison,
    }


def _evaluate_play(
    rule: SayingRule,
    drawings: list[LabelledDrawing],
    function: curves.NetworkFunction,
    calibration: Calibration,
    teacher: Path | None,
) -> dict[str, Any]:
    """Play the drawings with the model, and with the teacher masked to each pack beside it."""
    with Progress(console=Console(stderr=True), transient=True) as progress:
        line = progress.add_task("playing", total=len(drawings) * (1 + bool(teacher)))
        figures = play.evaluate_play(
            rule, drawings, play.run_on_ticks(function, drawings, partial(progress.advance, line)), calibration
        )
        if teacher:
            outputs = play.run_on_ticks(_teacher_as_network(teacher), drawings, partial(progress.advance, line))
            for name, teacher_figures in play.evaluate_play(rule, drawings, outputs, None).items():
                figures[name]["teacher"] = teacher_figures
    return figures


def _teacher_as_network(folder: Path) -> curves.NetworkFunction:
    """Return a teacher as a network: it looks at the stamps of our pictures and knows no junk."""
    from model.network.teacher_networks import Teacher

    ask = Teacher(folder)
    return lambda pictures, scalars: (ask(crop_stamps(pictures)), np.zeros(len(pictures), np.float32))


def _evaluate_teacher(folder: Path, drawings: list[LabelledDrawing]) -> dict[str, dict[str, float]]:
    """Top-1 and top-3 of the teacher on the same prefixes, in its own 28 × 28 picture."""
    from model.ink.bitmap import draw_quickdraw_bitmaps
    from model.network.teacher_networks import Teacher

    ask = Teacher(folder)
    labels = np.array([drawing.label for drawing in drawings])
    figures = {}
    for share in curves.REPORTED_INK_SHARES:
        pictures = draw_quickdraw_bitmaps([take_ink_prefix(drawing.ink, share) for drawing in drawings])
        logs = np.concatenate([ask(pictures[at : at + 512]) for at in range(0, len(pictures), 512)])
        row = metrics.top_k_accuracy(metrics.rank_true_words(logs, labels))
        figures[str(share)] = {"top1": row["top1"], "top3": row["top3"]}
    return figures


def save_evaluation_report(found: dict[str, Any], path: Path) -> None:
    """Write the HTML report."""
    from model.evaluation import report as page

    page.write_evaluation_report(found, path)


def propose_pack(name: str, folder: Path, size: int, excluded: set[str]) -> list[str]:
    """Choose easy words on the validation part, no two among each other's top-3 confusions."""
    model = artifact.resolve_model_folder(name)
    card = artifact.read_game_card(model)
    drawings = read_part_drawings(folder, "validation")
    outputs = _run_with_progress(_load_frozen_function(model, card), drawings, list(EASY_WORD_INK_SHARES))
    labels = np.array([drawing.label for drawing in drawings])
    right = (outputs.logits.argmax(2) == labels).mean(0)
    ease = {w: float(right[labels == w].mean()) for w in set(labels.tolist()) if (labels == w).sum() >= 3}
    mean = np.stack([_softmax(outputs.logits[-1])[labels == w].mean(0) for w in range(len(CLASS_WORDS)) if w in ease])
    confused = {w: set(_top_confusions(row, w)) for w, row in zip(sorted(ease), mean, strict=True)}
    chosen: list[int] = []
    for word in sorted(ease, key=lambda w: -ease[w]):
        clash = any(other in confused[word] or word in confused[other] for other in chosen)
        if CLASS_WORDS[word] not in excluded and not clash:
            chosen.append(word)
        if len(chosen) == size:
            break
    return sorted(CLASS_WORDS[word] for word in chosen)


def _top_confusions(row: Any, own: int) -> list[int]:
    ranking = [int(word) for word in np.argsort(row)[::-1] if word != own]
    return ranking[:3]


def _softmax(logits: Any) -> Any:
    odds = np.exp(logits - logits.max(1, keepdims=True))
    return odds / odds.sum(1, keepdims=True)


def _load_frozen_function(model: Path, card: ModelCard) -> curves.NetworkFunction:
    from model.network import frozen_function

    network = artifact.build_network_from_card(card)
    network.set_weights(artifact.read_weights(model))
    return frozen_function.FrozenFunction(network)


def _run_with_progress(
    function: curves.NetworkFunction, drawings: list[LabelledDrawing], shares: list[float]
) -> curves.NetworkOutputs:
    with Progress(console=Console(stderr=True), transient=True) as progress:
        line = progress.add_task("judging", total=len(drawings) * len(shares))
        return curves.run_on_prefixes(function, drawings, shares, lambda count: progress.advance(line, count))
