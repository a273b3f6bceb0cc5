from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from rich.console import Console

from model.ink.augment import augment_strokes, graft_strokes
from model.ink.bitmap import QUICKDRAW_BITMAP_SIDE_PIXELS, draw_quickdraw_bitmap
from model.ink.negatives import JUNK_KINDS, make_junk
from model.ink.strokes import count_points, ink_to_path
from model.ink.vocabulary import CLASS_WORDS
from model.network.teacher_networks import soften_logits
from model.network.teachers import identify_teacher
from model.registry import recipe
from model.registry.model_card import ModelCard
from model.training import trainer as train
from model.training.config import TrainingConfig, build_training_config
from model.training.loss import LABEL_WEIGHT, mix_target
from model.training.pipeline import DrawingPool, TrainingBatch, TrainingSampler, load_drawings
from model.training.trainer import Trainer, choose_precision
from tests.unit.model.drawings import CAT, circle, data, square, write_shaky


@pytest.fixture
def drawings(tmp_path: Path) -> Path:
    """Forty shaky drawings of each of six words."""
    folder = tmp_path / "drawings"
    folder.mkdir()
    write_shaky(folder)
    return folder


@pytest.mark.parametrize("kind", JUNK_KINDS)
def test_junk_is_ink(kind: str) -> None:
    chance = np.random.default_rng(1)
    for _ in range(20):
        assert count_points(make_junk(kind, chance, [CAT, square(), circle()])) > 0


def test_a_varied_drawing_keeps_its_strokes() -> None:
    chance = np.random.default_rng(1)
    for _ in range(50):
        points, ends = augment_strokes(ink_to_path(square()), chance, ink_to_path(CAT))
        assert len(ends) in (3, 4, 5)
        assert ends == sorted(set(ends))
        assert ends[-1] == len(points)
        assert np.abs(points).max() < 1.2


def test_a_graft_adds_strokes_of_the_other() -> None:
    chance = np.random.default_rng(1)
    path, other = (augment_strokes(ink_to_path(ink), chance) for ink in (square(), CAT))
    for _ in range(20):
        points, ends = graft_strokes(path, other, chance)
        assert len(path[1]) < len(ends) <= len(path[1]) + 3
        assert ends[-1] == len(points) > len(path[0])
        assert ends == sorted(set(ends))


def test_the_teachers_picture_is_centred_and_inside() -> None:
    picture = draw_quickdraw_bitmap(square(3000))
    assert picture.shape == (QUICKDRAW_BITMAP_SIDE_PIXELS, QUICKDRAW_BITMAP_SIDE_PIXELS)
    assert not picture[0].any()
    assert picture[:, QUICKDRAW_BITMAP_SIDE_PIXELS // 2].max() == 255
    assert (
        abs(
            float(picture.sum(1) @ np.arange(QUICKDRAW_BITMAP_SIDE_PIXELS)) / picture.sum()
            - (QUICKDRAW_BITMAP_SIDE_PIXELS - 1) / 2
        )
        < 0.5
    )


def test_the_same_seed_gives_the_same_batches(drawings: Path) -> None:
    one, two = (TrainingSampler(DrawingPool([drawings]), 5, with_teacher=True).batch(32) for _ in range(2))
    assert np.array_equal(one.pictures, two.pictures)
    assert np.array_equal(one.bitmaps, two.bitmaps)
    assert one.bitmaps.shape == (16, QUICKDRAW_BITMAP_SIDE_PIXELS, QUICKDRAW_BITMAP_SIDE_PIXELS)
    assert not one.bitmaps[:16][one.labels[:16] < 0].any()


def test_every_drawing_is_seen_whole_and_cut(drawings: Path) -> None:
    batch = TrainingSampler(DrawingPool([drawings]), 5).batch(64)
    real = batch.source[:32] >= 0
    assert np.array_equal(batch.source[:32], batch.source[32:])
    assert (batch.share[:32] == 1).all()
    assert (batch.share[32:][real] < 1).all()
    ink = batch.scalars[:, 0]
    assert (ink[32:][real] <= ink[:32][real] + 1.0).all()
    assert not np.array_equal(batch.pictures[:32], batch.pictures[32:])


def test_any_number_of_drawings_passes_through_a_bounded_pool(drawings: Path) -> None:
    """Forty of a word lie on disk, eight of each are in memory; each of two pools sees half of what follows."""
    everything = [drawing.identity for drawing in load_drawings([drawings], "train")]
    first = {drawing.identity for drawing in load_drawings([drawings], "train", 8)}
    seen = []
    for place in range(2):
        pool = DrawingPool([drawings], cap=8, share=(place, 2))
        assert {drawing.identity for drawing in pool.drawings} == first
        met = set()
        for _ in range(60):
            pool.replace_oldest(3)
            met |= {drawing.identity for drawing in pool.drawings}
            assert len(pool.drawings) == len(pool.paths) == 6 * 8
            assert all(pool.drawings[at].label == word for word, places in pool.of_word.items() for at in places)
        seen.append(met - first)
        assert not any(pool.first[at] for at, drawing in enumerate(pool.drawings) if drawing.identity not in first)
    assert not seen[0] & seen[1]
    assert first | seen[0] | seen[1] == set(everything)


def _batch() -> TrainingBatch:
    """Four views of two drawings: a pure one of word 3, the 7th of the pool, and one with strokes of another word;
    and two views of one piece of junk."""
    view = np.zeros((6, 32, 32, 3), np.uint8), np.zeros((6, 3), np.float32)
    return TrainingBatch(
        *view,
        labels=np.array([3, 5, -1] * 2),
        source=np.array([1, -1, -1] * 2),
        share=np.array([1, 1, 1, 0.2, 0.5, 1], np.float32),
        pure=np.array([True, False, True] * 2),
        bitmaps=np.zeros((3, QUICKDRAW_BITMAP_SIDE_PIXELS, QUICKDRAW_BITMAP_SIDE_PIXELS), np.uint8),
        bitmap_index=np.array([0, 1, 2] * 2),
    )


def test_labels_alone_teach_without_a_teacher() -> None:
    found = mix_target(_batch())
    assert found[0, 3] == found[3, 3] == 1
    assert found[:, : len(CLASS_WORDS)].sum() == 2
    assert found[:, len(CLASS_WORDS)].tolist() == [0, 0, 1] * 2
    assert np.allclose(found[:, len(CLASS_WORDS) + 1], [1, 1, 0, 0.6, 0.75, 0])
    assert found[:, len(CLASS_WORDS) + 2].tolist() == [1, 0, 1] * 2


def test_a_target_mixes_the_label_and_what_the_teachers_say_of_the_whole_drawing() -> None:
    said = np.zeros((3, len(CLASS_WORDS)), np.float32)
    said[:, 10] = 1
    found = mix_target(_batch(), said)[:, : len(CLASS_WORDS)]
    for view in (0, 3):
        assert found[view, [3, 10]] == pytest.approx([LABEL_WEIGHT, 1 - LABEL_WEIGHT])
    for view in (1, 4):
        assert found[view, [5, 10]].tolist() == [0, 1]
    assert np.allclose(found.sum(1), 1)


def test_softening_keeps_the_order_and_flattens() -> None:
    logs = np.log(np.array([[0.7, 0.2, 0.1]], np.float32))
    soft = soften_logits(logs, 2.0)
    assert soft.sum() == pytest.approx(1)
    assert soft[0].tolist() == sorted(soft[0], reverse=True)
    assert soft[0, 0] < 0.7


def test_a_recipe_gives_the_configuration_and_flags_go_first() -> None:
    assert "inkling" in recipe.list_recipe_names()
    plain = build_training_config("inkling", [Path("drawings")], {"lr": None})
    assert (plain.batch_size, plain.widths) == (128, (32, 64, 160))
    assert build_training_config("inkling", [Path("drawings")], {"lr": 0.5}).lr == 0.5
    assert set(recipe.load_recipe("inkling").target) == {"0.25", "0.5", "0.75", "1.0"}
    with pytest.raises(ValueError, match="inkling"):
        recipe.load_recipe("soup")


def test_no_test_drawing_is_sampled_for_training(drawings: Path) -> None:
    parts = [
        {drawing.identity for drawing in load_drawings([drawings], part)} for part in ("train", "validation", "test")
    ]
    assert sum(map(len, parts)) == len(set.union(*parts)) == 240


@pytest.mark.tensorflow
def test_the_teacher_knows_a_cat() -> None:
    from model.ink.vocabulary import CLASS_INDEX
    from model.network import teacher_networks

    seen = teacher_networks.Teacher(data("doodlenet"))
    logs = seen(np.stack([draw_quickdraw_bitmap(CAT), draw_quickdraw_bitmap(square())]))
    assert CLASS_INDEX["cat"] in np.argsort(logs[0])[-3:]
    assert CLASS_INDEX["square"] in np.argsort(logs[1])[-3:]
    assert np.allclose(np.exp(logs).sum(1), 1, atol=1e-3)


@pytest.mark.tensorflow
def test_two_teachers_are_mixed_by_their_shares_and_8_bits_change_little() -> None:
    from model.network import teacher_networks

    folders = [data("doodlenet"), data("resnet28")]
    bitmaps = np.stack([draw_quickdraw_bitmap(ink) for ink in (CAT, square(), circle())])
    both = teacher_networks.TeacherEnsemble(folders, quick=False)(bitmaps)
    softened = [soften_logits(teacher_networks.Teacher(folder)(bitmaps), one.temperature) * np.float32(one.share)
                for folder in folders for one in [identify_teacher(folder)[0]]]  # fmt: skip
    assert np.allclose(both, sum(softened), atol=1e-6)
    assert np.allclose(both.sum(1), 1, atol=1e-5)
    alone = teacher_networks.TeacherEnsemble(folders[1:], quick=False)(bitmaps)
    assert np.allclose(alone.sum(1), 1, atol=1e-5), "one teacher has the whole say"
    quick = teacher_networks.TeacherEnsemble(folders)(bitmaps)
    assert np.abs(quick - both).max() < 0.05


def test_a_folder_without_a_known_teacher_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no teacher in"):
        identify_teacher(tmp_path)


@pytest.mark.parametrize(
    ("flags", "wanted", "policy"),
    [("avx512_bf16 amx_bf16", "auto", "mixed_bfloat16"), ("avx512_bf16", "auto", "float32"), ("", "mixed_bfloat16", "mixed_bfloat16"),
     ("amx_bf16", "float32", "float32")],
)  # fmt: skip
def test_half_precision_is_chosen_where_the_processor_multiplies_in_tiles(
    tmp_path: Path, flags: str, wanted: str, policy: str
) -> None:
    cpuinfo = tmp_path / "cpuinfo"
    cpuinfo.write_text(f"processor : 0\nflags : fpu {flags}\n")
    assert choose_precision(wanted, cpuinfo) == policy
    assert choose_precision("auto", tmp_path / "none") == "float32"


def test_a_pause_is_not_spent(monkeypatch: pytest.MonkeyPatch) -> None:
    """Steps of one second, one of them with an hour in which the process was stopped."""
    clock = iter([0.0, 1.0, 2.0, *(3602.0 + second for second in range(1000))])
    monkeypatch.setattr("time.monotonic", lambda: next(clock))
    trainer: Any = Trainer.__new__(Trainer)
    trainer.config = TrainingConfig((), seconds=200.0)
    trainer.step, trainer.samples, trainer.seconds_spent = 0, 0, 0.0
    rates: list[float] = []
    steps: list[int] = []
    trainer.optimizer = SimpleNamespace(learning_rate=SimpleNamespace(assign=rates.append))
    trainer.batches_with_targets = lambda feed: iter([((), ())] * 1000)

    def learn(batch: object, goal: object) -> float:
        steps.append(1)
        return 0.5

    trainer.learn = learn
    trainer.run([], Console(quiet=True))
    assert len(steps) == 3 + 200 - 2 - int(train.MAX_STEP_SECONDS)
    assert rates[-1] < 0.01 * max(rates), "the rate still comes down to its end"


@pytest.mark.tensorflow
def test_half_precision_changes_neither_weights_nor_logits_in_kind() -> None:
    """Weights are float32 and make the same answers, but for rounding, whatever the layers reckon with."""
    from model.training.trainer import build_trainable_network

    card = ModelCard("v", (8,), (1,), 16)
    half, full = (
        build_trainable_network(card, TrainingConfig((), precision=name)) for name in ("mixed_bfloat16", "float32")
    )
    full.set_weights(half.get_weights())
    chance = np.random.default_rng(0)
    views = [chance.integers(0, 255, (4, 32, 32, 3)).astype(np.uint8), chance.random((4, 3), np.float32)]
    one, two = (np.asarray(network(views)) for network in (half, full))
    assert one.dtype == two.dtype == np.float32
    assert {str(weight.dtype) for weight in half.weights} == {"float32"}
    assert 0 < np.abs(one - two).max() < 0.05 * np.abs(two).max()


@pytest.mark.tensorflow
def test_a_model_of_two_branches_opens_and_is_served_as_it_was_trained(tmp_path: Path) -> None:
    """Shelves hold them from before; their cards do not say how many branches they have."""
    from model.network import frozen_function
    from model.registry import artifact

    card = ModelCard("old", (8, 8), (1, 1), 16, branches=2)
    old = artifact.build_network_from_card(card)
    chance = np.random.default_rng(0)
    old.set_weights(
        [chance.normal(0, 0.1, weight.shape).astype(np.float16).astype(np.float32) ** 2 for weight in old.weights]
    )
    artifact.save_model(tmp_path, card, old.get_weights())
    stored = json.loads((tmp_path / "card.json").read_text())
    del stored["branches"]
    (tmp_path / "card.json").write_text(json.dumps(stored))
    opened = artifact.build_network_from_card(artifact.read_game_card(tmp_path))
    opened.set_weights(artifact.read_weights(tmp_path))
    views = chance.integers(0, 255, (4, 32, 32, 3)).astype(np.uint8), chance.random((4, 3), np.float32)
    trained, (served, junk) = np.asarray(opened(list(views))), frozen_function.FrozenFunction(opened)(*views)
    assert np.allclose(trained, np.concatenate([served, junk[:, None]], 1), atol=1e-4)
    assert artifact.build_network_from_card(ModelCard("new", (8, 8), (1, 1), 16)).count_params() < opened.count_params()
