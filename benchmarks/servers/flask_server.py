"""The way of the classic tutorials: Flask, one request at a time into the network.

    python -m benchmarks.servers.flask_server PORT predict|call

`predict` is `model.predict` of the Keras model on each request; `call` is one `tf.function` call on each request.
"""

from __future__ import annotations

import sys

import numpy as np
from flask import Flask, jsonify, request

from model.ink.raster import rasterise_ink
from model.ink.strokes import ink_from_lists
from model.ink.vocabulary import CLASS_WORDS
from model.network.frozen_function import FrozenFunction, limit_tensorflow_threads
from model.registry import artifact
from model.registry.versions import SHIPPED_CHAMPION_FOLDER

PORT, WAY = int(sys.argv[1]), sys.argv[2]

limit_tensorflow_threads(2)
card = artifact.read_game_card(SHIPPED_CHAMPION_FOLDER)
network = artifact.build_network_from_card(card)
network.set_weights(artifact.read_weights(SHIPPED_CHAMPION_FOLDER))
function = FrozenFunction(network)
app = Flask(__name__)


@app.get("/")
def alive() -> str:
    return "ok"


@app.post("/guess")
def guess():  # type: ignore[no-untyped-def]
    picture, scalars = rasterise_ink(ink_from_lists(request.get_json()["strokes"]))
    if WAY == "predict":
        logits = network.predict([picture[None], scalars[None]], verbose=0)[0, : len(CLASS_WORDS)]
    else:
        logits = function(picture[None], scalars[None])[0][0]
    odds = np.exp(logits - logits.max())
    best = np.argsort(odds)[-5:][::-1]
    return jsonify([[CLASS_WORDS[word], float(odds[word] / odds.sum())] for word in best])


if __name__ == "__main__":
    import logging

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    app.run(host="127.0.0.1", port=PORT, threaded=True)
