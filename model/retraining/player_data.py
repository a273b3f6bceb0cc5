"""What players drew, as retraining reads it: which drawings teach, which judge, which do neither."""

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
from model.ink.strokes import Ink, count_points, ink_from_lists, ink_length, ink_to_path
from model.ink.vocabulary import CLASS_INDEX, CLASS_WORDS

MIN_INK_LENGTH_UNITS = 1000.0
"""Pen-down length in units of the canvas (4096 wide) below which nothing can be learned."""
MIN_POINTS_PER_DRAWING = 3
"""Points of a drawing below which nothing can be learned."""
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
class DrawingLine:
    """Where the line of a drawing lies. Its ink is read from there whenever somebody looks at it, and fills no memory."""

    path: Path
    start: int = 0
    """Bytes before it in its file."""

    def read(self) -> bytes:
        """Return the line. Raises OSError."""
        with self.path.open("rb") as file:
            file.seek(self.start)
            return file.readline()


@dataclass(frozen=True, slots=True)
class PlayerDrawing:
    """One drawing of a player. `player` is a hash; `human`: a person guessed it, so its word is beyond doubt."""

    word: str
    line: DrawingLine
    player: str
    at: int
    """ms since 1970."""
    human: bool = False

    @property
    def ink(self) -> Ink:
        """The strokes, read from the drawing's line. Raises OSError."""
        return ink_from_lists(json.loads(self.line.read())["drawing"])


@dataclass(frozen=True, slots=True)
class HoldoutRule:
    """Who was kept from teaching: drawings from the moment `cut` (ms since 1970) on, and the players of the test part.

    The rule without a cut is that of models which never learned from players.
    """

    cut: int = 0
    by_player: bool = True
    """False where there are too few players to do without some of them."""

    def judges(self, drawing: PlayerDrawing) -> bool:
        """Say whether a drawing judges."""
        return drawing.at >= self.cut or (self.by_player and assign_part(drawing.player) == "test")


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
        start = 0
        with path.open("rb") as lines:
            for number, line in enumerate(lines, 1):
                try:
                    stored = json.loads(line)
                    ink_from_lists(stored["drawing"])  # whoever reads it later must not meet a bad line
                    yield PlayerDrawing(
                        str(stored["word"]),
                        DrawingLine(path, start),
                        str(stored["player"]),
                        int(stored["at"]),
                        bool(stored.get("human")),
                    )
                except (ValueError, KeyError, TypeError, IndexError) as error:
                    raise ValueError(f"{path.name}:{number}: {error!r}") from None
                start += len(line)


def write_player_drawings(drawings: Iterable[PlayerDrawing], folder: Path) -> int:
    """Copy the drawings' lines for the pipeline, with their player as identity, so that they are split by player.

    Players of the validation part calibrate if there are enough others; else all teach. Returns how many were written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    by_word: dict[str, list[PlayerDrawing]] = defaultdict(list)
    for drawing in drawings:
        by_word[drawing.word].append(drawing)
    players = {drawing.player for of_word in by_word.values() for drawing in of_word}
    many = len(players) >= MIN_PLAYERS_TO_SPLIT
    for word, of_word in by_word.items():
        with (folder / f"{quote(word, safe=' ')}.ndjson").open("wb") as file:
            for drawing in of_word:
                part = "validation" if many and assign_part(drawing.player) == "validation" else "train"
                file.write(_line_with_identity(drawing.line.read(), _identity_in_part(drawing.player, part)))
    return sum(map(len, by_word.values()))


def _line_with_identity(line: bytes, identity: str) -> bytes:
    """Add an identity to a line of JSON without reading what is in it; of two keys with one name the last one counts."""
    return line.rstrip().removesuffix(b"}") + b',"identity":' + json.dumps(identity).encode() + b"}\n"


@cache
def _identity_in_part(player: str, part: str) -> str:
    """Name a player so that the split puts him where he belongs."""
    names = (f"{player}:{number}" for number in count())
    return next(name for name in names if assign_part(name) == part)


def to_labelled_drawings(drawings: Iterable[PlayerDrawing]) -> list[LabelledDrawing]:
    """Label players' drawings, to judge by."""
    return [LabelledDrawing(CLASS_INDEX[drawing.word], drawing.ink, drawing.player, True) for drawing in drawings]


def drop_unusable(drawings: Iterable[PlayerDrawing]) -> tuple[list[PlayerDrawing], Counter[str]]:
    """Keep what may teach or judge: known words, enough ink, no copies, not too many of one player and word."""
    left_out: Counter[str] = Counter()
    usable, seen, per_player = [], set[bytes](), Counter[tuple[str, str]]()
    for drawing in sorted(drawings, key=lambda drawing: (drawing.at, drawing.player, drawing.word)):
        reason = _reason_to_leave_out(drawing, seen, per_player)
        if reason:
            left_out[reason] += 1
        else:
            usable.append(drawing)
    return usable, left_out


def _reason_to_leave_out(drawing: PlayerDrawing, seen: set[bytes], per_player: Counter[tuple[str, str]]) -> str:
    if drawing.word not in CLASS_INDEX:
        return "another word"
    ink = drawing.ink
    if count_points(ink) < MIN_POINTS_PER_DRAWING or ink_length(ink) < MIN_INK_LENGTH_UNITS:
        return "too little ink"
    fingerprint = ink_fingerprint(ink)
    if fingerprint in seen:
        return "a copy"
    if per_player[drawing.player, drawing.word] >= MAX_DRAWINGS_PER_PLAYER_AND_WORD:
        return "many by one player"
    seen.add(fingerprint)
    per_player[drawing.player, drawing.word] += 1
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


def select_drawings(drawings: Iterable[PlayerDrawing], predict: ChampionFunction) -> DrawingSelection:
    """Choose who teaches and who judges. The champion's opinion counts for teaching only: it must not choose its judges."""
    usable, left_out = drop_unusable(drawings)
    if not usable:
        return DrawingSelection(left_out=left_out)
    cut = int(np.quantile([drawing.at for drawing in usable], 1 - NEWEST_SHARE_TO_JUDGE)) + 1
    rule = HoldoutRule(cut, len({drawing.player for drawing in usable}) >= MIN_PLAYERS_TO_SPLIT)
    judging = [drawing for drawing in usable if rule.judges(drawing)]
    rest = [drawing for drawing in usable if not rule.judges(drawing)]
    teaching = _drop_implausible(rest, predict, left_out) if rest else []
    return DrawingSelection(teaching, judging, left_out, rule)


def _drop_implausible(
    drawings: list[PlayerDrawing], predict: ChampionFunction, left_out: Counter[str]
) -> list[PlayerDrawing]:
    """Leave out writing, scribbles, and the worst of what the champion thinks is something else."""
    probs, doubt = predict([drawing.ink for drawing in drawings])
    labels = np.array([CLASS_INDEX[drawing.word] for drawing in drawings])
    human = np.array([drawing.human for drawing in drawings])
    own = probs[np.arange(len(labels)), labels]
    nothing = (doubt >= JUNK_DOUBT) & ((probs > own[:, None]).sum(1) >= 5) & ~human
    wrong = find_label_issues(probs / (1 - doubt[:, None] + 1e-6), labels) & ~human & ~nothing
    left_out["writing or scribble"] += int(nothing.sum())
    left_out["looks like another word"] += int(wrong.sum())
    return [drawing for drawing, out in zip(drawings, nothing | wrong, strict=True) if not out]


def find_label_issues(probs: Float32Array, labels: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    """Find probably wrong labels by confident learning (Northcutt et al. 2021), at most `MAX_LABEL_ISSUE_SHARE` of each word.

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
        limit = int(MAX_LABEL_ISSUE_SHARE * (labels == word).sum())
        found[of_word[np.argsort(-lead[of_word])][:limit]] = True
    return found


__all__ = [
    "DrawingLine",
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
