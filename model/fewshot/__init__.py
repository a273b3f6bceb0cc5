"""Words learned from a few drawings, without changing the network."""
