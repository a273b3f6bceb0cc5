"""The way of ink to the network and back: the web process's side, and the queue side of the guesser."""
