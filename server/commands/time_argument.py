"""Times as people type them."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime


def parse_time_argument(text: str) -> float:
    """Read a time as ISO 8601, UTC unless it says otherwise; returns ms since 1970."""
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no time such as 2026-11-21 or 2026-11-21T03:00") from None
    return (read if read.tzinfo else read.replace(tzinfo=UTC)).timestamp() * 1000
