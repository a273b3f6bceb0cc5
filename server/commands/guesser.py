"""`inkling guesser`: a supervisor that keeps the champion guessing, and the process that runs the network."""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from model.registry.versions import ModelRegistry
from server import settings as configuration
from server.db.private.private_redis import default_data_dir, ensure_temp_dir
from server.runtime import parent_death
from server.runtime.background_tasks import supervise_task, supervise_thread
from server.settings import ServerSettings, SettingError

log = logging.getLogger("inkling.guesser")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of `inkling guesser`; everything else comes from the environment."""
    parser.add_argument("--threads", type=int, default=None, help="CPU threads (INKLING_GUESSER_THREADS)")
    parser.add_argument("--model", type=Path, default=None, help=argparse.SUPPRESS)


def run(arguments: argparse.Namespace) -> int:
    """Serve until SIGTERM or SIGINT: as supervisor, or (with a model's folder) as the one that guesses with it."""
    parent_death.exit_with_parent()
    settings = configuration.load_settings(guesser_threads=arguments.threads)
    if not settings.redis_url:
        raise configuration.SettingError("REDIS_URL is not set; `inkling play` brings its own Redis")
    logging.basicConfig(
        level=settings.log_level.upper(), format="%(levelname)s %(name)s: %(message)s", stream=sys.stderr
    )
    return (
        asyncio.run(run_model_supervisor(settings))
        if arguments.model is None
        else run_guess_worker(settings, arguments.model)
    )


def guesser_command(folder: Path) -> Sequence[str]:
    """Return what starts a guesser with the model in `folder`."""
    return [sys.executable, "-m", "server", "guesser", "--model", str(folder)]


async def run_model_supervisor(settings: ServerSettings) -> int:
    """Keep the champion guessing until told to stop."""
    from server.db.checks import wait_for_redis
    from server.guessing.supervisor import ModelSupervisor

    models = Path(settings.models) if settings.models else default_data_dir() / "models"
    ensure_temp_dir(models)
    registry = ModelRegistry(models)
    environment = {**os.environ, "INKLING_GUESSER_THREADS": str(settings.guesser_threads)}
    # Small matrices on a busy machine: threads of numpy would wait for each other most of the time.
    environment.setdefault("OPENBLAS_NUM_THREADS", "1")
    supervisor = ModelSupervisor(registry, guesser_command, environment, settings.trial_seconds)
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, supervisor.stop.set)
    refused: list[SettingError] = []

    async def check_redis() -> None:
        try:
            await wait_for_redis(settings.redis_url)
        except SettingError as error:
            refused.append(error)
            supervisor.stop.set()

    checking = supervise_task(check_redis, "check of Redis")
    await supervisor.run()
    checking.cancel()
    if refused:
        raise refused[0]
    return 0


def run_guess_worker(settings: ServerSettings, folder: Path) -> int:
    """Load a model, warm it, check it, and guess when the supervisor says so."""
    reports = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # whatever a library prints must not reach the supervisor
    from model.serving.demo import DemoModels
    from model.serving.predictor import Predictor
    from model.serving.self_test import UnfitModel, run_self_test
    from server.guessing.demo.worker import DemoWorker
    from server.guessing.worker.control import WorkerControl
    from server.guessing.worker.worker import GuessWorker

    network = Predictor.load(folder, threads=settings.guesser_threads)
    if settings.guesser_precision == "auto":
        network.quantise()
    network.warm()
    try:
        seconds = run_self_test(network)
    except UnfitModel as broken:
        reports.write(json.dumps({"trouble": str(broken)}) + "\n")
        reports.flush()
        return 1
    worker = GuessWorker(settings.redis_url, network)
    runs = Path(settings.runs) if settings.runs else default_data_dir() / "runs"
    demo = DemoWorker(settings.redis_url, DemoModels(runs, folder))
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: worker.stop.set())
    log.info("ready to guess with %s (%s)", network.version, network.precision)
    WorkerControl(worker, sys.stdin, reports, lambda: supervise_thread(demo.run, "demo worker", demo.stop)).run(
        ready=network.version, batch=round(seconds, 4)
    )
    demo.stop.set()
    return 0
