"""Ink: what a change does to a canvas, and when it is refused."""
