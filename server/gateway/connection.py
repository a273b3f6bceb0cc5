"""One connection as the gateway sees it: its member and its limits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from server.access.token_buckets import TokenBucket
from server.gateway.outbox import ClientOutbox
from server.rooms.member import Member
from server.settings import ServerSettings

INK_EVENTS = frozenset({"ink", "undo", "clear"})


@dataclass(slots=True, eq=False)
class ClientConnection:
    """A greeted connection."""

    member: Member
    outbox: ClientOutbox
    address: str
    known: bool
    """Whether it came with a token."""
    ink: TokenBucket
    commands: TokenBucket

    def may(self, event: str) -> bool:
        """Spend one message of the kind; False when there were too many."""
        return (self.ink if event in INK_EVENTS else self.commands).take()


def new_client_connection(
    member: Member,
    outbox: ClientOutbox,
    address: str,
    known: bool,
    settings: ServerSettings,
    clock: Callable[[], float],
) -> ClientConnection:
    """Make a connection with full buckets."""
    return ClientConnection(
        member,
        outbox,
        address,
        known,
        TokenBucket(settings.ink_per_second, settings.ink_burst, clock),
        TokenBucket(settings.commands_per_second, settings.commands_burst, clock),
    )
