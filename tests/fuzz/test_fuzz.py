"""What `make fuzz` judges by more than time, in small counts."""

from __future__ import annotations

import pytest

from server.runtime.event_loop import run_event_loop
from tests.faults.outcome import Outcome
from tests.fuzz.lines import LINES

pytestmark = pytest.mark.redis


@pytest.mark.parametrize("name", [name for name, line in LINES.items() if line.short is not None])
def test_the_door_holds(name: str) -> None:
    async def short() -> Outcome:
        line = LINES[name].short
        assert line is not None
        return await line()

    found = run_event_loop(short())
    assert found.ok, found.found
