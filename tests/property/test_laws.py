"""Laws of single pieces: points, sayings, thinning, prompts, ink."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from server.game import limits
from server.game.commands import Clear, Draw, InkOp, Join, Points, Segment, Settings, Start, Tick, Undo
from server.game.downsample import pick_evenly, thin_strokes
from server.game.game import Game
from server.game.ids import Millis, PlayerId, RoundId
from server.game.ink.canvas import Canvas, Idea, Stroke
from server.game.inkling import speech, thresholds
from server.game.modes.race import points as race_points
from server.game.modes.race import rules
from server.game.state import RoomState
from server.game.words.packs import BUILT_IN_PACKS
from server.game.words.prompts import choose_prompt

seconds = st.integers(*rules.SECONDS_PER_ROUND_BOUNDS)
probabilities = st.floats(0, 1)
words = st.sampled_from(["cat", "dog", "cow", "pig", "bee"])
answers = st.lists(st.tuples(words, probabilities), max_size=5, unique_by=lambda guess: guess[0]).map(tuple)


@given(st.integers(0, 300_000), st.integers(0, 300_000), seconds)
def test_earlier_ink_never_pays_less(one: int, other: int, whole: int) -> None:
    sooner, later = sorted((one, other))
    assert race_points.hit_points(Millis(sooner), whole, False) >= race_points.hit_points(Millis(later), whole, False)


@given(st.integers(-10, 400_000), seconds, st.booleans())
def test_any_hit_pays_more_than_any_miss_that_was_not_said(at: int, whole: int, first: bool) -> None:
    points = race_points.hit_points(Millis(at), whole, first)
    assert 50 <= points <= 110
    assert points > race_points.near_points(0.9999)


@given(st.lists(st.tuples(answers, probabilities), max_size=6), words, st.booleans())
def test_the_prompt_is_said_with_a_commitment_only_and_never_muttered(
    history: list[tuple[tuple[tuple[str, float], ...], float]], prompt: str, hit: bool
) -> None:
    canvas = Canvas(strokes=[Stroke.of(((0,), (0,), (0,)))], points=1)
    for guesses, doubt in history:
        canvas.idea = speech.update_idea(canvas.idea, guesses, doubt)
        shown = speech.choose_saying(canvas, prompt, hit, Millis(0))
        assert prompt not in [word for word, _ in shown.mutters]
        assert len(shown.mutters) <= thresholds.MAX_MUTTERED_WORDS
        if shown.says == prompt and not hit:
            assert shown.pose == "delighted"
            assert canvas.idea.word == prompt
            assert canvas.idea.p >= thresholds.BOLD_THRESHOLDS.likely
        assert (shown.pose == "delighted") == (shown.says == prompt)


@given(answers, probabilities, words)
def test_a_sure_word_is_always_said(guesses: tuple[tuple[str, float], ...], doubt: float, prompt: str) -> None:
    idea = speech.update_idea(Idea(), guesses, doubt)
    assert speech.says_leading_word(idea, Millis(0)) == (idea.p >= thresholds.BOLD_THRESHOLDS.sure)


segments = st.integers(1, 120).flatmap(
    lambda n: st.tuples(*(st.lists(st.integers(0, 4095), min_size=n, max_size=n).map(tuple) for _ in range(3)))
)


@settings(max_examples=50)
@given(st.lists(segments, max_size=6).map(tuple), st.integers(1, 200))
def test_thinning_keeps_the_limit_and_the_ends_of_strokes(strokes: tuple[Segment, ...], limit: int) -> None:
    thinned = thin_strokes(strokes, limit)
    assert sum(len(x) for x, _, _ in thinned) <= max(limit, 2)
    if len(thinned) < len(strokes):
        assert 2 * len(strokes) > limit, "strokes go only where not even their ends fit"
        return
    for before, after in zip(strokes, thinned, strict=True):
        points = list(zip(*before, strict=True))
        kept = list(zip(*after, strict=True))
        assert (kept[0], kept[-1]) == (points[0], points[-1])
        rest = iter(points)
        assert all(point in rest for point in kept), "kept points come in order"


@given(st.lists(st.integers(), max_size=60), st.integers(2, 30))
def test_a_pick_is_in_order_and_short_enough(items: list[int], limit: int) -> None:
    numbered = list(enumerate(items))
    picked = pick_evenly(numbered, limit)
    assert len(picked) == min(limit, len(items))
    assert list(picked) == sorted(set(picked))


@settings(max_examples=50)
@given(st.integers(0, 2**63), st.sampled_from(sorted(BUILT_IN_PACKS)), st.lists(st.integers(1, 20), max_size=5))
def test_prompts_are_fresh_as_long_as_the_pack_allows(seed: int, pack: str, games: list[int]) -> None:
    state, size = RoomState("ABCDEF", seed, Settings(pack=pack)), BUILT_IN_PACKS[pack].size
    drawn: list[str] = []
    for rounds in games:
        state.game += 1
        state.used = []
        for n in range(1, rounds + 1):
            used, recent = set(state.used), set(drawn[-limits.MAX_RECENT_PROMPTS :])
            word = choose_prompt(state, n)
            drawn.append(word)
            assert word in BUILT_IN_PACKS[pack].words
            if len(used) < size:
                assert word not in used
            if len(used | recent) < size:
                assert word not in recent


ink_ops: st.SearchStrategy[InkOp] = st.one_of(
    st.builds(
        Points,
        st.lists(st.integers(1, 5), min_size=1, max_size=4).map(
            lambda lengths: tuple(((7,) * n, (8,) * n, (0,) * n) for n in lengths)
        ),
        st.booleans(),
    ),
    st.just(Undo()),
    st.just(Clear()),
)


@settings(max_examples=100)
@given(st.lists(ink_ops, max_size=25))
def test_ink_is_what_a_client_would_have_made_of_the_same_changes(changes: list[InkOp]) -> None:
    player = PlayerId("a")
    game = Game.create("ABCDEF", 1, Settings(seconds=300))
    for command in (Join(player, "A"), Start(player)):
        game.handle(command, Millis(0))
    game.handle(Tick(), Millis(3000))
    mirror: list[int] = []
    for seq, op in enumerate(changes, 1):
        assert isinstance(game.handle(Draw(player, RoundId(1), seq, op), Millis(3000)), list)
        _mirror(mirror, op)
    assert game.state.round is not None
    assert [len(stroke.x) for stroke in game.state.round.canvases[game.state.seats[player]].strokes] == mirror


def _mirror(strokes: list[int], op: InkOp) -> None:
    """Do to stroke lengths what `apply` in the client does to strokes."""
    if isinstance(op, Clear):
        strokes.clear()
    elif isinstance(op, Undo):
        del strokes[-1:]
    else:
        for i, (x, _, _) in enumerate(op.segments):
            if i == 0 and op.joined and strokes:
                strokes[-1] += len(x)
            else:
                strokes.append(len(x))
