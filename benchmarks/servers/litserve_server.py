"""The same network under LitServe's dynamic batching: `python -m benchmarks.servers.litserve_server PORT`."""

from __future__ import annotations

import sys
from typing import Any

import litserve
import numpy as np

from model.labels import WORDS
from model.strokes import Ink, ink_of

BATCH, TIMEOUT = 64, 0.005


class Api(litserve.LitAPI):
    """Ink in, five words out; the raster is part of the batch, as with ours."""

    def setup(self, device: Any) -> None:
        from model import registry
        from model.nn.export import Function, limit_threads
        from model.raster import rasters
        from model.serve.batcher import BUCKETS, bucket

        limit_threads(2)
        card = registry.card_of(registry.CHAMPION)
        network = registry.network_of(card)
        network.set_weights(registry.weights_of(registry.CHAMPION))
        self.function, self.rasters, self.bucket = Function(network), rasters, bucket
        for size in BUCKETS[:7]:
            self._logits([ink_of([[[0, 9], [0, 9]]])] * size)

    def decode_request(self, request: dict[str, Any]) -> Ink:
        return ink_of(request["strokes"])

    def predict(self, inks: list[Ink]) -> list[Any]:
        return list(self._logits(inks))

    def encode_response(self, logits: Any) -> dict[str, Any]:
        odds = np.exp(logits - logits.max())
        best = np.argsort(odds)[-5:][::-1]
        return {"guesses": [[WORDS[word], float(odds[word] / odds.sum())] for word in best]}

    def _logits(self, inks: list[Ink]) -> Any:
        pictures, scalars = self.rasters(inks)
        spare = self.bucket(len(inks)) - len(inks)
        padded = np.pad(pictures, ((0, spare), (0, 0), (0, 0), (0, 0))), np.pad(scalars, ((0, spare), (0, 0)))
        return self.function(*padded)[0][: len(inks)]


if __name__ == "__main__":
    served = litserve.LitServer(Api(max_batch_size=BATCH, batch_timeout=TIMEOUT, api_path="/guess"), accelerator="cpu")
    served.run(host="127.0.0.1", port=int(sys.argv[1]), generate_client_file=False, log_level="error")
