"""The socket as an AsyncAPI 3.0 document: every message in and out, seen from the server."""

from __future__ import annotations

import inspect
from functools import cache
from typing import Any

import msgspec

from server import __version__
from server.apidoc import schemas
from server.apidoc.schemas import JsonSchema
from server.protocol import INBOUND, MAX_FRAME_BYTES, OUTBOUND, REFUSALS, Command, Connect, ConnectError
from server.settings import ServerSettings

_DESCRIPTION = """\
Socket.IO 5 over Engine.IO 4, over WebSocket only: no long polling, no binary packets, no acknowledgement ids, no
compression. A message is an event whose only argument is its payload, a JSON object. `connect` is the payload of the
CONNECT packet (`auth` in client libraries), `connect_error` that of CONNECT_ERROR. Rooms are made over HTTP:
/api/openapi.json. docs/protocol.md tells what is sent when, and how a client comes back to its seat."""

_QUERY_SCHEMA: JsonSchema = {
    "type": "object",
    "required": ["EIO", "transport"],
    "properties": {
        "EIO": {"type": "string", "const": "4"},
        "transport": {"type": "string", "const": "websocket"},
        "room": {"type": "string", "description": "The room's code: a proxy may send everybody of it to one process."},
    },
}


@cache
def build_asyncapi(base_path: str = "/") -> dict[str, Any]:
    """Return the document of a server under a base path. Its limits are those that servers are delivered with."""
    messages: dict[str, type[msgspec.Struct]] = {
        "connect": Connect,
        **INBOUND,
        "connect_error": ConnectError,
        **OUTBOUND,
    }
    found, components = schemas.build_schemas(messages.values())
    named = {
        name: {
            "name": name,
            "title": name,
            "summary": message_summary(kind),
            "contentType": "application/json",
            "payload": schemas.to_draft_7(schema),
        }
        for (name, kind), schema in zip(messages.items(), found, strict=True)
    }
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Inkling",
            "version": __version__,
            "license": {"name": "MIT"},
            "description": _DESCRIPTION,
        },
        "defaultContentType": "application/json",
        "servers": {
            "inkling": {
                "host": "{host}",
                "protocol": "ws",
                "description": "`wss` behind TLS.",
                "variables": {"host": {"default": "localhost:8000"}},
            }
        },
        "channels": {
            "game": {
                "address": f"{base_path}socket.io/",
                "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in messages},
                "bindings": {"ws": {"method": "GET", "query": _QUERY_SCHEMA, "bindingVersion": "0.1.0"}},
            }
        },
        "operations": {
            **{_operation_id("on", name): _received_operation(name, messages[name]) for name in ("connect", *INBOUND)},
            **{_operation_id("send", name): _operation("send", name) for name in ("connect_error", *OUTBOUND)},
        },
        "components": {"messages": named, "schemas": schemas.to_draft_7(components)},
        "x-refusal-codes": REFUSALS,
        "x-limits": _limits(ServerSettings()),
    }


def message_summary(kind: type) -> str:
    """Return what a message is for, on one line."""
    return " ".join(inspect.cleandoc(kind.__doc__ or "").split("\n\n")[0].split())


def _limits(settings: ServerSettings) -> dict[str, Any]:
    return {
        "frame_bytes": MAX_FRAME_BYTES,
        "points_per_ink": 64,
        "ink_per_second": settings.ink_per_second,
        "ink_burst": settings.ink_burst,
        "other_messages_per_second": settings.commands_per_second,
        "other_messages_burst": settings.commands_burst,
        "connect_seconds": settings.connect_seconds,
        "unread_bytes": settings.outbox_bytes,
    }


def _operation_id(first: str, name: str) -> str:
    return first + "".join(part.capitalize() for part in name.split("_"))


def _message_reference(name: str) -> JsonSchema:
    return {"$ref": f"#/channels/game/messages/{name}"}


def _operation(action: str, name: str) -> JsonSchema:
    return {"action": action, "channel": {"$ref": "#/channels/game"}, "messages": [_message_reference(name)]}


def _received_operation(name: str, kind: type[msgspec.Struct]) -> JsonSchema:
    """Describe a message from a client, and what may answer it."""
    made = _operation("receive", name)
    answers = {
        "connect": ("hello", "connect_error"),
        "join": ("welcome", "reply"),
        "resync": ("snapshot", "reply"),
        "more": ("part", "reply"),
    }
    replies = answers.get(name, ("reply",) if issubclass(kind, Command) else ())
    if replies:
        made["reply"] = {
            "channel": {"$ref": "#/channels/game"},
            "messages": [_message_reference(one) for one in replies],
        }
    return made
