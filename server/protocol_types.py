"""Generates the page's protocol types from the server's: `python -m server.protocol_types [--check]`."""

from __future__ import annotations

import argparse
import dataclasses
import sys
import types
import typing
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any, Literal, NotRequired, Union, cast, get_args, get_origin, get_type_hints

import msgspec

from server import protocol
from server.game import commands, view
from server.http.operations import HTTP_OPERATIONS

GENERATED_FILE = Path(__file__).parent.parent / "client" / "src" / "protocol" / "protocol.gen.ts"

_TYPESCRIPT_PRIMITIVES = {
    int: "number",
    float: "number",
    str: "string",
    bool: "boolean",
    type(None): "null",
    Any: "unknown",
}


class _TypeScriptWriter:
    """Collects the types that messages are made of, each once."""

    def __init__(self) -> None:
        self.done: dict[str, str] = {}

    def name(self, kind: Any) -> str:
        """Return the TypeScript for a Python type, writing the types it needs."""
        if kind in _TYPESCRIPT_PRIMITIVES:
            return _TYPESCRIPT_PRIMITIVES[kind]
        origin, parts = get_origin(kind), get_args(kind)
        if origin is Annotated and protocol.REFUSALS.keys().isdisjoint(known := _enum_texts(parts[1:])):
            return " | ".join(f'"{one}"' for one in known) or self.name(parts[0])
        if origin in (Annotated, NotRequired):
            return self.name(parts[0])
        if origin is Literal:
            return " | ".join(f'"{part}"' for part in parts)
        if origin is list:
            return self._list(parts[0])
        if origin is dict:
            return f"Record<string, {self.name(parts[1])}>"
        if origin is tuple:
            if len(parts) == 2 and parts[1] is Ellipsis:
                return self._list(parts[0])
            return "[" + ", ".join(self.name(part) for part in parts) + "]"
        if origin in (Union, types.UnionType):
            return " | ".join(self.name(part) for part in parts)
        if isinstance(kind, type) and (
            dataclasses.is_dataclass(kind) or typing.is_typeddict(kind) or issubclass(kind, msgspec.Struct)
        ):
            self.write(kind)
            return kind.__name__
        raise TypeError(f"no TypeScript for {kind!r}")

    def _list(self, part: Any) -> str:
        inner = self.name(part)
        return f"({inner})[]" if " | " in inner else f"{inner}[]"

    def write(self, kind: type) -> None:
        """Write one struct or dataclass, after those it holds."""
        if kind.__name__ in self.done:
            return
        self.done[kind.__name__] = ""
        hints = get_type_hints(kind, include_extras=True)
        fields = _wire_fields(kind)
        lead = f"/** {(kind.__doc__ or '').strip().splitlines()[0]} */\n"
        if issubclass(kind, msgspec.Struct) and kind.__struct_config__.array_like:
            row = ", ".join(f"{name}: {self.name(hints[name])}" for name, _ in fields)
            text = f"export type {kind.__name__} = [{row}];"
        else:
            rows = [f"  {name}{'?' if optional else ''}: {self.name(hints[name])};" for name, optional in fields]
            text = (
                "\n".join([f"export interface {kind.__name__} {{", *rows, "}"])
                if rows
                else (f"export type {kind.__name__} = Record<string, never>;")
            )
        self.done[kind.__name__] = lead + text


def _enum_texts(metas: Iterable[Any]) -> list[str]:
    """Return the texts that a text has to be one of. A client has codes of its own beside the server's."""
    return [text for meta in metas for text in (getattr(meta, "extra_json_schema", None) or {}).get("enum", ())]


def _wire_fields(kind: type) -> list[tuple[str, bool]]:
    """Return (field, whether it may be missing on the wire)."""
    if dataclasses.is_dataclass(kind):
        return [(field.name, False) for field in dataclasses.fields(kind)]
    if typing.is_typeddict(kind):
        optional: frozenset[str] = cast("Any", kind).__optional_keys__
        return [(name, name in optional) for name in get_type_hints(kind)]
    inbound = issubclass(kind, protocol.ClientMessage)
    described = msgspec.structs.fields(cast(type[msgspec.Struct], kind))
    sparse = inbound or bool(cast(Any, kind).__struct_config__.omit_defaults)
    return [(field.name, sparse and not field.required) for field in described]


def generate_typescript() -> str:
    """Return the whole TypeScript file."""
    writer = _TypeScriptWriter()
    for kind in (
        view.ResultView,
        commands.Settings,
        *protocol.INBOUND.values(),
        *protocol.OUTBOUND.values(),
    ):
        writer.write(kind)
    for one in HTTP_OPERATIONS:
        for body in (one.takes, one.gives):
            if body is not None and not isinstance(body, tuple) and body != dict[str, Any]:
                writer.name(body)
    codes = " | ".join(f'"{code}"' for code in protocol.REFUSALS)
    inbound = "\n".join(f"  {name}: {kind.__name__};" for name, kind in protocol.INBOUND.items())
    outbound = "\n".join(f"  {name}: {kind.__name__};" for name, kind in protocol.OUTBOUND.items())
    parts = [
        "// Generated by `make types` from server/protocol.py and server/api_types.py. Do not edit.",
        f"export const PROTOCOL_VERSION = {protocol.PROTOCOL_VERSION};",
        f"export type RefusalCode = {codes};",
        *writer.done.values(),
        f"/** What the page sends, by event. */\nexport interface Inbound {{\n{inbound}\n}}",
        f"/** What the server sends, by event. */\nexport interface Outbound {{\n{outbound}\n}}",
    ]
    return "\n\n".join(parts) + "\n"


def main() -> int:
    """Write the file, or with --check tell whether it is stale (exit 1)."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="only tell whether the file is up to date")
    text = generate_typescript()
    if not parser.parse_args().check:
        GENERATED_FILE.write_text(text, encoding="utf-8")
        return 0
    if GENERATED_FILE.exists() and GENERATED_FILE.read_text(encoding="utf-8") == text:
        return 0
    print("client/src/protocol/protocol.gen.ts is stale: make types", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
