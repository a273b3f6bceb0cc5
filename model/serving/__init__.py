"""Serving: ink in, ranked words out, in batches."""
