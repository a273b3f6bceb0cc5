"""Erased is erased: each way of erasing, and then everybody who reads the collection."""

from __future__ import annotations

import asyncio
import io
import json
import shutil
import zipfile
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from server.db import keys
from server.db.pipeline import AutoPipeline
from server.drawings.record import DrawingRecord, hash_player, record_finished_drawing
from server.drawings.repository import DrawingRepository
from server.drawings.training_set import count_drawings, write_training_set
from tests.contract.commands import Inkling, read
from tests.contract.drawings.test_gallery import ADMIN, Site, finished, served, show
from tests.contract.persistence.outbox_entries import drawing, player
from tests.contract.stored.record import dump, load

pytestmark = pytest.mark.redis

DAY = 86_400_000
VICTIM, OTHER = 1, 2


@dataclass
class World:
    """A web process, an archive, exports of before, and twelve drawings by two players; half of each one's are archived."""

    site: Site
    inkling: Inkling
    pipe: AutoPipeline
    url: str
    home: Path
    made: list[DrawingRecord]
    job: str = ""

    def of(self, seat: int) -> set[str]:
        return {kept.key_id for kept in self.made if kept.player == hash_player(player(seat))}

    async def export(self, folder: str, *words: str) -> set[str]:
        out = self.home / folder
        done = await self.inkling("export", "--format", "raw", "--out", out, "--allow-empty", *words)
        assert done.returncode == 0, done.stderr
        return {line["key_id"] for path in out.glob("*.ndjson") for line in read(path)}

    async def fetched(self) -> set[str]:
        """What a finished export over HTTP hands out, before it is written anew and after."""
        found = set()
        for _ in range(2):
            _, state = await self.site.ask(f"/api/exports/{self.job}", headers=ADMIN)
            for file in state["files"]:
                if file["file"].endswith(".ndjson"):
                    status, data = await self.site.ask(f"/api/exports/{self.job}/files/{file['file']}", headers=ADMIN)
                    found |= {json.loads(line)["key_id"] for line in data.splitlines()} if status == 200 else set()
            await finished(self.site, self.job)
        return found

    async def mine(self, seat: int) -> set[str]:
        return {one["id"] for one in (await self.site.ask("/api/mine", headers=self.site.me(seat)))[1]["drawings"]}

    async def zipped(self, seat: int) -> set[str]:
        _, data = await self.site.ask("/api/mine.zip", headers=self.site.me(seat))
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            lines = [json.loads(line) for line in archive.read("drawings.ndjson").splitlines()]
            assert len(archive.namelist()) == len(lines) + 1
        return {line["key_id"] for line in lines}

    async def pages(self, seat: int) -> set[str]:
        found = set()
        for kept in self.made:
            status, _ = await self.site.ask(f"/api/drawings/{kept.key_id}", headers=self.site.me(seat))
            found |= {kept.key_id} if status == 200 else set()
        return found

    async def taught(self) -> set[str]:
        """What leaves for a retraining: each drawing of this world was made at a moment of its own."""
        folder = self.home / "teaching"
        await asyncio.to_thread(write_training_set, self.url, self.home / "erased", folder)
        moments = {line["at"] for path in folder.glob("*.ndjson") for line in read(path)}
        shutil.rmtree(folder)
        return {kept.key_id for kept in self.made if kept.at in moments}

    async def shown(self) -> set[str]:
        """What strangers see: in the lists of words, and on the first page."""
        _, strip = await self.site.ask("/api/drawings/strip")
        found = {one["id"] for one in strip["drawings"]}
        for word in (await self.site.ask("/api/drawings"))[1]["words"]:
            _, page = await self.site.ask(f"/api/drawings/of/{word['word']}")
            found |= {one["id"] for one in page["drawings"]}
        return found

    async def drawn(self) -> set[str]:
        """Which drawings strangers get as pictures."""
        found = set()
        for kept in self.made:
            status, _ = await self.site.ask(f"/d/{kept.key_id}.svg")
            found |= {kept.key_id} if status == 200 else set()
        return found

    async def judged(self) -> set[str]:
        """Which drawings the operator can judge."""
        found = set()
        for kept in self.made:
            verdict = {"verdict": "show"}
            status, _ = await self.site.ask(f"/api/held/{kept.key_id}", "POST", json=verdict, headers=ADMIN)
            found |= {kept.key_id} if status == 200 else set()
        return found

    async def counted(self) -> int:
        done = await self.inkling("export", "--count", "--json", "--allow-empty")
        return int(json.loads(done.stdout.splitlines()[-1])["drawings"])

    async def removable(self) -> int:
        """How many drawings `inkling remove` would remove."""
        done = await self.inkling("remove", "--source", "player", "--json")
        return int(json.loads(done.stdout.splitlines()[-1])["drawings"])

    async def counted_for_retraining(self) -> int:
        return await asyncio.to_thread(count_drawings, self.url, self.home / "erased")

    async def imported_again(self) -> set[str]:
        """What is there when everything that once went out came in again."""
        done = await self.inkling("import", self.home / "before", "--json")
        assert json.loads(done.stdout.splitlines()[-1])["new"] == 0
        return await self.export("after import")

    async def archived(self) -> set[str]:
        """What lies in archives once everything is archived."""
        assert (await self.inkling("archive", "--before", "2000-01-01", "--out", self.archive)).returncode == 0
        return self.stored()

    async def readers(self) -> dict[str, set[str]]:
        """Everybody who reads all drawings, and what they find."""
        return {name: await read(self) for name, read in READERS.items()}

    async def counters(self) -> dict[str, int]:
        """Everybody who counts drawings, and how many they find."""
        return {name: await count(self) for name, count in COUNTERS.items()}

    def stored(self) -> set[str]:
        """The key_ids whose rows lie in the files of the archive, whoever reads them."""
        import pyarrow.parquet as pq

        return {name for path in self.archive.rglob("*.parquet") for name in pq.read_table(path)["key_id"].to_pylist()}

    async def put_back(self) -> None:
        """Leave Redis as an archive run does that is interrupted when its files are there."""
        for kept in self.made[:6]:
            await DrawingRepository(self.pipe).put(kept)

    @property
    def archive(self) -> Path:
        return self.home / "archive"


async def _export(world: World) -> set[str]:
    return await world.export("fresh")


async def _resumed_export(world: World) -> set[str]:
    return await world.export("old", "--resume", "--renewable")


async def _own_list(world: World) -> set[str]:
    return await world.mine(VICTIM) | await world.mine(OTHER)


async def _own_zip(world: World) -> set[str]:
    return await world.zipped(VICTIM) | await world.zipped(OTHER)


async def _own_pages(world: World) -> set[str]:
    return await world.pages(VICTIM) | await world.pages(OTHER)


READERS: dict[str, Callable[[World], Awaitable[set[str]]]] = {
    "export": _export,
    "an export that is resumed": _resumed_export,
    "an export over HTTP that was finished": World.fetched,
    "retraining": World.taught,
    "My drawings": _own_list,
    "mine.zip": _own_zip,
    "pages of drawings": _own_pages,
}
"""Everybody who reads all drawings, archived ones included."""
LIVE_READERS: dict[str, Callable[[World], Awaitable[set[str]]]] = {
    "gallery": World.shown,
    "pictures": World.drawn,
    "the operator": World.judged,
}
"""Those who read drawings in Redis only: what is archived is no longer in the gallery."""
WRITERS: dict[str, Callable[[World], Awaitable[set[str]]]] = {
    "import": World.imported_again,
    "archive": World.archived,
}
"""Those who read drawings to write them somewhere else."""
COUNTERS: dict[str, Callable[[World], Awaitable[int]]] = {
    "count": World.counted,
    "remove": World.removable,
}


@pytest.fixture
async def world(
    redis_url: str, inkling: Inkling, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[World]:
    monkeypatch.setenv("INKLING_ERASED", str(tmp_path / "erased"))
    monkeypatch.setenv("INKLING_EXPORTS", str(tmp_path / "exports"))
    pipe = AutoPipeline(redis_url)
    made = [
        record_finished_drawing("ABCDEF", "b", (n + 1) * DAY, drawing(seat=(VICTIM, OTHER)[n % 2], round=n, word=("house", "star", "漢" * 29)[n % 3]))
        for n in range(12)
    ]  # fmt: skip
    for kept in made:
        await DrawingRepository(pipe).put(kept)
    async with served(redis_url) as site:
        world = World(site, inkling, pipe, redis_url, tmp_path, made)
        assert (await inkling("archive", "--before", "1970-01-08", "--out", world.archive)).returncode == 0
        await world.export("old", "--renewable")
        await world.export("before")
        for kept in made[6:]:
            await show(site, kept.key_id)
        world.job = (await site.ask("/api/exports", "POST", json={"format": "raw"}, headers=ADMIN))[1]["id"]
        assert (await finished(site, world.job))["drawings"] == 12
        yield world
    await pipe.close()


async def by_command(world: World) -> set[str]:
    told = await world.inkling("erase", "--player", player(VICTIM), "--json")
    assert json.loads(told.stdout) == {"drawings": 6, "archived": 3, "scores": 0, "exports": 3, "archives_left": []}
    return world.of(VICTIM)


async def by_their_page(world: World) -> set[str]:
    answer = await world.site.ask("/api/mine", "DELETE", headers=world.site.me(VICTIM))
    assert answer == (200, {"erased": 6, "left": False})
    return world.of(VICTIM)


async def one_archived_and_one_not_by_their_page(world: World) -> set[str]:
    gone = {kept.key_id for kept in (world.made[0], world.made[10])}
    for key_id in gone:
        answer = await world.site.ask(f"/api/mine/{key_id}", "DELETE", headers=world.site.me(VICTIM))
        assert answer == (200, {"erased": 1, "left": False})
    return gone


async def and_redis_is_restored_from_before(world: World) -> set[str]:
    """The web process goes on while Redis comes back without tombstones and with what was erased."""
    await by_their_page(world)
    await world.pipe.run("DEL", keys.ERASED_DRAWINGS_KEY, keys.ERASED_PLAYERS_KEY, keys.ERASED_STATE_KEY)
    for kept in world.made[6:]:
        await DrawingRepository(world.pipe).put(kept)
    while await world.pipe.run("EXISTS", keys.drawing_key(world.made[10].key_id)):
        # Whatever a room leaves wakes the mover, which looks first.
        await world.pipe.run("ZADD", keys.ROOMS_KEY, 1, "ABCDEF")
        await asyncio.sleep(0.05)
    return world.of(VICTIM)


async def and_the_archive_is_copied_back(world: World) -> set[str]:
    shutil.copytree(world.archive, world.home / "copy")
    await by_their_page(world)
    shutil.rmtree(world.archive)
    (world.home / "copy").rename(world.archive)
    assert world.stored() & world.of(VICTIM)
    done = await world.inkling("erase", "--pending", "--json")
    assert (done.returncode, json.loads(done.stdout)["archived"]) == (0, 3)
    return world.of(VICTIM)


async def with_the_archive_away_and_back(world: World) -> set[str]:
    world.archive.rename(world.home / "elsewhere")
    answer = await world.site.ask("/api/mine", "DELETE", headers=world.site.me(VICTIM))
    assert answer == (200, {"erased": 6, "left": True})
    (world.home / "elsewhere").rename(world.archive)
    for found in (await world.export("meanwhile"), await world.taught(), await world.mine(VICTIM)):
        assert not found & world.of(VICTIM)
    assert (await world.inkling("erase", "--pending")).returncode == 0
    return world.of(VICTIM)


async def one_of_an_interrupted_archive_run(world: World) -> set[str]:
    """The file is there, and its drawings are still in Redis."""
    await world.put_back()
    kept = world.made[0]
    answer = await world.site.ask(f"/api/mine/{kept.key_id}", "DELETE", headers=world.site.me(VICTIM))
    assert answer == (200, {"erased": 1, "left": False})
    return {kept.key_id}


async def a_word_by_remove(world: World) -> set[str]:
    done = await world.inkling("remove", "--source", "any", "--word", "star", "--yes", "--json")
    told = json.loads(done.stdout.splitlines()[-1])
    assert (done.returncode, told["drawings"], told["exports"]) == (0, 4, 1)
    return {kept.key_id for kept in world.made if kept.word == "star"}


async def a_word_by_remove_after_an_interrupted_archive_run(world: World) -> set[str]:
    await world.put_back()
    return await a_word_by_remove(world)


async def one_after_an_upgrade(world: World) -> set[str]:
    """An export over HTTP that was finished by a version without journals; nobody knows what it holds."""
    (world.home / "exports" / world.job / "out" / "export.journal").unlink()
    shutil.rmtree(world.home / "exports" / world.job / "out" / "export.keys")
    return await one_archived_and_one_not_by_their_page(world)


@pytest.mark.parametrize(
    "erase",
    [
        by_command,
        by_their_page,
        one_archived_and_one_not_by_their_page,
        and_redis_is_restored_from_before,
        and_the_archive_is_copied_back,
        with_the_archive_away_and_back,
        one_of_an_interrupted_archive_run,
        a_word_by_remove,
        a_word_by_remove_after_an_interrupted_archive_run,
        one_after_an_upgrade,
    ],
)
async def test_what_is_erased_stays_away_from_every_reader_and_the_rest_is_there(
    world: World, erase: Callable[[World], Awaitable[set[str]]]
) -> None:
    everything = {kept.key_id for kept in world.made}
    gone = await erase(world)
    assert world.stored() == {kept.key_id for kept in world.made[:6]} - gone
    after = await world.readers()
    assert after == dict.fromkeys(after, everything - gone)
    assert await world.counters() == dict.fromkeys(COUNTERS, len(everything - gone))
    shown = {kept.key_id for kept in world.made[6:]} - gone
    in_redis = {kept.key_id for kept in world.made if await world.pipe.run("EXISTS", keys.drawing_key(kept.key_id))}
    assert in_redis >= shown
    expected = {"gallery": shown, "pictures": shown, "the operator": in_redis - gone}
    assert {name: await read(world) for name, read in LIVE_READERS.items()} == expected
    assert {name: await read(world) for name, read in WRITERS.items()} == dict.fromkeys(WRITERS, everything - gone)


async def restore_backup(world: World, backup: dict[str, Any]) -> None:
    """Bring Redis and the archive back as they were before the erasure; the file of tombstones stays as it is."""
    await world.pipe.run("FLUSHDB")
    await load(world.pipe, backup)
    shutil.rmtree(world.archive)
    shutil.copytree(world.home / "copy", world.archive)
    assert world.stored() == {kept.key_id for kept in world.made[:6]}


@pytest.mark.parametrize("reader", [*READERS, *LIVE_READERS, *WRITERS, *COUNTERS])
async def test_a_backup_of_before_an_erasure_brings_nothing_back_to_whoever_reads_first(
    world: World, reader: str
) -> None:
    backup = await dump(world.pipe)
    shutil.copytree(world.archive, world.home / "copy")
    gone = await by_their_page(world)
    await restore_backup(world, backup)
    rest = {kept.key_id for kept in world.made} - gone
    if reader in COUNTERS:
        assert await COUNTERS[reader](world) == len(rest)
    elif reader in LIVE_READERS:
        assert await LIVE_READERS[reader](world) == rest & {kept.key_id for kept in world.made[6:]}
    else:
        assert await {**READERS, **WRITERS}[reader](world) == rest


async def test_retraining_counts_archived_drawings_and_none_that_was_erased(world: World) -> None:
    assert await world.counted_for_retraining() == 12
    backup = await dump(world.pipe)
    shutil.copytree(world.archive, world.home / "copy")
    gone = await by_their_page(world)
    assert await world.counted_for_retraining() == 6
    # Rows are counted without being read: three lie in the archive that was copied back, until it is rewritten.
    await restore_backup(world, backup)
    assert await world.counted_for_retraining() == 12 - len(gone) + 3


async def test_erasing_after_a_backup_was_restored_finds_nothing_more(world: World) -> None:
    backup = await dump(world.pipe)
    shutil.copytree(world.archive, world.home / "copy")
    gone = await by_their_page(world)
    await restore_backup(world, backup)
    told = json.loads((await world.inkling("erase", "--player", player(VICTIM), "--json")).stdout)
    assert (told["drawings"], told["archived"]) == (0, 3)
    assert world.stored() == {kept.key_id for kept in world.made[:6]} - gone


async def test_a_key_that_nobody_knows_is_not_counted_as_erased_and_never_comes_in(world: World) -> None:
    done = await world.inkling("erase", "--drawing", "12345", "--json")
    assert (done.returncode, json.loads(done.stdout)["drawings"]) == (0, 0)
    assert "No drawing 12345 is known here" in done.stderr
    archived, live = world.made[0], world.made[11]
    for kept in (archived, live):
        for count in (1, 0):
            done = await world.inkling("erase", "--drawing", kept.key_id, "--json")
            assert json.loads(done.stdout)["drawings"] == count
    line = {"word": "cat", "key_id": "12345", "drawing": [[[0, 250, 77], [0, 9, 99]]]}
    (world.home / "late.ndjson").write_text(json.dumps(line))
    done = await world.inkling("import", world.home / "late.ndjson", "--json")
    assert json.loads(done.stdout.splitlines()[-1])["new"] == 0


async def test_what_is_erased_while_an_export_is_written_is_not_in_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    from server.drawings.export.part_file import PartFile

    close, erased = PartFile.close, False

    def then(self: PartFile, word: str, part: str = "") -> object:
        nonlocal erased
        told = close(self, word, part)
        if word == "star" and not erased:
            erased = True
            asyncio.run_coroutine_threadsafe(by_their_page(world), loop).result()
        return told

    loop = asyncio.get_running_loop()
    monkeypatch.setattr(PartFile, "close", then)
    assert await world.export("late") == world.of(OTHER)
    assert erased


async def test_a_tombstone_file_with_a_line_that_is_none_costs_that_line(world: World) -> None:
    await by_their_page(world)
    file = world.home / "erased"
    file.write_bytes(b"nonsense \xff\nplayer\n" + file.read_bytes() + b"drawing 12")
    await world.pipe.run("DEL", keys.ERASED_DRAWINGS_KEY, keys.ERASED_PLAYERS_KEY, keys.ERASED_STATE_KEY)
    for kept in world.made:
        await DrawingRepository(world.pipe).put(kept)
    assert await world.export("fresh") == world.of(OTHER)
    await world.inkling("erase", "--player", player(OTHER))
    # What was cut off does not swallow what comes after it.
    assert f"player {hash_player(player(OTHER))}" in "".join(
        file.read_text(errors="replace").splitlines(keepends=True)[-8:]
    )
    assert await world.export("fresh") == set()
