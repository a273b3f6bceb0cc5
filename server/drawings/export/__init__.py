"""Exports of the collection: which drawings, in which files, resumable."""
