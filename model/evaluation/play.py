"""A model as players meet it: real drawings grow by the clock, the network answers, a rule decides what is said.

The rule belongs to the game, which this package does not know: whoever starts the command hands it in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from model.answers import Calibration, rank_answers
from model.data.quickdraw import LabelledDrawing
from model.evaluation.curves import NetworkFunction
from model.ink.raster import rasterise_inks
from model.ink.strokes import Ink, ink_length
from model.ink.vocabulary import CLASS_INDEX, CLASS_WORDS
from model.statistics import wilson_interval

TICK_MILLISECONDS = 100
"""Milliseconds between two looks at a drawing, if it has grown meanwhile: a room's tick."""
PLAY_BATCH_SIZE = 128
"""Drawings guessed at once."""

Float32Array = npt.NDArray[np.float32]
RankedWords = tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class TimedAnswer:
    """One answer while a drawing grows: at so many ms, the words by probability, and doubt."""

    at: int
    guesses: RankedWords
    doubt: float


@dataclass(frozen=True, slots=True)
class PlayOutcome:
    """What came of one drawing: the index of the answer that hit (None: none did), and how many wrong words were said before."""

    hit: int | None
    wrong: int


class SayingRule(Protocol):
    """The game's rule of saying."""

    @property
    def packs(self) -> dict[str, tuple[str, ...]]:
        """The packs that are judged, with their words."""

    def bars(self, pack: str) -> dict[str, Any]:
        """Return thresholds to judge a pack by; the first ones are those of the game, the others are for the curve."""

    def play(self, prompt: str, answers: Sequence[TimedAnswer], bar: Any) -> PlayOutcome:
        """Play one drawing."""


@dataclass(frozen=True, slots=True)
class PlayOutputs:
    """The network's outputs for every look at every drawing, one behind the other."""

    starts: list[int]
    """Where each drawing's looks begin, and where the last one's end."""
    at: list[int]
    ink: Float32Array
    """Share of the finished drawing's pen-down length."""
    logits: Float32Array
    junk: Float32Array
    scalars: Float32Array


def ink_at_each_tick(ink: Ink) -> Iterator[tuple[int, Ink]]:
    """Yield the time (ms) of each tick at which a drawing has grown, and what it is then. Raises ValueError without times."""
    last = max(int(t[-1]) for _, _, t in ink)
    if last <= 0 and sum(len(x) for x, _, _ in ink) > 1:
        raise ValueError("--play needs raw drawings: these have no times")
    before = 0
    for at in range(TICK_MILLISECONDS, last + 2 * TICK_MILLISECONDS, TICK_MILLISECONDS):
        visible = []
        for x, y, t in ink:
            count = int(np.searchsorted(t, at, side="right"))
            if count:
                visible.append((x[:count], y[:count], t[:count]))
            if count < len(t):
                break
        points = sum(len(x) for x, _, _ in visible)
        if points > before:
            yield at, visible
        before = points


def run_on_ticks(
    network: NetworkFunction, drawings: Sequence[LabelledDrawing], progress: Callable[[int], None]
) -> PlayOutputs:
    """Show a network every look at some drawings. `network`: pictures, scalars → word logits, junk logits."""
    starts, at, shares = [0], [], []
    parts: list[tuple[Float32Array, Float32Array, Float32Array]] = []
    waiting: list[Ink] = []

    def ask() -> None:
        if waiting:
            pictures, scalars = rasterise_inks(waiting)
            parts.append((*network(pictures, scalars), scalars))
            waiting.clear()

    for drawing in drawings:
        whole = max(ink_length(drawing.ink), 1e-9)
        for when, ink in ink_at_each_tick(drawing.ink):
            at.append(when)
            shares.append(min(ink_length(ink) / whole, 1.0))
            waiting.append(ink)
            if len(waiting) == PLAY_BATCH_SIZE:
                ask()
        starts.append(len(at))
        progress(1)
    ask()
    logits, junk, scalars = (np.concatenate(part) for part in zip(*parts, strict=True))
    return PlayOutputs(starts, at, np.array(shares, np.float32), logits, junk, scalars)


def evaluate_play(
    rule: SayingRule, drawings: Sequence[LabelledDrawing], outputs: PlayOutputs, calibration: Calibration | None
) -> dict[str, Any]:
    """Play every drawing in every pack that holds its word.

    Returns for each pack `n`, `hits` (share, with its 95 % `interval`), `wrong` (words said in vain, a drawing), `ink` and
    `seconds` (medians at the hit), `never`, and `curve`: the same of each of the rule's bars. Without a calibration a pack's
    answers are the softmax over its words, as a network is masked that knows nothing of doubt.
    """
    figures = {}
    for name, words in rule.packs.items():
        allowed = np.zeros(len(CLASS_WORDS), bool)
        allowed[[CLASS_INDEX[word] for word in words]] = True
        inside = [index for index, drawing in enumerate(drawings) if allowed[drawing.label]]
        if not inside:
            continue
        answers = {index: _timed_answers(outputs, index, allowed, calibration) for index in inside}
        curve = []
        for title, bar in rule.bars(name).items():
            games = [(index, rule.play(CLASS_WORDS[drawings[index].label], answers[index], bar)) for index in inside]
            curve.append({"bar": title, **_play_figures(outputs, games)})
        figures[name] = {**curve[0], "words": len(words), "curve": curve}
    return figures


def _timed_answers(
    outputs: PlayOutputs, index: int, allowed: npt.NDArray[np.bool_], calibration: Calibration | None
) -> list[TimedAnswer]:
    rows = slice(outputs.starts[index], outputs.starts[index + 1])
    logits, scalars = outputs.logits[rows], outputs.scalars[rows]
    if calibration is None:
        odds = np.where(allowed, np.exp(logits - logits.max(1, keepdims=True)), 0)
        probs = odds / odds.sum(1, keepdims=True)
        best = np.argsort(-probs, 1)[:, :5]
        return [
            TimedAnswer(at, tuple((CLASS_WORDS[word], float(row[word])) for word in five if allowed[word]), 0.0)
            for at, five, row in zip(outputs.at[rows], best, probs, strict=True)
        ]
    masks = np.broadcast_to(allowed, logits.shape)
    return [
        TimedAnswer(
            at, tuple((CLASS_WORDS[word], p) for word, p in zip(answer.words, answer.probs, strict=True)), answer.doubt
        )
        for at, answer in zip(
            outputs.at[rows], rank_answers(logits, outputs.junk[rows], scalars, masks, calibration), strict=True
        )
    ]


def _play_figures(outputs: PlayOutputs, games: list[tuple[int, PlayOutcome]]) -> dict[str, Any]:
    hit = [outputs.starts[index] + outcome.hit for index, outcome in games if outcome.hit is not None]
    share = len(hit) / len(games)
    return {
        "n": len(games),
        "hits": share,
        "interval": wilson_interval(len(hit), len(games)),
        "wrong": sum(outcome.wrong for _, outcome in games) / len(games),
        "ink": float(np.median(outputs.ink[hit])) if hit else None,
        "seconds": float(np.median(np.array(outputs.at)[hit])) / 1000 if hit else None,
        "never": 1 - share,
    }
