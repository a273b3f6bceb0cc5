"""`python -m model retrain`: players' drawings → a candidate on the shelf, with what the gates say of it."""

from __future__ import annotations

import shutil
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rich.console import Console

from model.data.quickdraw import Drawing
from model.evaluation import command
from model.registry.artifact import artifact
from model.registry.versions import Shelf
from model.retraining import gates, memory_check, player_data, report
from model.retraining.finetune import LR, Judges, Pupil
from model.retraining.measure import Model, measure, themes
from model.retraining.mixed_feed import MixedFeed, Sources
from model.retraining.player_data import Lesson, Selected
from model.retraining.weight_averaging import A_WORD
from model.training.pipeline import JUDGED, load
from model.training.trainer import Config

FEWEST = 50
"""Players' drawings below which there is nothing to learn."""
FEWEST_TO_CALIBRATE = 300


@dataclass(frozen=True, slots=True)
class Order:
    """What a retraining is made of. `public`: none means that players' drawings alone teach."""

    players: Path
    public: tuple[Path, ...]
    golden: Path | None
    seconds: float = 1800.0
    lr: float = LR
    seed: int = 0
    workers: int = 1
    batch_size: int = 256


def run(order: Order, shelf: Shelf, console: Console) -> dict[str, Any]:
    """Train a challenger from the champion and put it on the shelf as a candidate; returns version, figures, gates."""
    memory_check.insist()
    work = shelf.folder / ".training"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    try:
        return _run(order, shelf, work, console)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _run(order: Order, shelf: Shelf, work: Path, console: Console) -> dict[str, Any]:
    champion = Model(shelf.champion())
    chosen = player_data.select(player_data.read(order.players), champion.look)
    said = ", ".join(f"{count} {reason}" for reason, count in chosen.left_out.most_common() if count)
    console.print(f"{len(chosen.teaching)} drawings teach, {len(chosen.judging)} judge; left out: {said or 'none'}")
    if len(chosen.teaching) < FEWEST:
        raise memory_check.Unready(f"{len(chosen.teaching)} players' drawings can teach; at least {FEWEST} are needed")
    player_data.write(chosen.teaching, work / "players")
    golden = golden_drawings(order.golden, order.public)
    pupil = _train(order, shelf, work, champion, chosen, golden, console)
    card = pupil.publish(_told(order, champion, chosen), console)
    model, players = Model(pupil.out), player_data.drawings(chosen.judging)
    if golden:
        found = gates.judge(*measure((champion, model), golden, players, console), themes())
        card.gates = gates.record(found)
    target = shelf.room_for(card.version)
    card.version = target.name
    artifact.write_card(pupil.out, card)
    report.write(report.Run(card, champion.version, chosen, pupil.losses), pupil.out / "report.html")
    for scratch in ("checkpoint.keras", "checkpoint.tmp.keras"):
        (pupil.out / scratch).unlink(missing_ok=True)
    shutil.rmtree(pupil.out / "averaged", ignore_errors=True)
    pupil.out.replace(target)
    return {"version": card.version, "from": champion.version, "teaching": len(chosen.teaching),
            "judging": len(chosen.judging), "left_out": dict(chosen.left_out), "gates": card.gates,
            "report": str(target / "report.html")}  # fmt: skip


def _train(
    order: Order, shelf: Shelf, work: Path, champion: Model, chosen: Selected, golden: list[Drawing], console: Console
) -> Pupil:
    out = work / "out"
    out.mkdir()
    config = Config(
        data=tuple(map(str, order.public)), recipe="retrain", seconds=order.seconds, batch_size=order.batch_size,
        lr=order.lr, seed=order.seed, workers=order.workers, strength=1.0, precision="float32", init=str(shelf.champion()),
    )  # fmt: skip
    feed = MixedFeed(Sources(order.public, work / "players"), config.batch_size, config.seed, config.workers)
    try:
        public = [drawing for folder in order.public[:1] for drawing in load([folder], "validation", JUDGED)]
        validation = public + load([work / "players"], "validation")
        few = len(validation) < FEWEST_TO_CALIBRATE
        judged = validation if not few else load([work / "players"], "train", JUDGED)
        test = golden or player_data.drawings(chosen.judging) or judged
        judges = Judges(judged, test, champion.calibration if few else None)
        pupil = Pupil(config, out, load([work / "players"], "train"), judges, champion)
        pupil.run(feed, console)
        pupil.average(feed)
        if bearing := load(list(order.public), "validation", A_WORD):
            pupil.blend(bearing, console)
    finally:
        feed.close()
    return pupil


def _told(order: Order, champion: Model, chosen: Selected) -> dict[str, object]:
    return {
        "kind": "retrained" if order.public else "retrained on players' drawings only", "from": champion.version,
        "players' drawings": len(chosen.teaching), "held out": asdict(chosen.rule), "left out": dict(chosen.left_out),
        "data": "players' drawings" + (" and Quick, Draw!" if order.public else ""), "teacher": "the champion before",
        "made": time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime()),
    }  # fmt: skip


def golden_drawings(golden: Path | None, public: Sequence[Path]) -> list[Drawing]:
    """Return what judges: the golden set, else the test part of the public drawings, else nothing."""
    if golden is not None and golden.is_dir():
        return command.drawings_of(golden, "test", player_data.FROM_ONE * 6)
    return load(list(public), "test", JUDGED)


def holdout(players: Path | None, models: Sequence[Path]) -> list[Lesson]:
    """Return the players' drawings that none of these models has learned from."""
    if players is None:
        return []
    rules = [rule_of(artifact.card_of(folder)) for folder in models]
    try:
        kept, _ = player_data.fit(player_data.read(players))
    except ValueError as error:
        if "no .ndjson" in str(error):
            return []
        raise
    return [lesson for lesson in kept if all(rule.judges(lesson) for rule in rules)]


def rule_of(card: artifact.Card) -> player_data.Rule:
    """Read from a card which players' drawings the model has not learned from."""
    told = card.training.get("held out", {})
    return player_data.Rule(int(told.get("cut", 0)), bool(told.get("by_player", True)))
