"""Thousands of random histories of a room: whatever comes, the promises hold."""

from __future__ import annotations

from random import Random

import msgspec
import pytest

from server.game.game import Game
from server.game.ids import Millis
from server.rooms import codec
from tests.property.world import World

HISTORIES = 1500
MOVES = 60
PARTS = 3


@pytest.mark.parametrize("part", range(PARTS))
def test_every_history_keeps_the_promises_and_replays_to_the_same_state(part: int) -> None:
    for seed in range(part, HISTORIES, PARTS):
        world = World(Random(seed))
        try:
            world.live(MOVES)
            assert world.replay() == world.game.state
            world.finish()
        except AssertionError as error:
            raise AssertionError(f"history {seed}: {error}") from error


def test_a_snapshot_and_the_tail_of_the_log_lead_to_the_same_state() -> None:
    for seed in range(100):
        world = World(Random(seed))
        world.live(MOVES)
        cut = world.chance.randrange(len(world.log) + 1)
        game = Game(codec.decode_snapshot(codec.encode_snapshot(world.replay(cut), Millis(0)))[0])
        for command, at in world.log[cut:]:
            assert isinstance(game.handle(command, at), list)
        assert game.state == world.game.state


def test_the_state_comes_back_as_it_was() -> None:
    for seed in range(100):
        world = World(Random(seed))
        world.live(MOVES)
        state = world.game.state
        assert codec.decode_snapshot(codec.encode_snapshot(state, Millis(7))) == (state, 7)


def test_what_is_packed_in_memory_is_stored_as_before() -> None:
    """Snapshots of before the packing can be read, and the other way round: plain lists, and results as they are shown."""
    seen = 0
    for seed in range(40):
        world = World(Random(seed))
        world.live(MOVES)
        state = world.game.state
        _, stored = msgspec.msgpack.decode(codec.encode_snapshot(state, Millis(0))[1:])
        shown = msgspec.msgpack.encode([drawing.to_view() for drawing in state.album])
        assert stored["album"] == msgspec.msgpack.decode(shown)
        for canvas in stored["round"]["canvases"].values() if stored["round"] else ():
            for stroke in canvas["strokes"]:
                assert all(isinstance(axis, list) for axis in stroke.values())
                seen += 1
    assert seen > 0


def test_long_histories_play_whole_games() -> None:
    counts: dict[str, int] = {}
    for seed in range(40):
        world = World(Random(f"long {seed}"))
        world.live(600)
        assert world.replay() == world.game.state
        for name, count in world.watch.counts.items():
            counts[name] = counts.get(name, 0) + count
    for name in ("Hit", "GameEnded", "RoundVoided", "ClockStopped", "ClockResumed", "DrawingFinished", "HostChanged"):
        assert counts.get(name, 0) > 2, f"the histories never came to {name}"
