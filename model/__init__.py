"""Ink, the one rasteriser, and the network that guesses."""
