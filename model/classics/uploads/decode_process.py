"""Decoding strangers' pictures in a process of its own: bounded in memory and time, and behind everything else.

A picture of 16 million pixels takes hundreds of megabytes and a second; a network that guesses for a game is in the
process that asks. `python -m model.classics.uploads.decode_process DRAWN SIDE` reads a file from its standard input and writes an array.
"""

from __future__ import annotations

import io
import os
import subprocess
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from model.classics.data_sets.data_set import UInt8Array

DECODE_TIMEOUT_SECONDS = 8.0
"""How long a picture may take by the clock."""
DECODE_CPU_SECONDS = 4
"""Seconds of processor time that a picture may take."""
DECODE_MEMORY_BYTES = 1536 * 1024 * 1024
"""Bytes of address space, libraries included."""
EXIT_BAD_PICTURE, EXIT_TOO_LARGE = 3, 4
"""Exit statuses: no picture, or too large a one."""


def decode_in_subprocess(data: bytes, drawn: str, side: int) -> UInt8Array:
    """Do what `upload.picture_from_file` does, apart. Raises upload.InvalidPicture, also for what takes too long or too much."""
    import numpy as np

    from model.classics.uploads import upload

    # What its head gives away needs no process.
    upload.check_picture_header(data)
    words = [sys.executable, "-m", "model.classics.uploads.decode_process", drawn, str(side)]
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    try:
        done = subprocess.run(
            words, input=data, capture_output=True, timeout=DECODE_TIMEOUT_SECONDS, env=environment, check=False
        )
    except subprocess.TimeoutExpired:
        raise upload.InvalidPicture("the picture takes too long to decode") from None
    if done.returncode == EXIT_BAD_PICTURE:
        raise upload.InvalidPicture(done.stderr.decode(errors="replace").strip())
    if done.returncode == EXIT_TOO_LARGE or done.returncode < 0:
        raise upload.InvalidPicture("the picture takes more memory or time than it may")
    if done.returncode != 0:
        raise RuntimeError(done.stderr.decode(errors="replace"))
    found: UInt8Array = np.load(io.BytesIO(done.stdout), allow_pickle=False)
    return found


def main(drawn: str, side: int) -> int:
    """Decode standard input; returns the exit status."""
    _limit_resources()
    import cv2
    import numpy as np

    from model.classics.uploads import upload

    cv2.setNumThreads(1)
    try:
        found = upload.picture_from_file(sys.stdin.buffer.read(upload.MAX_UPLOAD_BYTES + 1), drawn, side)
    except upload.InvalidPicture as error:
        print(error, file=sys.stderr)
        return EXIT_BAD_PICTURE
    except (MemoryError, cv2.error):
        return EXIT_TOO_LARGE
    np.save(sys.stdout.buffer, found)
    return 0


def _limit_resources() -> None:
    """Take the lowest priority, and no more memory and time than a picture may."""
    os.nice(19)
    if sys.platform == "linux":
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (DECODE_MEMORY_BYTES, DECODE_MEMORY_BYTES))
        resource.setrlimit(resource.RLIMIT_CPU, (DECODE_CPU_SECONDS, DECODE_CPU_SECONDS))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], int(sys.argv[2])))
