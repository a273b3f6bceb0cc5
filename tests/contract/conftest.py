"""Commands run in this process, with a home of their own."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from tests.contract.commands import Done, run_main


@pytest.fixture
def inkling(
    redis_url: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path_factory: pytest.TempPathFactory,
) -> Callable[..., Awaitable[Done]]:
    """Run `inkling …` in this process, as a process of its own takes a second to start."""
    monkeypatch.setenv("REDIS_URL", redis_url)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path_factory.mktemp("home")))

    async def run(*words: str | Path) -> Done:
        code = await asyncio.to_thread(run_main, list(map(str, words)))
        printed = capsys.readouterr()
        return Done(code, printed.out, printed.err)

    return run
