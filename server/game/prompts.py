"""Choosing prompts: by the seed in the state, no word twice in a game nor among the room's last ones."""

from __future__ import annotations

import random

from server.game import rules
from server.game.packs import PACKS
from server.game.state import State


def choose(state: State) -> str:
    """Choose the next prompt and remember it."""
    words = PACKS[state.settings.pack].words
    recent = set(state.recent[-rules.RECENT :])
    fresh = [word for word in words if word not in state.used]
    best = [word for word in fresh if word not in recent] or fresh or list(words)
    prompt = random.Random(f"{state.seed}:{state.rounds}").choice(best)
    state.used.append(prompt)
    state.recent = [*state.recent, prompt][-rules.RECENT :]
    return prompt
