"""Records what this version of the code stores, as test data for all later ones.

`python -m tests.contract.stored.record NAME` plays three rooms on a real Redis and writes NAME.json beside this file: the
rooms as they wait for their next owner (one amid a round, one in its lobby, one on the podium with a full outbox), what
they were when they were stored, and what was kept after the outbox was moved. Run it before a format changes: what an
older version wrote is read for good.
"""

from __future__ import annotations

import asyncio
import base64
import json
import sys
from pathlib import Path
from typing import Any

import msgspec

from server.db.pipeline import AutoPipeline
from server.game.commands import (
    Clear,
    Configure,
    Device,
    Done,
    Draw,
    Join,
    Kick,
    Lock,
    Points,
    Ready,
    Settings,
    SettingsChange,
    Start,
    Teach,
    Undo,
    Unteach,
)
from server.game.ids import RoundId
from server.game.state import RoomState
from server.persistence.outbox_relay import OutboxRelay
from server.persistence.room_log import RedisRoomLog
from server.rooms import codec
from server.rooms.member import JoinAttempt
from server.rooms.room import Room
from tests.integration.table import Person, Table, answer, table
from tests.redis_server import RedisServer

HERE = Path(__file__).parent
FACE = (((10, 200, 120), (20, 30, 220)),)
TRIANGLE = Points((((1000, 3000, 2000, 1000), (3000, 3000, 900, 3000), (0, 300, 640, 1000)),))
MORE = Points((((1000, 900, 800), (3000, 3100, 3200), (1100, 1200, 1333)),), joined=True)
DOT = Points((((2000,), (2000,), (1500,)), ((2100,), (2100,), (1600,))))
SKETCH = (((0, 128, 255), (255, 0, 255)), ((100, 150), (200, 200)))


async def _sit(room: Room, number: int, tab: str = "tab") -> Person:
    person = Person(number, tab)
    device = Device("pen", 1440, 900) if number % 2 else Device()
    join = Join(person.player, f"Zoë {number} 🎨", FACE if number == 1 else (), keep=True, device=device)
    room.join(person, JoinAttempt(join, tab, 1))
    await person.letters.until("welcome")
    return person


async def _told(room: Room, person: Person, command: Any, request: int, event: str) -> None:
    room.submit(person, command, request, event)
    await person.letters.until("reply", id=request, ok=True)


async def _reach(room: Room, *phases: str) -> None:
    async with asyncio.timeout(20):
        while room.game.state.phase not in phases:
            await asyncio.sleep(0.005)


def _draw(room: Room, person: Person, seq: int, op: Points | Undo | Clear) -> None:
    round_id = RoundId(room.game.state.rounds_begun)
    room.submit(person, Draw(person.player, round_id, seq, op), None, "ink")


async def _stored(room: Room, person: Person, seq: int) -> None:
    async with asyncio.timeout(10):
        while room.game.last_seq(room.game.state.seats[person.player]) < seq:
            await asyncio.sleep(0.005)
    await asyncio.sleep(0.1)


async def _round(room: Room, made: Table, people: list[Person]) -> None:
    """Play a round: the first is hit, the others are done."""
    await _reach(room, "drawing")
    changes: tuple[Points | Undo | Clear, ...] = (TRIANGLE, MORE, DOT, Undo())
    for person in people:
        for seq, op in enumerate(changes, 1):
            _draw(room, person, seq, op)
    for person in people:
        await _stored(room, person, 4)
    state = room.game.state
    assert state.round is not None
    prompt = state.round.prompt
    seat = state.seats[people[0].player]
    asked = [one for one in made.guesser.asked if one.code == room.code and one.seat == seat][-1]
    made.rooms.live.answer(answer(asked, "circle" if prompt != "circle" else "square", 0.625))
    await asyncio.sleep(0.1)
    made.rooms.live.answer(answer(asked, prompt, 0.9))
    await asyncio.sleep(0.1)


async def _amid_a_round(made: Table) -> Room:
    room = await made.room()
    anna, ben, cleo = [await _sit(room, number) for number in (1, 2, 3)]
    await _told(room, anna, Configure(anna.player, SettingsChange(rounds=2, seconds=120, pack="easy")), 2, "settings")
    await _told(room, ben, Ready(ben.player), 2, "ready")
    await _told(room, anna, Start(anna.player), 3, "start")
    await _round(room, made, [anna, ben])
    for person in (ben, cleo):
        await _told(room, person, Done(person.player, RoundId(1)), 4, "done")
    await _reach(room, "reveal")
    for person in (anna, ben, cleo):
        room.submit(person, Ready(person.player), 5, "ready")
    await _round(room, made, [anna, ben])
    _draw(room, cleo, 1, TRIANGLE)
    _draw(room, cleo, 2, Clear())
    _draw(room, cleo, 3, DOT)
    await _stored(room, cleo, 3)
    room.disconnected(ben)
    await asyncio.sleep(0.2)
    return room


async def _in_its_lobby(made: Table) -> Room:
    room = await made.room()
    dora, emil, finn = [await _sit(room, number) for number in (4, 5, 6)]
    await _told(
        room, dora, Configure(dora.player, Settings(rounds=3, seconds=30, seats=5, open_table=True)), 2, "settings"
    )
    for request, word in enumerate(("grumpel", "Ünikorn", "grumpel"), 3):
        sketch = (*SKETCH, ((request, 7), (8, 9)))
        await _told(room, emil, Teach(emil.player, word, sketch), request, "teach")
    await _told(room, dora, Unteach(dora.player, "Ünikorn"), 3, "unteach")
    await _told(room, dora, Kick(dora.player, room.game.state.seats[finn.player]), 4, "kick")
    await _told(room, dora, Lock(dora.player, True), 5, "lock")
    await asyncio.sleep(0.2)
    return room


async def _on_the_podium(made: Table) -> Room:
    room = await made.room()
    gina, hugo = [await _sit(room, number) for number in (7, 8)]
    await _told(room, gina, Start(gina.player), 3, "start")
    for round_id in range(1, room.game.state.settings.rounds + 1):
        await _round(room, made, [gina, hugo])
        await _told(room, hugo, Done(hugo.player, RoundId(round_id)), 10 + round_id, "done")
        await _reach(room, "reveal")
        for person in (gina, hugo):
            room.submit(person, Ready(person.player), 20 + round_id, "ready")
    await _reach(room, "podium")
    await asyncio.sleep(0.2)
    return room


def plain(state: RoomState) -> Any:
    """Turn a state into what JSON can hold."""
    return json.loads(msgspec.json.encode(state, enc_hook=codec._encode_packed))


async def dump(pipe: AutoPipeline) -> dict[str, Any]:
    """Read all keys of a Redis: type and value, bytes in base 64."""
    read = {
        "string": ("GET",), "hash": ("HGETALL",), "set": ("SMEMBERS",), "zset": ("ZRANGE", 0, -1, "WITHSCORES"),
        "stream": ("XRANGE", "-", "+"),
    }  # fmt: skip
    found = {}
    for key in sorted(await pipe.run("KEYS", "*")):
        kind = (await pipe.run("TYPE", key)).decode()
        name, *rest = read[kind]
        found[key.decode()] = {"type": kind, "value": _written(await pipe.run(name, key, *rest))}
    return found


async def load(pipe: AutoPipeline, keys: dict[str, Any]) -> None:
    """Store what `dump` read."""
    for key, one in keys.items():
        value = _bytes(one["value"])
        match one["type"]:
            case "string":
                await pipe.run("SET", key, value)
            case "hash":
                await pipe.run("HSET", key, *[part for pair in value for part in pair])
            case "set":
                await pipe.run("SADD", key, *value)
            case "zset":
                await pipe.run(
                    "ZADD", key, *[part for n in range(0, len(value), 2) for part in (value[n + 1], value[n])]
                )
            case "stream":
                for entry_id, fields in value:
                    flat = [part for pair in fields for part in pair]
                    await pipe.run("XADD", key, entry_id, *flat)


def _written(value: Any) -> Any:
    """Turn bytes into text for JSON."""
    match value:
        case bytes():
            return base64.b64encode(value).decode()
        case dict():
            return [[_written(key), _written(value[key])] for key in sorted(value)]
        case set():
            return [_written(one) for one in sorted(value)]
        case list() | tuple():
            return [_written(one) for one in value]
        case _:
            return value


def _bytes(value: Any) -> Any:
    match value:
        case str():
            return base64.b64decode(value)
        case list():
            return [_bytes(one) for one in value]
        case _:
            return value


async def record(redis_url: str) -> dict[str, Any]:
    """Play, and return what was stored."""
    pipe = AutoPipeline(redis_url)
    async with table(RedisRoomLog(pipe, "somebody who died")) as made:
        rooms = [await play(made) for play in (_in_its_lobby, _on_the_podium, _amid_a_round)]
        before = await dump(pipe)
        states = {room.code: plain(room.game.state) for room in rooms}
        await OutboxRelay(pipe).sweep()
        after = await dump(pipe)
    await pipe.close()
    moved = {key: value for key, value in after.items() if not key.startswith("room:{") or key.endswith(":games")}
    return {"states": states, "before": before, "moved": moved}


def main(name: str) -> None:
    """Write NAME.json."""
    server = RedisServer()
    server.start()
    try:
        found = asyncio.run(record(server.url))
    finally:
        server.close()
    (HERE / f"{name}.json").write_text(json.dumps(found, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
