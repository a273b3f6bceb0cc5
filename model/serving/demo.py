"""The recipes that can be tried: which have a trained run, and what its network says of a drawing or a picture."""

from __future__ import annotations

import base64
import logging
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from model.classics.data_sets.data_set import UInt8Array
from model.classics.uploads import decode_process, upload
from model.ink.strokes import Ink
from model.ink.vocabulary import CLASS_WORDS
from model.registry import artifact, recipe
from model.registry.model_card import RECIPE_KIND, ModelCard, read_card
from model.registry.versions import SHIPPED_CHAMPION_FOLDER

log = logging.getLogger(__name__)

MAX_LOADED_NETWORKS = 3
"""Networks in memory; the least recently used one goes."""
OURS_SUFFIX = "-ours"
PREVIEW_SIDE_PIXELS = 96
"""Longest side of the picture that is sent back: what the network looked at."""

PredictFunction = Callable[[Any], Any]


class DemoRefused(ValueError):
    """A question that cannot be answered; `code` is one of the protocol's."""

    def __init__(self, code: str, reason: str = "") -> None:
        super().__init__(reason or code)
        self.code = code


class DemoModels:
    """Runs in a folder, one a recipe, and the champion. Loads what is asked for. Not for several threads at once."""

    def __init__(self, runs: Path, champion: Path = SHIPPED_CHAMPION_FOLDER) -> None:
        self._runs = runs
        self._folder = champion
        self._loaded: OrderedDict[tuple[str, float], PredictFunction] = OrderedDict()
        self._champion: Any = None

    def list_recipes(self) -> list[dict[str, Any]]:
        """List every recipe, trained or not; what our own network learned from the same data stands behind it."""
        entries = []
        for name in recipe.list_recipe_names():
            entries.append(self._entry(name))
            if self._card(name + OURS_SUFFIX) is not None:
                entries.append(self._entry(name + OURS_SUFFIX))
        return entries

    def answer(self, name: str, ink: Ink | None, picture: bytes | None) -> dict[str, Any]:
        """Answer for a drawing or for an uploaded file; every class with its probability, most probable first."""
        if name not in recipe.list_recipe_names() and name.removesuffix(OURS_SUFFIX) not in recipe.list_recipe_names():
            raise DemoRefused("unknown_recipe")
        if name == "inkling":
            return self._by_champion(ink)
        card = self._card(name)
        if card is None:
            raise DemoRefused("not_trained")
        drawn, side = card.input["drawn"], card.input["shape"][0]
        if ink is not None and drawn == "photo":
            raise DemoRefused("bad_picture", "this recipe looks at photos")
        pixels = self._read_picture(ink, picture, drawn, side)
        probs = self._network(name, card)(pixels[None])[0]
        return _demo_answer(card.version, card.classes, probs, pixels, drawn)

    def _read_picture(self, ink: Ink | None, picture: bytes | None, drawn: str, side: int) -> UInt8Array:
        if ink:
            return upload.picture_from_ink(ink, drawn)
        if picture is None:
            raise DemoRefused("bad_message")
        try:
            return decode_process.decode_in_subprocess(picture, drawn, side)
        except upload.InvalidPicture as error:
            raise DemoRefused("too_large" if "at most" in str(error) else "bad_picture", str(error)) from None

    def _entry(self, name: str) -> dict[str, Any]:
        plain = name.removesuffix(OURS_SUFFIX)
        source = recipe.load_recipe(plain)
        card = self._card(name)
        figures = card.figures.get("more", card.figures) if card else {"accuracy": None, "n": 0}
        kind = source.images.get("kind", "")
        entry = {
            "name": name, "recipe": plain, "ours": name != plain, "about": source.about, "data": source.data,
            "input": "photo" if kind in ("few", "folder", "cifar10") else "drawing",
            "trained": card is not None, "classes": card.classes if card else [],
            "accuracy": figures["accuracy"], "n": figures["n"],
            "target": source.target.get("says", ""), "note": " ".join(card.notes) if card else "", "uploads": True,
        }  # fmt: skip
        if plain == "inkling":
            entry |= self._champion_entry()
        return entry

    def _champion_entry(self) -> dict[str, Any]:
        figures = artifact.read_game_card(self._folder).figures
        return {
            "trained": True, "classes": list(CLASS_WORDS), "uploads": False, "target": "",
            "accuracy": figures["full"]["top1"], "n": figures.get("n", 0),
        }  # fmt: skip

    def _card(self, name: str) -> ModelCard | None:
        """Return the card of a recipe's run; None where there is none, or no weights beside it."""
        try:
            card = read_card(self._runs / name)
        except (OSError, ValueError, TypeError):
            return None
        complete = card.kind == RECIPE_KIND and (self._runs / name / card.file).is_file()
        return card if complete else None

    def _network(self, name: str, card: ModelCard) -> PredictFunction:
        path = self._runs / name / Path(card.file).name
        key = (name, path.stat().st_mtime)
        if key not in self._loaded:
            log.info("loading the network of recipe run %s", path)
            self._loaded[key] = _load_predict_function(path)
        self._loaded.move_to_end(key)
        while len(self._loaded) > MAX_LOADED_NETWORKS:
            self._loaded.popitem(last=False)
        return self._loaded[key]

    def _by_champion(self, ink: Ink | None) -> dict[str, Any]:
        if not ink:
            raise DemoRefused("bad_picture", "the game's network wants to see the strokes")
        if self._champion is None:
            from model.serving.predictor import Predictor

            self._champion = Predictor.load(self._folder)
        probs, pixels = self._champion.probabilities(ink)
        return _demo_answer(self._champion.version, CLASS_WORDS, probs, pixels[..., :1], "quickdraw")


def _load_predict_function(path: Path) -> PredictFunction:
    """Read a network or a forest. Keras refuses files that bring code of their own."""
    if path.suffix == ".npz":
        from model.classics.forest import RandomForest

        return RandomForest.load(path)
    import keras

    from model.classics.training_loop import make_predict_function

    return make_predict_function(keras.saving.load_model(path, compile=False))


def _demo_answer(version: str, classes: Any, probs: Any, pixels: UInt8Array, drawn: str) -> dict[str, Any]:
    ranking = np.argsort(-np.asarray(probs), kind="stable")
    preview = 255 - pixels if drawn != "photo" else pixels[..., ::-1]
    png = cv2.imencode(".png", np.ascontiguousarray(upload.shrink_to_fit(preview, PREVIEW_SIDE_PIXELS)))[1].tobytes()
    return {
        "model": version,
        "chances": [[classes[index], round(float(probs[index]), 4)] for index in ranking],
        "seen": "data:image/png;base64," + base64.b64encode(png).decode(),
    }
