from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from model.answers import DOUBT_THRESHOLD
from model.fewshot import imprint
from model.fewshot.imprint import TaughtColumn, WordMemory
from model.ink.augment import augment_strokes
from model.ink.negatives import make_junk
from model.ink.strokes import Ink, ink_from_lists, ink_to_path
from model.ink.vocabulary import CLASS_INDEX, CLASS_WORDS
from model.registry.versions import SHIPPED_CHAMPION_FOLDER
from server.game.inkling.thresholds import STEADY_THRESHOLDS
from tests.unit.model.drawings import CAT, circle, square

LANTERN_FISH: Ink = ink_from_lists(
    [
        [[500, 3500, 3500, 500, 500], [1500, 1500, 2500, 2500, 1500]],
        [[3500, 3900, 3500], [1500, 2000, 2500]],
        [[1000, 1000], [1500, 300]],
        [[700, 1300], [300, 300]],
        [[2000, 2000], [2500, 3700]],
        [[3000, 3000], [2500, 3700]],
    ]
)  # fmt: skip
"""Nothing that Quick, Draw! has a word for."""


def hands(ink: Ink, count: int, seed: int) -> list[Ink]:
    """Draw it as several people would."""
    chance = np.random.default_rng(seed)
    found = []
    for _ in range(count):
        points, ends = augment_strokes(ink_to_path(ink), chance)
        parts = np.split(np.rint((points + 2) * 1000).astype(int), ends[:-1])
        found.append(ink_from_lists([part.T.tolist() for part in parts]))
    return found


@pytest.fixture(scope="module")
def guesser() -> object:
    pytest.importorskip("tensorflow")
    from model.serving.predictor import Predictor

    return Predictor.load(SHIPPED_CHAMPION_FOLDER, threads=1)


@pytest.mark.tensorflow
def test_a_dozen_drawings_teach_a_word_and_old_words_stay(guesser: object) -> None:
    from model.serving.predictor import Predictor

    assert isinstance(guesser, Predictor)
    column = guesser.imprint("lantern fish", hands(LANTERN_FISH, 12, 1))
    new = hands(LANTERN_FISH, 20, 2)
    old = [CAT, circle(), square(3000), *hands(CAT, 10, 3)]
    answers = guesser.guess([*new, *old], [None] * (20 + len(old)), [(column,)] * (20 + len(old)))
    leading = [answer.words[0] for answer in answers]
    assert sum(word == len(CLASS_WORDS) for word in leading[:20]) >= 15
    assert len(CLASS_WORDS) not in leading[20:]
    # Drawings as those that taught it are no junk, whatever the 345 words make of them.
    assert sum(answer.doubt < DOUBT_THRESHOLD for answer in answers[:20]) >= 19
    before = guesser.guess(old, [None] * len(old))
    assert [answer.words[0] for answer in before] == leading[20:]


@pytest.mark.tensorflow
def test_a_taught_word_does_not_claim_scribbles(guesser: object) -> None:
    from model.serving.predictor import Predictor

    assert isinstance(guesser, Predictor)
    column = guesser.imprint("lantern fish", hands(LANTERN_FISH, 12, 1))
    chance = np.random.default_rng(4)
    scribbles = [make_junk(kind, chance) for kind in ("scribble", "writing", "marks") for _ in range(40)]
    mask = np.zeros(len(CLASS_WORDS), bool)
    mask[[CLASS_INDEX["cat"], CLASS_INDEX["square"]]] = True
    answers = guesser.guess(scribbles, [mask] * len(scribbles), [(column,)] * len(scribbles))
    said = [
        one
        for one in answers
        if one.words[0] == len(CLASS_WORDS) and one.probs[0] >= STEADY_THRESHOLDS.likely and one.doubt < DOUBT_THRESHOLD
    ]
    assert len(said) <= len(scribbles) // 20


@pytest.mark.tensorflow
def test_only_the_drawings_of_a_room_meet_its_words(guesser: object) -> None:
    from model.serving.predictor import Predictor

    assert isinstance(guesser, Predictor)
    column = guesser.imprint("lantern fish", hands(LANTERN_FISH, 12, 1))
    mask = np.zeros(len(CLASS_WORDS), bool)
    mask[[CLASS_INDEX["cat"], CLASS_INDEX["square"]]] = True
    with_it, without = guesser.guess([LANTERN_FISH, LANTERN_FISH], [mask, mask], [(column,), ()])
    assert with_it.words[0] == len(CLASS_WORDS)
    assert set(without.words) <= {CLASS_INDEX["cat"], CLASS_INDEX["square"]}
    assert sum(with_it.probs) + with_it.doubt == pytest.approx(1, abs=0.01)


@pytest.mark.tensorflow
def test_two_drawings_are_too_few(guesser: object) -> None:
    from model.serving.predictor import Predictor

    assert isinstance(guesser, Predictor)
    with pytest.raises(ValueError, match="at least 3"):
        guesser.imprint("lantern fish", hands(LANTERN_FISH, 2, 1))


@pytest.mark.tensorflow
def test_the_shipped_champion_remembers_its_words(guesser: object) -> None:
    """Without its memory no room can teach a word: `make figures` (or `inkling model remember`) writes it."""
    from model.serving.predictor import Predictor

    assert isinstance(guesser, Predictor)
    assert len(set(guesser.memory.labels.tolist())) > 300


def test_memory_and_columns_come_back_from_their_files(tmp_path: Path) -> None:
    memory = WordMemory(np.arange(12, dtype=np.float32).reshape(3, 4), np.array([1, 2, 3]))
    bias = np.linspace(0, 1, 5, dtype=np.float32)
    imprint.save_memory(tmp_path, memory, bias)
    found = imprint.load_memory(tmp_path, 4, bias)
    assert np.allclose(found.embeddings, memory.embeddings, atol=memory.embeddings.max() / 254)
    assert found.labels.tolist() == [1, 2, 3]
    assert len(imprint.load_memory(tmp_path, 4, bias[::-1]).labels) == 0
    assert len(imprint.load_memory(tmp_path / "nowhere", 4, bias).labels) == 0
    columns = [TaughtColumn("a", np.ones(4, np.float32), 0.5, 12), TaughtColumn("b", np.zeros(4, np.float32), -1.0, 30)]
    imprint.save_columns(tmp_path, columns)
    back = imprint.load_columns(tmp_path)
    assert [(one.word, one.bias, one.drawings) for one in back] == [("a", 0.5, 12), ("b", -1.0, 30)]
    assert imprint.load_columns(tmp_path / "nowhere") == ()
