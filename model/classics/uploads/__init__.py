"""Uploaded files of strangers: checked, decoded apart, and made into what a classifier looks at."""
