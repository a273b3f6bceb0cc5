"""Inkling's server: rules, rooms, sockets, store. It never imports TensorFlow."""

__version__ = "0.1.0"
