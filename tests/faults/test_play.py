"""`inkling play` killed in the middle of a round gives the same game back, and what waited for a guess is guessed."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from tests.faults.machine import PlayTown
from tests.faults.town import until

pytestmark = [pytest.mark.redis, pytest.mark.tensorflow]


async def test_ink_that_waited_for_a_guess_is_guessed_after_the_restart(tmp_path: Path) -> None:
    made = PlayTown(tmp_path)
    try:
        await made.up()
        (anna,) = await made.open_room(1, seconds=300, rounds=1)
        await until(lambda: anna.guesses > 0, 150)
        os.kill(made.child("guesser"), signal.SIGSTOP)
        stored = anna.page.acked
        await until(lambda: anna.page.acked > stored + 2, 60)
        anna.drawing = False
        await until(lambda: anna.settled, 60)
        made.kill_all()
        view, ink, guesses = anna.view, anna.canvases, anna.guesses
        await made.up()
        await until(lambda: anna.guesses > guesses, 150)
        assert (anna.view["round"]["prompt"], anna.view["players"], anna.view["phase"]) == (
            view["round"]["prompt"],
            view["players"],
            "drawing",
        )
        assert anna.canvases == ink
        assert not anna.problems
    finally:
        await made.end()
