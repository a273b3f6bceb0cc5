"""The version of the rasteriser's pictures, for whoever reads cards and draws nothing."""

from __future__ import annotations

RASTER_VERSION = 2
"""Counts changes of the picture; a model says in its card which one it was trained on."""
