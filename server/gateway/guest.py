"""One connection as the gateway sees it: its member, its limits, and how often it was refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from server.gateway.limits import Bucket
from server.gateway.outbox import ClientOutbox
from server.rooms.member import Member
from server.settings import Settings

INK = frozenset({"ink", "undo", "clear"})
FLOOD_REFUSALS = 200
FLOOD_SECONDS = 10.0
"""Whoever is refused this often within this time is shown the door."""


@dataclass(slots=True, eq=False)
class Guest:
    """A greeted connection."""

    member: Member
    outbox: ClientOutbox
    address: str
    ink: Bucket
    commands: Bucket
    refusals: Bucket = field(repr=False)

    def may(self, event: str) -> bool:
        """Spend one message of the kind; False when there were too many."""
        return (self.ink if event in INK else self.commands).take()

    def flooding(self) -> bool:
        """Note a refusal for haste; True when it was one too many."""
        return not self.refusals.take()


def guest(member: Member, outbox: ClientOutbox, address: str, settings: Settings, clock: Callable[[], float]) -> Guest:
    """Make a guest with full buckets."""
    return Guest(
        member,
        outbox,
        address,
        Bucket(settings.ink_per_second, settings.ink_burst, clock),
        Bucket(settings.commands_per_second, settings.commands_burst, clock),
        Bucket(FLOOD_REFUSALS / FLOOD_SECONDS / 2, FLOOD_REFUSALS, clock),
    )
