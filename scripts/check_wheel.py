"""Check that a wheel holds the page, the Lua scripts and the champion model: `check_wheel.py FOLDER`."""

from __future__ import annotations

import sys
import zipfile
from pathlib import Path

REQUIRED_FILES = (
    "server/static/index.html",
    "server/db/lua/",
    "model/champion/weights.npz",
    "model/champion/card.json",
    "model/ink/words/en.json",
)
COMPRESSED_ENDINGS = (".html", ".js", ".css", ".svg")
"""Files of the page that must also be there as .br and .gz."""


def main() -> int:
    """Check the newest wheel of a folder; returns 1 naming what it lacks."""
    wheels = sorted(Path(sys.argv[1]).glob("*.whl"), key=lambda path: path.stat().st_mtime)
    if not wheels:
        print(f"no wheel in {sys.argv[1]}", file=sys.stderr)
        return 1
    names = zipfile.ZipFile(wheels[-1]).namelist()
    lacking = [needed for needed in REQUIRED_FILES if not any(name.startswith(needed) for name in names)]
    text = [name for name in names if name.startswith("server/static/") and name.endswith(COMPRESSED_ENDINGS)]
    lacking += [name + ending for name in text for ending in (".br", ".gz") if name + ending not in names]
    for needed in lacking:
        print(f"{wheels[-1].name} lacks {needed}", file=sys.stderr)
    if not lacking:
        print(f"{wheels[-1]}: {len(names)} files, {wheels[-1].stat().st_size / 1e6:.1f} MB")
    return 1 if lacking else 0


if __name__ == "__main__":
    sys.exit(main())
