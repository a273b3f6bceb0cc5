from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from model.answers import (
    CALIBRATION_FEATURE_COUNT,
    DOUBT_THRESHOLD,
    LEAD_FEATURE_COUNT,
    MAX_ANSWER_WORDS,
    Calibration,
    calibrated_probabilities,
    calibration_features,
    doubt_from_logits,
    rank_answers,
)
from model.evaluation import calibrate, metrics
from model.evaluation.rejection import MIN_HIT_PROBABILITY, MIN_RESTED_HIT_PROBABILITY, make_junk_of_kind
from model.ink.negatives import JUNK_KINDS
from model.ink.strokes import count_points
from model.ink.vocabulary import CLASS_WORDS
from server.game.inkling import thresholds
from tests.unit.model.drawings import CAT, circle, square

N = len(CLASS_WORDS)
CHANCE = np.random.default_rng(5)
LOGITS = CHANCE.normal(0, 2, (6, N)).astype(np.float32)
JUNK = np.array([-4, -2, 0, 2, 4, 0], np.float32)
SCALARS = np.array([[1.2, 1.1, 0.0]] * 6, np.float32)
EVERYTHING = np.ones((6, N), bool)


def a_pack(*words: int) -> np.ndarray:
    mask = np.zeros((6, N), bool)
    mask[:, list(words)] = True
    return mask


def test_probabilities_and_doubt_make_one() -> None:
    probs, doubt = calibrated_probabilities(LOGITS, JUNK, SCALARS, EVERYTHING, Calibration())
    assert np.allclose(probs.sum(1) + doubt, 1, atol=1e-5)


def test_only_words_of_the_pack_are_answered() -> None:
    for answer in rank_answers(LOGITS, JUNK, SCALARS, a_pack(3, 50, 300), Calibration()):
        assert set(answer.words) == {3, 50, 300}
        assert list(answer.probs) == sorted(answer.probs, reverse=True)


def test_the_most_probable_words_come_first() -> None:
    first = rank_answers(LOGITS, JUNK, SCALARS, EVERYTHING, Calibration())[0]
    assert list(first.words) == np.argsort(LOGITS[0])[::-1][:MAX_ANSWER_WORDS].tolist()


def test_junk_is_doubt() -> None:
    found = [answer.doubt for answer in rank_answers(LOGITS, JUNK, SCALARS, EVERYTHING, Calibration())]
    assert found[:5] == sorted(found[:5])
    assert found[4] > 0.7


def test_a_temperature_above_one_is_less_sure() -> None:
    hot = Calibration(temperature=(1.0,) + (0.0,) * (CALIBRATION_FEATURE_COUNT - 1))
    cold, warm = (rank_answers(LOGITS, JUNK, SCALARS, EVERYTHING, c)[0].probs[0] for c in (Calibration(), hot))
    assert warm < cold


def moved(by: float) -> Calibration:
    return Calibration(lead=(by,) + (0.0,) * (LEAD_FEATURE_COUNT - 1))


@pytest.mark.parametrize("by", [-30.0, -1.0, 0.5, 30.0])
def test_the_leading_word_moves_within_what_doubt_leaves_and_goes_on_leading(by: float) -> None:
    before, doubt = calibrated_probabilities(LOGITS, JUNK, SCALARS, EVERYTHING, Calibration())
    after, same = calibrated_probabilities(LOGITS, JUNK, SCALARS, EVERYTHING, moved(by))
    assert np.array_equal(doubt, same)
    assert np.allclose(after.sum(1) + doubt, 1, atol=1e-5)
    assert (after.max(1) >= after[np.arange(6), before.argmax(1)] - 1e-6).all()
    assert np.allclose(after.max(1), after[np.arange(6), before.argmax(1)])
    assert (after > 0).all()  # there is always a second guess
    assert ((after.max(1) > before.max(1)) == (by > 0)).all()


def test_the_only_word_of_a_pack_has_all_that_doubt_leaves() -> None:
    probs, doubt = calibrated_probabilities(LOGITS, JUNK, SCALARS, a_pack(7), moved(-3.0))
    assert np.allclose(probs[:, 7], 1 - doubt, atol=1e-5)


def test_a_taught_word_explains_what_looked_like_junk() -> None:
    nothing, clear = np.full((6, 1), -9.0, np.float32), LOGITS.max(1, keepdims=True) + 6
    wide = np.ones((6, N + 1), bool)
    (_, usual), (_, unlike), (probs, like) = (
        calibrated_probabilities(logits, JUNK, SCALARS, mask, Calibration())
        for logits, mask in (
            (LOGITS, EVERYTHING),
            (np.concatenate([LOGITS, nothing], 1), wide),
            (np.concatenate([LOGITS, clear], 1), wide),
        )
    )
    assert np.allclose(usual, unlike, atol=1e-3)
    assert (like < usual / 2).all()
    assert np.allclose(probs.sum(1) + like, 1, atol=1e-5)


def test_a_word_outside_the_pack_can_count_as_doubt() -> None:
    wary = Calibration(doubt=(0, 0, 0, 0, -1.0))
    best = int(LOGITS[0].argmax())
    others = tuple(place for place in range(40) if place != best)
    with_it, without = (
        rank_answers(LOGITS, JUNK, SCALARS, mask, wary)[0].doubt for mask in (a_pack(best, *others), a_pack(*others))
    )
    assert without > with_it


def test_doubt_beyond_a_half_leaves_something_of_the_answer() -> None:
    strength = np.array([-3, -1, 0, 1, 3, 20], np.float32)
    doubt = doubt_from_logits(strength)
    assert (np.diff(doubt) > 0).all()
    assert ((doubt >= DOUBT_THRESHOLD) == (strength >= 0)).all()
    assert doubt[4] < 1 - doubt[0]


def test_no_ink_is_all_doubt() -> None:
    nothing = rank_answers(LOGITS[:1], JUNK[:1], np.zeros((1, 3), np.float32), EVERYTHING[:1], Calibration())[0]
    assert (nothing.words, nothing.probs, nothing.doubt) == ((), (), 1.0)


def test_features_have_their_length() -> None:
    assert calibration_features(LOGITS, SCALARS, EVERYTHING).shape == (6, CALIBRATION_FEATURE_COUNT)


def over_confident(count: int, seed: int) -> calibrate.CalibrationData:
    """Answers whose logits are three times too large; the last fifth is junk with a telling junk logit."""
    chance = np.random.default_rng(seed)
    true = chance.normal(0, 1.5, (count, N))
    odds = np.exp(true) / np.exp(true).sum(1, keepdims=True)
    labels = np.array([chance.choice(N, p=row) for row in odds])
    junk = chance.normal(-2, 1, count)
    labels[-count // 5 :], junk[-count // 5 :] = -1, chance.normal(2, 1, count // 5)
    scalars = np.abs(chance.normal(1, 0.3, (count, 3)))
    logits, told = (true * 3).astype(np.float32), junk.astype(np.float32)
    return calibrate.CalibrationData(logits, told, scalars.astype(np.float32), labels, whole=labels >= 0)


def test_calibration_makes_over_confidence_honest() -> None:
    seen, unseen = over_confident(1500, 1), over_confident(1500, 2)
    fitted = calibrate.fit_calibration(seen)
    real = unseen.labels >= 0
    everything = np.ones((int(real.sum()), N), bool)
    errors = []
    for calibration in (Calibration(doubt=(-9, 0, 0, 0, 0)), fitted):
        probs, _ = calibrated_probabilities(
            unseen.logits[real], unseen.junk[real], unseen.scalars[real], everything, calibration
        )
        errors.append(metrics.expected_calibration_error(probs.max(1), probs.argmax(1) == unseen.labels[real]))
    assert errors[0] > 0.3
    assert errors[1] < 0.06


def long_ones_look_like_junk(count: int) -> calibrate.CalibrationData:
    """Honest logits; every other drawing is long, and half of those have a junk logit as junk has."""
    chance = np.random.default_rng(1)
    logits = chance.normal(0, 4, (count, N))
    odds = np.exp(logits)
    labels = np.array([chance.choice(N, p=row / row.sum()) for row in odds])
    labels[-count // 5 :] = -1
    long = (np.arange(count) % 2 == 0) & (labels >= 0)
    junk = chance.normal(-3, 1, count) + np.where(long, chance.choice([0, 5], count), 0) + 5 * (labels < 0)
    scalars = np.stack([np.where(long, 1.8, 0.6), np.ones(count), np.zeros(count)], 1).astype(np.float32)
    return calibrate.CalibrationData(
        logits.astype(np.float32), junk.astype(np.float32), scalars, labels, whole=labels >= 0
    )


def test_every_length_of_ink_is_right_as_often_as_it_says() -> None:
    """Doubt makes long ones too modest, and no temperature that short ones share can mend it; the lead's move does."""
    seen = long_ones_look_like_junk(1500)
    real = seen.labels >= 0
    everything, long = np.ones((int(real.sum()), N), bool), seen.scalars[real, 0] > 1

    def gaps(calibration: Calibration) -> list[float]:
        probs, _ = calibrated_probabilities(
            seen.logits[real], seen.junk[real], seen.scalars[real], everything, calibration
        )
        right = probs.argmax(1) == seen.labels[real]
        return [abs(float(probs.max(1)[part].mean() - right[part].mean())) for part in (long, ~long)]

    fitted = calibrate.fit_calibration(seen)
    assert max(gaps(fitted)) < 0.01
    assert min(gaps(replace(fitted, lead=Calibration().lead))) > 0.015


def test_a_half_of_doubt_is_where_most_drawings_pass_and_most_junk_does_not() -> None:
    seen = over_confident(1500, 1)
    everything = np.ones((1500, N), bool)
    _, doubt = calibrated_probabilities(
        seen.logits, seen.junk, seen.scalars, everything, calibrate.fit_calibration(seen)
    )
    real = seen.labels >= 0
    assert (doubt[real] < DOUBT_THRESHOLD).mean() == pytest.approx(calibrate.ACCEPTED_DRAWINGS_SHARE, abs=0.002)
    assert (doubt[~real] >= DOUBT_THRESHOLD).mean() > 0.95


def test_doubt_means_the_same_to_the_model_and_to_the_game() -> None:
    assert DOUBT_THRESHOLD == thresholds.NO_IDEA_DOUBT
    assert (thresholds.BOLD_THRESHOLDS.likely, thresholds.BOLD_THRESHOLDS.rested) == (
        MIN_HIT_PROBABILITY,
        MIN_RESTED_HIT_PROBABILITY,
    )


def test_mixtures_borrow_from_three_words_and_more() -> None:
    inks, labels = [circle(), square(), CAT, circle(5), square(7)], [0, 1, 2, 3, 4]
    for kind in JUNK_KINDS:
        assert all(count_points(ink) for ink in make_junk_of_kind(kind, 20, inks, labels, 1))
    assert min(len(ink) for ink in make_junk_of_kind("mixture", 50, inks, labels, 1)) >= 3


def test_random_packs_hold_the_true_word() -> None:
    labels = np.array([3, 344, 0, -1])
    masks = calibrate.draw_random_packs(labels, np.random.default_rng(0), 10)
    assert masks.sum(1).tolist() == [10] * 4
    assert masks[[0, 1, 2], labels[:3]].all()


@pytest.mark.parametrize(("said", "error"), [(0.5, 0.0), (0.9, 0.4)])
def test_ece_is_the_gap_between_said_and_true(said: float, error: float) -> None:
    confidence = np.full(1000, said, np.float32)
    assert metrics.expected_calibration_error(confidence, np.arange(1000) % 2 == 0) == pytest.approx(error, abs=1e-4)


def test_ties_count_against_the_model() -> None:
    assert metrics.rank_true_words(np.zeros((1, 4), np.float32), np.array([2])).tolist() == [3]


def test_map3_counts_places() -> None:
    figures = metrics.top_k_accuracy(np.array([0, 1, 2, 3]))
    assert figures == pytest.approx({"top1": 0.25, "top3": 0.75, "map3": (1 + 1 / 2 + 1 / 3) / 4})


def test_stable_means_right_to_the_end() -> None:
    tops = np.array([[1, 7, 1, 1], [1, 1, 1, 2], [1, 1, 1, 1]])
    found = metrics.answer_stability(tops, np.array([1, 1, 1]), [0.25, 0.5, 0.75, 1.0])
    assert found == {"median_ink": 0.5, "never": pytest.approx(1 / 3), "flips": 1.0}
