"""One figure, as `make bench` prints and keeps it."""

from __future__ import annotations

from typing import Any


def line(
    name: str, value: float | None, unit: str, against: str = "", ratio: float | None = None, note: str = ""
) -> dict[str, Any]:
    """Build one line; `ratio` is ours divided by theirs, in the same run."""
    return {
        "name": name, "value": _short(value), "unit": unit, "against": against, "ratio": _short(ratio), "note": note,
    }  # fmt: skip


def _short(number: float | None) -> float | None:
    """Round to four digits that count."""
    return None if number is None else float(f"{number:.4g}")
