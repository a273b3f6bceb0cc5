"""Does it learn from its players? Bots draw in a style that the champion never saw; then it is retrained from their drawings.

    python -m benchmarks.learning --data DIR/quickdraw --work FOLDER [--minutes 8] [--seconds 600]

The style: whole drawings upside down, as by somebody who sits opposite at a tablet. Bots replay real drawings of the train
part with their own timing in real rooms (`inkling play`, `inkling bots --keep`); `inkling retrain --source bot` selects, trains
from the champion and judges. Measured on drawings of the test part, which neither bots nor training ever saw: the style, and the
same drawings upright. Prints one JSON object: before, after, 95 % interval of the gain (bootstrap), and the gates.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any

from rich.console import Console

from model.data.quickdraw import LabelledDrawing, list_drawing_files, read_labelled_drawings
from model.data.split import assign_part
from model.ink.strokes import Ink
from model.ink.vocabulary import CLASS_WORDS
from server.game.words.packs import pack_words
from tests.ports import free_port

ROOT = Path(__file__).resolve().parents[1]


def upside_down(ink: Ink) -> Ink:
    """Turn a drawing by 180 degrees."""
    right = max(int(x.max()) for x, _, _ in ink)
    low = max(int(y.max()) for _, y, _ in ink)
    return [(right - x, low - y, t) for x, y, t in ink]


def write_style(source: Path, target: Path, words: set[str]) -> int:
    """Write the train part of some words in the style, for bots; returns how many drawings."""
    target.mkdir(parents=True, exist_ok=True)
    count = 0
    for path in list_drawing_files(source):
        drawings = [
            d
            for d in read_labelled_drawings(path)
            if d.ink and CLASS_WORDS[d.label] in words and assign_part(d.identity) == "train"
        ]
        lines = [
            json.dumps({"word": CLASS_WORDS[d.label], "drawing": [[a.tolist() for a in s] for s in upside_down(d.ink)]})
            for d in drawings
        ]
        if lines:
            (target / f"{CLASS_WORDS[drawings[0].label]}.ndjson").write_text("\n".join(lines) + "\n", encoding="utf-8")
        count += len(lines)
    return count


def judges(data: Path, words: set[str], most: int) -> list[LabelledDrawing]:
    """Drawings of the test part, simplified and raw, at most `most` a word and kind."""
    found = []
    for kind in ("simplified", "raw"):
        for path in list_drawing_files(data / kind):
            part = [
                d
                for d in read_labelled_drawings(path)
                if d.ink and CLASS_WORDS[d.label] in words and assign_part(d.identity) == "test"
            ]
            found += part[:most]
    return found


def play(work: Path, ink: Path, minutes: float, pack: str) -> dict[str, Any]:
    """Let bots play in real rooms; their drawings stay in the data folder."""
    port = free_port()
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "REDIS_URL": ""}
    serving = subprocess.Popen(
        [sys.executable, "-m", "server", "play", "--port", str(port), "--data-dir", str(work / "data")],
        env=environment, start_new_session=True,
    )  # fmt: skip
    try:
        ready = f"http://127.0.0.1:{port}/readyz"
        while not answers(ready):
            time.sleep(0.5)
        bots = subprocess.run(
            [sys.executable, "-m", "server", "bots", "--url", f"http://127.0.0.1:{port}", "--rooms", "3", "--players", "12",
             "--seconds", str(minutes * 60), "--ink", str(ink), "--rate", "5", "--round-seconds", "15", "--pack", pack,
             "--hidden", "--keep", "--json"],
            env=environment, stdout=subprocess.PIPE, check=False,
        )  # fmt: skip
        found: dict[str, Any] = json.loads(bots.stdout)
        return found
    finally:
        serving.send_signal(signal.SIGINT)
        serving.wait()


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def retrain(work: Path, public: Path, seconds: float) -> dict[str, Any]:
    """Run `inkling retrain` over what the bots left."""
    done = subprocess.run(
        [sys.executable, "-m", "server", "retrain", "--source", "bot", "--data-dir", str(work / "data"), "--public",
         str(public), "--seconds", str(seconds), "--json"],
        env={**os.environ, "PYTHONPATH": str(ROOT), "REDIS_URL": "", "INKLING_MODELS": ""}, stdout=subprocess.PIPE, check=True,
    )  # fmt: skip
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return told


def measured(work: Path, version: str, sets: dict[str, list[LabelledDrawing]]) -> dict[str, Any]:
    """Judge champion and challenger on each set."""
    from model.registry.versions import SHIPPED_CHAMPION_FOLDER, ModelRegistry
    from model.retraining import gates
    from model.retraining.measure import LoadedModel, evaluate_drawing_set

    registry = ModelRegistry(work / "data" / "models")
    old, new = LoadedModel(SHIPPED_CHAMPION_FOLDER), LoadedModel(registry.find(version))
    found = {}
    for name, drawings in sets.items():
        before, after = evaluate_drawing_set(old, drawings), evaluate_drawing_set(new, drawings)
        low, high = gates.bootstrap_gain_interval(before, after)
        found[name] = {
            "drawings": len(drawings), "before": round(100 * float(before.whole.mean()), 1),
            "after": round(100 * float(after.whole.mean()), 1), "gain_95": [round(low, 1), round(high, 1)],
            "half_before": round(100 * float(before.half.mean()), 1), "half_after": round(100 * float(after.half.mean()), 1),
        }  # fmt: skip
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with simplified/ and raw/")
    parser.add_argument("--work", type=Path, required=True, help="folder for Redis, models and the style's drawings")
    parser.add_argument("--minutes", type=float, default=8.0, help="that bots play")
    parser.add_argument("--seconds", type=float, default=600.0, help="of the training")
    parser.add_argument("--pack", default="easy")
    parser.add_argument("--most", type=int, default=40, help="drawings a word and kind that judge")
    chosen = parser.parse_args()
    console, words = Console(stderr=True), set(pack_words(chosen.pack))
    ink = chosen.work / "style"
    console.print(f"{write_style(chosen.data / 'raw', ink, words)} drawings upside down for the bots")
    if chosen.minutes:
        console.print(play(chosen.work, ink, chosen.minutes, chosen.pack))
    told = retrain(chosen.work, chosen.data, chosen.seconds)
    upright = judges(chosen.data, words, chosen.most)
    turned = [LabelledDrawing(d.label, upside_down(d.ink), d.identity, d.raw) for d in upright]
    others = judges(chosen.data, set(CLASS_WORDS) - words, min(8, chosen.most // 2))
    sets = {"style": turned, "the same upright": upright, "other words upright": others}
    print(
        json.dumps(
            {
                "teaching": told["teaching"],
                "figures": measured(chosen.work, told["version"], sets),
                "gates": told["gates"],
            }
        )
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
