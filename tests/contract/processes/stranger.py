"""A client written by somebody who has the server's address and its two documents, and nothing else."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import aiohttp
import socketio
from jsonschema import Draft7Validator, Draft202012Validator

from tests.conformity import Judge

Schema = Mapping[str, Any]


class Maker:
    """Makes values of a schema: the smallest there are, but for the fields that are given."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._document = document

    def message(self, schema: Schema, given: Mapping[str, Any]) -> dict[str, Any]:
        """Make an object; every given field must be one of its own."""
        known = self.resolved(schema)
        unknown = set(given) - set(known["properties"])
        assert not unknown, f"the document has no {unknown}"
        missing = [name for name in known.get("required", ()) if name not in given]
        return {**{name: self.least(known["properties"][name]) for name in missing}, **given}

    def least(self, schema: Schema) -> Any:
        """Make a value."""
        known = self.resolved(schema)
        if "const" in known:
            return known["const"]
        if "enum" in known:
            return known["enum"][0]
        match known.get("type"):
            case "object":
                return self.message(known, {})
            case "array":
                items = known.get("prefixItems", known.get("items", {}))
                if isinstance(items, list):
                    return [self.least(item) for item in items]
                return [self.least(items) for _ in range(known.get("minItems", 0))]
            case "integer" | "number":
                return known.get("minimum", 0)
            case "boolean":
                return False
            case "string":
                return "x" * max(1, known.get("minLength", 0))
        raise AssertionError(f"no value for {known}")

    def resolved(self, schema: Schema) -> Schema:
        """Follow references."""
        for one in schema.get("allOf", ()):
            schema = {**self.resolved(one), **{key: value for key, value in schema.items() if key != "allOf"}}
        while "$ref" in schema:
            found: Any = self._document
            for part in schema["$ref"].removeprefix("#/").split("/"):
                found = found[part]
            schema = found
        return schema


class Browser:
    """Speaks HTTP by the OpenAPI document."""

    def __init__(self, session: aiohttp.ClientSession, base: str, document: Mapping[str, Any]) -> None:
        self._session, self.base = session, base
        self._judge, self._maker = Judge(document, Draft202012Validator), Maker(document)
        self.operations = {
            operation["operationId"]: (method.upper(), path, operation)
            for path, methods in document["paths"].items()
            for method, operation in methods.items()
        }

    async def ask(
        self, name: str, /, headers: Mapping[str, str] = {}, body: Any = None, **fields: Any
    ) -> tuple[int, Any]:
        """Carry out an operation; what goes and what comes is compared with the document."""
        method, path, operation = self.operations[name]
        query = {}
        for parameter in operation.get("parameters", ()):
            if parameter["name"] in fields:
                value = fields.pop(parameter["name"])
                assert not (fault := self._judge.fault(parameter["schema"], value)), fault
                if parameter["in"] == "path":
                    path = path.replace(f"{{{parameter['name']}}}", str(value))
                else:
                    query[parameter["name"]] = value
        assert not fields, f"{name} has no {set(fields)}"
        if body is not None:
            described = operation["requestBody"]["content"]["application/json"]["schema"]
            body = self._maker.message(described, body)
            assert not (fault := self._judge.fault(described, body)), fault
        async with self._session.request(method, self.base + path, params=query, headers=headers, json=body) as answer:
            assert str(answer.status) in operation["responses"], f"{name}: {answer.status} {await answer.text()}"
            described = operation["responses"][str(answer.status)]["content"][answer.content_type]["schema"]
            if answer.content_type != "application/json":
                return answer.status, await answer.read()
            told = await answer.json()
            assert not (fault := self._judge.fault(described, told)), f"{name}: {fault}"
            return answer.status, told


class Stranger:
    """Plays by the AsyncAPI document, over an ordinary Socket.IO client: it shares no code with the bots, or it would be no stranger."""

    def __init__(self, base: str, document: Mapping[str, Any]) -> None:
        self._base, self._document = base, document
        self._judge, self._maker = Judge(document, Draft7Validator), Maker(document)
        self._socket = socketio.AsyncClient(reconnection=False)
        self._socket.on("*", self._hear)
        self._came = asyncio.Event()
        self.heard: list[tuple[str, dict[str, Any]]] = []
        self.faults: list[str] = []
        self.view: dict[str, Any] = {}
        self._id = 0

    def payload(self, name: str, action: str) -> Schema:
        """Find the payload of a message that goes this way."""
        reference = {"$ref": f"#/channels/game/messages/{name}"}
        assert any(
            operation["action"] == action and reference in operation["messages"]
            for operation in self._document["operations"].values()
        ), f"the document has no {name}"
        found: Schema = self._document["components"]["messages"][name]["payload"]
        return found

    async def connect(self, **fields: Any) -> dict[str, Any]:
        """Connect and wait for what the server says first."""
        channel = self._document["channels"]["game"]
        asked = channel["bindings"]["ws"]["query"]["properties"]
        auth = self._made("connect", fields)
        await self._socket.connect(
            self._base, auth=auth, transports=[asked["transport"]["const"]], socketio_path=channel["address"].strip("/")
        )
        return await self.until("hello")

    async def send(self, name: str, /, **fields: Any) -> None:
        """Send a message: the fields that are required and not given are made up by the schema."""
        await self._socket.emit(name, self._made(name, fields))

    async def command(self, name: str, /, **fields: Any) -> dict[str, Any]:
        """Send a message with an id, and return what answers it."""
        self._id += 1
        answers = next(
            [message["$ref"].rpartition("/")[2] for message in operation["reply"]["messages"]]
            for operation in self._document["operations"].values()
            if operation["action"] == "receive" and operation["messages"][0]["$ref"].endswith(f"/{name}")
        )
        await self.send(name, id=self._id, **fields)
        return await self.until(*answers, id=self._id)

    async def until(self, *names: str, seconds: float = 20, **fields: Any) -> dict[str, Any]:
        """Wait for a message with these values, among those that came already, too."""
        async with asyncio.timeout(seconds):
            while True:
                for name, body in self.heard:
                    if name in names and all(body.get(key) == value for key, value in fields.items()):
                        return body
                self._came.clear()
                await self._came.wait()

    async def phase(self, *names: str) -> None:
        """Wait until the room is in one of these phases."""
        async with asyncio.timeout(30):
            while self.view.get("phase") not in names:
                self._came.clear()
                await self._came.wait()

    async def leave(self) -> None:
        """Hang up."""
        await self._socket.disconnect()

    def _made(self, name: str, fields: Mapping[str, Any]) -> dict[str, Any]:
        schema = self.payload(name, "receive")
        made = self._maker.message(schema, fields)
        assert not (fault := self._judge.fault(schema, made)), f"{name}: {fault}"
        return made

    async def _hear(self, name: str, body: dict[str, Any]) -> None:
        try:
            fault = self._judge.fault(self.payload(name, "send"), body)
        except AssertionError as error:
            fault = str(error)
        if fault:
            self.faults.append(f"{name}: {fault}")
        self.heard.append((name, body))
        snapshot = body.get("snapshot", body)
        self.view = snapshot.get("view") or self.view
        self._came.set()
