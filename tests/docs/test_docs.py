"""Documents must name everything that exists."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest

from server import cli
from server.settings import ServerSettings

ROOT = Path(__file__).resolve().parents[2]


def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def test_every_setting_is_documented_with_its_default() -> None:
    page = text("docs/settings.md")
    for field in fields(ServerSettings):
        name = {"port": "PORT", "redis_url": "REDIS_URL"}.get(field.name, "INKLING_" + field.name.upper())
        default = "–" if field.default == "" else str(field.default)
        assert re.search(rf"`{name}` \| {re.escape(default)} \|", page), name


@pytest.mark.parametrize("command", sorted(cli.COMMANDS))
def test_every_command_is_mentioned(command: str) -> None:
    pages = text("README.md") + "".join(path.read_text(encoding="utf-8") for path in (ROOT / "docs").glob("*.md"))
    assert f"inkling {command}" in pages


def test_links_between_documents_lead_somewhere() -> None:
    for page in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]:
        for target in re.findall(r"\]\((?!http|#)([^)#]+)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name} → {target}"


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(
        r"^#+ (.*)$", re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL), re.M
    )
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_links_to_headings_lead_to_one() -> None:
    for page in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]:
        for target, anchor in re.findall(r"\]\((?!http)([^)#]*)#([^)]+)\)", page.read_text(encoding="utf-8")):
            linked = page.parent / target if target else page
            assert anchor in anchors(linked), f"{page.name} → {target}#{anchor}"


def test_the_changelog_names_each_kind_of_change_once_and_in_order() -> None:
    kinds = ["Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"]
    parts = re.split(r"^## ", text("CHANGELOG.md"), flags=re.MULTILINE)[1:]
    assert parts[0].startswith("Unreleased\n")
    for part in parts:
        headings = re.findall(r"^### (.*)$", part, re.MULTILINE)
        assert headings == [kind for kind in kinds if kind in headings]
        assert len(re.findall(r"\n\n### .*\n\n\* ", part)) == len(headings)
