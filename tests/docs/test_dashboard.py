"""The dashboard names only what /metrics has."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from server import app
from server.metrics import Meters

DASHBOARD = Path(__file__).resolve().parents[2] / "deploy/grafana.json"
METRIC = re.compile(r"\b(?:inkling|process)_\w+")


class Anything:
    """Rooms, gateway, guesser and store of a server where nothing happens."""

    count = people = connections = messages = set_aside = 0
    ready = False
    interval = 0.2

    @property
    def outbox_relay(self) -> Any:
        return self

    def waiting(self) -> list[int]:
        return []


def names() -> set[str]:
    """Every series that a web process has."""
    nothing: Any = Anything()
    found = set(app._metrics_reader(nothing, nothing, nothing, nothing)())
    return found | {line.split("{")[0].split(" ")[0] for line in Meters().text().splitlines() if line[0] != "#"}


def expressions() -> list[str]:
    panels = json.loads(DASHBOARD.read_text(encoding="utf-8"))["panels"]
    return [target["expr"] for panel in panels for target in panel["targets"]]


def test_the_dashboard_names_only_what_there_is() -> None:
    asked = {name for expression in expressions() for name in METRIC.findall(expression)}
    assert asked
    assert asked <= names()


def test_every_histogram_is_on_the_dashboard() -> None:
    text = " ".join(expressions())
    for family in re.findall(r"# TYPE (\S+) histogram", Meters().text()):
        assert family in text
