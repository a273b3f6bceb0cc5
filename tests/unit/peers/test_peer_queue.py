"""What waits for another process."""

from __future__ import annotations

from server.peers.peer_queue import PeerQueue
from server.rooms.remote import messages
from server.rooms.remote.messages import ConnectionLost, JoinRequest


def test_a_connection_grows_older_while_its_knock_waits() -> None:
    lane = PeerQueue()
    lane.add(ConnectionLost(1), now=100.0)
    lane.add(JoinRequest(2, "ABCDEF", "somebody", "tab", b"", 1, False, age=1.5), now=100.0)
    first, again = (messages.decode_envelope(lane.next_envelope("me", now)) for now in (104.0, 130.0))
    # Redis was away: the same letter is posted again, and is older by then.
    assert (first.number, again.number) == (1, 1)
    assert [item.age for one in (first, again) for item in one.items if isinstance(item, JoinRequest)] == [5.5, 31.5]
