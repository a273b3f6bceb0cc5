"""JSON Schemas of the protocol's types, with what the code says of every field."""

from __future__ import annotations

import ast
import dataclasses
import inspect
import sys
import typing
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import pairwise
from typing import Any

import msgspec

from server.game.commands import Doodle, Segment
from server.protocol import DoodleStrokes
from server.protocol import Segment as SegmentIn

JsonSchema = dict[str, Any]

SCHEMA_REF_PREFIX = "#/components/schemas/"

_COORDINATE: JsonSchema = {"type": "integer", "minimum": 0, "maximum": 4095}
_TIME: JsonSchema = {"type": "integer", "minimum": 0}
_BYTE: JsonSchema = {"type": "integer", "minimum": 0, "maximum": 255}


def _axes_schema(*named: tuple[str, JsonSchema], **bounds: int) -> JsonSchema:
    """Describe equally long lists of numbers."""
    axes = [{"title": name, "type": "array", "items": item, **bounds} for name, item in named]
    return {"type": "array", "prefixItems": axes, "items": False, "minItems": len(axes), "maxItems": len(axes)}


NAMED_SHAPES: tuple[tuple[str, Any, JsonSchema], ...] = (
    (
        "Stroke",
        Segment,
        {
            "description": "A stroke or a part of one: equally long x, y and t (ms since the drawing's first point, never falling).",
            **_axes_schema(("x", _COORDINATE), ("y", _COORDINATE), ("t", _TIME)),
        },
    ),
    (
        "Segment",
        SegmentIn,
        {
            "description": "A stroke or a part of one: equally long x, y and t (ms since the drawing's first point, never falling).",
            **_axes_schema(
                ("x", _COORDINATE), ("y", _COORDINATE), ("t", {**_TIME, "maximum": 400_000}), minItems=1, maxItems=64
            ),
        },
    ),
    (
        "DoodleStroke",
        typing.get_args(Doodle)[0],
        {
            "description": "A stroke of a face: equally long x and y.",
            **_axes_schema(("x", _BYTE), ("y", _BYTE)),
        },
    ),
    (
        "SketchStroke",
        typing.get_args(typing.get_args(DoodleStrokes)[0])[0],
        {
            "description": "A stroke of a face or a sketch: equally long x and y.",
            **_axes_schema(("x", _BYTE), ("y", _BYTE), minItems=1, maxItems=200),
        },
    ),
)
"""Shapes without a class of their own: the name and the schema that stands for what the type alone would say."""


def build_schemas(kinds: Iterable[Any]) -> tuple[list[JsonSchema], dict[str, JsonSchema]]:
    """Return the schema of each type, and by their names all those that they refer to."""
    schemas, components = msgspec.json.schema_components(tuple(kinds), ref_template=SCHEMA_REF_PREFIX + "{name}")
    plain = [(msgspec.json.schema(kind), name) for name, kind, _ in NAMED_SHAPES]
    found = [_with_named_shapes(schema, plain) for schema in schemas]
    named = {name: _with_named_shapes(schema, plain) for name, schema in components.items()}
    for described in _collect_classes(kinds):
        if described.__name__ in named:
            _describe(named[described.__name__], described)
    shapes = {name: schema for name, _, schema in NAMED_SHAPES}
    for name in sorted(set(_references([found, named])) - set(named)):
        named[name] = shapes[name]
    return found, dict(sorted(named.items()))


def to_draft_7(schema: Any) -> Any:
    """Rewrite a schema for readers that know `prefixItems` by its older name."""
    if isinstance(schema, list):
        return [to_draft_7(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    older = {key: to_draft_7(value) for key, value in schema.items()}
    if "prefixItems" in older:
        older["items"] = older.pop("prefixItems")
        older["additionalItems"] = False
    return older


def _with_named_shapes(schema: Any, plain: list[tuple[JsonSchema, str]]) -> Any:
    """Put a reference wherever the shape of a named one stands."""
    for shape, name in plain:
        if schema == shape:
            return {"$ref": SCHEMA_REF_PREFIX + name}
    if isinstance(schema, dict):
        return {key: _with_named_shapes(value, plain) for key, value in schema.items()}
    return [_with_named_shapes(one, plain) for one in schema] if isinstance(schema, list) else schema


def _references(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        if isinstance(schema.get("$ref"), str):
            yield schema["$ref"].removeprefix(SCHEMA_REF_PREFIX)
        for value in schema.values():
            yield from _references(value)
    elif isinstance(schema, list):
        for one in schema:
            yield from _references(one)


def _collect_classes(kinds: Iterable[Any], seen: set[type] | None = None) -> set[type]:
    """Return every class with fields that types are made of."""
    seen = set() if seen is None else seen
    for kind in kinds:
        if isinstance(kind, type) and kind not in seen and typing.get_origin(kind) is None and field_names(kind):
            seen.add(kind)
            _collect_classes(typing.get_type_hints(kind, include_extras=True).values(), seen)
        _collect_classes(typing.get_args(kind), seen)
    return seen


def field_names(kind: type) -> tuple[str, ...]:
    """Return the fields of a struct, a dataclass or a typed dictionary in their order."""
    is_own = typing.is_typeddict(kind) or hasattr(kind, "__struct_fields__") or hasattr(kind, "__dataclass_fields__")
    return tuple(typing.get_type_hints(kind)) if is_own else ()


def _describe(schema: JsonSchema, kind: type) -> None:
    """Add what the source says of a class and of each of its fields."""
    schema["description"] = inspect.cleandoc(kind.__doc__ or "")
    texts = field_texts(kind)
    items = schema.get("prefixItems", [])
    for index, name in enumerate(field_names(kind) if items else ()):
        items[index] = {**_with_description(items[index], texts.get(name, "")), "title": name}
    if "properties" in schema:
        known = schema["properties"]
        schema["properties"] = {name: _with_description(known[name], texts.get(name, "")) for name in field_names(kind)}
    if dataclasses.is_dataclass(kind):
        # They only ever leave, and leave whole.
        schema["required"] = list(field_names(kind))


def _with_description(schema: JsonSchema, text: str) -> JsonSchema:
    """Describe a field. What stands beside a reference did not count before draft 2019-09."""
    if not text:
        return schema
    if "$ref" not in schema:
        return {**schema, "description": text}
    rest = {key: value for key, value in schema.items() if key != "$ref"}
    return {"allOf": [{"$ref": schema["$ref"]}], **rest, "description": text}


@cache
def field_texts(kind: type) -> dict[str, str]:
    """Return what stands under each field in the source, of the class and of those it is derived from."""
    written = _parsed_classes(kind.__module__).get(kind.__name__)
    if written is None:
        return {}
    texts: dict[str, str] = {}
    for base in written.bases:
        # Typed dictionaries do not remember what they are derived from.
        above = getattr(sys.modules[kind.__module__], base.id, None) if isinstance(base, ast.Name) else None
        if isinstance(above, type) and above.__module__.startswith("server."):
            texts |= field_texts(above)
    for line, after in pairwise(written.body):
        match line, after:
            case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(text))):
                texts[name] = " ".join(text.split())
    return texts


@cache
def _parsed_classes(module: str) -> dict[str, ast.ClassDef]:
    """Parse a module's source; where there is none, fields are named without a text."""
    try:
        tree = ast.parse(inspect.getsource(sys.modules[module]))
    except OSError:
        return {}
    return {line.name: line for line in tree.body if isinstance(line, ast.ClassDef)}
