"""One figure, as `make bench` prints and keeps it."""

from __future__ import annotations

from typing import Any


def line(
    name: str, value: float | None, unit: str, against: str = "", ratio: float | None = None, note: str = "",
    detail: dict[str, float] | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Build one line; `ratio` is ours divided by theirs, in the same run; `detail` is for pictures and tables."""
    made = {
        "name": name,
        "value": _short(value),
        "unit": unit,
        "against": against,
        "ratio": _short(ratio),
        "note": note,
    }
    return made if detail is None else {**made, "detail": detail}


def _short(number: float | None) -> float | None:
    """Round to four digits that count."""
    return None if number is None else float(f"{number:.4g}")
