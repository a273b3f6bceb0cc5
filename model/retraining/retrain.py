"""`python -m model retrain`: players' drawings → a candidate on the shelf, with what the gates say of it."""

from __future__ import annotations

import shutil
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rich.console import Console

from model.data.quickdraw import LabelledDrawing
from model.evaluation import command
from model.registry import artifact
from model.registry.card_writer import write_card
from model.registry.model_card import ModelCard
from model.registry.versions import ModelRegistry
from model.retraining import gates, memory_check, player_data, report
from model.retraining.finetune import FINE_TUNE_LEARNING_RATE, EvaluationDrawings, FineTuner
from model.retraining.measure import LoadedModel, load_theme_masks, measure_models
from model.retraining.mixed_feed import MixedFeed, MixedFeedSources
from model.retraining.player_data import DrawingSelection, PlayerDrawing
from model.retraining.weight_averaging import VALIDATION_DRAWINGS_PER_WORD
from model.training.pipeline import JUDGED_DRAWINGS_PER_WORD, load_drawings
from model.training.trainer import TrainingConfig

MIN_TEACHING_DRAWINGS = 50
"""Players' drawings below which there is nothing to learn."""
MIN_DRAWINGS_TO_CALIBRATE = 300


@dataclass(frozen=True, slots=True)
class RetrainingOptions:
    """What a retraining is made of. `public`: none means that players' drawings alone teach."""

    players: Path
    public: tuple[Path, ...]
    golden: Path | None
    seconds: float = 1800.0
    lr: float = FINE_TUNE_LEARNING_RATE
    seed: int = 0
    workers: int = 1
    batch_size: int = 256


def train_challenger(order: RetrainingOptions, shelf: ModelRegistry, console: Console) -> dict[str, Any]:
    """Train a challenger from the champion and put it on the shelf as a candidate; returns version, figures, gates."""
    memory_check.require_free_memory()
    work = shelf.folder / ".training"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    try:
        return _train_challenger_in(order, shelf, work, console)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _train_challenger_in(
    order: RetrainingOptions, shelf: ModelRegistry, work: Path, console: Console
) -> dict[str, Any]:
    champion = LoadedModel(shelf.champion())
    chosen = player_data.select_drawings(player_data.read_player_drawings(order.players), champion.look)
    said = ", ".join(f"{count} {reason}" for reason, count in chosen.left_out.most_common() if count)
    console.print(f"{len(chosen.teaching)} drawings teach, {len(chosen.judging)} judge; left out: {said or 'none'}")
    if len(chosen.teaching) < MIN_TEACHING_DRAWINGS:
        raise memory_check.RetrainingNotReady(
            f"{len(chosen.teaching)} players' drawings can teach; at least {MIN_TEACHING_DRAWINGS} are needed"
        )
    player_data.write_player_drawings(chosen.teaching, work / "players")
    golden = load_golden_drawings(order.golden, order.public)
    pupil = _fine_tune(order, shelf, work, champion, chosen, golden, console)
    card = pupil.publish(_training_provenance(order, champion, chosen), console)
    model, players = LoadedModel(pupil.out), player_data.to_labelled_drawings(chosen.judging)
    if golden:
        found = gates.evaluate_gates(*measure_models((champion, model), golden, players, console), load_theme_masks())
        card.gates = gates.gates_for_card(found)
    target = shelf.new_version_folder(card.version)
    card.version = target.name
    write_card(pupil.out, card)
    report.write_retraining_report(
        report.RetrainingRun(card, champion.version, chosen, pupil.losses), pupil.out / "report.html"
    )
    for scratch in ("checkpoint.keras", "checkpoint.tmp.keras"):
        (pupil.out / scratch).unlink(missing_ok=True)
    shutil.rmtree(pupil.out / "averaged", ignore_errors=True)
    pupil.out.replace(target)
    return {"version": card.version, "from": champion.version, "teaching": len(chosen.teaching),
            "judging": len(chosen.judging), "left_out": dict(chosen.left_out), "gates": card.gates,
            "report": str(target / "report.html")}  # fmt: skip


def _fine_tune(
    order: RetrainingOptions,
    shelf: ModelRegistry,
    work: Path,
    champion: LoadedModel,
    chosen: DrawingSelection,
    golden: list[LabelledDrawing],
    console: Console,
) -> FineTuner:
    out = work / "out"
    out.mkdir()
    config = TrainingConfig(
        data=tuple(map(str, order.public)), recipe="retrain", seconds=order.seconds, batch_size=order.batch_size,
        lr=order.lr, seed=order.seed, workers=order.workers, strength=1.0, precision="float32", init=str(shelf.champion()),
    )  # fmt: skip
    feed = MixedFeed(MixedFeedSources(order.public, work / "players"), config.batch_size, config.seed, config.workers)
    try:
        public = [
            drawing
            for folder in order.public[:1]
            for drawing in load_drawings([folder], "validation", JUDGED_DRAWINGS_PER_WORD)
        ]
        validation = public + load_drawings([work / "players"], "validation")
        few = len(validation) < MIN_DRAWINGS_TO_CALIBRATE
        judged = validation if not few else load_drawings([work / "players"], "train", JUDGED_DRAWINGS_PER_WORD)
        test = golden or player_data.to_labelled_drawings(chosen.judging) or judged
        judges = EvaluationDrawings(judged, test, champion.calibration if few else None)
        pupil = FineTuner(config, out, load_drawings([work / "players"], "train"), judges, champion)
        pupil.run(feed, console)
        pupil.average(feed)
        if bearing := load_drawings(list(order.public), "validation", VALIDATION_DRAWINGS_PER_WORD):
            pupil.average_with_champion(bearing, console)
    finally:
        feed.close()
    return pupil


def _training_provenance(
    order: RetrainingOptions, champion: LoadedModel, chosen: DrawingSelection
) -> dict[str, object]:
    return {
        "kind": "retrained" if order.public else "retrained on players' drawings only", "from": champion.version,
        "players' drawings": len(chosen.teaching), "held out": asdict(chosen.rule), "left out": dict(chosen.left_out),
        "data": "players' drawings" + (" and Quick, Draw!" if order.public else ""), "teacher": "the champion before",
        "made": time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime()),
    }  # fmt: skip


def load_golden_drawings(golden: Path | None, public: Sequence[Path]) -> list[LabelledDrawing]:
    """Return what judges: the golden set, else the test part of the public drawings, else nothing."""
    if golden is not None and golden.is_dir():
        return command.read_part_drawings(golden, "test", player_data.MAX_DRAWINGS_PER_PLAYER_AND_WORD * 6)
    return load_drawings(list(public), "test", JUDGED_DRAWINGS_PER_WORD)


def load_holdout(players: Path | None, models: Sequence[Path]) -> list[PlayerDrawing]:
    """Return the players' drawings that none of these models has learned from."""
    if players is None:
        return []
    rules = [holdout_rule_from_card(artifact.read_game_card(folder)) for folder in models]
    try:
        kept, _ = player_data.drop_unusable(player_data.read_player_drawings(players))
    except ValueError as error:
        if "no .ndjson" in str(error):
            return []
        raise
    return [lesson for lesson in kept if all(rule.judges(lesson) for rule in rules)]


def holdout_rule_from_card(card: ModelCard) -> player_data.HoldoutRule:
    """Read from a card which players' drawings the model has not learned from."""
    told = card.training.get("held out", {})
    return player_data.HoldoutRule(int(told.get("cut", 0)), bool(told.get("by_player", True)))
