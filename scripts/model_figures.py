"""Write the champion's figures into the pages that show them; `--check` says whether they are up to date.

The figures are what `make figures` measured and left in `model/champion/evaluation.json`.
"""

from __future__ import annotations

import json
import re
import sys
from typing import Any

from generated_pages import ROOT, write_or_check

PAGES = ("README.md", "docs/model.md")
BLOCK = re.compile(r"(<!-- figures -->\n).*?(<!-- /figures -->)", re.DOTALL)


def table(found: dict[str, Any]) -> str:
    """Write the block: accuracy against ink beside the teacher, calibration, doubt, size."""
    rows = [
        "| ink | top-1 | top-3 | DoodleNet top-1 | top-3 |",
        "|---|---|---|---|---|",
    ]
    for share, row in found["ink"].items():
        beside = found["teacher"][share]
        cells = (row["top1"], row["top3"], beside["top1"], beside["top3"])
        rows.append(f"| {float(share):.0%} | " + " | ".join(f"{cell:.1%}" for cell in cells) + " |")
    ece, junk = found["ece"], found["junk"]
    packs = ", ".join(f"{value:.3f} ({size})" for size, value in ece["random_packs"].items())
    refused = ", ".join(f"{kind} {share:.0%}" for kind, share in junk["rejection"].items())
    lengths, whole = (", ".join(f"{value:.3f}" for value in ece[name]) for name in ("by_length", "by_whole_length"))
    return "\n".join(
        [
            f"Model {found['model']}, {found['params']:,} parameters, {found['bytes'] / 1e6:.1f} MB; {found['n']:,} real drawings "
            f"of {found['words']} words that no training saw, at most 8 a word, all 345 words allowed:",
            "",
            *rows,
            "",
            f"* Calibration error (ECE): {ece['pooled']:.3f} over all shares of ink, {ece['pack']:.3f} within the default pack; "
            f"within random packs of so many words {packs}; by fifth of the ink that is seen {lengths}; by fifth "
            f"of what the drawing will have in the end, which nobody knows, {whole}.",
            f"* Accepts {junk['acceptance']:.1%} of whole drawings and refuses {junk['overall']:.1%} of junk ({refused}); a scribble "
            f"names the prompt of a three-word game in {junk['scribble_hits']:.1%} of the cases.",
            f"* Right to the end from {found['first_stable']['median_ink']:.0%} of the ink on (median).",
            "",
            *played(found.get("play", {})),
            "`make figures` prints and writes these.",
            "",
        ]
    )


def played(packs: dict[str, Any]) -> list[str]:
    """Write what players feel: each pack's hits and wrong words, and the teacher's under the same rule; nothing if nobody played."""
    if not packs:
        return []
    rows = [
        "As it is played (real raw drawings of the test part, their own timing, the game's own rule of saying):",
        "",
        "| pack | drawings | hits | wrong words said a drawing | median ink at the hit | DoodleNet: hits | wrong words |",
        "|---|---|---|---|---|---|---|",
    ]
    for name, row in packs.items():
        low, high = row["interval"]
        teacher = row["teacher"]
        rows.append(
            f"| {name} ({row['words']}) | {row['n']} | {row['hits']:.1%} ({low:.0%}–{high:.0%}) | {row['wrong']:.2f} | {row['ink']:.0%} | "
            f"{teacher['hits']:.1%} | {teacher['wrong']:.2f} |"
        )
    return [*rows, ""]


def main() -> int:
    """Rewrite the blocks; with `--check`, 1 if that would change anything."""
    found = json.loads((ROOT / "model/champion/evaluation.json").read_text())
    block = table(found)
    pages = []
    for name in PAGES:
        text, count = BLOCK.subn(lambda match: match[1] + block + match[2], (ROOT / name).read_text(encoding="utf-8"))
        if not count:
            raise SystemExit(f"{name} has no figures block")
        pages.append((ROOT / name, text))
    return write_or_check(pages, "make figures")


if __name__ == "__main__":
    sys.exit(main())
