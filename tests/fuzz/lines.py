"""What `make fuzz` does, line by line: how often in `make test` (where at all), and in full. Every process is a real one."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial

from tests.faults.outcome import Outcome
from tests.fuzz.attack import KINDS
from tests.fuzz.floods import floods
from tests.fuzz.openings import openings
from tests.fuzz.pictures import pictures
from tests.fuzz.slow import slow


@dataclass(frozen=True)
class Line:
    """One line of the table; what is only a comparison of times has no short form."""

    full: Callable[[], Awaitable[Outcome]]
    short: Callable[[], Awaitable[Outcome]] | None = None


LINES: dict[str, Line] = {
    "churn": Line(partial(openings, 100_000), partial(openings, 2000)),
    "slow": Line(partial(slow, 300), partial(slow, 300, 1.0)),
    "pictures": Line(pictures),
    **{kind: Line(partial(floods, kind)) for kind in KINDS},
}
