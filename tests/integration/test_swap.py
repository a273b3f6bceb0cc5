"""The champion changes under a real `inkling guesser` with real networks, while somebody draws all the time."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from model.registry import artifact
from model.registry.versions import SHIPPED_CHAMPION_FOLDER, ModelRegistry
from server.guessing.client.guess_client import open_guess_client
from server.guessing.client.pacing import GUESS_RETRY_AFTER_SECONDS
from tests.contract.guessing.test_champion_change import Drawer

pytestmark = [pytest.mark.redis, pytest.mark.tensorflow]


def put(registry: ModelRegistry, version: str, spoil: bool = False) -> None:
    """Put the shipped champion in the registry under another name; spoilt, its weights are no numbers."""
    card = artifact.read_game_card(SHIPPED_CHAMPION_FOLDER)
    card.version = version
    weights = artifact.read_weights(SHIPPED_CHAMPION_FOLDER)
    artifact.save_model(
        registry.folder / version, card, [np.full_like(w, np.nan) for w in weights] if spoil else weights
    )


@asynccontextmanager
async def at_work(redis_url: str, registry: ModelRegistry) -> AsyncIterator[Drawer]:
    environment = {**os.environ, "REDIS_URL": redis_url, "INKLING_MODELS": str(registry.folder),
                   "INKLING_TRIAL_SECONDS": "1"}  # fmt: skip
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "server", "guesser", env=environment)
    try:
        async with open_guess_client(redis_url, hz=5) as client:
            drawer = Drawer(client)
            drawer.ask()
            await drawer.until(lambda: len(drawer.models) >= 5)
            yield drawer
    finally:
        process.send_signal(signal.SIGTERM)
        assert await process.wait() == 0


async def test_real_networks_are_changed_and_a_spoilt_one_never_serves(redis_url: str, tmp_path: Path) -> None:
    registry = ModelRegistry(tmp_path / "models")
    put(registry, "spoilt", spoil=True)
    put(registry, "fine")
    shipped = artifact.read_game_card(SHIPPED_CHAMPION_FOLDER).version
    async with at_work(redis_url, registry) as drawer:
        registry.promote("spoilt", "")
        await drawer.until(lambda: registry.service().barred == ("spoilt",))
        assert "no probabilities" in registry.service().why
        registry.promote("fine", "")
        await drawer.until(lambda: drawer.models[-1] == "fine")
        came = len(drawer.models)
        await drawer.until(lambda: len(drawer.models) >= came + 15)
    assert set(drawer.models) == {shipped, "fine"}
    assert next(pair for pair in pairwise(drawer.models) if pair[0] != pair[1]) == (shipped, "fine")
    assert drawer.longest_wait < GUESS_RETRY_AFTER_SECONDS
