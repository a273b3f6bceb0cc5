"""Pages that are generated: write them, or say which are out of step."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def settle(pages: Iterable[tuple[Path, str]], command: str) -> int:
    """Write each page's text; with `--check` on the command line write nothing, and return 1 if any differs."""
    stale = [(page, text) for page, text in pages if not page.is_file() or page.read_text(encoding="utf-8") != text]
    if "--check" not in sys.argv:
        for page, text in stale:
            page.write_text(text, encoding="utf-8")
        return 0
    if stale:
        names = ", ".join(str(page.relative_to(ROOT)) for page, _ in stale)
        print(f"out of step: {names}; run `{command}`", file=sys.stderr)
    return int(bool(stale))
