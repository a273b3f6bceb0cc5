"""Redis: room logs, the collection of drawings, score boards, and the private server of `inkling play`."""
