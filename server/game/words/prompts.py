"""Which word comes next: drawn from the pack by the seed in the state."""

from __future__ import annotations

import hashlib

from server.game import limits
from server.game.state import RoomState
from server.game.words import custom_words, packs


def choose_prompt(state: RoomState, n: int) -> str:
    """Choose the prompt of the game's round `n` and remember it. A word that the room has just taught comes first.

    No word comes twice in a game, nor among the room's last fifty, when the pack allows; when it does not, the
    word that was drawn longest ago comes again.
    """
    taught = custom_words.custom_words_in_play(state)
    fresh = next((new for new in taught if not new.played and new.scope == "room"), None)
    if fresh is not None:
        fresh.played = True
        word = fresh.word
    else:
        names = tuple(custom_word.word for custom_word in taught)
        own = names and state.settings.pack == custom_words.TAUGHT_PACK
        word = _choose_word(names if own else packs.pack_words(state.settings.pack) + names, state, n)
    state.used.append(word)
    state.recent = [*state.recent, word][-limits.MAX_RECENT_PROMPTS :]
    return word


def _choose_word(words: tuple[str, ...], state: RoomState, n: int) -> str:
    fresh = [word for word in words if word not in state.used and word not in state.recent]
    if fresh:
        return fresh[_seeded_number(f"{state.seed}:{state.game}:{n}") % len(fresh)]
    unused = [word for word in words if word not in state.used] or list(words)
    return min(unused, key=lambda word: _last_use(state.recent, word))


def _last_use(drawn: list[str], word: str) -> int:
    """Return the index of a word's last appearance, -1 if there is none."""
    return max((index for index, one in enumerate(drawn) if one == word), default=-1)


def _seeded_number(text: str) -> int:
    """Return 64 bits that depend on the text alone, in every version of Python."""
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big")
