"""The ways to play, one folder each."""
