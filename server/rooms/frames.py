"""From events to messages: everything new of one tick, encoded once for each audience."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from server.game import redact
from server.game.events import (
    ClockResumed,
    ClockStopped,
    Event,
    GuessWeighed,
    Hit,
    HostChanged,
    InkDrawn,
    PhaseBegan,
    PlayerCameBack,
    PlayerJoined,
    PlayerLeft,
    PlayerWentAway,
    RoundVoided,
)
from server.game.ids import Millis, Pose, RoundId, Seat
from server.game.state import RoomState
from server.protocol import Announcement, Frame, GuessOut, InkOut, encode_packet


@dataclass(slots=True)
class TickDelta:
    """What happened since the last frame, sorted by what a frame needs."""

    ink: list[InkDrawn] = field(default_factory=list)
    stored: dict[Seat, tuple[RoundId, int]] = field(default_factory=dict)
    guessed: dict[Seat, GuessWeighed] = field(default_factory=dict)
    others: list[Event] = field(default_factory=list)
    """All other events, in order."""
    arrived: set[Seat] = field(default_factory=set)
    phase: str = ""
    changed: bool = False
    ticked: bool = False
    """Whether waiting ink was taken in; without it only guesses and what they changed is new."""

    def add(self, events: Iterable[Event]) -> None:
        """Sort events in."""
        for event in events:
            if isinstance(event, InkDrawn):
                self.ink.append(event)
                self.stored[event.seat] = (event.round, event.seq)
            elif isinstance(event, GuessWeighed):
                self.guessed[event.seat] = event
            else:
                self.changed = True
                self._note(event)

    def acknowledge(self, seat: Seat, round_id: RoundId, seq: int) -> None:
        """Report ink as stored that had been stored before (a resend)."""
        self.stored.setdefault(seat, (round_id, seq))

    def _note(self, event: Event) -> None:
        if isinstance(event, PhaseBegan):
            self.phase = event.phase
        elif isinstance(event, (PlayerJoined, PlayerCameBack)):
            self.arrived.add(event.seat)
        self.others.append(event)


def encode_frame(
    state: RoomState, delta: TickDelta, audience: str, offset: int, now: Millis, poses: dict[Seat, Pose], left: int = 0
) -> str:
    """Encode the frame for one audience; one that does not see everybody's ink sees that pens move.

    `left`: so many results are too much for it, and come when they are asked for.
    """
    seen = redact.sees_ink(state, audience)
    return encode_packet(
        Frame(
            o=offset,
            t=now,
            stored={int(seat): (int(round_id), seq) for seat, (round_id, seq) in delta.stored.items()},
            ink=tuple(_ink_message(drawn) for drawn in delta.ink) if seen else (),
            activity={} if seen else redact.count_drawn_points(state, {drawn.seat for drawn in delta.ink}),
            poses={int(seat): pose for seat, pose in poses.items()},
            events=tuple(_announce_events(state, delta.others, audience)),
            view=redact.picture_room(state, audience) if delta.changed else None,
            avatars=tuple(a for a in redact.picture_avatars(state) if a.seat in delta.arrived) if delta.arrived else (),
            results=redact.visible_results(state) if delta.phase in ("reveal", "podium") and not left else (),
            left=left,
        )
    )


def encode_guess(event: GuessWeighed, asked_at: float) -> str:
    """Encode what Inkling says to the one who draws."""
    saying = event.saying
    return encode_packet(
        GuessOut(
            round=event.round,
            seq=event.seq,
            revision=event.revision,
            pose=saying.pose,
            says=saying.says,
            mutters=saying.mutters,
            confidence=round(saying.confidence, 3),
            asked_at=asked_at,
        )
    )


def _ink_message(drawn: InkDrawn) -> InkOut:
    op = drawn.op
    return InkOut(drawn.seat, drawn.seq, op.kind, op.joined, op.segments)


def _announce_events(state: RoomState, events: Iterable[Event], audience: str) -> Iterator[Announcement]:
    """Yield what there is to announce to an audience."""
    for event in events:
        allowed = redact.redact_event_for_audience(event, state, audience)
        announcement = None if allowed is None else _event_to_announcement(allowed)
        if announcement is not None:
            yield announcement


def _event_to_announcement(event: Event) -> Announcement | None:
    match event:
        case PlayerJoined(seat):
            return Announcement("joined", seat)
        case PlayerCameBack(seat):
            return Announcement("came_back", seat)
        case PlayerWentAway(seat):
            return Announcement("went_away", seat)
        case PlayerLeft(seat, kicked):
            return Announcement("kicked" if kicked else "left", seat)
        case HostChanged(seat):
            return Announcement("host", seat)
        case Hit():
            return Announcement("hit", event.seat, event.at, event.points, event.first)
        case ClockStopped():
            return Announcement("clock_stopped")
        case ClockResumed():
            return Announcement("clock_resumed")
        case RoundVoided():
            return Announcement("round_void")
        case _:
            return None
