"""Records the folders that commit 523f2d6 writes, as test data for all later versions.

Run it in a checkout of that commit, with its environment and its modules:

    git worktree add ../old 523f2d6        # and install it there
    cd ../old && PYTHONPATH=. python …/tests/contract/stored/folders/record.py DESTINATION

It makes what `inkling play` leaves on a disk: `data` (the append-only file of its Redis with a room amid a round, drawings,
scores and tombstones; the file `erased`; `models` with two versions), `archive`, and `expected`: what that version says of
them. There are no secrets in it, as no web process ran. People, drawings, words and weights are always the same ones; codes of
rooms, prompts and moments are not.
"""

from __future__ import annotations

import asyncio
import importlib
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

ARCHIVE_PATH = "/srv/inkling/archive"
"""Where the archive is made, which must be possible there. It is moved then, and a test says where it lies."""
EMBEDDING, WIDTHS = 8, (4, 4, 8)
"""Of networks that are as small as the architecture allows."""


def old(module: str) -> Any:
    """Import a module of the version that is recorded: this repository has others under these names."""
    return importlib.import_module(module)


def strokes(seed: int) -> list[list[list[int]]]:
    """Return a drawing of two strokes with times."""
    begin = 400 + 97 * seed
    first = [[begin, begin + 900, begin + 1500], [1000, 2200 + 31 * seed, 900], [0, 180, 420]]
    second = [[begin + 200, begin + 1300], [1700, 1650], [800, 1040]]
    return [first, second]


def ink(seed: int, later: int = 0) -> Any:
    """The same as a change of a room's ink, some ms later."""
    moved = [[x, y, [ms + later for ms in t]] for x, y, t in strokes(seed)]
    return old("server.game.commands").Points(tuple(tuple(map(tuple, stroke)) for stroke in moved))


async def play(pipe: Any, commands: Any) -> dict[str, Any]:
    """Play one game to its end, and another room until somebody draws; returns the states of the rooms."""
    table = old("tests.integration.table")
    async with table.table(old("server.store.log").RedisLog(pipe, "a process that ended")) as made:
        ended, going = await made.room(), await made.room()
        for room, rounds in ((ended, 6), (going, 1)):
            people = [await made.sit(room, 10 * rounds + number) for number in range(3)]
            host = people[0]
            # The boards count games with standard settings only. The other room must not end while this is recorded.
            settings = commands.Settings(rounds=rounds) if room is ended else commands.Settings(seconds=120)
            room.submit(host, commands.Configure(host.player, settings), 2, "settings")
            room.submit(host, commands.Start(host.player), 3, "start")
            for number in range(1, rounds + 1):
                await reach(room, "drawing", number)
                for seq in (1, 2):
                    for seat, person in enumerate(people):
                        change = ink(3 * number + seat, 1500 * (seq - 1))
                        room.submit(person, commands.Draw(person.player, number, seq, change), None, "ink")
                    await guess(made, room, people, seq)
            if room is ended:
                await reach(room, "podium", rounds)
            await asyncio.sleep(0.3)
        encode, unpacked = old("msgspec").json.encode, old("server.rooms.codec")._unpacked
        return {room.code: json.loads(encode(room.game.state, enc_hook=unpacked)) for room in (ended, going)}


async def guess(made: Any, room: Any, people: list[Any], seq: int) -> None:
    """Let the guesser answer for all: other words, but for the second change of the first one's drawing the prompt."""
    state, answer = room.game.state, old("tests.integration.table").answer
    prompt = state.round.prompt
    for person in people:
        seat = state.seats[person.player]
        async with asyncio.timeout(10):
            while not (asked := [one for one in made.guesser.asked if is_for(one, room, seat, seq)]):
                await asyncio.sleep(0.01)
        hit = seq == 2 and person is people[0]
        # A word that was said in vain is not said again: a replay of the log under later rules takes it as they do.
        other = next(word for word in ("circle", "square", "triangle")[seq - 1 :] if word != prompt)
        word, probability = (prompt, 0.9) if hit else (other, 0.625)
        made.rooms.answer(answer(asked[-1], word, probability))
    await asyncio.sleep(0.1)


def is_for(request: Any, room: Any, seat: int, seq: int) -> bool:
    """Whether a guess request is about a change of a drawing in the round that is played."""
    state = room.game.state
    return (request.code, request.seat, request.round, request.seq) == (room.code, seat, state.round.id, seq)


async def reach(room: Any, phase: str, rounds: int) -> None:
    """Wait until a room is in a phase of a round."""
    async with asyncio.timeout(60):
        while room.game.state.phase != phase or room.game.state.rounds_begun != rounds:
            await asyncio.sleep(0.01)


async def fill(url: str) -> dict[str, Any]:
    """Fill the Redis; returns the states of its rooms and its boards."""
    pipe = old("server.store.pipe").Pipe(url)
    try:
        commands = old("server.game.commands")
        states = await play(pipe, commands)
        await old("server.store.mover").Mover(pipe).sweep()
        events, kept = old("server.game.events"), old("server.store.kept")
        for number, word in enumerate(("cat", "cat", "house", "house")):
            finished = events.DrawingFinished(
                game=1, round=number, seat=number % 2, player=f"{100 + number % 2:032x}", word=word, strokes=ink(number).segments,
                recognized=number % 2 == 0, hit_at=2700 if number % 2 == 0 else None, points=97, open_table=False, seconds=20,
                pack="easy", device=commands.Device("pen", 1440, 900), source="player", first_point_at=1200, finished_by="hit",
                notes=(events.GuessNote(1500, (("square", 0.5), (word, 0.125)), 0.25, "v1"),),
            )  # fmt: skip
            moment = 1_760_000_000_000 + number * 3_600_000
            await old("server.store.collection").Collection(pipe).put(kept.keep("ABCDEF", "birth", moment, finished))
        boards = old("server.store.boards").Boards(pipe)
        lines = [[one.name, one.score] for one in await boards.top("all", "easy")]
        return {"states": states, "boards": lines}
    finally:
        await pipe.close()


def inkling(data: Path, *words: str | Path) -> None:
    """Run a command of that version."""
    subprocess.run([sys.executable, "-m", "server", *map(str, words), "--data-dir", str(data)], check=True)


def shelve(models: Path) -> dict[str, Any]:
    """Put two networks on a shelf, one after the other into service; returns what the shelf says."""
    registry, versions = old("model.registry"), old("model.versions")
    numpy = old("numpy")
    shelf = versions.Shelf(models)
    for number, version in enumerate(("20251001-0000", "20251101-0000")):
        card = registry.Card(version, WIDTHS, (0, 0, 0), EMBEDDING, pooled=True, figures={"top1": 0.5})
        shapes = [weight.shape for weight in registry.network_of(card).get_weights()]
        weights = [
            (numpy.arange(numpy.prod(shape, dtype=int)) % 5 / 8 - 0.25 + number).reshape(shape).astype("float32")
            for shape in shapes
        ]
        registry.save(shelf.room_for(version), card, weights)
        shelf.promote(version, "recorded")
    return {"champion": shelf.champion().name, "versions": [[one.version, one.state] for one in shelf.versions()]}


def main(destination: Path) -> None:
    """Record everything into a new folder."""
    data, archive, expected = (destination / name for name in ("data", "archive", "expected"))
    expected.mkdir(parents=True)
    embedded = old("server.store.embedded")
    with embedded.private_redis_sync(data) as url:
        found = asyncio.run(fill(url))
        line = {"word": "star", "key_id": "77", "timestamp": "2025-09-01", "drawing": [s[:2] for s in strokes(7)]}
        imported = destination / "star.ndjson"
        imported.write_text(json.dumps(line))
        inkling(data, "import", imported, "--licence", "CC BY 4.0 (somebody)")
        imported.unlink()
        inkling(data, "archive", "--before", "2025-10-09T11:00", "--out", ARCHIVE_PATH)
        inkling(data, "erase", "--player", f"{101:032x}")
        out = destination / "out"
        inkling(data, "export", "--format", "raw", "--source", "any", "--provenance", "--stable-players", "--out", out)
        for path in sorted(out.glob("*.ndjson")):
            path.rename(expected / path.name)
        shutil.rmtree(out)
        shutil.move(ARCHIVE_PATH, archive)
    found["shelf"] = shelve(data / "models")
    (expected / "expected.json").write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    for path in list((data / "redis").iterdir()):
        if not path.name.startswith("appendonly"):
            path.unlink()  # locks, the path of a socket, and a log with the machine's name


if __name__ == "__main__":
    main(Path(sys.argv[1]))
