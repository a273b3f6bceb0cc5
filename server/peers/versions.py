"""Which version each web process round one Redis runs: another one may not read what this one writes."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from redis.exceptions import ResponseError

from server import __version__
from server.db import keys
from server.db.pipeline import AutoPipeline
from server.db.wrong_type import raise_unless_wrong_type
from server.rooms.codec import ROOM_FORMAT_VERSION

WEB_VERSION = f"{__version__} (room format {ROOM_FORMAT_VERSION})"
"""What this process says that it runs."""
UNNAMED_VERSION = "an older version, which does not name itself"
"""What is known of a process that only counts, as all did up to room format 3."""
HEARTBEAT_LOOK_SECONDS = 0.6
"""Between two looks at a counter: a process that lives moves it more than twice meanwhile."""


@dataclass(frozen=True, slots=True)
class PeerVersion:
    """A web process that takes part, and what it runs."""

    web: str
    version: str


async def find_other_versions(pipe: AutoPipeline, me: str = "") -> tuple[PeerVersion, ...]:
    """Return the living web processes but `me` that do not run this version. Raises StoreUnavailable."""
    first = await _read_processes(pipe)
    if all(version == WEB_VERSION for web, (_, version) in first.items() if web != me):
        return ()
    # What a process that was killed left behind looks alike, but for its counter.
    await asyncio.sleep(HEARTBEAT_LOOK_SECONDS)
    second = await _read_processes(pipe)
    moved = {web: version for web, (count, version) in second.items() if first.get(web, ("", ""))[0] != count}
    return tuple(
        PeerVersion(web, version or UNNAMED_VERSION)
        for web, version in sorted(moved.items())
        if web != me and version != WEB_VERSION
    )


async def _read_processes(pipe: AutoPipeline) -> dict[str, tuple[str, str]]:
    """Return what is known of each process: its counter, and its version or an empty text."""
    try:
        counters, versions = await pipe.all([("HGETALL", keys.WEB_PROCESSES_KEY), ("HGETALL", keys.WEB_VERSIONS_KEY)])
    except ResponseError as error:
        raise_unless_wrong_type(error)
        return {}
    known = {web: version.decode(errors="replace") for web, version in versions.items()}
    return {
        web.decode(errors="replace"): (count.decode(errors="replace"), known.get(web, ""))
        for web, count in counters.items()
    }
