"""Gallery, own drawings, the operator's page and exports, over HTTP, with the whole web process behind them."""

from __future__ import annotations

import asyncio
import hashlib
import io
import json
import shutil
import tarfile
import zipfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp.test_utils import TestServer

from server.access.tokens import TokenSigner
from server.app import create_app
from server.db.pipeline import AutoPipeline
from server.drawings import gallery
from server.drawings.export.jobs import ExportJobs
from server.drawings.record import hash_player, record_finished_drawing
from server.drawings.repository import DrawingRepository
from server.drawings.tombstones import Tombstones
from server.runtime.background_tasks import task_failures
from server.settings import ServerSettings
from tests.conformity import http
from tests.contract.commands import Inkling
from tests.contract.persistence.outbox_entries import drawing, player

pytestmark = pytest.mark.redis

DAY = 86_400_000
ADMIN = {"Authorization": "Bearer open sesame"}


@dataclass
class Site:
    """A running web process and a visitor."""

    visitor: aiohttp.ClientSession
    server: TestServer
    tokens: TokenSigner

    async def ask(self, path: str, method: str = "GET", **options: Any) -> tuple[int, Any]:
        async with self.visitor.request(method, self.server.make_url(path), **options) as answer:
            body = await answer.read()
            fault = http().fault(method, answer.url.raw_path, answer.status, answer.content_type, body)
            assert not fault, fault
            return answer.status, json.loads(body) if "json" in answer.content_type else body

    def me(self, seat: int) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.tokens.player(player(seat))}"}


@pytest.fixture
async def names(redis_url: str) -> AsyncIterator[list[str]]:
    """Six drawings of two words by three players."""
    pipe = AutoPipeline(redis_url)
    made = [
        record_finished_drawing(
            "ABCDEF", "b", (n + 1) * DAY, drawing(seat=n % 3, round=n, word=("house", "star")[n % 2])
        )
        for n in range(6)
    ]
    for kept in made:
        await DrawingRepository(pipe).put(kept)
    yield [kept.key_id for kept in made]
    await pipe.close()


@asynccontextmanager
async def served(redis_url: str, **changes: Any) -> AsyncIterator[Site]:
    settings = replace(ServerSettings(), redis_url=redis_url, secret="s3cret", admin_token="open sesame", **changes)
    async with aiohttp.ClientSession() as visitor:
        server = TestServer(await create_app(settings))
        await server.start_server()
        try:
            yield Site(visitor, server, TokenSigner(["s3cret"]))
        finally:
            await server.close()


@pytest.fixture
async def site(redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Site]:
    monkeypatch.setenv("INKLING_ERASED", str(tmp_path / "erased"))
    monkeypatch.setenv("INKLING_EXPORTS", str(tmp_path / "exports"))
    monkeypatch.setenv("REDIS_URL", redis_url)
    async with served(redis_url) as site:
        yield site


async def show(site: Site, name: str) -> None:
    assert (await site.ask(f"/api/held/{name}", "POST", json={"verdict": "show"}, headers=ADMIN))[0] == 200


async def test_strangers_see_what_the_operator_shows_and_nothing_else(site: Site, names: list[str]) -> None:
    assert await site.ask("/api/drawings") == (200, {"words": []})
    assert (await site.ask(f"/api/drawings/{names[0]}"))[0] == 404
    assert (await site.ask(f"/d/{names[0]}.gif"))[0] == 404
    for name in (names[0], names[2]):
        await show(site, name)
    assert await site.ask("/api/drawings") == (200, {"words": [{"word": "house", "display": "a house", "count": 2}]})
    status, page = await site.ask("/api/drawings/of/house")
    assert (status, [one["id"] for one in page["drawings"]], page["next"]) == (200, [names[2], names[0]], 0)
    _, strip = await site.ask("/api/drawings/strip")
    assert [one["id"] for one in strip["drawings"]] == [names[2]]
    status, one = await site.ask(f"/api/drawings/{names[0]}")
    assert (status, one["display"], one["hit_at"], one["first_point_at"]) == (200, "a house", 2700, 1200)
    assert one["thoughts"][0] == {"at": 1500, "words": [["a square", 0.5], ["an envelope", 0.125]], "idea": True}
    for seat in range(3):
        assert player(seat) not in json.dumps([page, one])
        assert hash_player(player(seat)) not in json.dumps([page, one])


async def test_a_shown_drawing_comes_as_png_svg_and_gif(site: Site, names: list[str]) -> None:
    await show(site, names[0])
    for kind, start in (("png", b"\x89PNG"), ("svg", b"<svg"), ("gif", b"GIF89a")):
        status, data = await site.ask(f"/d/{names[0]}.{kind}")
        assert status == 200
        assert data.startswith(start)
    assert (await site.ask("/d/99999999999999999999.png"))[0] == 404


async def test_a_report_hides_a_drawing_until_the_operator_has_looked(site: Site, names: list[str]) -> None:
    await show(site, names[0])
    assert (await site.ask(f"/api/drawings/{names[0]}/report", "POST"))[0] == 202
    assert (await site.ask(f"/api/drawings/{names[0]}"))[0] == 404
    assert (await site.ask(f"/api/drawings/{names[0]}/report", "POST"))[0] == 404
    _, page = await site.ask("/api/held", headers=ADMIN)
    assert [one["id"] for one in page["held"]] == [names[0]]
    assert len(page["fresh"]) == 5
    await show(site, names[0])
    assert (await site.ask(f"/api/drawings/{names[0]}"))[0] == 200
    # Found good after a report: another one brings it before the operator, but hides nothing.
    assert (await site.ask(f"/api/drawings/{names[0]}/report", "POST"))[0] == 202
    assert (await site.ask(f"/api/drawings/{names[0]}"))[0] == 200
    _, page = await site.ask("/api/held", headers=ADMIN)
    assert [one["id"] for one in page["held"]] == [names[0]]
    await site.ask(f"/api/held/{names[0]}", "POST", json={"verdict": "remove"}, headers=ADMIN)
    assert (await site.ask(f"/api/drawings/{names[0]}"))[0] == 404
    _, page = await site.ask("/api/held", headers=ADMIN)
    assert page["held"] == []
    assert await site.ask("/api/drawings") == (200, {"words": []})


async def test_the_operators_list_goes_on_where_it_ended(
    site: Site, names: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gallery, "MAX_RECORDS_SCANNED", 2)
    seen, before = [], 0
    while True:
        _, page = await site.ask(f"/api/held?before={before}", headers=ADMIN)
        seen += [one["id"] for one in page["fresh"]]
        before = page["next"]
        if not before:
            break
    assert seen == list(reversed(names))


async def test_reports_of_one_address_are_limited(site: Site, names: list[str]) -> None:
    statuses = [(await site.ask(f"/api/drawings/{names[0]}/report", "POST"))[0] for _ in range(12)]
    assert statuses[:10] == [404] * 10
    assert 429 in statuses[10:]


async def test_only_the_operators_token_opens_the_operators_pages(site: Site, names: list[str]) -> None:
    for headers in ({}, {"Authorization": "Bearer wrong"}, site.me(0), {"Authorization": "Basic open sesame"}):
        assert (await site.ask("/api/held", headers=headers))[0] == 401
        assert (await site.ask("/api/exports", "POST", json={"format": "raw"}, headers=headers))[0] == 401
    for _ in range(7):
        status, body = await site.ask("/api/exports", headers={"Authorization": "Bearer wrong"})
    assert (status, body["code"]) == (429, "too_many")


async def test_without_a_token_of_the_operators_these_pages_are_off(redis_url: str, names: list[str]) -> None:
    settings = replace(ServerSettings(), redis_url=redis_url)
    server = TestServer(await create_app(settings))
    await server.start_server()
    async with aiohttp.ClientSession() as visitor:
        for path in ("/api/held", "/api/exports"):
            async with visitor.get(server.make_url(path), headers={"Authorization": "Bearer "}) as answer:
                assert (answer.status, (await answer.json())["code"]) == (403, "admin_off")
    await server.close()


async def test_a_player_sees_downloads_and_deletes_their_own_drawings(
    site: Site, names: list[str], redis_url: str, inkling: Inkling, tmp_path: Path
) -> None:
    status, page = await site.ask("/api/mine", headers=site.me(1))
    assert (status, page["count"], [one["id"] for one in page["drawings"]]) == (200, 2, [names[4], names[1]])
    assert (await site.ask(f"/api/drawings/{names[1]}", headers=site.me(1)))[0] == 200
    assert (await site.ask(f"/api/drawings/{names[1]}", headers=site.me(2)))[0] == 404
    status, data = await site.ask("/api/mine.zip", headers=site.me(1))
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        records = [json.loads(line) for line in archive.read("drawings.ndjson").splitlines()]
        assert {record["key_id"] for record in records} == {names[1], names[4]}
        assert sorted(archive.namelist()) == sorted(
            ["drawings.ndjson", f"star-{names[1]}.png", f"house-{names[4]}.png"]
        )
    assert (await site.ask(f"/api/mine/{names[0]}", "DELETE", headers=site.me(1)))[0] == 404
    assert await site.ask(f"/api/mine/{names[1]}", "DELETE", headers=site.me(1)) == (
        200,
        {"erased": 1, "left": False},
    )
    assert (await site.ask("/api/mine", headers=site.me(1)))[1]["count"] == 1
    await inkling("archive", "--before", "2000-01-01", "--out", tmp_path / "old")
    _, page = await site.ask("/api/mine", headers=site.me(1))
    assert (page["count"], page["archived"]) == (1, 1)
    assert await site.ask("/api/mine", "DELETE", headers=site.me(1)) == (200, {"erased": 1, "left": False})
    _, page = await site.ask("/api/mine", headers=site.me(1))
    assert (page["count"], page["archived"]) == (0, 0)
    await inkling("export", "--format", "raw", "--provenance", "--stable-players", "--out", tmp_path / "out")
    text = "".join(path.read_text() for path in (tmp_path / "out").glob("*.ndjson"))
    assert hash_player(player(1)) not in text
    assert text.count("\n") == 4


async def test_a_recovery_code_opens_the_drawings_on_another_device(site: Site, names: list[str]) -> None:
    _, page = await site.ask("/api/mine", headers=site.me(2))
    code = page["code"]
    assert len(code.replace("-", "")) == 24
    status, again = await site.ask("/api/mine", headers={"Authorization": f"Bearer {code.lower().replace('-', ' ')}"})
    assert (status, again["count"], again["code"]) == (200, 2, code)
    for wrong in (
        code[:-1] + ("A" if code[-1] != "A" else "B"),
        "",
        "x" * 600,
        TokenSigner(["other"]).player(player(2)),
    ):
        assert (await site.ask("/api/mine", headers={"Authorization": f"Bearer {wrong}"}))[0] == 401


# -- exports over HTTP -------------------------------------------------------------------------------------


async def finished(site: Site, name: str) -> dict[str, Any]:
    while True:
        _, state = await site.ask(f"/api/exports/{name}", headers=ADMIN)
        if state["state"] not in ("running", "waiting"):
            return dict(state)
        await asyncio.sleep(0.05)


async def test_an_export_is_ordered_watched_and_fetched_in_ranges(site: Site, names: list[str]) -> None:
    status, state = await site.ask("/api/exports", "POST", json={"format": "bin", "words": ["house"]}, headers=ADMIN)
    assert status == 202
    second = (await site.ask("/api/exports", "POST", json={"format": "raw"}, headers=ADMIN))[1]
    assert second["state"] == "waiting"
    name = state["id"]
    state = await finished(site, name)
    assert (state["state"], state["drawings"]) == ("done", 3)
    file = next(line for line in state["files"] if line["file"] == "house.bin")
    path = f"/api/exports/{name}/files/house.bin"
    _, whole = await site.ask(path, headers=ADMIN)
    assert (len(whole), hashlib.sha256(whole).hexdigest()) == (file["bytes"], file["sha256"])
    status, rest = await site.ask(path, headers={**ADMIN, "Range": "bytes=20-"})
    assert (status, rest) == (206, whole[20:])
    assert (await site.ask(path))[0] == 401
    for wrong in ("../order.json", "..%2Forder.json", "%2Fetc%2Fpasswd", "nothing.bin", "export.journal"):
        assert (await site.ask(f"/api/exports/{name}/files/{wrong}", headers=ADMIN))[0] == 404
    assert (await site.ask(f"/api/exports/{name}", "DELETE", headers=ADMIN))[0] == 200
    assert (await site.ask(f"/api/exports/{name}", headers=ADMIN))[0] == 404
    assert (await finished(site, second["id"]))["drawings"] == 6


@pytest.mark.parametrize(
    "order",
    [
        {}, {"format": "zip"}, {"format": "raw", "source": "cat"}, {"format": "raw", "min_ink": -1},
        {"format": "raw", "since": 5, "until": 4}, {"format": "raw", "since": 1e300},
        {"format": "raw", "until": 253402300800000}, {"format": "raw", "since": -1}, {"format": "raw", "since": "2026"}, {"format": "raw", "colour": "red"}, {"format": "raw", "words": []}, [],
    ],
)  # fmt: skip
async def test_a_bad_order_is_refused_with_a_reason_and_leaves_nothing(
    site: Site, names: list[str], order: Any, tmp_path: Path
) -> None:
    status, body = await site.ask("/api/exports", "POST", json=order, headers=ADMIN)
    assert (status, body["code"]) == (400, "bad_filter")
    assert len(body["detail"]) > 10
    assert not (tmp_path / "exports").exists()


async def test_an_export_that_failed_says_why_and_can_be_resumed(
    site: Site, names: list[str], tmp_path: Path, redis_url: str
) -> None:
    pipe = AutoPipeline(redis_url)
    tombstones = Tombstones(pipe, tmp_path / "erased")
    jobs = ExportJobs(tmp_path / "other", f"unix://{tmp_path}/nothing", tmp_path / "erased", tombstones)
    name = (await jobs.start(b'{"format": "simplified"}'))["id"]
    await jobs.wait()
    failed = jobs.state(name)
    assert failed is not None
    assert failed["state"] == "failed"
    assert "Export failed" in failed["error"]
    again = ExportJobs(tmp_path / "other", redis_url, tmp_path / "erased", tombstones)
    resumed = await again.resume(name)
    assert resumed is not None
    assert resumed["state"] == "running"
    await again.wait()
    done = again.state(name)
    assert done is not None
    assert done["state"] == "done"
    await pipe.close()


async def test_an_export_that_nobody_can_watch_to_its_end_is_noticed(
    tmp_path: Path, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    pipe = AutoPipeline(redis_url)
    jobs = ExportJobs(tmp_path / "other", redis_url, tmp_path / "erased", Tombstones(pipe, tmp_path / "erased"))
    before = task_failures["export watched"]
    await jobs.start(b'{"format": "simplified"}')

    async def fail() -> None:
        raise OSError("no process can be started")

    monkeypatch.setattr(jobs, "run_next", fail)
    with pytest.raises(OSError, match="no process"):
        await jobs.wait()
    assert task_failures["export watched"] == before + 1
    await pipe.close()


async def test_an_export_whose_folder_vanishes_while_it_waits_costs_itself(
    tmp_path: Path, redis_url: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    pipe = AutoPipeline(redis_url)
    folder = tmp_path / "other"
    jobs = ExportJobs(folder, redis_url, tmp_path / "erased", Tombstones(pipe, tmp_path / "erased"))
    before = task_failures["export watched"]
    running, waiting, last = [(await jobs.start(b'{"format": "simplified"}'))["id"] for _ in range(3)]
    state = jobs.state

    def vanish(name: str) -> Any:
        found = state(name)
        if name == waiting:
            shutil.rmtree(folder / name, ignore_errors=True)  # between the look at it and its start
        return found

    monkeypatch.setattr(jobs, "state", vanish)
    shutil.rmtree(folder / running)
    await jobs.wait()
    assert task_failures["export watched"] == before
    assert [one["id"] for one in jobs.all()] == [last]
    assert sorted(path.name for path in folder.iterdir()) == sorted([last, "queue.lock"])
    assert f"export {waiting} is passed over" in caplog.text
    await pipe.close()


async def test_an_order_that_cannot_be_read_keeps_no_other_waiting(
    site: Site, names: list[str], tmp_path: Path, redis_url: str
) -> None:
    pipe = AutoPipeline(redis_url)
    folder = tmp_path / "other"
    (folder / f"{0:016x}").mkdir(parents=True)
    (folder / f"{0:016x}" / "order.json").write_bytes(b"\xc1")
    jobs = ExportJobs(folder, redis_url, tmp_path / "erased", Tombstones(pipe, tmp_path / "erased"))
    name = (await jobs.start(b'{"format": "simplified"}'))["id"]
    await jobs.wait()
    done = jobs.state(name)
    assert done is not None
    assert done["state"] == "done"
    await pipe.close()


async def test_an_erased_player_is_in_no_http_export(
    site: Site, names: list[str], inkling: Inkling, tmp_path: Path
) -> None:
    _, state = await site.ask("/api/exports", "POST", json={"format": "raw"}, headers=ADMIN)
    name = state["id"]
    before = (await finished(site, name))["drawings"]
    assert (await inkling("erase", "--player", player(0), "--json")).stdout.count('"exports": 2')
    # It is written anew, without what was erased; what was held by untouched files is still there meanwhile.
    await site.ask(f"/api/exports/{name}/files/house.ndjson", headers=ADMIN)
    assert (await finished(site, name))["drawings"] == before - 2


async def test_pictures_come_as_one_tar_in_any_ranges(site: Site, names: list[str]) -> None:
    order = {"format": "svg", "until": 4 * DAY}
    name = (await site.ask("/api/exports", "POST", json=order, headers=ADMIN))[1]["id"]
    path = f"/api/exports/{name}/export.tar"
    assert (await site.ask(path))[0] == 401
    await finished(site, name)
    status, whole = await site.ask(path, headers=ADMIN)
    with tarfile.open(fileobj=io.BytesIO(whole)) as archive:
        members = {member.name: archive.extractfile(member).read() for member in archive}  # type: ignore[union-attr]
    pictures = {f"{('house', 'star')[n % 2]}/{names[n]}.svg" for n in range(3)}
    assert members.keys() == {"manifest.json", "house/SHA256SUMS", "star/SHA256SUMS", *pictures}
    assert all(members[picture].startswith(b"<svg") for picture in pictures)
    for start, stop in ((0, 1), (511, 1025), (700, 4000), (len(whole) - 1, len(whole)), (5000, len(whole))):
        status, part = await site.ask(path, headers={**ADMIN, "Range": f"bytes={start}-{stop - 1}"})
        assert (status, part) == (206, whole[start:stop])
    assert await site.ask(path, headers={**ADMIN, "Range": "bytes=-700"}) == (206, whole[-700:])
    assert (await site.ask(path, headers={**ADMIN, "Range": f"bytes={len(whole)}-"}))[0] == 416
    assert (await site.ask(path, headers={**ADMIN, "Range": "bytes=x"}))[0] == 416
    assert (await site.ask(path, headers={**ADMIN, "Range": "bytes=9-", "If-Range": '"another"'})) == (200, whole)
    assert (await site.ask("/api/exports/0123456789abcdef/export.tar", headers=ADMIN))[0] == 404


async def test_an_order_outlives_the_web_process(redis_url: str, site: Site, names: list[str]) -> None:
    orders = [
        (await site.ask("/api/exports", "POST", json={"format": "raw"}, headers=ADMIN))[1]["id"] for _ in range(2)
    ]
    await site.server.close()
    async with served(redis_url) as again:
        for name in orders:
            assert (await finished(again, name))["drawings"] == 6
