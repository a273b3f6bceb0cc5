"""The registry of models: which versions there are, which one is in service, and which one was before it.

A folder (INKLING_MODELS) holds one folder for each version and `service.json`, which names the champion and those
before it. It is replaced as a whole, under a lock; guessers read it now and then. The shipped champion is in every
registry, without lying in its folder.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from model.ink.raster_version import RASTER_VERSION
from model.registry.model_card import RECIPE_KIND, ModelCard, read_card

SHIPPED_CHAMPION_FOLDER = Path(__file__).parents[1] / "champion"
"""The model that comes with the program; the one in service may be another."""
MAX_MODELS_KEPT = 3
"""Champions that stay in the registry, the present one among them; and candidates that wait or failed."""
MAX_BARRED_VERSIONS = 20
"""Withdrawn versions that are remembered, so that no retraining promotes them again."""


@dataclass(frozen=True, slots=True)
class ServiceState:
    """Which version guesses. `before`: earlier champions, the newest first; `barred`: withdrawn ones."""

    champion: str = ""
    """Empty: the shipped one."""
    before: tuple[str, ...] = ()
    barred: tuple[str, ...] = ()
    why: str = ""
    at: float = 0.0
    """Seconds since 1970."""


@dataclass(frozen=True, slots=True)
class ModelVersion:
    """One model of the registry. `state`: champion, before, candidate, withdrawn, shipped."""

    version: str
    state: str
    folder: Path
    card: ModelCard = field(default_factory=ModelCard)


class ModelRegistry:
    """The versions in one folder. Changes are atomic; whoever reads meanwhile sees the state before or after."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @classmethod
    def from_environment(cls) -> ModelRegistry | None:
        """Return the registry in INKLING_MODELS; None where it is not set."""
        text = os.environ.get("INKLING_MODELS", "").strip()
        return cls(Path(text)) if text else None

    def service(self) -> ServiceState:
        """Read who is in service. A missing or damaged file means the shipped champion."""
        try:
            stored = json.loads((self.folder / "service.json").read_text(encoding="utf-8"))
            state = ServiceState(**stored)
            return replace(state, before=tuple(state.before), barred=tuple(state.barred))
        except (OSError, ValueError, TypeError):
            return ServiceState()

    def champion(self) -> Path:
        """Return the folder of the model in service; the shipped one if its folder is gone."""
        return self._folder(self.service().champion) or SHIPPED_CHAMPION_FOLDER

    def find(self, version: str) -> Path:
        """Return a version's folder. Raises ValueError naming those there are."""
        folder = self._folder(version)
        if folder is None:
            known = ", ".join(model.version for model in self.versions())
            raise ValueError(f"no model {version!r} in the registry; there are {known}")
        return folder

    def version_of(self, folder: Path) -> str:
        """Return the version that a folder holds; the folder's name if there is none any more."""
        return _version_in(folder) or folder.name

    def versions(self) -> list[ModelVersion]:
        """List the shipped champion and all versions in the folder, newest first."""
        service = self.service()
        if self._folder(service.champion) is None:
            service = replace(service, champion="")
        models = []
        if (shipped := _read_game_card(SHIPPED_CHAMPION_FOLDER)) is not None:
            state = _shipped_version_state(service, shipped.version)
            models.append(ModelVersion(shipped.version, state, SHIPPED_CHAMPION_FOLDER, shipped))
        for folder in self._folders():
            card = _read_compatible_card(folder)
            if card is not None and card.version == folder.name:
                models.append(ModelVersion(folder.name, _version_state(service, folder.name), folder, card))
        return sorted(models, key=lambda model: model.version, reverse=True)

    def new_version_folder(self, version: str) -> Path:
        """Return a folder for a new version; a number is added to a name that is taken."""
        self.folder.mkdir(parents=True, exist_ok=True)
        name, number = version, 1
        while self._folder(name) is not None or (self.folder / name).exists():
            number += 1
            name = f"{version}-{number}"
        return self.folder / name

    def promote(self, version: str, why: str) -> ServiceState:
        """Put a version into service; older champions than three go, and so do old candidates."""
        self.find(version)
        with self._locked() as service:
            now = self._present(service)
            before = tuple(other for other in (now, *service.before) if other != version)[: MAX_MODELS_KEPT - 1]
            barred = tuple(other for other in service.barred if other != version)
            changed = ServiceState(version, before, barred, why, time.time())
            self._write(changed)
            self._tidy(changed)
        return changed

    def roll_back(self, why: str, failed: str = "", bar: bool = True) -> ServiceState:
        """Put the champion before the present one back into service, and bar the present one unless `bar` is false.

        `failed`: only if this version is still in service; otherwise nothing changes. Raises ValueError if there is
        none before it.
        """
        with self._locked() as service:
            now = self._present(service)
            if failed and failed != now:
                return service
            left = [version for version in service.before if self._folder(version) is not None]
            if not left:
                raise ValueError(f"there is no champion before {now}")
            changed = ServiceState(
                left[0],
                tuple(left[1:]),
                (*service.barred, *([now] if bar else []))[-MAX_BARRED_VERSIONS:],
                why,
                time.time(),
            )
            self._write(changed)
        return changed

    def _present(self, service: ServiceState) -> str:
        return service.champion if self._folder(service.champion) else _version_in(SHIPPED_CHAMPION_FOLDER)

    def _folder(self, version: str) -> Path | None:
        if not version or "/" in version or version.startswith("."):
            return None
        card = _read_compatible_card(self.folder / version)
        if card is not None and card.version == version:
            return self.folder / version
        return SHIPPED_CHAMPION_FOLDER if _version_in(SHIPPED_CHAMPION_FOLDER) == version else None

    def _folders(self) -> list[Path]:
        if not self.folder.is_dir():
            return []
        return sorted(path for path in self.folder.iterdir() if path.is_dir() and not path.name.startswith("."))

    def _tidy(self, service: ServiceState) -> None:
        """Remove models that nobody will go back to: all but the champions named and the newest candidates."""
        named = {service.champion, *service.before}
        others = [folder for folder in self._folders() if folder.name not in named and _version_in(folder)]
        others.sort(key=lambda folder: folder.stat().st_mtime, reverse=True)
        for folder in others[MAX_MODELS_KEPT:]:
            shutil.rmtree(folder, ignore_errors=True)

    def _write(self, service: ServiceState) -> None:
        part = self.folder / "service.json.part"
        part.write_text(json.dumps(asdict(service), indent=1) + "\n", encoding="utf-8")
        part.replace(self.folder / "service.json")

    @contextmanager
    def _locked(self) -> Iterator[ServiceState]:
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield self.service()


def _version_state(service: ServiceState, version: str) -> str:
    if version == service.champion:
        return "champion"
    if version in service.before:
        return "before"
    return "withdrawn" if version in service.barred else "candidate"


def _shipped_version_state(service: ServiceState, version: str) -> str:
    if not service.champion:
        return "champion"
    state = _version_state(service, version)
    return "shipped" if state == "candidate" else state


def _read_game_card(folder: Path) -> ModelCard | None:
    """Read the card of a model of the game; None where there is none, where it is damaged, or for a recipe's run."""
    try:
        card = read_card(folder)
    except (OSError, ValueError, TypeError):
        return None
    return None if card.kind == RECIPE_KIND else card


def _read_compatible_card(folder: Path) -> ModelCard | None:
    """Read a card; None if its model knows other pictures than this program draws, from before a change of the rasteriser."""
    card = _read_game_card(folder)
    return card if card is not None and card.raster == RASTER_VERSION else None


def _version_in(folder: Path) -> str:
    """Return the version that a folder's card names; empty if there is none."""
    card = _read_game_card(folder)
    return "" if card is None else card.version
