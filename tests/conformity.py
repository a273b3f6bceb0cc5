"""Whether what a server says is what its own documents say of it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from jsonschema import Draft7Validator, Draft202012Validator

from server.apidoc import openapi

Document = Mapping[str, Any]
NOT_OURS = {404, 405}
"""States of answers to what is no operation at all."""


def closed(schema: Any) -> Any:
    """Allow no field that is not documented; a client that is written today has to live with more."""
    if isinstance(schema, list):
        return [closed(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    tight = {key: closed(value) for key, value in schema.items()}
    if "required" in tight and tight.get("type") == "object":
        tight.setdefault("additionalProperties", False)
    return tight


class Judge:
    """Compares values with the schemas of a document."""

    def __init__(self, document: Document, draft: type[Draft7Validator] | type[Draft202012Validator]) -> None:
        self._components = closed(document["components"])
        self._draft = draft

    def fault(self, schema: Any, value: Any) -> str:
        """Return what is wrong with a value, or nothing."""
        whole = {**closed(schema), "components": self._components}
        faults = sorted(self._draft(whole).iter_errors(value), key=lambda error: len(error.absolute_path))
        return "; ".join(f"{error.json_path}: {error.message[:300]}" for error in faults[:3])


class Http:
    """The operations of an OpenAPI document."""

    def __init__(self, document: Document) -> None:
        self._document, self._judge = document, Judge(document, Draft202012Validator)
        self._paths = [(_pattern(path), path) for path in document["paths"]]
        # An address without a hole comes before one with it, as servers match them.
        self._paths.sort(key=lambda one: one[1].count("{"))

    def operation(self, method: str, address: str) -> Document | None:
        """Find what a request asks for."""
        path = urlsplit(address).path
        for pattern, name in self._paths:
            if pattern.fullmatch(path) and method.lower() in self._document["paths"][name]:
                found: Document = self._document["paths"][name][method.lower()]
                return found
        return None

    def fault(self, method: str, address: str, status: int, media: str, body: bytes) -> str:
        """Return what is wrong with an answer, or nothing."""
        operation = self.operation(method, address)
        if operation is None:
            return "" if status in NOT_OURS or not address.startswith("/api/") else "there is no such operation"
        answer = operation["responses"].get(str(status))
        if answer is None:
            return f"{operation['operationId']} does not answer {status}: {body[:200]!r}"
        described = answer["content"].get(media)
        if described is None:
            return f"{operation['operationId']} does not answer {media}"
        return self._judge.fault(described["schema"], json.loads(body)) if media == "application/json" else ""


def _pattern(path: str) -> re.Pattern[str]:
    """Match the addresses that a path with holes stands for."""
    parts = re.split(r"(\{\w+\})", path)
    holes = {"{path}": ".+"}
    return re.compile("".join(holes.get(part, "[^/]+") if part.startswith("{") else re.escape(part) for part in parts))


@cache
def http() -> Http:
    """Return the operations of this version."""
    return Http(openapi.build_openapi())
