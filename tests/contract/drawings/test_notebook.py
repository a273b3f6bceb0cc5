"""The notebook in docs/examples runs from its first cell to its last on an export."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from server.db.pipeline import AutoPipeline
from server.drawings.record import record_finished_drawing
from server.drawings.repository import DrawingRepository
from tests.contract.commands import Inkling
from tests.contract.persistence.outbox_entries import HOUSE, drawing, player

NOTEBOOK = Path(__file__).resolve().parents[3] / "docs" / "examples" / "drawings.ipynb"
BOX = (((100, 4000, 4000, 100, 100), (100, 100, 4000, 4000, 100), (0, 300, 600, 900, 1200)),)


@pytest.mark.redis
async def test_the_notebook_runs_on_an_export(
    redis_url: str,
    inkling: Inkling,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    pipe = AutoPipeline(redis_url)
    for n in range(60):
        for word, strokes in (("house", HOUSE), ("square", BOX)):
            some = drawing(seat=n, game=len(word), player=player(n), word=word, strokes=strokes)
            await DrawingRepository(pipe).put(record_finished_drawing("ABCDEF", "b", 1000 + n, some))
    await pipe.close()
    cells = json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]
    said = next(line.strip() for line in cells[0]["source"] if line.startswith("    inkling "))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MPLBACKEND", "agg")
    # As it says itself, but for the repeats: here all drawings of a word are alike.
    done = await inkling(*said.replace(" --dedup", "").split()[1:])
    assert done.returncode == 0, done.stderr
    names: dict[str, object] = {}
    for cell in cells:
        if cell["cell_type"] == "code":
            exec(compile("".join(cell["source"]), cell["id"], "exec"), names)
    printed = capsys.readouterr().out
    assert "Drawings of house, square in train, validation, test" in printed
    assert "100% of" in printed
    import matplotlib.pyplot as plt

    plt.close("all")
