"""The same network under LitServe's dynamic batching: `python -m benchmarks.servers.litserve_server PORT`."""

from __future__ import annotations

import sys
from typing import Any

import litserve
import numpy as np

from model.ink.strokes import Ink, ink_from_lists
from model.ink.vocabulary import CLASS_WORDS

BATCH, TIMEOUT = 64, 0.005


class Api(litserve.LitAPI):
    """Ink in, five words out; the raster is part of the batch, as with ours."""

    def setup(self, device: Any) -> None:
        from model.serving.predictor import Predictor

        self.guesser = Predictor.load(threads=2)
        self.guesser.quantise()
        self.guesser.warm()

    def decode_request(self, request):  # type: ignore[no-untyped-def]  # LitServe would read a type as a schema
        return ink_from_lists(request["strokes"])

    def predict(self, inks: list[Ink]) -> list[Any]:
        return list(self.guesser.logits(inks)[0])

    def encode_response(self, logits: Any) -> dict[str, Any]:
        odds = np.exp(logits - logits.max())
        best = np.argsort(odds)[-5:][::-1]
        return {"guesses": [[CLASS_WORDS[word], float(odds[word] / odds.sum())] for word in best]}


if __name__ == "__main__":
    served = litserve.LitServer(Api(max_batch_size=BATCH, batch_timeout=TIMEOUT, api_path="/guess"), accelerator="cpu")
    served.run(host="127.0.0.1", port=int(sys.argv[1]), generate_client_file=False, log_level="error")
