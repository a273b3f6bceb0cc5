"""How one room works: what waits in it, when that is handled, what is stored, and what is asked of the guesser."""
