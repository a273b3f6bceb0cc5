"""Finished drawings: what a room remembers and what leaves it."""
