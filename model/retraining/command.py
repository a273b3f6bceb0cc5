"""What `python -m model retrain`, `list`, `promote` and `rollback` do."""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.measure import Measurement
from rich.table import Table

from model.registry.card_writer import write_card
from model.registry.model_card import CARD_FILE
from model.registry.versions import SHIPPED_CHAMPION_FOLDER, ModelRegistry, ModelVersion

FETCH_GOLDEN_COMMAND = "inkling model fetch --words all --golden --out {}"
FETCH_PUBLIC_COMMAND = "inkling model fetch --words all --limit 1000 --out {}/simplified"


def add_arguments(commands: Any, make: Any) -> None:
    """Declare the commands; `make` adds one with its help and example."""
    listed = make(commands, "list", "list the versions with their figures", "inkling model list")
    promote = make(
        commands, "promote", "run the gates and put a version into service", "inkling model promote 20261121-1200"
    )
    promote.add_argument("version", help="a version of `inkling model list`, or a run folder")
    promote.add_argument("--force", action="store_true", help="promote it whatever the gates say; the card tells")
    back = make(
        commands, "rollback", "put the champion before the present one back into service", "inkling model rollback"
    )
    retrain = make(
        commands, "retrain", "train a challenger from a folder of players' drawings; `inkling retrain` makes that folder",
        "inkling model retrain --players lessons",
    )  # fmt: skip
    retrain.add_argument("--players", type=Path, required=True, help="folder of players' drawings")
    retrain.add_argument("--players-only", action="store_true", help="no public drawings: distil from the champion")
    retrain.add_argument("--seconds", type=float, default=1800.0, help="budget of the training (default: 1800)")
    retrain.add_argument("--seed", type=int, default=0)
    promote.add_argument("--players", type=Path, help="folder of players' drawings; `inkling model promote` brings it")
    taught = make(commands, "teach", "teach a new word from a few drawings",
                  "inkling model teach 'penguin pirate' --data drawings")  # fmt: skip
    taught.add_argument("word")
    taught.add_argument("--data", dest="drawings", type=Path, required=True, help="folder of ndjson drawings")
    memory = make(
        commands, "remember", "let a model remember drawings of its words; new words are fitted beside them",
        "inkling model remember --data DIR/simplified",
    )  # fmt: skip
    memory.add_argument("--model", default="champion", help="champion, a run folder, or a version")
    memory.add_argument("--data", type=Path, required=True, help="folder of drawings; the validation part is used")
    for command in (promote, retrain):
        command.add_argument(
            "--public",
            type=Path,
            nargs="+",
            help="folders of public drawings; without a golden set their test part judges",
        )
        command.add_argument("--golden", type=Path, help="the golden set")
    for command in (listed, promote, back, retrain, taught):
        command.add_argument("--models", type=Path, help="folder of versions (INKLING_MODELS)")
        command.add_argument("--json", action="store_true", help="one JSON object a line")
        command.set_defaults(data=[])


def open_registry(chosen: argparse.Namespace) -> ModelRegistry:
    """Return the registry that the command works on."""
    if chosen.models:
        return ModelRegistry(chosen.models)
    registry = ModelRegistry.from_environment()
    if registry is None:
        raise ValueError("--models is needed (or INKLING_MODELS; `inkling model` sets it)")
    return registry


def find_public_folders(chosen: argparse.Namespace) -> tuple[Path, ...]:
    """Return the folders of public drawings: those named, or `public` beside the registry, if they are there."""
    named = chosen.public or [open_registry(chosen).folder.parent / "public"]
    found: list[Path] = []
    for folder in named:
        inside = [folder / kind for kind in ("simplified", "raw") if (folder / kind).is_dir()]
        found += inside or ([folder] if folder.is_dir() and any(folder.glob("*.ndjson*")) else [])
    return tuple(found)


def find_golden_folder(chosen: argparse.Namespace) -> Path | None:
    """Return the golden set: the one named, or `golden` beside the registry; None where there is none."""
    folder: Path = chosen.golden or open_registry(chosen).folder.parent / "golden"
    return folder if folder.is_dir() else None


def run_list(chosen: argparse.Namespace) -> int:
    """Print the versions."""
    summaries = [_summarise_version(version) for version in open_registry(chosen).versions()]
    if chosen.json:
        for row in summaries:
            print(json.dumps(row))
        return 0
    table = Table("version", "state", "top-1", "top-3", "half the ink", "ECE", "gates", "made from", box=None)
    for row in summaries:
        table.add_row(row["version"], row["state"], *(_format_percent(row[name]) for name in ("top1", "top3", "half")),
                      "–" if row["ece"] is None else f"{row['ece']:.3f}", row["gates"], row["from"])  # fmt: skip
    # As wide as it is: a version that was cut to fit could not be given to another command.
    console = Console()
    wide = console.options.update(max_width=10_000)
    Console(width=max(console.width, Measurement.get(console, wide, table).maximum)).print(table)
    return 0


def _summarise_version(version: ModelVersion) -> dict[str, Any]:
    figures, gates, training = version.card.figures, version.card.gates, version.card.training
    full = figures.get("full", {})
    verdict = "–" if not gates else "passed" if gates["passed"] else "forced" if gates.get("forced") else "failed"
    return {
        "version": version.version, "state": version.state, "top1": full.get("top1"), "top3": full.get("top3"),
        "half": figures.get("ink", {}).get("0.5", {}).get("top1"), "ece": figures.get("ece", {}).get("pooled"),
        "gates": verdict, "from": str(training.get("from", training.get("data", ""))),
        "words": training.get("words", []), "folder": str(version.folder),
    }  # fmt: skip


def _format_percent(value: float | None) -> str:
    return "–" if value is None else f"{value:.1%}"


def run_promote(chosen: argparse.Namespace) -> int:
    """Run the gates; put the version into service if it passes all of them, or is forced."""
    registry, console = open_registry(chosen), Console(stderr=True)
    target = _registered_folder(registry, chosen.version)
    champion = registry.champion()
    if target == champion:
        raise ValueError(
            f"{target.name if target != SHIPPED_CHAMPION_FOLDER else 'the shipped champion'} is in service already"
        )
    public, golden = find_public_folders(chosen), find_golden_folder(chosen)
    if not (golden or public or chosen.force):
        raise ValueError(
            f"there is nothing to judge by; bring it with\n  {FETCH_GOLDEN_COMMAND.format(registry.folder.parent)}"
        )
    from model.registry import artifact
    from model.retraining import gates, measure, player_data, retrain

    found: list[gates.GateResult] = []
    if golden or public:
        judges = retrain.load_golden_drawings(golden, public)
        players = player_data.to_labelled_drawings(retrain.load_holdout(chosen.players, [champion, target]))
        models = measure.LoadedModel(champion), measure.LoadedModel(target)
        found = gates.evaluate_gates(
            *measure.measure_models(models, judges, players, console), measure.load_theme_masks()
        )
        _print_gates(found, models[0].version, models[1].version, chosen.json)
    passed = bool(found) and all(gate.passed for gate in found)
    card = artifact.read_game_card(target)
    card.gates = gates.gates_for_card(found, chosen.force and not passed)
    card.gates["passed"] = passed
    if target != SHIPPED_CHAMPION_FOLDER:
        write_card(target, card)
    if not passed and not chosen.force:
        print(f"{card.version} stays a candidate: it does not pass the gates (--force promotes it all the same)",
              file=sys.stderr)  # fmt: skip
        return 1
    service = registry.promote(card.version, "promoted" if passed else "promoted by force")
    _print_result(
        chosen.json, f"{card.version} is in service; running guessers take it within seconds", asdict(service)
    )
    return 0


def _registered_folder(registry: ModelRegistry, name: str) -> Path:
    """Return a version's folder; a run folder is copied into the registry first."""
    folder = Path(name)
    if not (folder / CARD_FILE).is_file() or folder.parent.resolve() == registry.folder.resolve():
        return registry.find(folder.name)
    from model.registry import artifact

    card = artifact.read_game_card(folder)
    target = registry.new_version_folder(card.version)
    part = registry.folder / f".{target.name}"
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir()
    for file in ("weights.npz", "memory.npz", "taught.npz"):
        if (folder / file).exists():
            shutil.copy2(folder / file, part / file)
    card.version = target.name
    write_card(part, card)
    part.replace(target)
    return target


def _print_gates(found: list[Any], before: str, after: str, as_json: bool) -> None:
    if as_json:
        for gate in found:
            print(json.dumps(asdict(gate), ensure_ascii=False))
        return
    table = Table("gate", before, after, "limit", "", box=None)
    for gate in found:
        mark = "[green]passed[/]" if gate.passed else "[red]failed[/]"
        table.add_row(gate.name, gate.before, gate.after, gate.limit, mark)
    Console().print(table)


def run_roll_back(chosen: argparse.Namespace) -> int:
    """Put the champion before the present one back."""
    service = open_registry(chosen).roll_back("rolled back by hand")
    _print_result(chosen.json, f"{service.champion} is in service again", asdict(service))
    return 0


def retrain(chosen: argparse.Namespace) -> int:
    """Train a challenger."""
    registry = open_registry(chosen)
    public, golden = find_public_folders(chosen), find_golden_folder(chosen)
    where = registry.folder.parent
    if not public and not chosen.players_only:
        raise ValueError(
            f"there are no public drawings; bring them with\n  {FETCH_PUBLIC_COMMAND.format(where / 'public')}\n"
            "or learn from players' drawings alone with --players-only"
        )
    if golden is None and not chosen.players_only:
        print(f"no golden set: the test part of the public drawings judges; bring it with\n  {FETCH_GOLDEN_COMMAND.format(where)}",
              file=sys.stderr)  # fmt: skip
    from model.retraining import retrain as work

    options = work.RetrainingOptions(
        chosen.players, () if chosen.players_only else public, golden, seconds=chosen.seconds, seed=chosen.seed
    )
    told = work.train_challenger(options, registry, Console(stderr=True))
    if not chosen.json and told["gates"]:
        from model.retraining.gates import GateResult

        rows = told["gates"]["rows"]
        _print_gates([GateResult(row["gate"], *(row[name] for name in ("before", "after", "limit", "passed"))) for row in rows],
              told["from"], told["version"], False)  # fmt: skip
    _print_result(chosen.json, f"candidate {told['version']}; report: {told['report']}\n"
         f"put it into service with  inkling model promote {told['version']}", told)  # fmt: skip
    return 0


def run_teach(chosen: argparse.Namespace) -> int:
    """Put a candidate with one more word into the registry."""
    from model.data.ndjson import read_word_inks
    from model.retraining.teach_word import teach_word as work

    told = work(open_registry(chosen), chosen.word, list(read_word_inks(chosen.drawings, chosen.word)))
    text = (
        f"candidate {told['version']} knows {told['word']!r}: {told['right']} of {told['of']} drawings that did not teach it\n"
        f"put it into service with  inkling model promote {told['version']}"
    )
    _print_result(chosen.json, text, told)
    return 0


def run_remember(chosen: argparse.Namespace) -> int:
    """Write a model's memory."""
    from model.evaluation.command import read_part_drawings
    from model.fewshot.imprint import save_memory
    from model.registry import artifact
    from model.training.pipeline import JUDGED_DRAWINGS_PER_WORD
    from model.training.publish import build_word_memory as embed

    folder = artifact.resolve_model_folder(chosen.model)
    network = artifact.build_network_from_card(artifact.read_game_card(folder))
    network.set_weights(artifact.read_weights(folder))
    memory = embed(network, read_part_drawings(chosen.data, "validation", JUDGED_DRAWINGS_PER_WORD))
    save_memory(folder, memory, network.get_layer("words").get_weights()[1])
    print(f"{folder.name} remembers {len(memory.labels)} views of {len(set(memory.labels.tolist()))} words")
    return 0


def _print_result(as_json: bool, text: str, record: dict[str, Any]) -> None:
    print(json.dumps(record, ensure_ascii=False) if as_json else text)


RETRAINING_COMMANDS = {
    "list": run_list,
    "promote": run_promote,
    "rollback": run_roll_back,
    "retrain": retrain,
    "remember": run_remember,
    "teach": run_teach,
}
