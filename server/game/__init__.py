"""The rules of the game: pure, standard library only; no clock, no socket, no randomness but the seed."""
