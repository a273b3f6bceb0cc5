"""The HTTP API as an OpenAPI 3.1 document."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from server import __version__, api_types
from server.apidoc import schemas
from server.apidoc.schemas import SCHEMA_REF_PREFIX, JsonSchema
from server.http.operations import APPLICATION_JSON, HTTP_OPERATIONS, PATH_PARAMETERS, HttpOperation
from server.http.responses import STATUS_OF_REFUSAL
from server.http.security import SAFE_METHODS
from server.protocol import REFUSALS

_BINARY_BODY = {"schema": {"type": "string", "contentMediaType": "application/octet-stream"}}
_SECURITY_SCHEMES = {
    "owner": {
        "type": "http",
        "scheme": "bearer",
        "description": "A player's token (`hello`), or the recovery code of one's drawings.",
    },
    "operator": {"type": "http", "scheme": "bearer", "description": "INKLING_ADMIN_TOKEN."},
}


@cache
def build_openapi(base_path: str = "/") -> dict[str, Any]:
    """Return the document of a server under a base path."""
    kinds: list[Any] = [api_types.Refusal]
    for one in HTTP_OPERATIONS:
        kinds += [kind for kind in (one.takes, one.gives) if kind is not None and not isinstance(kind, tuple)]
        kinds += [kind for _, kind, _ in one.query]
    kinds += PATH_PARAMETERS.values()
    found, components = schemas.build_schemas(kinds)
    of = {id(kind): schema for kind, schema in zip(kinds, found, strict=True)}
    paths: dict[str, Any] = {}
    for one in HTTP_OPERATIONS:
        paths.setdefault(one.path, {})[one.method.lower()] = _operation(one, of)
    servers = {} if base_path == "/" else {"servers": [{"url": base_path.rstrip("/")}]}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Inkling",
            "version": __version__,
            "license": {"name": "MIT", "identifier": "MIT"},
            "description": "Rooms, drawings and exports of an Inkling server. A game itself is played over a socket: "
            "/api/asyncapi.json.",
        },
        **servers,
        "paths": paths,
        "components": {"schemas": components, "securitySchemes": _SECURITY_SCHEMES},
    }


def _operation(one: HttpOperation, of: dict[int, JsonSchema]) -> JsonSchema:
    made: JsonSchema = {"operationId": one.name, "summary": one.does}
    parameters = [
        {"name": name, "in": "path", "required": True, "schema": of[id(PATH_PARAMETERS[name])]}
        for name in re.findall(r"\{(\w+)\}", one.path)
    ]
    parameters += [
        {"name": name, "in": "query", "required": False, "description": text, "schema": of[id(kind)]}
        for name, kind, text in one.query
    ]
    if parameters:
        made["parameters"] = parameters
    if one.who != ("",):
        made["security"] = [{who: []} if who else {} for who in one.who]
    if one.takes is not None:
        content = {APPLICATION_JSON: {"schema": of[id(one.takes)]}, **dict.fromkeys(one.takes_files, _BINARY_BODY)}
        made["requestBody"] = {"required": True, "content": content}
    made["responses"] = {**_answer_responses(one, of), **_refusal_responses(one)}
    return made


def _answer_responses(one: HttpOperation, of: dict[int, JsonSchema]) -> JsonSchema:
    parts = (206,) if one.ranges else ()
    if isinstance(one.gives, tuple):
        content = {
            media: {"schema": {"type": "string"}} if media == "text/plain" else _BINARY_BODY for media in one.gives
        }
    else:
        content = {APPLICATION_JSON: {"schema": of[id(one.gives)]}}
    return {str(status): {"description": one.does, "content": content} for status in (one.status, *one.also, *parts)}


def _refusal_responses(one: HttpOperation) -> JsonSchema:
    """Describe what is refused: the codes of a status, and what each means."""
    by_status: dict[int, list[str]] = {416: ["bad_message"]} if one.ranges else {}
    foreign = () if one.method in SAFE_METHODS else ("foreign_origin",)
    for code in dict.fromkeys((*one.refuses, *foreign)):
        by_status.setdefault(STATUS_OF_REFUSAL.get(code, 400), []).append(code)
    return {
        str(status): {
            "description": "\n".join(f"* `{code}`: {REFUSALS[code]}" for code in codes),
            "content": {
                APPLICATION_JSON: {
                    "schema": {
                        "allOf": [{"$ref": SCHEMA_REF_PREFIX + "Refusal"}, {"properties": {"code": {"enum": codes}}}],
                    }
                }
            },
        }
        for status, codes in sorted(by_status.items())
    }
