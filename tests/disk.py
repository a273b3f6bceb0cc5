"""A small disk of its own that can be filled to the last byte: a tmpfs, which only root may mount."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


class CannotMount(Exception):
    """This process may not mount a file system."""


class SmallDisk:
    """`folder` is on it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._filling = folder / "filling"

    def fill(self) -> None:
        """Take all of its room."""
        with self._filling.open("wb", buffering=0) as file:
            for size in (1 << 16, 1 << 12):
                try:
                    while file.write(bytes(size)):
                        pass
                except OSError:
                    continue

    def clear(self) -> None:
        """Give the room back."""
        self._filling.unlink(missing_ok=True)


@contextmanager
def mounted(megabytes: int) -> Iterator[SmallDisk]:
    """Mount a disk for the time of the block. Raises CannotMount."""
    folder = Path(tempfile.mkdtemp(prefix="ink-disk-"))
    command = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(folder)]
    try:
        subprocess.run(command, check=True, capture_output=True, text=True)
    except (OSError, subprocess.CalledProcessError) as error:
        folder.rmdir()
        raise CannotMount(f"a full disk needs the right to mount one: {getattr(error, 'stderr', error)}") from None
    try:
        yield SmallDisk(folder)
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=False, capture_output=True)
        folder.rmdir()


@contextmanager
def small_disk(megabytes: int) -> Iterator[SmallDisk]:
    """Do the same for a test, which is skipped where it may not."""
    try:
        with mounted(megabytes) as disk:
            yield disk
    except CannotMount as reason:
        pytest.skip(str(reason))
