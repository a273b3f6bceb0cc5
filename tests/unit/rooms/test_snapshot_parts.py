"""The picture of a room comes in pieces that fit through a thin line, whatever is drawn."""

from __future__ import annotations

from random import Random
from typing import Literal

import pytest

from server.game import downsample, limits, redact
from server.game.ids import Millis, Seat
from server.protocol import Welcome, encode_packet
from server.rooms import frames, snapshot_parts
from tests.worst_room import SEATS, scribble, worst

Phase = Literal["lobby", "drawing", "reveal", "podium"]
PHASES: tuple[Phase, ...] = ("lobby", "drawing", "reveal", "podium")
WELCOME_BYTES = 48_000
"""Six seconds at 64 kbit/s; a page waits eight."""
PART_BYTES = 40_000
NOW = Millis(1000)


def size(message: object) -> int:
    return len(encode_packet(message).encode())  # type: ignore[arg-type]


@pytest.mark.parametrize("phase", PHASES)
def test_the_welcome_to_the_largest_room_is_small(phase: Phase) -> None:
    picture, rest = snapshot_parts.build_snapshot(worst(phase), Seat(0), 1, NOW, True, True)
    assert size(Welcome(1, 0, "t" * 300, picture)) <= WELCOME_BYTES
    assert picture.left == len(rest) > SEATS


@pytest.mark.parametrize("phase", PHASES)
def test_all_of_it_comes_in_parts_that_are_small_one_s_own_ink_first(phase: Phase) -> None:
    state = worst(phase)
    picture, rest = snapshot_parts.build_snapshot(state, Seat(3), 1, NOW, True, True)
    avatars: set[int] = set()
    results, canvases = list(picture.results), {one.seat: one for one in picture.canvases if one.strokes}
    parts, left = 0, picture.left
    while left:
        part = snapshot_parts.build_next_part(state, Seat(3), rest, 1, NOW)
        assert size(part) <= PART_BYTES
        assert part.left < left
        if not parts:
            assert part.canvases[0].seat == 3
        parts, left = parts + 1, part.left
        avatars |= {one.seat for one in part.avatars}
        results += part.results
        canvases |= {one.seat: one for one in part.canvases}
    assert avatars == set(range(SEATS))
    assert [(one.round, one.seat) for one in results] == [
        (one.round, one.seat) for one in redact.visible_results(state)
    ]
    assert set(canvases) == set(range(SEATS))
    assert sum(len(x) for x, _, _ in canvases[3].strokes) > limits.MAX_OWN_POINTS_PER_SNAPSHOT // 2
    assert parts <= 60


def test_a_small_room_needs_no_second_part() -> None:
    state = worst("drawing")
    for seat in range(3, SEATS):
        del state.players[Seat(seat)]
        assert state.round is not None
        del state.round.canvases[Seat(seat)]
    for canvas in state.round.canvases.values() if state.round else ():
        del canvas.strokes[5:]
    picture, rest = snapshot_parts.build_snapshot(state, Seat(0), 1, NOW, True, True)
    assert not rest
    assert picture.left == 0
    assert picture.canvases == redact.picture_canvases(state, Seat(0))
    assert picture.avatars == redact.picture_avatars(state)


@pytest.mark.parametrize("phase", ["reveal", "podium"])
def test_the_frame_of_a_phase_does_not_hold_more_results_than_a_picture(phase: Literal["reveal", "podium"]) -> None:
    state = worst(phase)
    to_come = snapshot_parts.keys_of_late_results(state)
    assert len(to_come) == len(redact.visible_results(state))
    news = frames.TickDelta(phase=phase, changed=True)
    assert len(frames.encode_frame(state, news, "all", 1, NOW, {}, len(to_come)).encode()) <= WELCOME_BYTES


def test_what_is_gone_or_hidden_meanwhile_is_left_out() -> None:
    state = worst("drawing")
    _, rest = snapshot_parts.build_snapshot(state, Seat(0), 1, NOW, True, True)
    assert state.round is not None
    state.round.open_table = False
    state.round.canvases[Seat(0)].hit = None
    del state.players[Seat(5)]
    seen: list[int] = []
    canvases: list[int] = []
    while rest:
        part = snapshot_parts.build_next_part(state, Seat(0), rest, 1, NOW)
        seen += [one.seat for one in part.avatars]
        canvases += [one.seat for one in part.canvases]
    assert canvases == [0]
    assert seen == [seat for seat in range(SEATS) if seat != 5]


@pytest.mark.parametrize("limit", [1, 2, 10, 250, 2000])
@pytest.mark.parametrize("kind", ["zigzag", "dots", "line"])
def test_whatever_is_drawn_is_thinned_to_the_limit(kind: str, limit: int) -> None:
    chance = Random(5)
    ink = {
        "zigzag": scribble(chance, 3000),
        "dots": tuple(((n % 4096,), (7,), (n,)) for n in range(3000)),
        "line": ((tuple(range(3000)), tuple(range(3000)), tuple(range(3000))),),
    }[kind]
    thinned = downsample.thin_strokes(ink, limit)
    assert 0 < sum(len(x) for x, _, _ in thinned) <= max(limit, 2)
