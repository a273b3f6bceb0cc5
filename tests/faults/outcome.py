"""What a fault test finds: counts, times with bounds, and whether all is well."""

from __future__ import annotations

import statistics
from dataclasses import dataclass, field

from tests.faults.checker import Verdict, check
from tests.faults.drawer import Drawer
from tests.faults.town import Town


@dataclass
class Outcome:
    """One line of the table."""

    id: str
    fault: str
    count: int
    found: str
    ok: bool
    seconds: float = 0.0
    """How long it took."""
    skipped: str = ""
    """Why it could not be done here."""


@dataclass
class Times:
    """Seconds that something took, with a bound."""

    name: str
    bound: float
    values: list[float] = field(default_factory=list)
    share: float = 0.99

    def add(self, value: float) -> None:
        self.values.append(value)

    @property
    def reached(self) -> float:
        ordered = sorted(self.values)
        return ordered[min(len(ordered) - 1, int(self.share * len(ordered)))] if ordered else 0.0

    @property
    def ok(self) -> bool:
        return bool(self.values) and self.reached <= self.bound

    def __str__(self) -> str:
        median = statistics.median(self.values) if self.values else 0.0
        top = f"p{self.share * 100:g}" if self.share < 1 else "most"
        return f"{self.name} {median:.2f} s, {top} {self.reached:.2f} (≤ {self.bound:g})"


def outcome(
    id: str, fault: str, count: int, verdict: Verdict, *times: Times, also: str = "", ok: bool = True
) -> Outcome:
    """Make a line of the table."""
    found = "; ".join([str(verdict), *map(str, times), *([also] if also else [])])
    return Outcome(id, fault, count, found, verdict.ok and ok and all(one.ok for one in times))


def back(drawers: list[Drawer], since: float) -> bool:
    """Whether everybody sits and has heard something since."""
    return all(one.joined.is_set() and one.heard_at > since and one.saving for one in drawers)


def writes(drawers: list[Drawer], since: float) -> bool:
    """Whether everybody who may draw has had ink stored since."""
    return all(one.view.get("phase") != "drawing" or one.stored_at > since for one in drawers)


def plays_on(made: Town, since: float) -> bool:
    """Whether everybody is back, and writes."""
    return back(made.players, since) and writes(made.players, since)


async def finished(made: Town, canvases: bool = True, drawn: bool = True) -> Verdict:
    """End the drawing and judge; `drawn`: a town in which nothing was stored proves nothing."""
    await made.finish()
    verdict = await check(made, canvases)
    if drawn and not (verdict.acked and verdict.drawings):
        verdict.problems.append("nothing was drawn")
    return verdict
