"""Other ways to serve the same network."""
