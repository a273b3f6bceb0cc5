"""The connected players of a room, and what they are sent. Everything here is sent after it is stored."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from server.game import redact
from server.game.events import PlayerLeft
from server.game.game import Game
from server.game.ids import Millis, PlayerId, Pose, Seat
from server.protocol import Reply, Snapshot, Welcome, encode_packet
from server.rooms import frames, snapshot_parts
from server.rooms.member import Member


class Members:
    """Members by seat. `build_snapshot` pictures the room for one seat; it is the room's to know offset and time."""

    def __init__(
        self, game: Game, build_snapshot: Callable[[Seat], tuple[Snapshot, deque[snapshot_parts.PartKey]]]
    ) -> None:
        self._game = game
        self._build_snapshot = build_snapshot
        self._members: dict[Seat, Member] = {}
        self._poses: dict[Seat, Pose] = {}
        self._unsent_poses: dict[Seat, Pose] = {}
        self._asked_at: dict[Seat, float] = {}
        self._snapshotted: set[Member] = set()

    def __len__(self) -> int:
        return len(self._members)

    def of(self, player: PlayerId) -> Member | None:
        """Return the player's live connection."""
        seat = self._game.seat_of(player)
        return None if seat is None else self._members.get(seat)

    def seat(self, member: Member, seat: Seat) -> None:
        """Bind a connection to its seat; an older connection of the same player has to go."""
        before = self._members.get(seat)
        if before is not None and before is not member:
            before.lose_seat()
            before.outbox.close("replaced")
        member.seat = seat
        self._members[seat] = member

    def refusal_of_join(self, member: Member, tab: str, takeover: bool) -> str:
        """Say why a connection may not have its player's seat, or nothing.

        Who proves the identity gets the seat back, however many welcomes were lost on the way. Only a live connection is
        protected: from another tab that does not ask for it, and from an older connection of the same tab whose join is
        delivered late.
        """
        live = self.of(member.player)
        if live is None:
            return ""
        if live.tab == tab:
            return "wrong_token" if member.opened < live.opened else ""
        return "" if takeover else "seat_taken"

    def welcome(self, member: Member, seat: Seat, request: int, token: str) -> None:
        """Give a member its seat, its token and the whole room."""
        if self._members.get(seat) is member:
            member.outbox.send(encode_packet(Welcome(request, seat, token, self._snapshot_for(member, seat))))

    def remove(self, member: Member) -> bool:
        """Forget a lost connection; False if another one has its seat by now."""
        if member.seat is None or self._members.get(member.seat) is not member:
            return False
        del self._members[member.seat]
        return True

    def dismiss(self, left: PlayerLeft) -> None:
        """Close the connection of somebody whose seat is gone."""
        member = self._members.pop(left.seat, None)
        if member is not None:
            member.lose_seat()
            member.outbox.close("kicked" if left.kicked else "left")

    def close_all(self, code: str) -> None:
        """Close every connection."""
        for member in list(self._members.values()):
            member.lose_seat()
            member.outbox.close(code)

    def broadcast(self, text: str) -> None:
        """Send one packet to everybody."""
        for member in self._members.values():
            member.outbox.send(text)

    def note_guess_asked_at(self, seat: Seat, asked_at: float) -> None:
        """Note when the guess that is sent next was asked for."""
        self._asked_at[seat] = asked_at

    def publish(self, delta: frames.TickDelta, offset: int, now: Millis) -> None:
        """Send one frame per audience and the drawers their guesses."""
        self._note_poses(delta)
        # Guesses first: each leaves in one write with the frame.
        for seat, event in delta.guessed.items():
            member = self._members.get(seat)
            if member is not None:
                member.outbox.droppable("guess", frames.encode_guess(event, self._asked_at.pop(seat, 0.0)))
        if delta.ink or delta.stored or delta.changed or (delta.ticked and self._unsent_poses):
            self._send_frames(delta, offset, now)
        self._snapshotted.clear()

    @property
    def has_unsent_poses(self) -> bool:
        """Whether a pose waits for the next tick's frame."""
        return bool(self._unsent_poses)

    def show(self, member: Member) -> None:
        """Send the whole picture."""
        if member.seat is not None:
            member.outbox.send(encode_packet(self._snapshot_for(member, member.seat)))

    def part(self, member: Member, request: int, offset: int, now: Millis) -> None:
        """Send the next part of a member's picture, and the reply to its request."""
        if member.seat is not None and self._members.get(member.seat) is member:
            member.outbox.send(
                encode_packet(snapshot_parts.build_next_part(self._game.state, member.seat, member.rest, offset, now))
            )
            member.outbox.send(encode_packet(Reply(request, ok=True)))

    def _send_frames(self, delta: frames.TickDelta, offset: int, now: Millis) -> None:
        poses, self._unsent_poses = self._unsent_poses, {}
        encoded: dict[str, str] = {}
        to_come = snapshot_parts.keys_of_late_results(self._game.state) if delta.phase in ("reveal", "podium") else []
        for seat, member in list(self._members.items()):
            if member in self._snapshotted:
                continue
            audience = self._game.audience(seat)
            if member.outbox.overflowed:
                self.show(member)
                continue
            # Who sees all from now on gets that with the snapshot, not before it.
            gains_sight = self._gains_sight(member, audience)
            encoded_for = member.audience if gains_sight else audience
            if encoded_for not in encoded:
                encoded[encoded_for] = frames.encode_frame(
                    self._game.state, delta, encoded_for, offset, now, poses, len(to_come)
                )
            member.outbox.send(encoded[encoded_for])
            if to_come:
                member.rest = deque([*to_come, *(key for key in member.rest if key[0] == "avatar")])
            if gains_sight:
                self.show(member)
            member.audience = audience

    def _gains_sight(self, member: Member, audience: str) -> bool:
        """Whether a member sees everybody's ink from now on, and did not in its last snapshot or frame."""
        if audience == member.audience or not member.audience:
            return False
        state = self._game.state
        return redact.sees_ink(state, audience) and not redact.sees_ink(state, member.audience)

    def _snapshot_for(self, member: Member, seat: Seat) -> Snapshot:
        member.audience = self._game.audience(seat)
        self._snapshotted.add(member)
        snapshot, member.rest = self._build_snapshot(seat)
        return snapshot

    def _note_poses(self, delta: frames.TickDelta) -> None:
        """Note where Inkling changed its pose: sent with the next frame, at the latest with that of the tick."""
        if delta.phase:
            self._poses.clear()
            self._unsent_poses.clear()
        for seat, event in delta.guessed.items():
            if self._poses.get(seat) != event.saying.pose:
                self._unsent_poses[seat] = self._poses[seat] = event.saying.pose
