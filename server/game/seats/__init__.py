"""Seats of a room: who sits where, who is the host, who comes and goes."""
