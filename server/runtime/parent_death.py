"""A pipe from parent to child: when the parent dies, even by `kill -9`, the child notices and ends."""

from __future__ import annotations

import os
import signal
import threading

PIPE_ENVIRONMENT_VARIABLE = "INKLING_LEASH"


class ParentDeathPipe:
    """The parent's end. Children get `environment` and `descriptors`; the write end closes with the parent."""

    def __init__(self) -> None:
        self._read, self._write = os.pipe()

    @property
    def descriptors(self) -> tuple[int, ...]:
        """File descriptors to pass on to children."""
        return (self._read,)

    @property
    def environment(self) -> dict[str, str]:
        """Variables that tell children where the pipe is."""
        return {PIPE_ENVIRONMENT_VARIABLE: str(self._read)}

    def close(self) -> None:
        """Let go; children that still live will end."""
        os.close(self._read)
        os.close(self._write)


def exit_with_parent() -> None:
    """In a child: end politely when the parent is gone, and for certain three seconds later."""
    text = os.environ.pop(PIPE_ENVIRONMENT_VARIABLE, "")
    if not text:
        return
    descriptor = int(text)

    def watch() -> None:
        try:
            while os.read(descriptor, 1):
                pass
        except OSError:
            return
        os.kill(os.getpid(), signal.SIGTERM)
        threading.Timer(3.0, os._exit, (1,)).start()

    threading.Thread(target=watch, name="leash", daemon=True).start()
