"""Data sets of pictures: drawings, digits, photos, each split into what teaches and what judges."""
