"""What bots count, and the one line they print."""

from __future__ import annotations

from dataclasses import dataclass, field


def latency_percentiles(values: list[float]) -> dict[str, float | None]:
    """Return p50 and p99 (nearest rank) of milliseconds, null without values."""
    if not values:
        return {"p50": None, "p99": None}
    ordered = sorted(values)
    rank = [min(len(ordered) - 1, int(share * len(ordered))) for share in (0.5, 0.99)]
    return {"p50": round(ordered[rank[0]], 1), "p99": round(ordered[rank[1]], 1)}


@dataclass(slots=True)
class BotTally:
    """Counts and latencies (ms) of all bots together."""

    chunks_sent: int = 0
    chunks_acked: int = 0
    chunks_late: int = 0
    """Sent again after a lost connection, when their round had closed."""
    reconnects: int = 0
    frames: int = 0
    rounds: set[tuple[str, int]] = field(default_factory=set)
    hits: int = 0
    errors: list[str] = field(default_factory=list)
    ack_ms: list[float] = field(default_factory=list)
    ink_ms: list[float] = field(default_factory=list)
    guess_ms: list[float] = field(default_factory=list)
    guess_lag_ms: list[float] = field(default_factory=list)
    guesses: int = 0
    drawing_seconds: float = 0.0

    def report(self, players: int, rooms: int, seconds: float) -> dict[str, object]:
        """Build the object that `inkling bots --json` prints."""
        rate = self.guesses / self.drawing_seconds if self.drawing_seconds else 0.0
        return {
            "players": players,
            "rooms": rooms,
            "chunks_sent": self.chunks_sent,
            "chunks_acked": self.chunks_acked,
            "chunks_late": self.chunks_late,
            "reconnects": self.reconnects,
            "frames": self.frames,
            "rounds": len(self.rounds),
            "hits": self.hits,
            "errors": len(self.errors),
            "ack_ms": latency_percentiles(self.ack_ms),
            "ink_ms": latency_percentiles(self.ink_ms),
            "guess_ms": latency_percentiles(self.guess_ms),
            "guess_lag_ms": latency_percentiles(self.guess_lag_ms),
            "guesses_per_s": round(rate, 2),
            "seconds": round(seconds, 1),
        }
