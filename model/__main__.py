"""`python -m model …` (also `inkling model …`): fetch drawings, train, evaluate, promote, list recipes, propose a pack."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from model.data import fetch
from model.registry import recipe
from model.retraining import command as loop

if TYPE_CHECKING:
    from model.evaluation.play import SayingRule


def build_model_parser() -> argparse.ArgumentParser:
    """Build the parser of all model commands."""
    top = argparse.ArgumentParser(prog="inkling model", description="Train and judge the network that guesses.")
    commands = top.add_subparsers(dest="command", metavar="COMMAND", required=True)
    _add_train_arguments(_add_command(
        commands, "train", "train a model into a run folder",
        "inkling model train --data DIR/simplified DIR/raw --teacher DIR/doodlenet --out runs/one",
    ))  # fmt: skip
    evaluate = _add_command(commands, "evaluate", "judge a model on drawings in Quick, Draw!'s formats",
                        "inkling model evaluate --data DIR/simplified --part test --json")  # fmt: skip
    evaluate.add_argument("--model", default="champion", help="champion, a run folder, or a version")
    evaluate.add_argument("--data", type=Path, required=True, help="folder of <word>.ndjson[.gz], simplified or raw")
    evaluate.add_argument("--pack", default="default", help="a pack's name, or a file of words (JSON list or lines)")
    evaluate.add_argument("--part", choices=["all", "train", "validation", "test"], default="all",
                          help="use one part of the split by identity only")  # fmt: skip
    evaluate.add_argument("--limit", type=int, default=None, help="at most this many drawings a word")
    evaluate.add_argument("--play", type=Path, nargs="?", const=Path(), default=None, metavar="DIR",
                          help="replay raw drawings (DIR; default: those of --data) tick by tick, as in the game")  # fmt: skip
    evaluate.add_argument("--teacher", type=Path, default=None, help="folder of a DoodleNet to show beside it")
    evaluate.add_argument("--report", type=Path, default=None, help="write an HTML report to this file")
    evaluate.add_argument("--json", action="store_true", help="print one JSON object")
    listed = _add_command(commands, "recipes", "list every recipe with its data, target figure and last result",
                      "inkling model recipes --json")  # fmt: skip
    listed.add_argument("--json", action="store_true", help="print one JSON object a line")
    listed.set_defaults(data=[])
    fetch.add_arguments(_add_command(
        commands, "fetch", "download Quick, Draw! files, the first drawings of each word, or another data set",
        "inkling model fetch --words cat dog --format simplified --limit 1000 --out drawings",
    ))  # fmt: skip
    loop.add_arguments(commands, _add_command)
    pack = _add_command(commands, "pack", "propose a pack of easy, distinct words by measurement",
                    "inkling model pack --data DIR/simplified --size 60")  # fmt: skip
    pack.add_argument("--model", default="champion", help="champion, a run folder, or a version")
    pack.add_argument("--data", type=Path, required=True, help="folder of drawings; the validation part is used")
    pack.add_argument("--size", type=int, default=60, help="words in the pack")
    pack.add_argument("--exclude", type=Path, default=None, help="file with words that must not be in it, one a line")
    return top


def _add_command(commands: argparse._SubParsersAction[argparse.ArgumentParser], name: str, does: str,
             example: str) -> argparse.ArgumentParser:  # fmt: skip
    return commands.add_parser(
        name, help=does, description=does[0].upper() + does[1:] + ".", epilog=f"Example: {example}"
    )


def _add_train_arguments(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--data", type=Path, nargs="+", required=True, help="folders of drawings; the first one judges"
    )
    command.add_argument("--out", type=Path, help="the run's folder; default: INKLING_RUNS/RECIPE")
    command.add_argument("--recipe", default="inkling", help="what to train; its file says the settings")
    command.add_argument("--ours", action="store_true", help="our residual network on the recipe's data instead")
    command.add_argument("--sweep", action="store_true", help="try the values of the recipe's [sweep]; CSV and table")
    command.add_argument("--weights", help="file with VGG16's weights; or: download (Keras' own), own (ours instead)")
    command.add_argument("--limit", type=int, help="pictures a class at most")
    command.add_argument("--side", type=int, help="pixels a side of photos")
    command.add_argument("--steps", type=int, help="batches of one epoch")
    command.add_argument(
        "--teacher", type=Path, nargs="+", default=[], help="folders of TensorFlow.js networks to distil"
    )
    command.add_argument("--init", default="", help="start from: champion, a run folder, a version")
    command.add_argument("--seconds", type=float, help="budget of the training itself")
    command.add_argument("--epochs", type=float, help="passes over the data, instead of --seconds")
    command.add_argument("--strength", type=float, help="of the augmentation")
    command.add_argument("--batch-size", type=int)
    command.add_argument("--lr", type=float)
    command.add_argument("--dropout", type=float)
    command.add_argument("--weight-decay", type=float)
    command.add_argument("--optimizer", choices=["adam", "sgd"])
    command.add_argument("--precision", choices=["auto", "float32", "mixed_bfloat16"], help="of the game's own network")
    command.add_argument("--seed", type=int)
    command.add_argument("--workers", type=int, help="processes that make batches")
    command.add_argument("--resume", action="store_true", help="go on from the run's newest checkpoint")
    command.add_argument("--json", action="store_true", help="print the figures as one JSON object")


_SHARED_TRAIN_OPTIONS = ("seconds", "epochs", "batch_size", "lr", "dropout", "weight_decay", "optimizer", "seed")
_GAME_NETWORK_OPTIONS = ("strength", "workers", "teacher", "precision", "init")
"""Settings of the game's own network only."""
_IMAGE_RECIPE_OPTIONS = ("weights", "limit", "side", "steps")
"""Settings of image recipes only."""


def main(arguments: Sequence[str] | None = None, rule: SayingRule | None = None) -> int:
    """Run one command; returns 0 on success, 1 on a failed job, 2 on bad usage. `rule`: the game's, for `evaluate --play`."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")
    top = build_model_parser()
    chosen = top.parse_args(arguments)
    chosen.rule = rule
    for folder in chosen.data if isinstance(chosen.data, list) else [chosen.data]:
        if not folder.is_dir():
            top.error(f"{folder} is not a folder")
    try:
        return _COMMAND_HANDLERS[chosen.command](chosen)
    except (ValueError, OSError) as error:
        print(f"inkling model {chosen.command}: {error}", file=sys.stderr)
        return 1


def _run_train(chosen: argparse.Namespace) -> int:
    out = chosen.out or _default_run_folder(chosen.recipe, chosen.ours)
    figures = (_train_image_recipe if recipe.load_recipe(chosen.recipe).images else _train_game_network)(chosen, out)
    print(json.dumps(figures) if chosen.json else json.dumps(figures, indent=1))
    return 0


def _default_run_folder(name: str, ours: bool) -> Path:
    folder = recipe.find_runs_folder()
    if folder is None:
        raise ValueError("--out is needed (or INKLING_RUNS, the folder of runs; `inkling model` sets it)")
    return folder / (f"{name}-ours" if ours else name)


def _train_image_recipe(chosen: argparse.Namespace, out: Path) -> object:
    from model.classics import run

    settings = {name: getattr(chosen, name) for name in (*_SHARED_TRAIN_OPTIONS, *_IMAGE_RECIPE_OPTIONS)}
    settings |= {name: value for name in _GAME_NETWORK_OPTIONS if (value := getattr(chosen, name))}
    if chosen.sweep:
        return run.sweep_image_recipe(chosen.recipe, chosen.data, out, settings)
    figures = run.run_image_recipe(chosen.recipe, chosen.data, out, settings, chosen.ours, chosen.resume)
    return {name: value for name, value in figures.items() if name != "confusion"}


def _train_game_network(chosen: argparse.Namespace, out: Path) -> object:
    from model.training.config import build_training_config
    from model.training.trainer import train_network

    others = [f"--{name}" for name in (*_IMAGE_RECIPE_OPTIONS, "ours", "sweep") if getattr(chosen, name)]
    if others:
        raise ValueError(f"{', '.join(others)}: for image recipes, not for {chosen.recipe!r}")
    settings = {name: getattr(chosen, name) for name in (*_SHARED_TRAIN_OPTIONS, "strength", "workers")}
    settings |= {"teacher": tuple(map(str, chosen.teacher)) or None, "precision": chosen.precision, "init": chosen.init}
    return train_network(build_training_config(chosen.recipe, chosen.data, settings), out, chosen.resume)


def _run_recipes(chosen: argparse.Namespace) -> int:
    every = [recipe.describe_recipe(name) for name in recipe.list_recipe_names()]
    if chosen.json:
        for one in every:
            print(json.dumps(one, ensure_ascii=False))
        return 0
    for one in every:
        last, ours = one["last"], one["ours"]
        reached = (one["reached"] or {}).get("says") or (
            f"{last['figures']['accuracy']:.2%}" if last else "not run here"
        )
        if ours:
            reached += f"; our own network {ours['accuracy']:.2%}"
        target = (one["target"] or {}).get("says", "–")
        print(f"{one['name']:<18}{one['about']}\n{'':<18}data: {one['data']}\n{'':<18}"
              f"target {target}; reached {reached}\n{'':<18}{one['command']}")  # fmt: skip
    return 0


def _run_evaluate(chosen: argparse.Namespace) -> int:
    from model.evaluation import command as judge

    played = None
    if chosen.play is not None:
        if chosen.rule is None:
            raise ValueError("--play wants the game's own rule: start it as `inkling model evaluate`")
        played = (chosen.rule, chosen.data if chosen.play == Path() else chosen.play)
    found = judge.evaluate_model(
        chosen.model, chosen.data, chosen.part, chosen.limit, judge.load_pack_mask(chosen.pack), chosen.teacher, played
    )
    if chosen.report is not None:
        judge.save_evaluation_report(found, chosen.report)
    public = {name: value for name, value in found.items() if not name.startswith("_")}
    print(json.dumps(public) if chosen.json else json.dumps(public, indent=1))
    if chosen.report is not None:
        print(f"report: {chosen.report}", file=sys.stderr)
    return 0


def _run_pack(chosen: argparse.Namespace) -> int:
    from model.evaluation import command as judge

    excluded = chosen.exclude.read_text().split("\n") if chosen.exclude else []
    print(json.dumps(judge.propose_pack(chosen.model, chosen.data, chosen.size, {word.strip() for word in excluded})))
    return 0


_COMMAND_HANDLERS = {
    "train": _run_train,
    "evaluate": _run_evaluate,
    "fetch": fetch.run,
    "pack": _run_pack,
    "recipes": _run_recipes,
    **loop.RETRAINING_COMMANDS,
}

if __name__ == "__main__":
    sys.exit(main())
