"""A frame holds what its audience may know, and the log's name of a command says which mode has it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from server.game.commands import Join, Tick
from server.game.ids import Millis
from server.game.modes.registry import MODES
from server.rooms import codec, frames
from tests.unit.game.secretive import Secretive, Skip
from tests.unit.game.table import Table

OTHER_MODE: Any = "secretive"


@pytest.mark.parametrize(("audience", "knows"), [("knows", True), ("guesses", False)])
def test_what_a_mode_hides_from_an_audience_is_in_none_of_its_frames(
    audience: str, knows: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(MODES, OTHER_MODE, Secretive())
    table = Table("ab", mode=OTHER_MODE)
    table.start()
    news = frames.TickDelta()
    news.add(table.hit("b"))
    text = frames.encode_frame(table.game.state, news, audience, 1, Millis(0), {})
    frame = json.loads(text[text.index("{") : -1])
    assert (table.prompt in text) is knows
    assert [one["kind"] for one in frame.get("events", [])] == (["hit"] if knows else [])
    assert frame["ink"]


def test_the_log_names_a_command_that_one_mode_has_with_its_mode() -> None:
    names = codec.name_commands([Secretive()])
    assert names["race.Skip"] is Skip
    assert (names["Join"], names["Tick"]) == (Join, Tick)
    assert set(names) - set(codec.name_commands([])) == {"race.Skip"}
