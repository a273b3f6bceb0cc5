"""Children that end with their parent, also when that is killed.

Programs of ours hold a pipe to their parent: they notice that it is closed, end politely, and for certain soon after. That is
the way on every system. A program of somebody else's cannot look at a pipe, so the kernel is asked to end it (Linux only).
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import threading
import time

PIPE_ENVIRONMENT_VARIABLE = "INKLING_LEASH"
SECONDS_UNTIL_FORCED_EXIT = 3.0
"""Seconds between SIGTERM and the exit that nothing can delay."""
PR_SET_PDEATHSIG = 1
"""Of `man 2 prctl`: which signal the kernel sends when the parent dies."""


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
    """In a program of ours: end politely when the parent is gone, and for certain SECONDS_UNTIL_FORCED_EXIT later."""
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
        time.sleep(SECONDS_UNTIL_FORCED_EXIT)
        os._exit(1)

    threading.Thread(target=watch, name="parent death", daemon=True).start()


def set_parent_death_signal() -> None:
    """Have the kernel end a program of somebody else's with its parent: the `preexec_fn` of `subprocess.Popen`.

    The parent is the thread that starts it, and must have no others: what runs between fork and exec may wait for their locks.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
