"""What the server says of itself is complete and true: a stranger plays by it, and every operation answers as it says."""

from __future__ import annotations

import asyncio
import json
import os
import re
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from jsonschema import Draft7Validator
from openapi_spec_validator import validate

from model.answers import Answer, WordMask
from model.ink.strokes import Ink, StrokePath
from model.ink.vocabulary import CLASS_INDEX
from model.serving import demo
from server.apidoc import asyncapi, openapi
from server.drawings.filter import DRAWING_SOURCES
from server.drawings.formats.registry import EXPORT_FORMATS
from server.export_types import ExportOrder
from server.guessing.demo.worker import DemoWorker
from server.guessing.worker.worker import GuessWorker
from server.http.pages import STATIC_FOLDER
from server.http.responses import STATUS_OF_REFUSAL
from server.protocol import INBOUND, OUTBOUND, REFUSALS
from tests.contract.drawings.test_gallery import ADMIN, Site, names, show, site
from tests.contract.guessing.test_demo import heard
from tests.contract.processes.stranger import Browser, Stranger

__all__ = ["names", "site"]
pytestmark = pytest.mark.redis

ASYNCAPI = Path(__file__).parents[3] / "client/node_modules/@asyncapi/specs/schemas/3.0.0-without-$id.json"


class Sure:
    """A network that knows the answer."""

    version = "sure-1"

    def __init__(self) -> None:
        self.word = "cat"

    def answer(self, paths: Sequence[StrokePath], masks: Sequence[WordMask | None]) -> list[Answer]:
        return [Answer((CLASS_INDEX[self.word],), (0.9,), 0.1) for _ in paths]


class Cabinet(demo.DemoModels):
    """The real list; and a network that costs no TensorFlow, whose answer is written by the real hand."""

    def answer(self, name: str, ink: Ink | None, picture: bytes | None) -> dict[str, Any]:
        shown = np.zeros((28, 28, 1), np.uint8)
        return demo._demo_answer("made-up", ["cat", "dog"], np.array([0.25, 0.75]), shown, "quickdraw")


@contextmanager
def running(work: GuessWorker | DemoWorker) -> Iterator[None]:
    thread = threading.Thread(target=work.run)
    thread.start()
    try:
        yield
    finally:
        work.stop.set()
        thread.join()


@pytest.fixture
async def browser(site: Site) -> Browser:
    base = str(site.server.make_url("")).rstrip("/")
    return Browser(site.visitor, base, (await site.ask("/api/openapi.json"))[1])


def test_the_http_document_is_openapi() -> None:
    validate(json.loads(json.dumps(openapi.build_openapi())))


def test_the_socket_document_is_asyncapi() -> None:
    if not ASYNCAPI.is_file() and not os.environ.get("CI"):
        pytest.skip("client/node_modules is not there (make setup)")
    validator = Draft7Validator(json.loads(ASYNCAPI.read_text(encoding="utf-8")))
    faults = list(validator.iter_errors(json.loads(json.dumps(asyncapi.build_asyncapi()))))
    assert not [f"{fault.json_path}: {fault.message[:200]}" for fault in faults]


def test_every_message_and_code_is_in_the_documents() -> None:
    document = asyncapi.build_asyncapi()
    assert {*INBOUND, *OUTBOUND} <= set(document["components"]["messages"])
    assert document["x-refusal-codes"] == REFUSALS
    answers = [
        answer["content"]["application/json"]["schema"]["allOf"][1]["properties"]["code"]["enum"]
        for methods in openapi.build_openapi()["paths"].values()
        for operation in methods.values()
        for status, answer in operation["responses"].items()
        if int(status) >= 400 and operation["operationId"] != "isReady"
    ]
    assert {code for codes in answers for code in codes} >= set(STATUS_OF_REFUSAL)


def test_what_may_be_ordered_is_what_can_be_exported() -> None:
    fields = openapi.build_openapi()["components"]["schemas"]["ExportOrder"]["properties"]
    assert fields["format"]["enum"] == list(EXPORT_FORMATS)
    assert fields["source"]["enum"] == list(DRAWING_SOURCES)
    assert set(fields) == set(ExportOrder.__struct_fields__)


async def test_the_document_has_the_routes_that_there_are(site: Site) -> None:
    def plain(path: str) -> str:
        return re.sub(r"\{\w+\}", "{}", path)

    routes = {
        (route.method, plain(route.resource.canonical))
        for route in site.server.app.router.routes()
        if route.resource is not None and route.method != "HEAD"
    }
    described = {
        (method.upper(), plain(path))
        for path, methods in openapi.build_openapi()["paths"].items()
        for method in methods
    }
    assert described <= routes
    files = {"/assets", "/socket.io/", *(f"/{file.name}" for file in STATIC_FOLDER.glob("*"))}
    assert {path for _, path in routes - described} <= files


async def test_a_stranger_plays_a_whole_game_by_the_documents(site: Site, browser: Browser, redis_url: str) -> None:
    network = Sure()
    with running(GuessWorker(redis_url, network)):
        while not (await browser.ask("isReady"))[1]["guesser"]:
            await asyncio.sleep(0.02)
        _, document = await browser.ask("getAsyncApi")
        host, guest = Stranger(browser.base, document), Stranger(browser.base, document)
        code = (await browser.ask("makeRoom"))[1]["code"]
        await host.connect()
        hello = await guest.connect()
        own = await host.command("join", code=code, name="Ada")
        seated = await guest.command("join", code=code, name="Ada")
        _, card = await browser.ask("getRoom", code=code)
        assert [player["name"] for player in card["players"]] == ["Ada", "Ada 2"]
        pack = (await browser.ask("getInfo"))[1]["packs"][0]["name"]
        assert (await host.command("settings", rounds=1, seconds=30, seats=4, pack=pack))["ok"]
        assert (await guest.command("start"))["code"] == "not_host"
        assert (await guest.command("ready", ready=True))["ok"]
        assert (await host.command("start"))["ok"]
        await host.phase("drawing")
        current = host.view["round"]
        await host.send("ink", round=current["id"], seq=1)
        await host.send("undo", round=current["id"], seq=2)
        await host.send("clear", round=current["id"], seq=3)
        await host.send("ink", round=current["id"], seq=5)
        refused = await host.until("refused")
        assert (refused["code"], refused["expected"]) == ("seq_gap", 4)
        await guest.leave()
        again = Stranger(browser.base, document)
        await again.connect(player=hello["player"])
        back = await again.command("join", code=code, name="Ada", seat=seated["token"])
        assert back["seat"] == seated["seat"]
        network.word = current["prompt"]
        await host.send("ink", round=current["id"], seq=4)
        await host.until("guess", says=current["prompt"])
        for player in (host, again):
            assert (await player.command("done", round=current["id"]))["ok"]
        await host.phase("reveal")
        for player in (host, again):
            assert (await player.command("ready", ready=True))["ok"]
        await again.phase("podium")
        results = next(body["results"] for _, body in reversed(again.heard) if body.get("results"))
        assert (results[0]["seat"], results[0]["word"]) == (own["seat"], current["prompt"])
        assert results[0]["strokes"]
        assert results[0]["hit_at"] is not None
        assert (await host.command("again"))["ok"]
        for player in (host, guest, again):
            assert not player.faults
            await player.leave()


async def test_every_operation_answers_as_the_document_says(
    site: Site, browser: Browser, names: list[str], redis_url: str, tmp_path: Path
) -> None:
    """A new operation has to be added here, too."""
    shown, reported, gone, kept = names[:4]
    for name in (shown, reported):
        await show(site, name)
    me, nobody = site.me(0), "0" * 16
    _, room = await browser.ask("makeRoom")
    ink = {"strokes": [[[0, 100], [0, 100], [0, 50]]]}
    asked: list[tuple[int, str, dict[str, Any]]] = [
        (201, "makeRoom", {}),
        (200, "getRoom", {"code": room["code"]}),
        (404, "getRoom", {"code": "ABCDEF"}),
        (200, "getRoomQr", {"code": room["code"], "origin": "https://play.example"}),
        (400, "getRoomQr", {"code": room["code"], "origin": "nowhere"}),
        (200, "getInfo", {}),
        (200, "getScores", {"board": "day", "pack": "animals"}),
        (400, "getScores", {"pack": "none"}),
        (200, "listRecipes", {}),
        (200, "tryRecipe", {"recipe": "inkling", "body": ink}),
        (400, "tryRecipe", {"recipe": "inkling", "body": {"strokes": [[[0], [0, 1], [0]]]}}),
        (200, "listWords", {}),
        (200, "listDrawings", {"word": "house", "skip": 0}),
        (200, "getStrip", {}),
        (200, "getDrawing", {"id": shown}),
        (200, "getDrawing", {"id": kept, "headers": ADMIN}),
        (404, "getDrawing", {"id": kept}),
        (401, "getDrawing", {"id": kept, "headers": {"Authorization": "Bearer me"}}),
        *((200, "drawDrawing", {"id": shown, "kind": kind}) for kind in ("png", "svg", "gif")),
        (404, "drawDrawing", {"id": kept, "kind": "png"}),
        (202, "reportDrawing", {"id": reported}),
        (404, "reportDrawing", {"id": kept}),
        (200, "listHeld", {"headers": ADMIN, "before": 0}),
        (401, "listHeld", {"headers": me}),
        (200, "judgeDrawing", {"id": gone, "headers": ADMIN, "body": {"verdict": "remove"}}),
        (200, "listOwn", {"headers": me, "skip": 0}),
        (401, "listOwn", {}),
        (200, "zipOwn", {"headers": me}),
        (200, "eraseOwn", {"id": shown, "headers": me}),
        (404, "eraseOwn", {"id": shown, "headers": me}),
        (200, "eraseAllOwn", {"headers": me}),
        (202, "startExport", {"headers": ADMIN, "body": {"format": "bin"}}),
        (400, "startExport", {"headers": ADMIN, "body": {"format": "bin", "since": 2, "until": 1}}),
        (401, "listExports", {}),
        (404, "getExport", {"export": nobody, "headers": ADMIN}),
        (404, "resumeExport", {"export": nobody, "headers": ADMIN}),
        (404, "removeExport", {"export": nobody, "headers": ADMIN}),
        (404, "getExportTar", {"export": nobody, "headers": ADMIN}),
        (404, "getExportFile", {"export": nobody, "path": "house.bin", "headers": ADMIN}),
        (200, "getOpenApi", {}),
        (200, "getAsyncApi", {}),
        (200, "isAlive", {}),
        (503, "isReady", {}),
        (200, "getMetrics", {}),
    ]
    with running(DemoWorker(redis_url, Cabinet(tmp_path))):
        await heard(redis_url)
        for status, name, fields in asked:
            assert (await browser.ask(name, **fields))[0] == status, name
    while (export := (await browser.ask("listExports", headers=ADMIN))[1][0])["state"] in ("waiting", "running"):
        await asyncio.sleep(0.05)
    file = {"path": export["files"][0]["file"]}
    for name, fields in (
        ("getExport", {}),
        ("getExportFile", file),
        ("getExportTar", {}),
        ("resumeExport", {}),
        ("removeExport", {}),
    ):
        assert (await browser.ask(name, export=export["id"], headers=ADMIN, **fields))[0] < 300
    assert {name for _, name, _ in asked} == set(browser.operations)
