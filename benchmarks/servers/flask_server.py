"""The way of the classic tutorials: Flask, one request at a time into the network.

    python -m benchmarks.servers.flask_server PORT predict|call

`predict` is `model.predict` of the Keras model on each request; `call` is one `tf.function` call on each request.
"""

from __future__ import annotations

import sys

import numpy as np
from flask import Flask, jsonify, request

from model import registry
from model.labels import WORDS
from model.nn.export import Function, limit_threads
from model.raster import raster
from model.strokes import ink_of

PORT, WAY = int(sys.argv[1]), sys.argv[2]

limit_threads(2)
card = registry.card_of(registry.CHAMPION)
network = registry.network_of(card)
network.set_weights(registry.weights_of(registry.CHAMPION))
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
