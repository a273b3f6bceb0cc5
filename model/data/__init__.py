"""Drawings in files: those of Quick, Draw!, those of other people, and our own exports."""

from model.data.export import Export, load_export
from model.data.source_record import SourceRecord

__all__ = ["Export", "SourceRecord", "load_export"]
