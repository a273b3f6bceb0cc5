"""Write the tables of docs/protocol.md from the types of the protocol; `--check` says whether they are up to date."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable
from typing import Any

from generated_pages import ROOT, write_or_check

from server.apidoc import asyncapi, openapi
from server.apidoc.schemas import SCHEMA_REF_PREFIX
from server.http.operations import HTTP_OPERATIONS
from server.http.responses import STATUS_OF_REFUSAL
from server.protocol import INBOUND, OUTBOUND, REFUSALS, Command

PAGE = ROOT / "docs/protocol.md"
WHO_MAY = {"": "all", "owner": "owner", "operator": "operator"}

Schema = dict[str, Any]


def notation(schema: Schema) -> str:
    """Write a type so that people can read it."""
    if "allOf" in schema:
        return notation(schema["allOf"][0])
    if "$ref" in schema:
        name = schema["$ref"].removeprefix(SCHEMA_REF_PREFIX)
        return f"[{name}](#{name.lower()})"
    if "anyOf" in schema:
        return " or ".join(map(notation, schema["anyOf"]))
    if "const" in schema:
        return f"`{schema['const']}`"
    if "enum" in schema:
        known = [value for value in schema["enum"] if value]
        return (
            "a [code](#refusal-codes)"
            if known == [*REFUSALS]
            else ", ".join(f"`{value}`" if value else "empty" for value in schema["enum"])
        )
    match schema.get("type"):
        case "array":
            return _list(schema)
        case "object":
            return f"object of {notation(schema.get('additionalProperties') or {})}"
        case "string" if "pattern" in schema:
            return f"string `{schema['pattern']}`"
        case str(plain):
            return (
                f"{plain} {_bounds(schema, 'minimum', 'maximum') or _bounds(schema, 'minLength', 'maxLength')}".strip()
            )
    return "anything"


def _list(schema: Schema) -> str:
    places = schema.get("prefixItems", schema["items"])
    if isinstance(places, list):
        return "[" + ", ".join(place.get("title") or notation(place) for place in places) + "]"
    many = _bounds(schema, "minItems", "maxItems")
    return f"list of {notation(places)}" + (f" ({many} of them)" if many else "")


def _bounds(schema: Schema, low: str, high: str) -> str:
    least, most = schema.get(low), schema.get(high)
    if least is None:
        return "" if most is None else f"≤ {most}"
    return f"≥ {least}" if most is None else f"{least}–{most}"


def fields(schema: Schema) -> list[str]:
    """Write the table of an object's fields, or of the places of a list."""
    if "properties" in schema:
        required = set(schema.get("required", ()))
        rows = [(name if name in required else f"{name}?", one) for name, one in schema["properties"].items()]
    else:
        rows = [(one.get("title", ""), one) for one in schema.get("prefixItems", schema.get("items", []))]
    if not rows:
        return []
    head = ["", "| field | type | |", "|---|---|---|"]
    return head + [f"| `{name}` | {_cell(notation(one))} | {_cell(one.get('description', ''))} |" for name, one in rows]


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def messages(names: Iterable[str]) -> str:
    """Write a section for each message."""
    document = asyncapi.build_asyncapi()
    parts = []
    for name in names:
        message = document["components"]["messages"][name]
        own = document["components"]["schemas"][message["payload"]["$ref"].removeprefix(SCHEMA_REF_PREFIX)]
        # What every command has is said once.
        is_command = issubclass(INBOUND.get(name, object), Command)
        shown = {key: one for key, one in own["properties"].items() if not (is_command and key == "id")}
        parts += [f"### {name}", "", own["description"], *fields({**own, "properties": shown}), ""]
    return "\n".join(parts)


def types(schemas: dict[str, Schema], without: set[str]) -> str:
    """Write a section for each type that others are made of."""
    parts = []
    for name, schema in schemas.items():
        if name not in without:
            parts += [f"### {name}", "", schema.get("description", ""), *fields(schema), ""]
    return "\n".join(parts)


def socket_types() -> str:
    """Write the types inside messages."""
    document = asyncapi.build_asyncapi()
    payloads = {
        one["payload"]["$ref"].removeprefix(SCHEMA_REF_PREFIX) for one in document["components"]["messages"].values()
    }
    return types(document["components"]["schemas"], payloads)


def codes() -> str:
    """Write the table of refusal codes."""
    over_http = {code for one in HTTP_OPERATIONS for code in one.refuses} | set(STATUS_OF_REFUSAL)
    states = {code: str(STATUS_OF_REFUSAL.get(code, 400)) if code in over_http else "–" for code in REFUSALS}
    rows = [f"| `{code}` | {states[code]} | {text} |" for code, text in REFUSALS.items()]
    return "\n".join(["| code | over HTTP | meaning |", "|---|---|---|", *rows, ""])


def operations() -> str:
    """Write the table of HTTP operations."""
    rows = ["| request | who | what it does, and its answer |", "|---|---|---|"]
    for path, methods in openapi.build_openapi()["paths"].items():
        for method, one in methods.items():
            allowed = [WHO_MAY[next(iter(scheme), "")] for scheme in one.get("security", [{}])]
            query = [f"`{each['name']}`" for each in one.get("parameters", ()) if each["in"] == "query"]
            asked = f"`{method.upper()} {path}`" + (f" with {', '.join(query)}" if query else "")
            body = one.get("requestBody", {}).get("content", {})
            if body:
                asked += ", body " + _contents(body)
            answers = [(status, each) for status, each in one["responses"].items() if int(status) < 300]
            answer = "; ".join(f"{status} {_contents(each['content'])}" for status, each in answers)
            rows.append(f"| {_cell(asked)} | {', '.join(allowed)} | {one['summary']} → {answer} |")
    return "\n".join([*rows, ""])


def _contents(content: Schema) -> str:
    return ", ".join(
        notation(one["schema"]) if media == "application/json" else media for media, one in content.items()
    )


def http_types() -> str:
    """Write the types of HTTP bodies that the socket does not have."""
    return types(
        openapi.build_openapi()["components"]["schemas"], set(asyncapi.build_asyncapi()["components"]["schemas"])
    )


BLOCKS = {
    "from the client": lambda: messages(("connect", *INBOUND)),
    "from the server": lambda: messages(("connect_error", *OUTBOUND)),
    "types": socket_types,
    "codes": codes,
    "operations": operations,
    "bodies": http_types,
}


def main() -> int:
    """Rewrite the blocks; with `--check`, 1 if that would change anything."""
    text = PAGE.read_text(encoding="utf-8")
    for name, write in BLOCKS.items():
        block = re.compile(rf"(<!-- {name} -->\n).*?(<!-- /{name} -->)", re.DOTALL)
        made = write().rstrip("\n")
        text, count = block.subn(lambda match, made=made: f"{match[1]}\n{made}\n\n{match[2]}", text)
        if not count:
            raise SystemExit(f"{PAGE.name} has no block {name!r}")
    return write_or_check([(PAGE, text)], "python scripts/protocol_page.py")


if __name__ == "__main__":
    sys.exit(main())
