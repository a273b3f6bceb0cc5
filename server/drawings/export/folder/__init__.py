"""The folder of an export: its journal and lock, whose files are whose, and which drawings lie in which file."""
