"""`python -m model retrain`: players' drawings → a candidate in the registry, with what the gates say of it."""

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
from model.training.config import TrainingConfig
from model.training.pipeline import JUDGED_DRAWINGS_PER_WORD, load_drawings

MIN_TEACHING_DRAWINGS = 50
"""Players' drawings below which there is nothing to learn."""
MIN_DRAWINGS_TO_CALIBRATE = 300
"""Validation drawings below which the champion's calibration is kept."""


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


def train_challenger(options: RetrainingOptions, registry: ModelRegistry, console: Console) -> dict[str, Any]:
    """Train a challenger from the champion and put it into the registry as a candidate; returns version, figures, gates."""
    memory_check.require_free_memory()
    work = registry.folder / ".training"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    try:
        return _train_challenger_in(options, registry, work, console)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _train_challenger_in(
    options: RetrainingOptions, registry: ModelRegistry, work: Path, console: Console
) -> dict[str, Any]:
    champion = LoadedModel(registry.champion())
    chosen = player_data.select_drawings(player_data.read_player_drawings(options.players), champion.predict)
    reasons = ", ".join(f"{count} {reason}" for reason, count in chosen.left_out.most_common() if count)
    console.print(f"{len(chosen.teaching)} drawings teach, {len(chosen.judging)} judge; left out: {reasons or 'none'}")
    if len(chosen.teaching) < MIN_TEACHING_DRAWINGS:
        raise memory_check.RetrainingNotReady(
            f"{len(chosen.teaching)} players' drawings can teach; at least {MIN_TEACHING_DRAWINGS} are needed"
        )
    player_data.write_player_drawings(chosen.teaching, work / "players")
    golden = load_golden_drawings(options.golden, options.public)
    fine_tuner = _fine_tune(options, registry, work, champion, chosen, golden, console)
    card = fine_tuner.publish(_training_provenance(options, champion, chosen), console)
    model, players = LoadedModel(fine_tuner.out), player_data.to_labelled_drawings(chosen.judging)
    if golden:
        found = gates.evaluate_gates(*measure_models((champion, model), golden, players, console), load_theme_masks())
        card.gates = gates.gates_for_card(found)
    target = registry.new_version_folder(card.version)
    card.version = target.name
    write_card(fine_tuner.out, card)
    report.write_retraining_report(
        report.RetrainingRun(card, champion.version, chosen, fine_tuner.losses), fine_tuner.out / "report.html"
    )
    for scratch in ("checkpoint.keras", "checkpoint.tmp.keras"):
        (fine_tuner.out / scratch).unlink(missing_ok=True)
    shutil.rmtree(fine_tuner.out / "averaged", ignore_errors=True)
    fine_tuner.out.replace(target)
    return {"version": card.version, "from": champion.version, "teaching": len(chosen.teaching),
            "judging": len(chosen.judging), "left_out": dict(chosen.left_out), "gates": card.gates,
            "report": str(target / "report.html")}  # fmt: skip


def _fine_tune(
    options: RetrainingOptions,
    registry: ModelRegistry,
    work: Path,
    champion: LoadedModel,
    chosen: DrawingSelection,
    golden: list[LabelledDrawing],
    console: Console,
) -> FineTuner:
    out = work / "out"
    out.mkdir()
    config = TrainingConfig(
        data=tuple(map(str, options.public)), recipe="retrain", seconds=options.seconds, batch_size=options.batch_size,
        lr=options.lr, seed=options.seed, workers=options.workers, strength=1.0, precision="float32", init=str(registry.champion()),
    )  # fmt: skip
    feed = MixedFeed(MixedFeedSources(options.public, work / "players"), config.batch_size, config.seed, config.workers)
    try:
        public = [
            drawing
            for folder in options.public[:1]
            for drawing in load_drawings([folder], "validation", JUDGED_DRAWINGS_PER_WORD)
        ]
        validation = public + load_drawings([work / "players"], "validation")
        few = len(validation) < MIN_DRAWINGS_TO_CALIBRATE
        judged = validation if not few else load_drawings([work / "players"], "train", JUDGED_DRAWINGS_PER_WORD)
        test = golden or player_data.to_labelled_drawings(chosen.judging) or judged
        judges = EvaluationDrawings(judged, test, champion.calibration if few else None)
        fine_tuner = FineTuner(config, out, load_drawings([work / "players"], "train"), judges, champion)
        fine_tuner.run(feed, console)
        fine_tuner.average(feed)
        if comparison := load_drawings(list(options.public), "validation", VALIDATION_DRAWINGS_PER_WORD):
            fine_tuner.average_with_champion(comparison, console)
    finally:
        feed.close()
    return fine_tuner


def _training_provenance(
    options: RetrainingOptions, champion: LoadedModel, chosen: DrawingSelection
) -> dict[str, object]:
    return {
        "kind": "retrained" if options.public else "retrained on players' drawings only", "from": champion.version,
        "players' drawings": len(chosen.teaching), "held out": asdict(chosen.rule), "left out": dict(chosen.left_out),
        "data": "players' drawings" + (" and Quick, Draw!" if options.public else ""), "teacher": "the champion before",
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
        usable, _ = player_data.drop_unusable(player_data.read_player_drawings(players))
    except ValueError as error:
        if "no .ndjson" in str(error):
            return []
        raise
    return [drawing for drawing in usable if all(rule.judges(drawing) for rule in rules)]


def holdout_rule_from_card(card: ModelCard) -> player_data.HoldoutRule:
    """Read from a card which players' drawings the model has not learned from."""
    stored = card.training.get("held out", {})
    return player_data.HoldoutRule(int(stored.get("cut", 0)), bool(stored.get("by_player", True)))
