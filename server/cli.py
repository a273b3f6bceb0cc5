"""The one console command, `inkling`."""

from __future__ import annotations

import argparse
import importlib
import subprocess
import sys
from collections.abc import Sequence

from server import __version__
from server.runtime.listen import BindError
from server.settings import ServerSettings, SettingError, load_settings

COMMANDS: dict[str, tuple[str, str, str]] = {
    "play": ("server.commands.play", "everything on one machine", "inkling play --lan"),
    "web": ("server.commands.web", "the web process, configured by the environment", "REDIS_URL=… inkling web"),
    "guesser": ("server.commands.guesser", "the process that runs the network", "REDIS_URL=… inkling guesser"),
    "retrain": (
        "server.commands.retrain",
        "train a challenger from the kept drawings",
        "inkling retrain --public drawings/",
    ),
    "doctor": ("server.commands.doctor", "check Redis, model, client build, port, processor", "inkling doctor"),
    "bots": (
        "server.bots",
        "real players that replay drawings",
        "inkling bots --rooms 4 --players 4 --seconds 60 --ink drawings/",
    ),
    "top": ("server.commands.top", "what a server is doing, live", "inkling top --url http://127.0.0.1:8000"),
    "export": (
        "server.commands.export",
        "write the kept drawings, or count them",
        "inkling export --format parquet --split --dedup --out hub/ — or, to look first: inkling export --count --report r.html",
    ),
    "import": (
        "server.commands.import_drawings",
        "read other people's drawings into the collection",
        'inkling import cat.ndjson --licence "CC BY 4.0 (Google, Quick, Draw!)"',
    ),
    "archive": (
        "server.commands.archive",
        "move old drawings to parquet files that stay exportable",
        "inkling archive --before 2026-01-01 --out archive/",
    ),
    "remove": (
        "server.commands.remove",
        "take imports and other drawings out again for good",
        "inkling remove --source import --licence unspecified --yes",
    ),
    "erase": (
        "server.commands.erase",
        "remove a player's drawings and scores everywhere",
        "inkling erase --player TOKEN",
    ),
    "scores": ("server.commands.scores", "print the score boards", "inkling scores --board day --json"),
}
"""Name → module (with `add_arguments` and `run`), what it does, an example. Imported only when asked for."""
LONG_RUNNING_COMMANDS = ("play", "web", "guesser")
"""What runs for long: an error in the middle of that is a failure, not bad usage."""


def build_cli_parser() -> argparse.ArgumentParser:
    """Build the parser of the top level; each command brings its own arguments."""
    top = argparse.ArgumentParser(
        prog="inkling",
        description="A self-hosted drawing game: people draw, a neural network guesses live.",
        epilog="Every command has --help with an example. `inkling model …` trains and evaluates the network.",
    )
    top.add_argument("--version", action="version", version=f"inkling {__version__}")
    commands = top.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name, (_, does, _) in COMMANDS.items():
        commands.add_parser(name, help=does, add_help=False)
    commands.add_parser("model", help="train, evaluate and choose the network", add_help=False)
    return top


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns 0 on success, 1 on a failed job, 2 on bad usage."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    if words[:1] == ["model"]:
        return _run_model_command(words[1:])
    known, rest = build_cli_parser().parse_known_args(words[:1])
    module_name, does, example = COMMANDS[known.command]
    module = importlib.import_module(module_name)
    own = argparse.ArgumentParser(
        prog=f"inkling {known.command}", description=does[0].upper() + does[1:] + ".", epilog=f"Example: {example}"
    )
    module.add_arguments(own)
    arguments_read = own.parse_args([*rest, *words[1:]])
    try:
        load_settings()
        code: int = module.run(arguments_read)
    except KeyboardInterrupt:
        return 130
    except SettingError as error:
        return _report_setting_error(own.prog, error)
    except BindError as error:
        print(f"{own.prog}: {error}", file=sys.stderr)
        return 1
    except ValueError as error:
        if known.command in LONG_RUNNING_COMMANDS:
            raise
        own.error(str(error))
    return code


def _report_setting_error(command: str, error: SettingError) -> int:
    print(f"{command}: {error}", file=sys.stderr)
    return 2


def _run_model_command(rest: list[str]) -> int:
    """Start `python -m model`: it is another process because it may import TensorFlow."""
    from server.db.private.private_redis import default_data_dir
    from server.game.words.packs import write_pack_file

    settings = ServerSettings()
    if not {"-h", "--help"} & {*rest}:
        try:
            settings = load_settings()
        except SettingError as error:
            return _report_setting_error("inkling model", error)
    if rest[:1] == ["promote"]:
        from server.commands.retrain import promote_with_players

        return promote_with_players(rest[1:])
    if rest[:1] == ["teach"]:
        from server.commands.teach import run

        return run(rest[1:])
    with write_pack_file() as environment:
        for name in ("runs", "models"):
            variable = f"INKLING_{name.upper()}"
            environment[variable] = getattr(settings, name) or str(default_data_dir() / name)
        module = "server.commands.evaluate_play" if rest[:1] == ["evaluate"] and "--play" in rest else "model"
        return subprocess.run([sys.executable, "-m", module, *rest], env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
