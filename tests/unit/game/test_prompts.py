"""Which word comes next."""

from __future__ import annotations

from server.game.commands import Settings
from server.game.state import RoomState
from server.game.words.packs import BUILT_IN_PACKS
from server.game.words.prompts import choose_prompt


def room(seed: int = 1, pack: str = "easy") -> RoomState:
    return RoomState("ABCDEF", seed, Settings(pack=pack), game=1)


def next_game(state: RoomState, rounds: int = 20) -> list[str]:
    state.game += 1
    state.used = []
    return [choose_prompt(state, n) for n in range(1, rounds + 1)]


def test_the_seed_decides() -> None:
    assert next_game(room()) == next_game(room())
    assert next_game(room()) != next_game(room(seed=2))


def test_the_first_prompt_of_a_seed_is_the_same_on_every_python() -> None:
    assert choose_prompt(room(), 1) == choose_prompt(room(), 1)
    assert {choose_prompt(room(seed), 1) for seed in range(2000)} == set(BUILT_IN_PACKS["easy"].words)


def test_no_word_comes_twice_in_a_game_nor_among_the_rooms_last_fifty() -> None:
    state = room()
    drawn = [word for _ in range(20) for word in next_game(state, 6)]
    for place, word in enumerate(drawn):
        assert word not in drawn[max(0, place - 50) : place]


def test_a_small_pack_repeats_what_was_drawn_longest_ago() -> None:
    state = room(pack="music")
    size = BUILT_IN_PACKS["music"].size
    first = next_game(state, size)
    assert len(set(first)) == size
    second = next_game(state, size)
    assert second == first


def test_a_game_longer_than_its_pack_goes_on() -> None:
    state = room(pack="music")
    size = BUILT_IN_PACKS["music"].size
    drawn = next_game(state, 20)
    assert drawn[size:] == drawn[: 20 - size]


def test_another_pack_brings_its_own_words() -> None:
    state = room()
    next_game(state, 6)
    state.settings = Settings(pack="animals")
    assert set(next_game(state, 6)) <= set(BUILT_IN_PACKS["animals"].words)


def test_the_room_remembers_fifty_prompts() -> None:
    state = room(pack="hard")
    drawn = [word for _ in range(5) for word in next_game(state)]
    assert state.recent == drawn[-50:]
