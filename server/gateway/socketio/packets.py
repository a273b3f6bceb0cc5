"""Socket.IO packets as clients send them: checked, and events with their JSON unparsed."""

from __future__ import annotations

from typing import Any

from socketio import packet as sio_packet

RESERVED_EVENTS = frozenset({"connect", "disconnect", "connect_error", "newListener", "removeListener"})
"""Events that Socket.IO itself knows; no client sends them."""


class MalformedFrame(ValueError):
    """A frame that no client of ours sends; the connection is closed."""


class UnparsedPacket(sio_packet.Packet):
    """A Socket.IO packet without binary parts. Events keep their JSON unparsed: `decode_message` reads it once."""

    uses_binary_events = False
    data: Any

    def decode(self, encoded_packet: str) -> int:
        """Read type, namespace and, for events, name and raw argument. Raises MalformedFrame."""
        self.namespace, self.data, self.id = None, None, None
        if not isinstance(encoded_packet, str) or not encoded_packet:
            raise MalformedFrame("no text")
        kind, rest = encoded_packet[0], encoded_packet[1:]
        if kind == "0":
            self.packet_type = sio_packet.CONNECT
            self.data = rest or "{}"
        elif kind == "1" and not rest:
            self.packet_type = sio_packet.DISCONNECT
        elif kind == "2":
            self.packet_type = sio_packet.EVENT
            self.data = split_event(rest)
        else:
            raise MalformedFrame("packet type")
        return 0


def split_event(text: str) -> list[str]:
    """Split `["name",{…}]` into name and raw argument. No ack ids, no other namespaces, exactly one argument."""
    if not text.startswith('["') or not text.endswith("]"):
        raise MalformedFrame("event")
    end = text.find('"', 2)
    name = text[2:end]
    if end < 3 or not name.isidentifier() or text[end + 1 : end + 2] != ",":
        raise MalformedFrame("event name")
    return [name, text[end + 2 : -1]]
