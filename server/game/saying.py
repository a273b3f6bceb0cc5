"""What Inkling says. One function decides, and a hit is exactly the moment it says the prompt."""

from __future__ import annotations

from server.game import rules
from server.game.events import Saying

Guesses = tuple[tuple[str, float], ...]


def said(lead: str, p: float, before: str, before_p: float) -> str:
    """Return the word Inkling says on a guess, or nothing: sure once, or likely on two guesses in a row."""
    if p >= rules.SURE or (p >= rules.LIKELY and before == lead and before_p >= rules.LIKELY):
        return lead
    return ""


def saying(guesses: Guesses, doubt: float, says: str, prompt: str) -> Saying:
    """Build what the drawer is told. The prompt is in it only if it is what Inkling says."""
    lead, p = guesses[0] if guesses else ("", 0.0)
    if says:
        return Saying("delighted" if says == prompt else "sure", says, _others(guesses, prompt, says), p)
    if doubt >= rules.DOUBTFUL or p < rules.NO_IDEA:
        return Saying("puzzled", "", (), 0.0)
    return Saying("warm" if lead == prompt else "watching", "", _others(guesses, prompt, ""), p)


def _others(guesses: Guesses, prompt: str, says: str) -> Guesses:
    """Return what Inkling wonders about beside what it says; never the prompt."""
    return tuple((word, round(p, 3)) for word, p in guesses if word not in (prompt, says) and p >= rules.MUTTER)[:3]
