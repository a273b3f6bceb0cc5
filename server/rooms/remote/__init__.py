"""Rooms of other web processes, and players whose sockets are in other web processes."""
