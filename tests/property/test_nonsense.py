"""A stored state that decodes may still be nonsense: it is refused, or time goes on in it."""

from __future__ import annotations

import base64
import copy
import json
from pathlib import Path
from random import Random
from typing import Any

import msgspec
import pytest

from server.game.commands import Away, Settings, Tick
from server.game.game import Game
from server.game.ids import Millis, PlayerId, RoundId, Seat
from server.game.ink.canvas import Stroke, pack_axis
from server.game.modes.race.state import Round
from server.game.state import Player, RoomState
from server.persistence.memory_log import MemoryRoomLog
from server.rooms import codec, format_version
from server.rooms.ports import RoomPorts, RoomUnreadable
from server.rooms.room import Room
from server.rooms.takeover import adopt_room
from tests.integration.table import FastClock, PatientGuesser

STORED = Path(__file__).parents[1] / "contract" / "stored"
TICKS = 400
MUTANTS = 300
VALUES: tuple[object, ...] = (None, -1, 0, 1, 7, 2**40, 2**62, "", "podium", "countdown", "drawing", [], {})


def recorded() -> dict[str, bytes]:
    """Return phase → snapshot of the rooms that were recorded in today's format."""
    (path,) = STORED.glob(f"format-{codec.ROOM_FORMAT_VERSION}-*.json")
    before = json.loads(path.read_text(encoding="utf-8"))["before"]
    found: dict[str, bytes] = {}
    for key, value in before.items():
        if key.endswith(":head"):
            head = {base64.b64decode(field): base64.b64decode(data) for field, data in value["value"]}
            found[codec.decode_snapshot(head[b"snapshot"])[0].phase] = head[b"snapshot"]
    return found


async def opened(code: str, snapshot: bytes) -> Room:
    """Take over a room of which this is stored."""
    log = MemoryRoomLog()
    await log.create(code, snapshot)
    room = await adopt_room(code, None, RoomPorts(log, PatientGuesser(), FastClock(), 0.1, lambda *_: ""))
    assert room is not None
    return room


def a_round(state: RoomState) -> Round:
    assert state.round is not None
    return state.round


def a_player(state: RoomState) -> Player:
    return next(iter(state.players.values()))


def no_round_in_a_countdown(state: RoomState) -> None:
    state.phase, state.until, state.round = "countdown", Millis(0), None


def a_drawing_without_a_round(state: RoomState) -> None:
    state.phase, state.round = "drawing", None


def an_end_of_the_podium(state: RoomState) -> None:
    state.phase, state.until = "podium", Millis(5)


def a_reveal_without_an_end(state: RoomState) -> None:
    state.phase, state.until = "reveal", None


def a_seat_without_a_player(state: RoomState) -> None:
    state.seats[PlayerId("nobody")] = Seat(99)


def a_player_without_a_seat(state: RoomState) -> None:
    del state.seats[a_player(state).id]


def a_seat_that_was_never_given(state: RoomState) -> None:
    state.seats_given = 0


def a_host_who_is_not_there(state: RoomState) -> None:
    state.host = Seat(77)


def a_million_rounds(state: RoomState) -> None:
    state.settings = Settings(rounds=10**6)


def a_round_of_no_time(state: RoomState) -> None:
    a_round(state).seconds = 0


def another_round_than_the_last(state: RoomState) -> None:
    a_round(state).id = RoundId(99)


def a_time_before_the_room(state: RoomState) -> None:
    a_round(state).ends = Millis(-1)


def a_time_that_is_none(state: RoomState) -> None:
    a_player(state).away_since = Millis(2**62)


def ink_of_nobody(state: RoomState) -> None:
    (canvas, *_) = a_round(state).canvases.values()
    a_round(state).canvases[Seat(99)] = canvas


def a_stroke_without_times(state: RoomState) -> None:
    (canvas, *_) = a_round(state).canvases.values()
    canvas.strokes.append(Stroke(pack_axis([1]), pack_axis([2]), pack_axis()))


NONSENSE = (
    no_round_in_a_countdown, a_drawing_without_a_round, an_end_of_the_podium, a_reveal_without_an_end,
    a_seat_without_a_player, a_player_without_a_seat, a_seat_that_was_never_given, a_host_who_is_not_there,
    a_million_rounds, a_round_of_no_time, another_round_than_the_last, a_time_before_the_room, a_time_that_is_none,
    ink_of_nobody, a_stroke_without_times,
)  # fmt: skip


@pytest.mark.parametrize("spoil", NONSENSE, ids=lambda spoil: spoil.__name__)
async def test_a_state_that_makes_no_sense_is_not_opened(spoil: Any) -> None:
    state, at = codec.decode_snapshot(recorded()["drawing"])
    await opened(state.code, codec.encode_snapshot(state, at))
    spoil(state)
    with pytest.raises(RoomUnreadable):
        await opened(state.code, codec.encode_snapshot(state, at))


def test_what_is_due_for_ever_raises_instead_of_going_round() -> None:
    state = RoomState("ABCDEF", 1, Settings(), phase="countdown", until=Millis(0))
    with pytest.raises(RuntimeError, match="stands still"):
        Game(state).handle(Tick(), Millis(0))


async def test_whatever_is_changed_in_a_state_it_is_refused_or_time_goes_on() -> None:
    chance = Random(13)
    refused = 0
    snapshots = list(recorded().values())
    for number in range(MUTANTS):
        snapshot = snapshots[number % len(snapshots)]
        code = codec.decode_snapshot(snapshot)[0].code
        _, body = format_version.split_format_version(snapshot, codec.ROOM_FORMAT_VERSION)
        picture = msgspec.msgpack.decode(body, strict=False)
        spoiled = copy.deepcopy(picture)
        for _ in range(chance.choice((1, 1, 2))):
            _spoil(spoiled, chance)
        try:
            room = await opened(
                code, format_version.add_format_version(codec.ROOM_FORMAT_VERSION, msgspec.msgpack.encode(spoiled))
            )
        except RoomUnreadable:
            refused += 1
            continue
        _come_to_rest(room.game)
    assert MUTANTS / 10 < refused < MUTANTS


def _spoil(picture: Any, chance: Random) -> None:
    """Change one value somewhere below."""
    at: Any = picture
    while True:
        keys = list(at) if isinstance(at, dict) else range(len(at))
        key = chance.choice(list(keys))
        if isinstance(at[key], (dict, list)) and at[key] and chance.random() < 0.9:
            at = at[key]
            continue
        at[key] = chance.choice(VALUES)
        return


def _come_to_rest(game: Game) -> None:
    """Let everybody go and everything happen that happens by itself. It may fail, which ends that room alone."""
    try:
        for player in game.present():
            game.handle(Away(player), game.state.now)
        for _ in range(TICKS):
            deadline = game.deadline
            if deadline is None:
                return
            game.handle(Tick(), deadline)
    except Exception:
        return
    raise AssertionError("this room never comes to rest")
