"""Every fault a few times; `make faults` does it often."""

from __future__ import annotations

import pytest

from tests.faults.faults import FAULTS

pytestmark = pytest.mark.redis


@pytest.mark.parametrize("name", FAULTS)
async def test_nothing_is_lost_or_doubled(name: str) -> None:
    outcome = await FAULTS[name].run()
    assert outcome.ok, outcome.found
