"""Write the table of docs/settings.md from server/settings.py; `--check` says whether they are up to date."""

from __future__ import annotations

import re
import sys
from dataclasses import fields

from generated_pages import ROOT, write_or_check

from server.settings import INTERNAL_VARIABLES, TYPE_OF_FIELD, VARIABLE_OF_FIELD, ServerSettings

PAGE = ROOT / "docs/settings.md"
BLOCK = re.compile(r"(<!-- settings -->\n).*?(<!-- /settings -->)", re.DOTALL)


def table() -> str:
    """Write the block: every setting with its default, its values and its meaning."""
    rows = ["| variable | default | values | what it does |", "|---|---|---|---|"]
    for field in fields(ServerSettings):
        default = "–" if field.default == "" else str(field.default)
        rows.append(
            f"| `{VARIABLE_OF_FIELD[field.name]}` | {default} | {TYPE_OF_FIELD[field.name].describe} | {field.metadata['does']} |"
        )
    rows += [f"| `{name}` | – | | {does} |" for name, does in INTERNAL_VARIABLES.items()]
    return "\n".join(rows) + "\n"


def main() -> int:
    """Rewrite the table; with `--check`, 1 if that would change anything."""
    text, count = BLOCK.subn(lambda match: match[1] + table() + match[2], PAGE.read_text(encoding="utf-8"))
    if not count:
        raise SystemExit(f"{PAGE.name} has no settings block")
    return write_or_check([(PAGE, text)], "python scripts/settings_page.py")


if __name__ == "__main__":
    sys.exit(main())
