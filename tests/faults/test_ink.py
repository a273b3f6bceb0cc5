"""What players remember of ink survives being put away."""

from __future__ import annotations

import copy

from tests.faults.ink import Chunk, Page


def test_a_page_put_away_tells_the_same() -> None:
    chunks = [
        Chunk(False, [[[1, 2], [3, 4], [5, 6]]]),
        Chunk(True, [[[7], [8], [9]], [[10], [11], [12]]]),
        Chunk(False, [[[13], [14], [15]]]),
    ]
    page = Page(chunks, acked=2, sent=3)
    before = [copy.deepcopy(drawn) for drawn in page.growing()]
    page.put_away()
    page.put_away()
    assert not page.chunks
    assert (page.changes, page.acked) == (3, 2)
    assert [copy.deepcopy(drawn) for drawn in page.growing()] == before
    assert page.strokes(2) == before[1]
    assert page.strokes(0) == []
