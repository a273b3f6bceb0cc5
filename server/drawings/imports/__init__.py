"""Drawings of other people's files on their way into the collection."""
