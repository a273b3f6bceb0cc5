"""Every fault a few times; `make faults` does it often."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.faults.faults import FAULTS
from tests.faults.outcome import Outcome
from tests.faults.schedule import outcomes

pytestmark = [pytest.mark.redis, pytest.mark.asyncio(loop_scope="module")]

Found = dict[str, asyncio.Future[Outcome]]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def found(request: pytest.FixtureRequest) -> AsyncIterator[Found]:
    """What each fault led to; all that this run asks for are on their way at once."""
    names = [name for name in FAULTS if any(f"[{name}]" in item.nodeid for item in request.session.items)]
    waiting: Found = {name: asyncio.get_running_loop().create_future() for name in names}

    async def do() -> None:
        async for outcome in outcomes(names, short=True):
            waiting[outcome.id].set_result(outcome)

    doing = asyncio.create_task(do())
    yield waiting
    doing.cancel()
    await asyncio.gather(doing, return_exceptions=True)


@pytest.mark.parametrize("name", FAULTS)
async def test_nothing_is_lost_or_doubled(name: str, found: Found) -> None:
    outcome = await found[name]
    if outcome.skipped:
        pytest.skip(outcome.skipped)
    assert outcome.ok, outcome.found
