"""The web processes round one Redis: who is alive, and messages from one to another."""
