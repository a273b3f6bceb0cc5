"""The web process's side of guessing: what is asked, and how often."""
