"""Generated pages: write them, or with `--check` name those that are out of date."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def write_or_check(pages: Iterable[tuple[Path, str]], command: str) -> int:
    """Write each page's text; with `--check` on the command line write nothing, and return 1 if any differs."""
    stale = [(page, text) for page, text in pages if not page.is_file() or page.read_text(encoding="utf-8") != text]
    if "--check" not in sys.argv:
        for page, text in stale:
            page.write_text(text, encoding="utf-8")
        return 0
    if stale:
        names = ", ".join(str(page.relative_to(ROOT)) for page, _ in stale)
        print(f"out of date: {names}; run `{command}`", file=sys.stderr)
    return int(bool(stale))
