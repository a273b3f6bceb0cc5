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

from model.answers import Calibration, Mask
from model.data.quickdraw import Drawing, files, read
from model.data.split import part_of
from model.evaluation import curves, latency, metrics, play, rejection
from model.evaluation.play import Rule
from model.ink.raster import stamps
from model.ink.strokes import prefix
from model.ink.vocabulary import INDEX, WORDS
from model.registry.artifact import artifact

EASY_SHARES = (0.5, 0.75, 1.0)
"""A word is easy when it is known early: the mean of top-1 at these shares of ink."""


def drawings_of(folder: Path, part: str, limit: int | None = None) -> list[Drawing]:
    """Read a folder's drawings, or one part of the split of them."""
    found = []
    for path in files(folder):
        chosen = [d for d in read(path) if d.ink and part in ("all", part_of(d.identity))]
        found += chosen[:limit]
    if not found:
        raise ValueError(f"no drawings to judge in {folder}")
    return found


def pack_of(name: str) -> Mask | None:
    """Return a pack's mask: a file (JSON list or a word a line), or a name in the JSON file of INKLING_PACKS."""
    path, known = Path(name), os.environ.get("INKLING_PACKS", "")
    if path.is_file():
        text = path.read_text()
        words = json.loads(text) if text.lstrip().startswith("[") else text.split("\n")
    elif known:
        packs = json.loads(Path(known).read_text())
        if name not in packs:
            raise ValueError(f"no pack {name!r}; there are {', '.join(sorted(packs))}")
        words = packs[name]
    elif name == "default":
        return None
    else:
        raise ValueError(f"no pack {name!r}: not a file, and INKLING_PACKS is not set (`inkling model` sets it)")
    mask = np.zeros(len(WORDS), bool)
    for word in filter(None, (str(word).strip() for word in words)):
        if word not in INDEX:
            raise ValueError(f"{word!r} is not one of the {len(WORDS)} words")
        mask[INDEX[word]] = True
    return mask


def judge(
    name: str, folder: Path, part: str, limit: int | None, pack: Mask | None, teacher: Path | None = None,
    played: tuple[Rule, Path] | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Evaluate a model on a folder; keys as in `inkling model evaluate --json`, private ones begin with `_`.

    With `teacher`, the folder of a DoodleNet, the same drawings are shown to it for comparison. With `played`, the game's rule and a
    folder of raw drawings, these are replayed as in play (`model.evaluation.play`).
    """
    model = artifact.folder_of(name)
    card = artifact.card_of(model)
    drawings = drawings_of(folder, part, limit)
    function = _function(model, card)
    outputs = _ask(function, drawings, curves.SHARES)
    calibration = artifact.calibration_of(card)
    beside: dict[str, Any] = {"teacher": _teacher(teacher, drawings)} if teacher else {}
    if played:
        beside["play"] = _play(played[0], drawings_of(played[1], part, limit), function, calibration, teacher)
    found = curves.figures(outputs, drawings, calibration, pack)
    return {
        "n": len(drawings),
        "words": len({drawing.label for drawing in drawings}),
        "model": card.version,
        "params": sum(weight.size for weight in artifact.weights_of(model)),
        "bytes": artifact.size_of(model),
        **found,
        "junk": rejection.figures(function, drawings, outputs, calibration),
        "_drawings": drawings,
        "_speed": latency.table(model, [drawing.ink for drawing in drawings]),
        **beside,
    }


def _play(
    rule: Rule, drawings: list[Drawing], function: curves.Network, calibration: Calibration, teacher: Path | None
) -> dict[str, Any]:
    """Play the drawings with the model, and with the teacher masked to each pack beside it."""
    with Progress(console=Console(stderr=True), transient=True) as progress:
        line = progress.add_task("playing", total=len(drawings) * (1 + bool(teacher)))
        found = play.judge(rule, drawings, play.watch(function, drawings, partial(progress.advance, line)), calibration)
        if teacher:
            seen = play.watch(_masked(teacher), drawings, partial(progress.advance, line))
            for name, figures in play.judge(rule, drawings, seen, None).items():
                found[name]["teacher"] = figures
    return found


def _masked(folder: Path) -> curves.Network:
    """Return a teacher as a network: it looks at the stamps of our pictures and knows no junk."""
    from model.network.teacher_networks import Teacher

    seen = Teacher(folder)
    return lambda pictures, scalars: (seen(stamps(pictures)), np.zeros(len(pictures), np.float32))


def _teacher(folder: Path, drawings: list[Drawing]) -> dict[str, dict[str, float]]:
    """Top-1 and top-3 of the teacher on the same prefixes, in its own 28 × 28 picture."""
    from model.ink.bitmap import bitmaps
    from model.network.teacher_networks import Teacher

    seen = Teacher(folder)
    labels = np.array([drawing.label for drawing in drawings])
    found = {}
    for share in curves.REPORTED:
        pictures = bitmaps([prefix(drawing.ink, share) for drawing in drawings])
        logs = np.concatenate([seen(pictures[at : at + 512]) for at in range(0, len(pictures), 512)])
        row = metrics.accuracy(metrics.ranks(logs, labels))
        found[str(share)] = {"top1": row["top1"], "top3": row["top3"]}
    return found


def report(found: dict[str, Any], path: Path) -> None:
    """Write the HTML report."""
    from model.evaluation import report as page

    page.write(found, path)


def propose(name: str, folder: Path, size: int, excluded: set[str]) -> list[str]:
    """Choose easy words on the validation part, no two among each other's top-3 confusions."""
    model = artifact.folder_of(name)
    card = artifact.card_of(model)
    drawings = drawings_of(folder, "validation")
    outputs = _ask(_function(model, card), drawings, list(EASY_SHARES))
    labels = np.array([drawing.label for drawing in drawings])
    right = (outputs.logits.argmax(2) == labels).mean(0)
    ease = {w: float(right[labels == w].mean()) for w in set(labels.tolist()) if (labels == w).sum() >= 3}
    mean = np.stack([_softmax(outputs.logits[-1])[labels == w].mean(0) for w in range(len(WORDS)) if w in ease])
    confused = {w: set(_three(row, w)) for w, row in zip(sorted(ease), mean, strict=True)}
    chosen: list[int] = []
    for word in sorted(ease, key=lambda w: -ease[w]):
        clash = any(other in confused[word] or word in confused[other] for other in chosen)
        if WORDS[word] not in excluded and not clash:
            chosen.append(word)
        if len(chosen) == size:
            break
    return sorted(WORDS[word] for word in chosen)


def _three(row: Any, own: int) -> list[int]:
    order = [int(place) for place in np.argsort(row)[::-1] if place != own]
    return order[:3]


def _softmax(logits: Any) -> Any:
    odds = np.exp(logits - logits.max(1, keepdims=True))
    return odds / odds.sum(1, keepdims=True)


def _function(model: Path, card: artifact.Card) -> curves.Network:
    from model.network import frozen_function

    built = artifact.network_of(card)
    built.set_weights(artifact.weights_of(model))
    return frozen_function.Function(built)


def _ask(function: curves.Network, drawings: list[Drawing], shares: list[float]) -> curves.Outputs:
    with Progress(console=Console(stderr=True), transient=True) as progress:
        line = progress.add_task("judging", total=len(drawings) * len(shares))
        return curves.ask(function, drawings, shares, lambda count: progress.advance(line, count))
