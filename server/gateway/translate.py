"""From typed messages to the game's commands. The player is the connection's, never the message's."""

from __future__ import annotations

from server.game import limits
from server.game.commands import (
    Again,
    Command,
    Configure,
    Device,
    Done,
    Draw,
    Join,
    Kick,
    Leave,
    Lock,
    Ready,
    SettingsChange,
    Start,
    Teach,
    Unteach,
)
from server.game.ids import PlayerId, RoundId, Seat
from server.protocol import (
    AgainIn,
    ClearIn,
    ClientMessage,
    DoneIn,
    DoodleStrokes,
    InkIn,
    JoinIn,
    KickIn,
    LeaveIn,
    LockIn,
    ReadyIn,
    SettingsIn,
    StartIn,
    TeachIn,
    UndoIn,
    UnteachIn,
)
from server.text import MAX_WORD_CHARACTERS, clean_text

MAX_AVATAR_POINTS = 500
"""Points of an avatar in all: with everything else that a join carries they fit in one frame."""


def command_from_message(message: ClientMessage, player: PlayerId) -> Command:
    """Translate any message of a seated player. Raises TypeError for what is not a command."""
    match message:
        case InkIn() | UndoIn() | ClearIn():
            return Draw(player, RoundId(message.round), message.seq, message.op)
        case LeaveIn():
            return Leave(player)
        case ReadyIn():
            return Ready(player, message.ready)
        case SettingsIn():
            change = SettingsChange(
                rounds=message.rounds,
                seconds=message.seconds,
                seats=message.seats,
                pack=message.pack,
                open_table=message.open_table,
                keep=message.keep,
                mode=message.mode,
            )
            return Configure(player, change)
        case StartIn():
            return Start(player)
        case DoneIn():
            return Done(player, RoundId(message.round))
        case AgainIn():
            return Again(player)
        case KickIn():
            return Kick(player, Seat(message.seat))
        case LockIn():
            return Lock(player, message.locked)
        case TeachIn():
            return Teach(player, message.word, message.sketch)
        case UnteachIn():
            return Unteach(player, message.word)
        case _:
            raise TypeError(type(message).__name__)


def clean_teach_message(message: TeachIn) -> TeachIn | str:
    """Clean what somebody teaches; returns a refusal code where nothing is left of it."""
    word = clean_text(message.word, MAX_WORD_CHARACTERS)
    if word is None:
        return "bad_word"
    if not are_valid_strokes(message.sketch, limits.MAX_POINTS_PER_SKETCH):
        return "bad_ink"
    return TeachIn(message.id, word, message.sketch)


def are_valid_strokes(strokes: DoodleStrokes, points: int) -> bool:
    """Tell whether strokes have axes of one length each, and so many points at most."""
    return all(len(x) == len(y) for x, y in strokes) and sum(len(x) for x, _ in strokes) <= points


def join_command_from(message: JoinIn, player: PlayerId, name: str) -> Join:
    """Translate a join; `name` is cleaned already."""
    device = Device(message.device.pointer, message.device.width, message.device.height)
    source = "bot" if message.bot else "player"
    return Join(player, name, message.avatar, message.keep, device, source)
