"""Numbers that hold in every mode. A mode's own numbers are in the `rules.py` of its folder."""

from __future__ import annotations

SEATS_PER_ROOM_BOUNDS = (1, 40)
"""Lowest and highest number of seats that a host may choose."""
HOST_ABSENT_MS = 20_000
"""A host who is away for so long is replaced."""
MIN_STANDARD_PEOPLE = 2
"""People (not bots) who have to draw in a game that counts on the public boards."""
MAX_RECENT_PROMPTS = 50
"""Prompts of a room that do not come again while others are left."""

MIN_DRAWINGS_PER_TAUGHT_WORD = 12
"""Drawings from which on a taught word is played."""
MAX_DRAWINGS_PER_TEACHER = 20
"""Drawings of one word by one player."""
MAX_DRAWINGS_PER_TAUGHT_WORD = 40
"""Drawings of one word by everybody."""
MAX_TAUGHT_WORDS_PER_ROOM = 3
"""Words that one room may teach."""
MAX_POINTS_PER_SKETCH = 300
"""Points of one drawing of a taught word."""
MAX_STROKES_PER_SKETCH = 40
"""Strokes of one drawing of a taught word."""

MAX_PENDING_REVISIONS = 1_024
"""Revisions of one canvas that may wait for a guess: 100 s of ink at ten changes a second."""
MAX_NOTES_PER_DRAWING = 200
"""Guesses that are stored with one drawing."""

MAX_POINTS_PER_SNAPSHOT = 10_000
"""Points of all canvases in the picture of a room while they are drawn, the viewer's own first."""
MAX_OWN_POINTS_PER_SNAPSHOT = 2_000
"""Points of the viewer's own canvas in the picture of a room."""
MAX_CANVAS_POINTS_ON_REVEAL = 2_000
"""Points of all canvases in the picture of a room beside the results of a round."""
MAX_POINTS_PER_ALBUM = 9_000
"""Points of all drawings on a reveal or a podium, so that the picture of a room stays below a connection's bound."""
MAX_DRAWINGS_PER_ALBUM = 120
"""Drawings on a podium."""
MAX_THOUGHTS_PER_RESULT = 24
"""Inkling's thoughts beside one drawing on a reveal."""
