"""How many drawings to take at once: work-conserving, never more than fits the latency budget."""

from __future__ import annotations

from dataclasses import dataclass, field

WARMED_BATCH_SIZES = (1, 2, 4, 8, 16, 32, 64, 128)
"""Batch sizes the network is warmed for; a batch is padded to the next of them."""
BATCH_BUDGET_SECONDS = 0.025
"""Seconds one batch may take of a processor that it has for itself."""
FORGETTING_FACTOR = 0.98
"""How much of the running sums survives each batch."""
MAX_DELAY_RATIO = 3.0
"""A batch that took more than so many times what was expected counts for no more: something else held it up."""
MIN_FIT_WEIGHT = 8.0
"""From this weight of batches on something is expected."""


def round_up_batch_size(size: int) -> int:
    """Return the smallest warmed batch size that holds `size` drawings."""
    return next((limit for limit in WARMED_BATCH_SIZES if size <= limit), WARMED_BATCH_SIZES[-1])


@dataclass(slots=True)
class BatchTimeFit:
    """A running least-squares fit of seconds = per_item · n + fixed, with exponential forgetting."""

    weight: float = 0.0
    n: float = 0.0
    s: float = 0.0
    nn: float = 0.0
    ns: float = 0.0

    def note(self, size: int, seconds: float) -> None:
        """Take one batch into account."""
        if self.weight > MIN_FIT_WEIGHT:
            seconds = min(seconds, MAX_DELAY_RATIO * (self.fixed + self.per_item * size))
        self.weight = self.weight * FORGETTING_FACTOR + 1
        self.n = self.n * FORGETTING_FACTOR + size
        self.s = self.s * FORGETTING_FACTOR + seconds
        self.nn = self.nn * FORGETTING_FACTOR + size * size
        self.ns = self.ns * FORGETTING_FACTOR + size * seconds

    @property
    def per_item(self) -> float:
        """Seconds one more drawing costs; never more than the mean, whatever one late batch makes of the fit."""
        mean = self.s / self.n if self.n else 0.001
        spread = self.weight * self.nn - self.n * self.n
        if spread <= 1e-9 * self.weight:
            return mean
        return min(max((self.weight * self.ns - self.n * self.s) / spread, 1e-5), mean)

    @property
    def fixed(self) -> float:
        """Seconds a batch costs before its first drawing."""
        return max((self.s - self.per_item * self.n) / self.weight, 0.0) if self.weight else 0.0


@dataclass(slots=True)
class BatchSizer:
    """How large batches should be, and how many drawings a second that gives, from what the batches before took."""

    took: BatchTimeFit = field(default_factory=BatchTimeFit)
    """By the clock on the wall."""
    cost: BatchTimeFit = field(default_factory=BatchTimeFit)
    """Without the time that other processes had the processor."""

    def note(self, size: int, seconds: float, cost: float = float("inf")) -> None:
        """Take one batch into account, and what processor time it cost where that is known."""
        self.took.note(size, seconds)
        self.cost.note(size, min(seconds, cost))

    @property
    def cap(self) -> int:
        """The largest warmed batch whose cost is within the budget, at least 1.

        Cost, and not the time it took: small batches on a busy machine would make it busier still. Where a batch's fixed
        cost alone takes most of the budget, small batches would only waste it: then as many fit as cost as much again.
        """
        fits = max(BATCH_BUDGET_SECONDS - self.cost.fixed, self.cost.fixed) / self.cost.per_item
        return max((limit for limit in WARMED_BATCH_SIZES if limit <= fits), default=1)

    @property
    def rate(self) -> float:
        """Drawings a second at the cap."""
        cap = self.cap
        return cap / (self.took.fixed + self.took.per_item * cap)
