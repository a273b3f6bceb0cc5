"""Ink that grows: after any strokes, undos and clears a sketch holds exactly what the canvas holds."""

from __future__ import annotations

from itertools import accumulate

from hypothesis import given
from hypothesis import strategies as st

from server.game.ink.canvas import Stroke
from server.ink_codec import unpack_guess_ink
from server.rooms.ink_buffer import InkBuffer

STEPS = st.lists(
    st.one_of(
        st.just("undo"),
        st.just("clear"),
        st.tuples(st.sampled_from(["begin", "go on"]), st.integers(1, 5), st.integers(0, 4000)),
    ),
    max_size=40,
)


@given(STEPS, st.sets(st.integers(0, 40)))
def test_a_sketch_follows_whatever_happens_to_a_canvas(steps: list[object], looks: set[int]) -> None:
    strokes: list[Stroke] = []
    sketch = InkBuffer()
    for number, step in enumerate(steps):
        if step == "clear":
            strokes.clear()
        elif step == "undo":
            del strokes[-1:]
        elif isinstance(step, tuple):
            kind, count, first = step
            points = [first + n for n in range(count)]
            if kind == "begin" or not strokes:
                strokes.append(Stroke.of(((), (), ())))
            strokes[-1].x.extend(points)
            strokes[-1].y.extend(4095 - x for x in points)
        if number in looks:
            sketch.follow(strokes)
    held, ends = unpack_guess_ink(bytes(sketch.follow(strokes)))
    assert held.T.tolist() == [[x for s in strokes for x in s.x], [y for s in strokes for y in s.y]]
    assert ends == list(accumulate(len(s.x) for s in strokes))
