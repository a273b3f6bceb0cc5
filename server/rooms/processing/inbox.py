"""What waits in one room: commands with who is to hear of their outcome, and answers of the guesser. Both are bounded."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from server.game.commands import Command, Draw
from server.game.events import Refused
from server.game.ids import Millis
from server.protocol import RefusedOut, Reply, encode_packet
from server.rooms.member import Member
from server.rooms.ports import Clock

MAX_INBOX_COMMANDS = 4096
"""Commands that may wait in one room; beyond that senders hear `slow_down`. As many guesses may wait beside them."""


@dataclass(slots=True, eq=False)
class QueuedCommand:
    """A command in the inbox with who is to hear of it. Made for every message, so it is not frozen: that costs."""

    command: Command
    at: Millis
    """Room time of its receipt."""
    member: Member | None = None
    request: int | None = None
    event: str = ""
    token: str = ""
    asked_at: float = 0.0
    tab: str = ""
    takeover: bool = False

    def confirm(self) -> None:
        """Tell the sender that the command has its effect, if it has an id."""
        if self.member is not None and self.request is not None:
            self.member.outbox.send(encode_packet(Reply(self.request, ok=True)))

    def refuse(self, refused: Refused) -> None:
        """Tell the sender why the command has no effect: by its id, or for ink by its number."""
        if self.member is None:
            return
        if self.request is not None:
            self.member.outbox.send(encode_packet(Reply(self.request, ok=False, code=refused.code)))
        elif isinstance(self.command, Draw):
            draw = self.command
            self.member.outbox.send(
                encode_packet(RefusedOut(self.event, refused.code, draw.round, draw.seq, refused.expected))
            )


class Inbox:
    """The commands and guesses that wait; `wake` is called when the room has to look again when it is due."""

    def __init__(self, clock: Clock, wake: Callable[[], None]) -> None:
        self._clock, self._wake = clock, wake
        self.commands: deque[QueuedCommand] = deque()
        self.guesses: deque[QueuedCommand] = deque()
        """What the guesser answered: handled before commands, twice a tick."""
        self.urgent = False
        """Whether a command waits that is handled at once; ink waits for its tick."""
        self.guesses_since = 0.0
        """When the oldest waiting guess came (s, the process's clock)."""

    def __len__(self) -> int:
        return len(self.commands) + len(self.guesses)

    def put(self, item: QueuedCommand, urgent: bool, force: bool = False) -> bool:
        """Take a command in; false when too many wait, unless it has to be taken."""
        if len(self.commands) >= MAX_INBOX_COMMANDS and not force:
            return False
        earlier = not self.commands or (urgent and not self.urgent)
        self.commands.append(item)
        self.urgent = self.urgent or urgent
        if earlier:
            self._wake()
        return True

    def put_guess(self, item: QueuedCommand) -> None:
        """Take an answer of the guesser in; one too many is dropped, for newer ones come."""
        if len(self.guesses) >= MAX_INBOX_COMMANDS:
            return
        if not self.guesses:
            self.guesses_since = self._clock.now()
            self._wake()
        self.guesses.append(item)

    def close(self, code: str) -> None:
        """Close the connections that asked for a seat at the last moment: they have to ask elsewhere."""
        for item in self.commands:
            if item.member is not None and item.member.room is None:
                item.member.outbox.close(code)
