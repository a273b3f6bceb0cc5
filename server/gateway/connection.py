"""One connection as the gateway sees it: its member and its limits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from server.access.token_buckets import Bucket
from server.gateway.outbox import ClientOutbox
from server.rooms.member import Member
from server.settings import Settings

INK = frozenset({"ink", "undo", "clear"})


@dataclass(slots=True, eq=False)
class Guest:
    """A greeted connection."""

    member: Member
    outbox: ClientOutbox
    address: str
    known: bool
    """Whether it came with a token."""
    ink: Bucket
    commands: Bucket

    def may(self, event: str) -> bool:
        """Spend one message of the kind; False when there were too many."""
        return (self.ink if event in INK else self.commands).take()


def guest(
    member: Member, outbox: ClientOutbox, address: str, known: bool, settings: Settings, clock: Callable[[], float]
) -> Guest:
    """Make a guest with full buckets."""
    return Guest(
        member,
        outbox,
        address,
        known,
        Bucket(settings.ink_per_second, settings.ink_burst, clock),
        Bucket(settings.commands_per_second, settings.commands_burst, clock),
    )
