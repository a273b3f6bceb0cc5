"""Every number of race mode in one place: defaults, bounds, times and points."""

from __future__ import annotations

from server.game.commands import Settings

ROUNDS_PER_GAME_BOUNDS = (1, 20)
"""Lowest and highest number of rounds that a host may choose; the defaults are in `Settings`."""
SECONDS_PER_ROUND_BOUNDS = (10, 300)
"""Lowest and highest number of seconds a round."""

COUNTDOWN_MS = 3_000
"""How long the prompt is shown on a card before the round."""
REVEAL_MS = 8_000
"""How long the drawings of a round are shown."""
MAX_CLOSING_MS = 1_000
"""How long a round that is over waits for guesses on ink that was received in time."""
SHORTENED_ROUND_MS = 5_000
"""What is left of a round once every connected player has hit or is done."""
GUESSER_AWAY_MS = 3_000
"""Ink waits for so long without any guess: then the clock stops."""
MAX_CLOCK_STOPPED_MS = 30_000
"""A clock that stands for so long makes the round void."""

HIT_POINTS = 50
"""Points of a hit at the last moment."""
SPEED_POINTS = 50
"""Points of a hit for the time that is left, at most."""
FIRST_HIT_POINTS = 10
"""Points on top for the first hit of a round."""
MAX_NEAR_POINTS = 20
"""Points without a hit, at most."""

STANDARD_SETTINGS = Settings()
"""Games with these rounds and seconds and hidden canvases count on the public boards."""


def are_round_settings_in_bounds(settings: Settings) -> bool:
    """Say whether rounds and seconds are within their bounds."""
    rounds, seconds = ROUNDS_PER_GAME_BOUNDS, SECONDS_PER_ROUND_BOUNDS
    return rounds[0] <= settings.rounds <= rounds[1] and seconds[0] <= settings.seconds <= seconds[1]


def are_settings_standard(settings: Settings) -> bool:
    """Say whether a round under these settings may count on the public boards (its pack aside)."""
    return (
        settings.rounds == STANDARD_SETTINGS.rounds
        and settings.seconds == STANDARD_SETTINGS.seconds
        and settings.open_table == STANDARD_SETTINGS.open_table
    )
