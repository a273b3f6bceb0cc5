"""Training the network: feed, loss, loop, publishing."""
