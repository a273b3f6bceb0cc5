"""Inkling as a player: what it thinks of some ink, and what it says."""
