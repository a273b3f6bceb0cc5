"""The network: its architecture, its frozen function, and the networks that teach it."""
