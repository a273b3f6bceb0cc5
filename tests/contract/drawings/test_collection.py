"""In and out of the collection: resumed exports, imports that come once, archives, and erasing for good."""

from __future__ import annotations

import errno
import gzip
import json
import os
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from server.access.tokens import TokenSigner
from server.db import keys
from server.db.pipeline import AutoPipeline
from server.drawings.dataset import open_dataset
from server.drawings.export import part_file
from server.drawings.export.folder.journal import ExportJournal, write_journal
from server.drawings.export.folder.lock import lock_export_folder
from server.drawings.export.options import ExportOptions
from server.drawings.filter import DrawingFilter
from server.drawings.formats.registry import EXPORT_FORMATS
from server.drawings.record import DrawingRecord, hash_player, record_finished_drawing
from server.drawings.repository import DrawingRepository
from server.game.ids import PlayerId
from server.persistence.leaderboards import RedisLeaderboards
from server.rooms.ports import StoreUnavailable
from tests.contract.commands import Done, Inkling, read
from tests.contract.persistence.outbox_entries import drawing, ended, player

pytestmark = pytest.mark.redis

DAY = 86_400_000
LINE = {"word": "cat", "key_id": "77", "recognized": True, "timestamp": "2017-03-01 20:41:36.70725 UTC",
        "countrycode": "VE", "drawing": [[[10.5, 20.25, 31.125], [1.0, 2.0, 99.0], [0, 16, 33]]]}  # fmt: skip


@pytest.fixture
async def pipe(redis_url: str) -> AsyncIterator[AutoPipeline]:
    """Twelve drawings of three words by four players, one a day."""
    pipe = AutoPipeline(redis_url)
    for number in range(12):
        finished = drawing(seat=number % 4, round=number, word=("house", "star", "cat")[number % 3])
        await DrawingRepository(pipe).put(record_finished_drawing("ABCDEF", "b", (number + 1) * DAY, finished))
    yield pipe
    await pipe.close()


@pytest.fixture
def tombstone_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file of tombstones."""
    monkeypatch.setenv("INKLING_ERASED", str(tmp_path / "erased"))
    return tmp_path / "erased"


async def everything(url: str, **choice: Any) -> list[DrawingRecord]:
    async with open_dataset(url, None) as dataset:
        return [kept async for kept in dataset.all(DrawingFilter(**{"source": "any", **choice}))]


def sums(folder: Path) -> dict[str, str]:
    return {line["file"]: line["sha256"] for line in json.loads((folder / "manifest.json").read_text())["files"]}


@pytest.mark.parametrize("format", sorted(EXPORT_FORMATS))
async def test_a_resumed_export_has_the_checksums_of_one_that_was_not_interrupted(
    pipe: AutoPipeline, inkling: Inkling, tmp_path: Path, format: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ("export", "--format", format, "--out")
    assert (await inkling(*words, tmp_path / "whole")).returncode == 0
    add, added = part_file.PartFile.add, 0

    def stumble(self: part_file.PartFile, kept: Any) -> None:
        nonlocal added
        added += 1
        if added == 7:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        add(self, kept)

    with monkeypatch.context() as patch:
        patch.setattr(part_file.PartFile, "add", stumble)
        done = await inkling(*words, tmp_path / "cut")
    assert done.returncode == 1
    assert "No space left on device. 1 files are complete; the same command with --resume goes on." in done.stderr
    assert not list((tmp_path / "cut").rglob("*.part*"))
    assert not (tmp_path / "cut" / "manifest.json").exists()
    await DrawingRepository(pipe).put(record_finished_drawing("ABCDEF", "b", 4_000_000_000_000, drawing(round=99)))
    done = await inkling(*words, tmp_path / "cut", "--resume")
    assert done.returncode == 0, done.stderr
    assert added == 7
    assert sums(tmp_path / "cut") == sums(tmp_path / "whole")
    assert {path.name for path in (tmp_path / "cut").iterdir()} == {
        path.name for path in (tmp_path / "whole").iterdir()
    }


async def test_an_export_that_was_killed_leaves_parts_that_the_next_one_replaces(
    pipe: AutoPipeline, inkling: Inkling, tmp_path: Path
) -> None:
    words = ("export", "--format", "npz", "--out", tmp_path / "out")
    await inkling(*words, "--renewable")
    whole = sums(tmp_path / "out")
    for name in ("star.npz.part", "star.npz.part.train"):
        (tmp_path / "out" / name).write_bytes(b"half")
    assert (await inkling(*words, "--resume")).returncode == 0
    assert sums(tmp_path / "out") == whole
    assert not list((tmp_path / "out").glob("*.part*"))


async def test_other_options_do_not_resume(pipe: AutoPipeline, inkling: Inkling, tmp_path: Path) -> None:
    write_journal(tmp_path, ExportJournal(ExportOptions(format="raw"), 1.0, "s", [], 0))
    done = await inkling("export", "--format", "raw", "--word", "cat", "--out", tmp_path, "--resume")
    assert done.returncode == 2
    assert "other options" in done.stderr


async def test_two_exports_do_not_write_into_one_folder(pipe: AutoPipeline, inkling: Inkling, tmp_path: Path) -> None:
    with lock_export_folder(tmp_path):
        done = await inkling("export", "--format", "raw", "--out", tmp_path)
    assert done.returncode == 1
    assert "another export" in done.stderr


async def test_a_folder_that_cannot_be_written_is_an_error(
    pipe: AutoPipeline, inkling: Inkling, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("in the way")
    done = await inkling("export", "--format", "raw", "--out", tmp_path / "file")
    assert done.returncode == 1
    assert "Export failed" in done.stderr


@pytest.mark.parametrize(
    "options",
    [
        ("--min-ink", "-1"),
        ("--min-ink", "nan"),
        ("--since", "2026-01-02", "--until", "2026-01-01"),
        ("--source", "cat"),
    ],
)
async def test_a_bad_filter_is_bad_usage_and_writes_nothing(
    pipe: AutoPipeline, inkling: Inkling, tmp_path: Path, options: tuple[str, ...]
) -> None:
    done = await inkling("export", "--format", "raw", "--out", tmp_path / "out", *options)
    assert done.returncode == 2
    assert "usage: inkling export" in done.stderr
    assert not (tmp_path / "out").exists()


async def test_held_and_removed_drawings_are_never_exported(pipe: AutoPipeline, redis_url: str) -> None:
    collection = DrawingRepository(pipe)
    first, second, third, *_ = await everything(redis_url)
    await collection.judge(first.key_id, "held", 0)
    await collection.judge(second.key_id, "removed", 0)
    await collection.judge(third.key_id, "ok", 1)
    left = {kept.key for kept in await everything(redis_url)}
    assert len(left) == 10
    assert not {first.key, second.key} & left
    assert await pipe.run("ZRANGE", keys.HELD_DRAWINGS_KEY, 0, -1) == [first.key_id.encode()]
    assert await pipe.run("ZRANGE", keys.shown_drawings_key(third.word), 0, -1) == [third.key_id.encode()]
    again = await collection.judge(third.key_id, "held", 0)
    assert again is not None
    assert await pipe.run("ZRANGE", keys.shown_drawings_key(third.word), 0, -1) == []


async def test_players_have_random_names_in_each_export_unless_asked(
    pipe: AutoPipeline, inkling: Inkling, tmp_path: Path
) -> None:
    names = []
    for folder, *options in (("a",), ("b",), ("c", "--stable-players"), ("d", "--stable-players")):
        words = ("export", "--format", "raw", "--provenance", "--out", tmp_path / folder, *options)
        assert (await inkling(*words)).returncode == 0
        lines = [line for path in sorted((tmp_path / folder).glob("*.ndjson")) for line in read(path)]
        names.append([line["provenance"]["player"] for line in lines])
        assert len(set(names[-1])) == 4
        for seat in range(4):
            assert player(seat) not in json.dumps(lines)
    assert not set(names[0]) & (set(names[1]) | set(names[2]))
    assert names[2] == names[3]
    assert set(names[2]) == {hash_player(player(seat)) for seat in range(4)}


async def test_parquet_has_a_card_that_names_its_files_and_licence(
    pipe: AutoPipeline, inkling: Inkling, tmp_path: Path
) -> None:
    await inkling("export", "--format", "parquet", "--out", tmp_path)
    card = (tmp_path / "README.md").read_text()
    assert card.startswith("---\n")
    for line in ("license: cc-by-4.0", "path: data/*.parquet", "num_examples: 12", "n<1K", "| `key_id` | `string` |"):
        assert line in card
    assert sorted(path.name for path in (tmp_path / "data").iterdir()) == [
        "cat.parquet",
        "house.parquet",
        "star.parquet",
    ]


# -- import ------------------------------------------------------------------------------------------------


def lines(path: Path, *records: dict[str, Any]) -> Path:
    opener: Any = gzip.open if path.suffix == ".gz" else open
    with opener(path, "wt", encoding="utf-8") as file:
        file.writelines(json.dumps(record) + "\n" for record in records)
    return path


def total(done: Done) -> dict[str, int]:
    """The counts of a whole import."""
    told = json.loads(done.stdout.splitlines()[-1])
    return {name: told[name] for name in ("read", "new", "known", "refused")}


async def test_a_drawing_is_imported_once_and_leaves_as_it_came(
    redis_url: str, inkling: Inkling, tmp_path: Path
) -> None:
    file = lines(tmp_path / "cat.ndjson.gz", LINE)
    done = await inkling("import", file, "--licence", "CC BY 4.0 (Google)", "--json")
    assert total(done) == {"read": 1, "new": 1, "known": 0, "refused": 0}
    done = await inkling("import", tmp_path, "--json")
    assert total(done) == {"read": 1, "new": 0, "known": 1, "refused": 0}
    await inkling("export", "--format", "raw", "--source", "import", "--provenance", "--out", tmp_path / "out")
    (line,) = read(tmp_path / "out" / "cat.ndjson")
    assert line["drawing"] == LINE["drawing"]
    assert (line["key_id"], line["recognized"], line["timestamp"]) == ("77", True, LINE["timestamp"])
    assert line["countrycode"] == "VE"
    assert (line["provenance"]["licence"], line["provenance"]["source"]) == ("CC BY 4.0 (Google)", "import")
    await inkling("export", "--format", "raw", "--out", tmp_path / "players")
    assert not (tmp_path / "players" / "cat.ndjson").exists()


async def test_without_a_key_the_strokes_are_the_key(redis_url: str, inkling: Inkling, tmp_path: Path) -> None:
    bare = {"word": "cat", "drawing": [[[0, 255], [0, 9]]]}
    same = {"word": "cat", "drawing": [[[5, 515], [5, 23], [0, 40]]]}
    other = {"word": "cat", "drawing": [[[0, 255], [0, 90]]]}
    done = await inkling("import", lines(tmp_path / "cat.ndjson", bare, bare, same, other), "--json")
    assert total(done) == {"read": 4, "new": 2, "known": 2, "refused": 0}


@pytest.mark.parametrize(
    "bad",
    [
        "no json",
        "{}",
        '{"word": "cat", "drawing": []}',
        '{"word": "cat", "drawing": [[[1], [1]], [[1], [1], [1]]]}',
        '{"word": "cat", "drawing": [[[1, 2], [1]]]}',
        '{"word": "cat", "drawing": [[[1e300], [1]]]}',
        '{"word": "", "drawing": [[[1], [1]]]}',
        '{"word": "a\\u0000b", "drawing": [[[1], [1]]]}',
        '{"word": "cat", "key_id": "-5", "drawing": [[[1], [1]]]}',
        '{"word": "cat", "key_id": "99999999999999999999999", "drawing": [[[1], [1]]]}',
        '{"word": "cat", "timestamp": "yesterday", "drawing": [[[1], [1]]]}',
    ],
)
async def test_a_line_that_is_no_drawing_is_named_and_the_rest_is_imported(
    redis_url: str, inkling: Inkling, tmp_path: Path, bad: str
) -> None:
    (tmp_path / "cat.ndjson").write_text(f"{bad}\n{json.dumps(LINE)}\n")
    done = await inkling("import", tmp_path / "cat.ndjson", "--json")
    assert done.returncode == 1
    assert total(done) == {"read": 2, "new": 1, "known": 0, "refused": 1}
    assert done.stderr.startswith(f"{tmp_path.name}/cat.ndjson, line 1: ")
    assert not re.search(r"byte \d|Error|Traceback|Expected", done.stderr)


async def test_a_path_that_is_not_there_is_bad_usage(redis_url: str, inkling: Inkling, tmp_path: Path) -> None:
    assert (await inkling("import", tmp_path / "nothing")).returncode == 2
    assert (await inkling("import", tmp_path)).returncode == 2


# -- archive and erase -------------------------------------------------------------------------------------


async def test_archived_drawings_leave_redis_and_stay_exportable(
    pipe: AutoPipeline, redis_url: str, inkling: Inkling, tmp_path: Path
) -> None:
    await inkling("export", "--format", "simplified", "--out", tmp_path / "before")
    done = await inkling("archive", "--before", "1970-01-09", "--out", tmp_path / "old", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {"archived": 7, "folder": str(tmp_path / "old"), "left": 5}
    assert len(await pipe.scan("drawing:*")) == 5
    await inkling("archive", "--before", "1970-01-11", "--out", tmp_path / "old")
    await inkling("export", "--format", "simplified", "--out", tmp_path / "after")
    assert {path.name: sorted(path.read_bytes().splitlines()) for path in (tmp_path / "before").glob("*.ndjson")} == {
        path.name: sorted(path.read_bytes().splitlines()) for path in (tmp_path / "after").glob("*.ndjson")
    }
    assert len(await everything(redis_url, words=("cat",), since=5 * DAY)) == 3


async def test_a_drawing_both_archived_and_in_redis_is_one_drawing(
    pipe: AutoPipeline, redis_url: str, inkling: Inkling, tmp_path: Path
) -> None:
    before = await everything(redis_url)
    await inkling("archive", "--before", "2000-01-01", "--out", tmp_path / "old")
    for kept in before[:5]:
        await DrawingRepository(pipe).put(kept)
    assert sorted(kept.key for kept in await everything(redis_url)) == sorted(kept.key for kept in before)
    await inkling("archive", "--before", "2000-01-01", "--out", tmp_path / "old")
    assert sorted(kept.key for kept in await everything(redis_url)) == sorted(kept.key for kept in before)


async def test_what_waits_for_the_operator_is_not_archived(
    pipe: AutoPipeline, redis_url: str, inkling: Inkling, tmp_path: Path
) -> None:
    held = (await everything(redis_url))[0]
    await DrawingRepository(pipe).judge(held.key_id, "held", 0)
    await inkling("archive", "--before", "2000-01-01", "--out", tmp_path / "old")
    assert await pipe.scan("drawing:*") == [keys.drawing_key(held.key_id).encode()]


async def test_an_archive_that_is_away_is_said(
    pipe: AutoPipeline, inkling: Inkling, tmp_path: Path, tombstone_file: Path
) -> None:
    await inkling("archive", "--before", "2000-01-01", "--out", tmp_path / "old")
    (tmp_path / "old").rename(tmp_path / "elsewhere")
    words = ("export", "--format", "raw", "--out", tmp_path / "out")
    done = await inkling(*words)
    assert done.returncode == 1
    assert f"Nothing was exported: the archive {tmp_path / 'old'} is not there" in done.stderr
    done = await inkling(*words, "--allow-empty")
    assert f"The archive {tmp_path / 'old'} is not there" in done.stderr
    assert json.loads((tmp_path / "out" / "manifest.json").read_text())["archives_missing"] == [str(tmp_path / "old")]
    assert (await inkling("erase", "--player", player(1))).returncode == 1


async def test_a_player_is_erased_everywhere(
    pipe: AutoPipeline, redis_url: str, inkling: Inkling, tmp_path: Path, tombstone_file: Path
) -> None:
    await RedisLeaderboards(pipe).put("ABCDEF", "b", DAY, ended(100, 200, 300, 400))
    await RedisLeaderboards(pipe).put("ABCDEF", "b", DAY, ended(400, 300, game=2))
    backup = await everything(redis_url)
    raw = tmp_path / "raw"
    await inkling("export", "--format", "raw", "--out", raw)
    await inkling("archive", "--before", "1970-01-07", "--out", tmp_path / "old")
    done = await inkling("erase", "--player", player(1), "--json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told == {"drawings": 3, "archived": 1, "scores": 6, "exports": 0, "archives_left": []}
    left = await everything(redis_url)
    assert len(left) == 9
    assert hash_player(player(1)) not in {kept.player for kept in left}
    names = {line.name for line in await RedisLeaderboards(pipe).top("all", "easy")}
    assert names == {"player 0", "player 2", "player 3"}
    assert [line.name for line in await RedisLeaderboards(pipe).evening("ABCDEF") or []] == [
        "player 0",
        "player 3",
        "player 2",
    ]
    for file in (tmp_path / "old").rglob("*.parquet"):
        assert hash_player(player(1)).encode() not in file.read_bytes()
    # Neither the room's outbox, nor an import of an older export, nor a restored Redis brings them back.
    for kept in backup:
        await DrawingRepository(pipe).put(kept)
    await inkling("import", raw)
    assert len(await everything(redis_url)) == 9
    await pipe.run("DEL", keys.ERASED_DRAWINGS_KEY, keys.ERASED_PLAYERS_KEY, keys.ARCHIVE_FOLDERS_KEY)
    for kept in backup:
        await DrawingRepository(pipe).put(kept)
    assert len(await everything(redis_url)) == 12
    assert (await inkling("export", "--format", "raw", "--out", tmp_path / "again")).returncode == 0
    assert len(await everything(redis_url)) == 9
    # Who comes back after that is somebody new.
    assert await DrawingRepository(pipe).put(
        record_finished_drawing("ABCDEF", "b", 4_000_000_000_000, drawing(seat=1, round=50))
    )


async def test_a_player_is_named_by_token_code_id_or_hash(
    pipe: AutoPipeline, redis_url: str, inkling: Inkling, tombstone_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INKLING_SECRET", "a secret of this test")
    tokens = TokenSigner(["a secret of this test"])
    names = (
        tokens.player(PlayerId(player(0))), tokens.recovery(hash_player(player(1))).lower(), player(2), hash_player(player(3)),
    )  # fmt: skip
    for name in names:
        told = json.loads((await inkling("erase", "--player", name, "--json")).stdout)
        assert told["drawings"] == 3
    assert await everything(redis_url) == []
    for wrong in (
        "nobody",
        TokenSigner(["other"]).player(PlayerId(player(0))),
        tokens.recovery(hash_player(player(1)))[:-1] + "A",
    ):
        assert (await inkling("erase", "--player", wrong)).returncode == 2


async def test_erasing_without_a_place_for_the_tombstone_erases_nothing(
    pipe: AutoPipeline, redis_url: str, inkling: Inkling, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("INKLING_ERASED", str(tmp_path / "file" / "erased"))
    done = await inkling("erase", "--player", player(1))
    assert done.returncode == 1
    assert "Run the same command again" in done.stderr
    assert len(await everything(redis_url)) == 12


async def test_a_put_that_races_an_erasure_does_not_win(pipe: AutoPipeline, redis_url: str) -> None:
    async with open_dataset(redis_url, None) as dataset:
        late = record_finished_drawing("ABCDEF", "b", DAY, drawing(seat=2, round=70))
        await dataset.tombstones.bury_player(hash_player(player(2)))
        assert not await dataset.repository.put(late)
        assert await dataset.repository.get(late.key_id) is None
        assert await pipe.run("SMEMBERS", keys.player_drawings_key(late.player)) == set()


async def test_redis_that_goes_away_is_said(inkling: Inkling, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDIS_URL", f"unix://{tmp_path}/nothing")
    lines(tmp_path / "cat.ndjson", LINE)
    for words in (
        ("import", tmp_path / "cat.ndjson"), ("archive", "--before", "2000-01-01", "--out", tmp_path / "x"),
        ("erase", "--player", player(0)),
    ):  # fmt: skip
        done = await inkling(*words)
        assert done.returncode == 1
        assert "failed" in done.stderr
    with pytest.raises(StoreUnavailable):
        await everything(f"unix://{tmp_path}/nothing")
