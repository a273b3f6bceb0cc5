"""Modes are sets of rules beside each other, and what they share asks the mode of the room."""

from __future__ import annotations

from typing import Any, get_args

import pytest

from server.game.commands import Again, Configure, Settings, SettingsChange, Tick
from server.game.events import DrawingFinished, GameEnded, Hit
from server.game.game import Game
from server.game.ids import ModeName, PlayerId, Seat
from server.game.modes.registry import MODES
from server.game.redact import picture_canvases, picture_room, redact_event, redact_event_for_audience
from tests.unit.game.secretive import Secretive, Skip
from tests.unit.game.table import Table, only

A, B = PlayerId("a"), PlayerId("b")
HOST, OTHER = Seat(0), Seat(1)
OTHER_MODE: Any = "secretive"


@pytest.fixture
def two_modes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(MODES, OTHER_MODE, Secretive())


def secretive() -> Table:
    table = Table("ab", mode=OTHER_MODE)
    table.start()
    return table


def test_every_mode_has_a_name_that_is_stored_and_answers_to_it() -> None:
    assert tuple(MODES) == get_args(ModeName)
    assert [mode.name for mode in MODES.values()] == list(MODES)


def test_a_command_of_another_mode_is_refused() -> None:
    table = Table("a")
    table.start()
    assert table.code(Skip(A)) == "not_now"


@pytest.mark.usefixtures("two_modes")
def test_a_command_of_its_own_reaches_the_mode() -> None:
    table = secretive()
    table.do(Skip(A))
    table.do(Tick())
    assert table.phase == "reveal"


@pytest.mark.usefixtures("two_modes")
def test_a_room_is_pictured_for_an_audience() -> None:
    table = secretive()
    state = table.game.state
    known, guessed = (picture_room(state, audience).round for audience in ("knows", "guesses"))
    assert known is not None
    assert guessed is not None
    assert (known.prompt, guessed.prompt) == (table.prompt, "")
    assert known.id == guessed.id


@pytest.mark.usefixtures("two_modes")
def test_whoever_has_no_seat_sees_no_more_than_the_mode_says() -> None:
    table = secretive()
    view = table.game.view()
    assert view.round is not None
    assert table.prompt not in repr(view)


@pytest.mark.usefixtures("two_modes")
def test_the_mode_says_who_learns_of_an_event_and_who_sees_ink() -> None:
    table = secretive()
    hit = only(table.hit("b"), Hit)
    state = table.game.state
    assert redact_event(hit, state, HOST) is hit
    assert redact_event(hit, state, OTHER) is None
    assert redact_event_for_audience(hit, state, "knows") is hit
    assert redact_event_for_audience(hit, state, "guesses") is None
    assert picture_canvases(state, HOST)[1].strokes


@pytest.mark.usefixtures("two_modes")
def test_the_host_chooses_the_mode_of_the_next_game_between_games() -> None:
    table = Table("a", rounds=1)
    table.start()
    table.to_reveal()
    change = Configure(A, SettingsChange(mode=OTHER_MODE))
    assert table.code(change) == "not_now"
    table.wait(60_000)
    assert table.phase == "podium"
    table.do(change)
    assert (table.game.view().settings.mode, table.game.view().mode) == (OTHER_MODE, "race")
    table.do(Again(A))
    assert table.game.view().mode == OTHER_MODE


@pytest.mark.usefixtures("two_modes")
def test_drawings_and_games_name_the_mode_that_they_were_made_in() -> None:
    table = Table("a", mode=OTHER_MODE, rounds=1)
    table.join("b", keep=True)
    table.start()
    table.hit("b")
    events = table.wait(60_000)
    assert only(events, DrawingFinished).mode == only(events, GameEnded).mode == OTHER_MODE


@pytest.mark.usefixtures("two_modes")
def test_a_room_begins_in_the_mode_that_it_is_made_with() -> None:
    assert Game.create("ABCDEF", 1, Settings(mode=OTHER_MODE)).view().mode == OTHER_MODE
