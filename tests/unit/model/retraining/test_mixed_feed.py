from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from model.ink.vocabulary import CLASS_INDEX
from model.retraining.mixed_feed import PLAYER_DRAWING_SOURCE, MixedFeedSources, MixedSampler
from model.training.pipeline import TrainingBatch
from tests.unit.model.drawings import write_shaky


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    """Public drawings of six words; players drew two of them, each by players who teach."""
    public, players = tmp_path / "public", tmp_path / "players"
    for folder in (public, players):
        folder.mkdir()
        write_shaky(folder, count=60)
    for path in players.iterdir():
        if path.stem not in ("cat", "sun"):
            path.unlink()
    return public, players


def batches(sources: MixedFeedSources, count: int = 30, size: int = 64) -> list[TrainingBatch]:
    sampler = MixedSampler(sources, 1)
    return [sampler.batch(size) for _ in range(count)]


def test_what_players_draw_often_does_not_seem_likelier_than_it_is(folders: tuple[Path, Path]) -> None:
    public, players = folders
    seen: Counter[int] = Counter()
    theirs = 0
    for batch in batches(MixedFeedSources((public,), players)):
        seen.update(batch.labels[batch.labels >= 0].tolist())
        theirs += int((batch.source == PLAYER_DRAWING_SOURCE).sum())
    total = sum(seen.values())
    assert 0.1 < theirs / total < 0.25
    assert all(0.7 / 6 < count / total < 1.4 / 6 for count in seen.values()), seen


def test_a_batch_still_shows_whole_drawings_first_and_their_beginnings_after(folders: tuple[Path, Path]) -> None:
    public, players = folders
    (batch,) = batches(MixedFeedSources((public,), players), 1)
    half = len(batch.labels) // 2
    assert len(batch.labels) == 64
    assert np.array_equal(batch.labels[:half], batch.labels[half:])
    assert np.array_equal(batch.source[:half] == PLAYER_DRAWING_SOURCE, batch.source[half:] == PLAYER_DRAWING_SOURCE)
    assert (batch.share[:half] == 1).all()
    assert (batch.share[half:][batch.labels[half:] >= 0] < 1).all()


def test_without_public_drawings_players_are_all_there_is(folders: tuple[Path, Path]) -> None:
    (batch,) = batches(MixedFeedSources((), folders[1]), 1)
    assert (batch.source == PLAYER_DRAWING_SOURCE).all()
    assert set(batch.labels.tolist()) <= {-1, CLASS_INDEX["cat"], CLASS_INDEX["sun"]}
