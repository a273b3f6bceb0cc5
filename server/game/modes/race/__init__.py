"""Race: everybody draws the same prompt, and the machine guesses."""
