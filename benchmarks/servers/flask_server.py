"""The way of the classic tutorials: Flask, one request at a time into the network.

    python -m benchmarks.servers.flask_server PORT predict|call

`predict` is `model.predict` of the Keras model on each request; `call` is one `tf.function` call on each request.
"""

from __future__ import annotations

import sys

import numpy as np
from flask import Flask, jsonify, request

from model.ink.raster import raster
from model.ink.strokes import ink_of
from model.ink.vocabulary import WORDS
from model.network.frozen_function import Function, limit_threads
from model.registry.artifact import artifact

PORT, WAY = int(sys.argv[1]), sys.argv[2]

limit_threads(2)
card = artifact.card_of(artifact.CHAMPION)
network = artifact.network_of(card)
network.set_weights(artifact.weights_of(artifact.CHAMPION))
function = Function(network)
app = Flask(__name__)


@app.get("/")
def alive() -> str:
    return "ok"


@app.post("/guess")
def guess():  # type: ignore[no-untyped-def]
    picture, scalars = raster(ink_of(request.get_json()["strokes"]))
    if WAY == "predict":
        logits = network.predict([picture[None], scalars[None]], verbose=0)[0, : len(WORDS)]
    else:
        logits = function(picture[None], scalars[None])[0][0]
    odds = np.exp(logits - logits.max())
    best = np.argsort(odds)[-5:][::-1]
    return jsonify([[WORDS[word], float(odds[word] / odds.sum())] for word in best])


if __name__ == "__main__":
    import logging

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    app.run(host="127.0.0.1", port=PORT, threaded=True)
