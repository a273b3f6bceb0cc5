"""`inkling model fetch`: Quick, Draw!'s official files, or their first drawings. See docs/data.md."""

from __future__ import annotations

import argparse
import difflib
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from model.data.drawing_download import GOLDEN_DRAWINGS_PER_WORD, DrawingFetcher
from model.data.formats import QUICKDRAW_FORMATS
from model.data.image_sets import IMAGE_SETS, fetch_image_set
from model.ink.vocabulary import CLASS_INDEX, CLASS_WORDS

QUICKDRAW_BASE_URL = "https://storage.googleapis.com/quickdraw_dataset"


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Declare the options of `inkling model fetch`."""
    what = command.add_mutually_exclusive_group(required=True)
    what.add_argument("--words", nargs="+", metavar="W", help='such as cat "alarm clock", or: all')
    what.add_argument(
        "--set", choices=sorted(IMAGE_SETS), help="another data set that recipes use, instead of drawings"
    )
    command.add_argument("--format", choices=list(QUICKDRAW_FORMATS), default="simplified", help="default: simplified")
    command.add_argument("--limit", type=int, default=None, metavar="N", help="only the first N drawings of each word")
    command.add_argument(
        "--golden", action="store_true",
        help=f"to judge by: N (default {GOLDEN_DRAWINGS_PER_WORD}) drawings from each file's end that no training uses, to DIR/golden",
    )  # fmt: skip
    command.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder for <word>.ndjson, .npy, .bin")
    command.add_argument(
        "--base-url", metavar="URL", help=f"a mirror with the same layout; default: {QUICKDRAW_BASE_URL}"
    )
    command.set_defaults(data=[])


def run(chosen: argparse.Namespace) -> int:
    """Fetch as the command line says; 130 when interrupted."""
    console = Console(stderr=True)
    base = chosen.base_url or QUICKDRAW_BASE_URL
    try:
        if chosen.set:
            fetch_image_set(chosen.set, chosen.out, chosen.base_url, console)
        else:
            fetch_drawings(chosen.words, chosen.format, chosen.limit, chosen.out, base, chosen.golden, console)
    except KeyboardInterrupt:
        console.print("stopped; the same command goes on from here")
        return 130
    return 0


def fetch_drawings(
    words: Sequence[str], format: str, limit: int | None, out: Path, base_url: str = QUICKDRAW_BASE_URL, golden: bool = False,
    console: Console | None = None, pause: float = 0.5,
) -> list[Path]:  # fmt: skip
    """Bring the files of `words` (or "all") into `out`; returns their paths.

    Raises ValueError for what cannot work (unknown word, no such file, wrong content) and OSError for what may work
    another time; parts are kept then. `pause` is the first wait in seconds before a retry.
    """
    words = _check_words(words)
    if golden and format != "simplified":
        raise ValueError("a golden set is made of simplified drawings")
    if limit is not None and limit < 1:
        raise ValueError("--limit must be at least 1")
    if not base_url.startswith(("http://", "https://")):
        raise ValueError(f"{base_url!r} is no http(s) address")
    folder = out / "golden" if golden else out
    folder.mkdir(parents=True, exist_ok=True)
    fetcher = DrawingFetcher(format, GOLDEN_DRAWINGS_PER_WORD if golden and limit is None else limit, golden, pause)
    return fetcher.fetch(words, folder, base_url.rstrip("/"), console or Console(stderr=True))


def _check_words(words: Sequence[str]) -> list[str]:
    if "all" in words:
        return list(CLASS_WORDS)
    for word in words:
        if word not in CLASS_INDEX:
            close = ", ".join(difflib.get_close_matches(word, CLASS_WORDS)) or "none"
            raise ValueError(
                f"no word {word!r} in Quick, Draw!; close: {close} (`--words all` takes all {len(CLASS_WORDS)})"
            )
    return list(dict.fromkeys(words))
