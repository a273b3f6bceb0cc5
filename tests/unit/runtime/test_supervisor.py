"""Child processes: asked to end, ended by force, and ended with their parent."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest

from server.runtime.parent_death import ParentDeathPipe
from server.runtime.supervisor import PIPE, Child

POLITE = "import signal; print('here', flush=True); signal.pause()"
STUBBORN = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('here', flush=True)\nwhile True: signal.pause()"
WITH_CHILD = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {POLITE!r}])"
LEASHED = "from server.runtime import parent_death; parent_death.exit_with_parent(); " + POLITE


async def start(script: str, parent_death: ParentDeathPipe | None = None) -> Child:
    """Start a script, and wait until it says that it is there."""
    command = [sys.executable, "-c", script]
    child = await Child.start("script", command, dict(os.environ), parent_death, stdout=PIPE)
    assert child.process.stdout is not None
    assert await child.process.stdout.readline() == b"here\n"
    return child


async def test_a_child_is_asked_to_end() -> None:
    child = await start(POLITE)
    assert child.is_running()
    assert await child.stop() == -signal.SIGTERM
    assert not child.is_running()
    assert await child.stop() == -signal.SIGTERM


async def test_one_that_does_not_end_is_killed_and_named(caplog: pytest.LogCaptureFixture) -> None:
    child = await start(STUBBORN)
    assert await child.stop(seconds=0.05) == -signal.SIGKILL
    assert f"script (process {child.pid}) did not end within 0.1 s: killed" in caplog.text


async def test_it_may_be_asked_in_another_way_than_by_a_signal() -> None:
    child = await Child.start("script", [sys.executable, "-c", "input()"], dict(os.environ), stdin=PIPE)
    pipe = child.process.stdin
    assert pipe is not None
    assert await child.stop(lambda: pipe.write(b"end\n")) == 0


async def test_what_a_child_started_ends_with_it() -> None:
    child = await start(WITH_CHILD)
    await child.stop()
    assert child.process.stdout is not None
    async with asyncio.timeout(5):
        # The pipe ends once nobody holds it.
        assert await child.process.stdout.read() == b""


async def test_a_child_ends_when_the_other_end_of_its_pipe_is_closed() -> None:
    parent_death = ParentDeathPipe()
    child = await start(LEASHED, parent_death)
    parent_death.close()
    async with asyncio.timeout(5):
        assert await child.wait() == -signal.SIGTERM


async def test_what_it_prints_is_collected() -> None:
    script = "import sys; print('out'); print('err', file=sys.stderr); sys.exit(3)"
    child = await Child.start("script", [sys.executable, "-c", script], dict(os.environ), stdout=PIPE, stderr=PIPE)
    assert await child.output() == (b"out\n", b"err\n")
    assert await child.wait() == 3


@pytest.mark.skipif(sys.platform != "linux", reason="/proc")
async def test_it_steps_back_for_others() -> None:
    command = [sys.executable, "-c", POLITE]
    child = await Child.start("script", command, dict(os.environ), stdout=PIPE, niceness=19, first_to_go=True)
    assert os.getpriority(os.PRIO_PROCESS, child.pid) == 19
    assert Path(f"/proc/{child.pid}/oom_score_adj").read_text().strip() == "1000"
    await child.stop()
