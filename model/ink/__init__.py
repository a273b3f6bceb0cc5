"""Strokes and the one rasteriser: everything between ink and the network's input."""
