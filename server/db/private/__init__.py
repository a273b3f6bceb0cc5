"""The private redis-server of `inkling play`."""
