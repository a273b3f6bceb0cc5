"""Drawings in files: those of Quick, Draw!, those of other people, and our own exports."""

from model.data.export import load_export
from model.data.record import SourceRecord

__all__ = ["SourceRecord", "load_export"]
