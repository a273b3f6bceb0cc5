"""Pages, health, metrics, rooms and scores over HTTP."""
