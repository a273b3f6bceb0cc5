from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from model.answers import MAX_ANSWER_WORDS, Answer
from model.ink.negatives import JUNK_KINDS, make_junk
from model.ink.raster import rasterise_inks
from model.ink.strokes import ink_from_lists, take_ink_prefix
from model.ink.vocabulary import CLASS_INDEX, CLASS_WORDS
from model.registry import artifact
from model.registry.card_writer import write_card
from model.registry.versions import SHIPPED_CHAMPION_FOLDER
from model.serving import predictor
from model.serving.predictor import Predictor
from model.serving.self_test import run_self_test
from tests.unit.model.drawings import CAT, circle, square

pytestmark = pytest.mark.tensorflow


@pytest.fixture(scope="module")
def guesser() -> Predictor:
    """The shipped champion, warmed."""
    found = Predictor.load(threads=1)
    found.warm()
    return found


def pack(*words: str) -> np.ndarray:
    mask = np.zeros(len(CLASS_WORDS), bool)
    mask[[CLASS_INDEX[word] for word in words]] = True
    return mask


def top(answer: Answer) -> str:
    return CLASS_WORDS[answer.words[0]]


def test_the_champion_names_its_version(guesser: Predictor) -> None:
    assert guesser.version == artifact.read_game_card(SHIPPED_CHAMPION_FOLDER).version


def test_plain_shapes_are_known_in_a_small_pack(guesser: Predictor) -> None:
    mask = pack("circle", "square", "cat", "snake", "tree")
    circled, squared, cat = guesser.guess([circle(), square(2000), CAT], [mask] * 3)
    assert (top(circled), top(squared), top(cat)) == ("circle", "square", "cat")


def test_an_answer_is_ranked_bounded_and_within_the_pack(guesser: Predictor) -> None:
    mask = pack("cat", "dog", "pig", "bear", "lion", "tiger", "mouse")
    for answer in guesser.guess([CAT, take_ink_prefix(CAT, 0.3), circle()], [mask, mask, None]):
        assert len(answer.words) == MAX_ANSWER_WORDS
        assert list(answer.probs) == sorted(answer.probs, reverse=True)
        assert sum(answer.probs) + answer.doubt <= 1.001
        assert 0 <= answer.doubt <= 1
    assert set(guesser.guess([CAT], [mask])[0].words) <= set(np.flatnonzero(mask).tolist())


def test_no_ink_is_no_guess(guesser: Predictor) -> None:
    assert guesser.guess([[]], [None]) == [Answer((), (), 1.0)]


def test_a_dot_and_an_extreme_line_are_answered(guesser: Predictor) -> None:
    odd = [
        ink_from_lists([[[7], [7]]]),
        ink_from_lists([[[0, 4095], [0, 0]]]),
        ink_from_lists([[[5, 5], [5, 5]]] * 300),
    ]
    for answer in guesser.guess(odd, [None] * 3):
        assert np.isfinite(answer.probs).all()


def test_company_in_the_batch_does_not_change_an_answer(guesser: Predictor) -> None:
    alone = guesser.guess([CAT], [None])[0]
    among = guesser.guess([circle()] * 70 + [CAT] + [square()] * 90, [None] * 161)[70]
    assert alone.words == among.words
    assert np.allclose(alone.probs, among.probs, atol=1e-3)


def test_scribbles_dots_and_writing_make_no_hit(guesser: Predictor) -> None:
    """A hit needs 0.75 at once; 9 of 10 pieces of junk must stay below."""
    chance = np.random.default_rng(11)
    lenders = [CAT, square(250), circle(30, 120)]
    inks = [make_junk(JUNK_KINDS[number % 3], chance, lenders) for number in range(150)]
    mask = pack(*CLASS_WORDS[::6])
    sure = [answer.probs[0] >= 0.75 for answer in guesser.guess(inks, [mask] * len(inks))]
    assert np.mean(sure) <= 0.1


def test_the_exported_function_answers_as_the_trained_network(guesser: Predictor) -> None:
    """Same weights through Keras and through the frozen graph with its numpy head: 1e-3 at most in probability."""
    from model.training.publish import network_function

    card = artifact.read_game_card(SHIPPED_CHAMPION_FOLDER)
    built = artifact.build_network_from_card(card)
    built.set_weights(artifact.read_weights(SHIPPED_CHAMPION_FOLDER))
    pictures, scalars = rasterise_inks([CAT, take_ink_prefix(CAT, 0.4), circle(), square()])
    trained, doubt = network_function(built)(pictures, scalars)
    served, served_doubt = guesser._function(pictures, scalars)
    assert np.abs(softmax(trained) - softmax(served)).max() <= 1e-3
    assert np.abs(doubt - served_doubt).max() <= 1e-2


def softmax(logits: np.ndarray) -> np.ndarray:
    odds = np.exp(logits - logits.max(1, keepdims=True))
    found: np.ndarray = odds / odds.sum(1, keepdims=True)
    return found


def test_the_champion_passes_the_check_that_every_guesser_begins_with(guesser: Predictor) -> None:
    assert run_self_test(guesser) > 0


def test_a_model_of_another_rasteriser_is_refused(tmp_path: Path) -> None:
    card = artifact.read_game_card(SHIPPED_CHAMPION_FOLDER)
    card.raster += 1
    write_card(tmp_path, card)
    with pytest.raises(ValueError, match="raster"):
        Predictor.load(tmp_path)


@pytest.fixture(scope="module")
def small() -> Predictor:
    """The champion in 8 bits, whatever the trial says."""
    found = Predictor.load(threads=1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(predictor, "MIN_INT8_SPEEDUP", 0.0)
        assert found.quantise() == "int8"
    found.warm()
    return found


def test_eight_bits_say_the_same(guesser: Predictor, small: Predictor) -> None:
    inks = [circle(), square(2000), CAT, take_ink_prefix(CAT, 0.3), take_ink_prefix(CAT, 0.6)] * 5
    for whole, rough in zip(guesser.guess(inks, [None] * 25), small.guess(inks, [None] * 25), strict=True):
        assert rough.words[0] == whole.words[0]
        assert rough.probs[0] == pytest.approx(whole.probs[0], abs=0.03)


def test_eight_bits_do_not_depend_on_the_company(small: Predictor) -> None:
    alone = small.guess([CAT], [None])[0]
    inks = [circle() if place % 2 else square(3000) for place in range(22)]
    among = small.guess([*inks, CAT], [None] * 23)[-1]
    assert among.words == alone.words
    assert among.probs == pytest.approx(alone.probs, abs=1e-3)


def test_eight_bits_on_two_processors_say_the_same(small: Predictor) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(predictor, "MIN_INT8_SPEEDUP", 0.0)
        pair = Predictor(SHIPPED_CHAMPION_FOLDER, threads=2)
        assert pair.quantise() == "int8"
    inks = [circle() if place % 3 else take_ink_prefix(CAT, 0.1 + place / 100) for place in range(75)]
    assert pair.guess(inks, [None] * 75) == small.guess(inks, [None] * 75)


def test_a_precision_that_is_no_faster_is_not_taken() -> None:
    found = Predictor.load(threads=1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(predictor, "MIN_INT8_SPEEDUP", 1e9)
        assert found.quantise() == "float"
