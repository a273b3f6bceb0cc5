"""The fault tests of docs/reliability.md: how often each is done here and in full. Every process is a real one."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial

from tests.faults.clients import f8, f9, f10, f15
from tests.faults.clocks import f13, f14
from tests.faults.disk import f17
from tests.faults.machine import f4
from tests.faults.outcome import Outcome
from tests.faults.stores import f3, f6, f7, f12
from tests.faults.webs import f1, f2, f5, f11, f16

CLIENTS = min(2000, 400 * (os.cpu_count() or 1))
"""Clients and servers share the machine."""


@dataclass(frozen=True)
class Fault:
    """How often a fault is done in `make test`, and in `make faults`."""

    run: Callable[[], Awaitable[Outcome]]
    full: Callable[[], Awaitable[Outcome]]


FAULTS: dict[str, Fault] = {
    "F1": Fault(partial(f1, 2), partial(f1, 100)),
    "F2": Fault(partial(f2, 3), partial(f2, 50)),
    "F3": Fault(partial(f3, 2, (0.2, 1.5)), partial(f3, 30)),
    "F4": Fault(partial(f4, 1), partial(f4, 30)),
    "F5": Fault(partial(f5, 1), partial(f5, 5)),
    "F6": Fault(partial(f6, 100), partial(f6, 1000)),
    "F7": Fault(partial(f7, 1), partial(f7, 25)),
    "F8": Fault(partial(f8, 5), partial(f8, 60, 3)),
    "F9": Fault(partial(f9, 20), partial(f9, 100)),
    "F10": Fault(partial(f10, 80), partial(f10, CLIENTS)),
    "F11": Fault(partial(f11, 1), partial(f11, 5)),
    "F12": Fault(partial(f12, 4), partial(f12, 20)),
    "F13": Fault(partial(f13, 5), partial(f13, 600)),
    "F14": Fault(partial(f14, 4), partial(f14, 100)),
    # Without a guesser a round ends after a minute, and the next one has an empty canvas.
    "F15": Fault(partial(f15, 1), partial(f15, 2)),
    "F16": Fault(partial(f16, 2), partial(f16, 20)),
    "F17": Fault(partial(f17, 3, 1), partial(f17, 20, 6)),
}
SOAK = Fault(partial(f13, 60), partial(f13, 3600, "soak"))
"""`python -m tests.faults soak`: an hour of F13 at a load, in which memory is judged, too."""
