"""What players drew, as retraining reads it: which drawings teach, which judge, which do neither (RECOGNITION.md 7)."""

from __future__ import annotations

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from itertools import count
from pathlib import Path
from urllib.parse import quote

import numpy as np
import numpy.typing as npt

from model.data.quickdraw import LabelledDrawing, list_drawing_files
from model.data.split import assign_part
from model.ink.strokes import Ink, count_points, ink_from_lists, ink_length, ink_to_path, pack_ink, unpack_ink
from model.ink.vocabulary import CLASS_INDEX, CLASS_WORDS

MIN_INK_LENGTH_UNITS = 1000.0
"""Pen-down length in units of the canvas (4096 wide) below which nothing can be learned."""
MIN_POINTS_PER_DRAWING = 3
MAX_DRAWINGS_PER_PLAYER_AND_WORD = 10
"""Drawings of one word that one player may teach with."""
MAX_LABEL_ISSUE_SHARE = 0.075
"""Share of a word's drawings that confident learning may drop at most."""
NEWEST_SHARE_TO_JUDGE = 0.10
"""Share of the newest drawings that judge, whoever made them."""
MIN_PLAYERS_TO_SPLIT = 10
"""From so many players on some of them judge and never teach; with fewer, time alone decides."""
JUNK_DOUBT = 0.90
"""From this doubt on a drawing counts as writing or scribble, unless its word is among the first five."""

Float32Array = npt.NDArray[np.float32]
ChampionFunction = Callable[[list[Ink]], tuple[Float32Array, npt.NDArray[np.float32]]]
"""What the champion makes of whole drawings: calibrated probabilities (n, 345) and doubt (n,)."""


@dataclass(frozen=True, slots=True)
class PlayerDrawing:
    """One drawing of a player. `player` is a hash; `human`: a person guessed it, so its word is beyond doubt."""

    word: str
    packed: bytes
    player: str
    at: int
    """ms since 1970."""
    human: bool = False

    @property
    def ink(self) -> Ink:
        """The strokes."""
        return unpack_ink(self.packed)


@dataclass(frozen=True, slots=True)
class HoldoutRule:
    """Who was kept from teaching: drawings from the moment `cut` (ms since 1970) on, and the players of the test part.

    The rule without a cut is that of models which never learned from players.
    """

    cut: int = 0
    by_player: bool = True
    """False where there are too few players to do without some of them."""

    def judges(self, lesson: PlayerDrawing) -> bool:
        """Say whether a drawing judges."""
        return lesson.at >= self.cut or (self.by_player and assign_part(lesson.player) == "test")


@dataclass(slots=True)
class DrawingSelection:
    """Drawings by what they are for, and why others were left out (reason → count)."""

    teaching: list[PlayerDrawing] = field(default_factory=list)
    judging: list[PlayerDrawing] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)
    rule: HoldoutRule = field(default_factory=lambda: HoldoutRule())


def read_player_drawings(folder: Path) -> Iterator[PlayerDrawing]:
    """Read a folder of `<word>.ndjson`: word, drawing, player, at, human. Raises ValueError naming a bad line."""
    for path in list_drawing_files(folder):
        with path.open(encoding="utf-8") as lines:
            for number, line in enumerate(lines, 1):
                try:
                    told = json.loads(line)
                    ink = ink_from_lists(told["drawing"])
                    yield PlayerDrawing(
                        str(told["word"]), pack_ink(ink), str(told["player"]), int(told["at"]), bool(told.get("human"))
                    )
                except (ValueError, KeyError, TypeError, IndexError) as error:
                    raise ValueError(f"{path.name}:{number}: {error!r}") from None


def write_player_drawings(lessons: Iterable[PlayerDrawing], folder: Path) -> int:
    """Write drawings for the pipeline; who made a drawing is its identity, so that its split is by player.

    Players of the validation part calibrate if there are enough others; else all teach. Returns how many were written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    lessons = list(lessons)
    many = len({lesson.player for lesson in lessons}) >= MIN_PLAYERS_TO_SPLIT
    by_word: dict[str, list[str]] = defaultdict(list)
    for lesson in lessons:
        part = "validation" if many and assign_part(lesson.player) == "validation" else "train"
        strokes = [[axis.tolist() for axis in stroke] for stroke in lesson.ink]
        record = {"word": lesson.word, "identity": _identity_in_part(lesson.player, part), "drawing": strokes}
        by_word[lesson.word].append(json.dumps(record, separators=(",", ":")))
    for word, lines in by_word.items():
        (folder / f"{quote(word, safe=' ')}.ndjson").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return sum(map(len, by_word.values()))


@cache
def _identity_in_part(player: str, part: str) -> str:
    """Name a player so that the split puts him where he belongs."""
    names = (f"{player}:{number}" for number in count())
    return next(name for name in names if assign_part(name) == part)


def to_labelled_drawings(lessons: Iterable[PlayerDrawing]) -> list[LabelledDrawing]:
    """Turn lessons into what is judged by."""
    return [LabelledDrawing(CLASS_INDEX[lesson.word], lesson.ink, lesson.player, True) for lesson in lessons]


def drop_unusable(lessons: Iterable[PlayerDrawing]) -> tuple[list[PlayerDrawing], Counter[str]]:
    """Keep what may teach or judge: known words, enough ink, no copies, not too many of one player and word."""
    left_out: Counter[str] = Counter()
    kept, seen, of_one = [], set[bytes](), Counter[tuple[str, str]]()
    for lesson in sorted(lessons, key=lambda one: (one.at, one.player, one.word)):
        reason = _reason_to_leave_out(lesson, seen, of_one)
        if reason:
            left_out[reason] += 1
        else:
            kept.append(lesson)
    return kept, left_out


def _reason_to_leave_out(lesson: PlayerDrawing, seen: set[bytes], of_one: Counter[tuple[str, str]]) -> str:
    if lesson.word not in CLASS_INDEX:
        return "another word"
    ink = lesson.ink
    if count_points(ink) < MIN_POINTS_PER_DRAWING or ink_length(ink) < MIN_INK_LENGTH_UNITS:
        return "too little ink"
    print_ = ink_fingerprint(ink)
    if print_ in seen:
        return "a copy"
    if of_one[lesson.player, lesson.word] >= MAX_DRAWINGS_PER_PLAYER_AND_WORD:
        return "many by one player"
    seen.add(print_)
    of_one[lesson.player, lesson.word] += 1
    return ""


def ink_fingerprint(ink: Ink) -> bytes:
    """Return bytes that are the same for the same drawing in other places and sizes."""
    path, ends = ink_to_path(ink)
    low = path.min(0)
    side = max(float((path.max(0) - low).max()), 1e-6)
    begins = [0, *ends[:-1]]
    places = np.concatenate([path[begins], path[[end - 1 for end in ends]]])
    coarse = np.rint((places - low) * (32 / side)).astype(np.uint8)
    return hashlib.blake2b(coarse.tobytes() + np.array(ends, np.int32).tobytes(), digest_size=16).digest()


def select_drawings(lessons: Iterable[PlayerDrawing], look: ChampionFunction) -> DrawingSelection:
    """Choose who teaches and who judges. The champion's opinion counts for teaching only: it must not choose its judges."""
    kept, left_out = drop_unusable(lessons)
    if not kept:
        return DrawingSelection(left_out=left_out)
    cut = int(np.quantile([lesson.at for lesson in kept], 1 - NEWEST_SHARE_TO_JUDGE)) + 1
    rule = HoldoutRule(cut, len({lesson.player for lesson in kept}) >= MIN_PLAYERS_TO_SPLIT)
    judging = [lesson for lesson in kept if rule.judges(lesson)]
    rest = [lesson for lesson in kept if not rule.judges(lesson)]
    teaching = _drop_implausible(rest, look, left_out) if rest else []
    return DrawingSelection(teaching, judging, left_out, rule)


def _drop_implausible(
    lessons: list[PlayerDrawing], look: ChampionFunction, left_out: Counter[str]
) -> list[PlayerDrawing]:
    """Leave out writing, scribbles, and the worst of what the champion thinks is something else."""
    probs, doubt = look([lesson.ink for lesson in lessons])
    labels = np.array([CLASS_INDEX[lesson.word] for lesson in lessons])
    human = np.array([lesson.human for lesson in lessons])
    own = probs[np.arange(len(labels)), labels]
    nothing = (doubt >= JUNK_DOUBT) & ((probs > own[:, None]).sum(1) >= 5) & ~human
    wrong = find_label_issues(probs / (1 - doubt[:, None] + 1e-6), labels) & ~human & ~nothing
    left_out["writing or scribble"] += int(nothing.sum())
    left_out["looks like another word"] += int(wrong.sum())
    return [lesson for lesson, out in zip(lessons, nothing | wrong, strict=True) if not out]


def find_label_issues(probs: Float32Array, labels: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    """Find probably wrong labels by confident learning (Northcutt et al. 2021), at most WORST of each word.

    A word's threshold is the mean confidence in it where it is the label. A drawing is suspicious when another word
    passes its threshold and leads; the clearest cases go first.
    """
    rows = np.arange(len(labels))
    threshold = np.full(len(CLASS_WORDS), np.inf)
    for word in np.unique(labels):
        threshold[word] = probs[labels == word, word].mean()
    other = np.where(probs >= threshold, probs, 0.0)
    other[rows, labels] = 0.0
    lead = other.max(1) - probs[rows, labels]
    found = np.zeros(len(labels), bool)
    for word in np.unique(labels):
        of_word = np.flatnonzero((labels == word) & (lead > 0))
        most = int(MAX_LABEL_ISSUE_SHARE * (labels == word).sum())
        found[of_word[np.argsort(-lead[of_word])][:most]] = True
    return found


__all__ = [
    "DrawingSelection",
    "HoldoutRule",
    "PlayerDrawing",
    "drop_unusable",
    "find_label_issues",
    "read_player_drawings",
    "select_drawings",
    "to_labelled_drawings",
    "write_player_drawings",
]
