"""How much memory may still be taken."""

from __future__ import annotations

from pathlib import Path

MIN_FREE_BYTES = 2 * 1024**3
"""Bytes that must be free before a training begins."""


class RetrainingNotReady(ValueError):
    """A training cannot begin; the message says what to do."""


def available_memory_bytes() -> int | None:
    """Return free bytes: the machine's, or fewer where a container has a limit; None where nobody says."""
    try:
        lines = Path("/proc/meminfo").read_text(encoding="utf-8").splitlines()
        free = next(int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable"))
        limit, used = (Path(f"/sys/fs/cgroup/memory.{name}") for name in ("max", "current"))
        if limit.exists() and (text := limit.read_text(encoding="utf-8").strip()).isdigit():
            free = min(free, int(text) - int(used.read_text(encoding="utf-8")))
    except (OSError, StopIteration, ValueError):
        return None
    return free


def require_free_memory() -> None:
    """Raise RetrainingNotReady if a training could take memory that a running game needs."""
    free = available_memory_bytes()
    if free is not None and free < MIN_FREE_BYTES:
        raise RetrainingNotReady(
            f"retraining wants {MIN_FREE_BYTES / 1e9:.1f} GB of free memory, there are {free / 1e9:.1f} GB"
        )
