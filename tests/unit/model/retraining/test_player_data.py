from __future__ import annotations

import json
from itertools import count, islice
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import numpy.typing as npt
import pytest

from model.data.split import assign_part
from model.ink.augment import augment_strokes
from model.ink.strokes import Ink, ink_from_lists, ink_to_path
from model.ink.vocabulary import CLASS_INDEX, CLASS_WORDS
from model.retraining import player_data
from model.retraining.player_data import DrawingLine, HoldoutRule, PlayerDrawing
from model.training.pipeline import load_drawings
from tests.unit.model.drawings import CAT, square

FOLDER, NUMBERS = TemporaryDirectory(), count()
"""Where the lines of made-up drawings lie."""


def shaky(seed: int, ink: Ink = CAT) -> Ink:
    """A drawing like no other, as large as a canvas."""
    points, ends = augment_strokes(ink_to_path(ink), np.random.default_rng(seed))
    parts = np.split(np.rint((points + 2) * 1000).astype(int), ends[:-1])
    return ink_from_lists([part.T.tolist() for part in parts])


def lesson(seed: int, word: str = "cat", player: str = "ann", at: int = 1, ink: Ink | None = None) -> PlayerDrawing:
    strokes = [[axis.tolist() for axis in stroke] for stroke in (shaky(seed) if ink is None else ink)]
    path = Path(FOLDER.name) / f"{next(NUMBERS)}.ndjson"
    path.write_text(json.dumps({"word": word, "drawing": strokes, "player": player, "at": at}) + "\n")
    return PlayerDrawing(word, DrawingLine(path), player, at)


def someone(part: str, taken: int = 0) -> str:
    """A player whom the split puts into a part."""
    return next(islice((f"p{i}" for i in count() if assign_part(f"p{i}") == part), taken, None))


def sure(inks: list[Ink]) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """A champion that knows everything for a cat."""
    probs = np.full((len(inks), len(CLASS_WORDS)), 1e-3, np.float32)
    probs[:, CLASS_INDEX["cat"]] = 0.6
    return probs, np.full(len(inks), 0.05, np.float32)


def reasons(*made: PlayerDrawing) -> dict[str, int]:
    return dict(player_data.drop_unusable(made)[1])


def test_too_little_ink_copies_and_unknown_words_teach_nothing() -> None:
    assert reasons(lesson(1, ink=square(100))) == {"too little ink": 1}
    assert reasons(lesson(1), lesson(1, player="bob")) == {"a copy": 1}
    assert reasons(lesson(1), lesson(2)) == {}
    assert reasons(lesson(1, word="penguin pirate")) == {"another word": 1}


def test_a_copy_moved_and_scaled_is_a_copy() -> None:
    ink = [(x // 2 * 2, y // 2 * 2, t) for x, y, t in shaky(4)]
    moved = [(x // 2 + 500, y // 2 + 30, t) for x, y, t in ink]
    assert reasons(lesson(0, ink=ink), lesson(0, ink=moved)) == {"a copy": 1}


def test_one_player_teaches_a_word_ten_times() -> None:
    many = [lesson(seed) for seed in range(14)]
    assert reasons(*many) == {"many by one player": 4}
    assert reasons(*many[:10], *(lesson(20 + seed, player="bob") for seed in range(4))) == {}


def test_the_newest_drawings_and_some_players_judge() -> None:
    judge, others = someone("test"), [someone("train", number) for number in range(12)]
    made = [lesson(seed, player=player, at=seed) for seed, player in enumerate([judge, *others] * 8)]
    found = player_data.select_drawings(made, sure)
    assert found.rule.by_player
    assert {one.player for one in found.teaching} == set(others)
    assert max(one.at for one in found.teaching) < found.rule.cut <= max(one.at for one in found.judging)
    assert sum(one.player == judge for one in found.judging) == 8
    assert len(found.teaching) + len(found.judging) == len(made)


def test_with_few_players_time_alone_decides() -> None:
    judge = someone("test")
    found = player_data.select_drawings([lesson(seed, player=judge, at=seed) for seed in range(10)], sure)
    assert not found.rule.by_player
    assert (len(found.teaching), len(found.judging)) == (9, 1)


def test_a_model_that_never_learned_from_players_is_judged_by_all_of_them() -> None:
    assert HoldoutRule().judges(lesson(1, at=1))
    assert not HoldoutRule(cut=5).judges(lesson(1, player=someone("train"), at=4))
    assert HoldoutRule(cut=5).judges(lesson(1, player=someone("train"), at=5))


def test_writing_is_left_out_unless_a_person_guessed_it() -> None:
    def doubtful(inks: list[Ink]) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
        probs, _ = sure(inks)
        probs[:, :5] = 0.01
        return probs * 0.1, np.full(len(inks), 0.95, np.float32)

    made = [lesson(seed, word="zebra", at=seed) for seed in range(10)]
    assert player_data.select_drawings(made, doubtful).left_out["writing or scribble"] == 9
    known = [PlayerDrawing("zebra", one.line, one.player, one.at, human=True) for one in made]
    assert not player_data.select_drawings(known, doubtful).left_out["writing or scribble"]


def test_of_wrong_labels_only_the_clearest_go() -> None:
    labels = np.array([CLASS_INDEX["cat"]] * 40 + [CLASS_INDEX["dog"]] * 40)
    probs = np.full((80, len(CLASS_WORDS)), 1e-4, np.float32)
    probs[np.arange(80), labels] = 0.8
    wrong = range(12)
    for place in wrong:
        probs[place, CLASS_INDEX["cat"]], probs[place, CLASS_INDEX["dog"]] = 0.1, 0.85 + place / 100
    found = np.flatnonzero(player_data.find_label_issues(probs, labels))
    assert found.tolist() == [9, 10, 11]


def test_a_word_the_champion_does_not_know_keeps_nearly_all_its_drawings() -> None:
    probs = np.full((40, len(CLASS_WORDS)), 1e-4, np.float32)
    probs[:, CLASS_INDEX["dog"]] = 0.9
    assert player_data.find_label_issues(probs, np.full(40, CLASS_INDEX["cat"])).sum() <= 3


def test_lessons_come_back_from_their_files(tmp_path: Path) -> None:
    record = {"word": "cat", "drawing": [[[0, 3000], [0, 2000], [0, 9]]], "player": "ann", "at": 7}
    (tmp_path / "cat.ndjson").write_text(json.dumps(record) + "\n")
    (found,) = player_data.read_player_drawings(tmp_path)
    assert (found.word, found.player, found.at, found.human) == ("cat", "ann", 7, False)
    assert [axis.tolist() for axis in found.ink[0]] == record["drawing"][0]  # type: ignore[index]
    (tmp_path / "dog.ndjson").write_text('{"word": "dog"}\n')
    with pytest.raises(ValueError, match=r"dog.ndjson:1"):
        list(player_data.read_player_drawings(tmp_path))


def test_all_who_may_teach_reach_the_pipeline_whoever_they_are(tmp_path: Path) -> None:
    made = [lesson(seed, player=someone(part)) for seed, part in enumerate(["test", "validation", "train"] * 3)]
    assert player_data.write_player_drawings(made, tmp_path / "few") == 9
    assert len(load_drawings([tmp_path / "few"], "train")) == 9
    many = [lesson(seed, player=someone("train", seed)) for seed in range(12)]
    player_data.write_player_drawings([*many, lesson(20, player=someone("validation"))], tmp_path / "many")
    assert [len(load_drawings([tmp_path / "many"], part)) for part in ("train", "validation", "test")] == [12, 1, 0]
