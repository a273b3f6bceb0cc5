"""Hashes of the rasteriser's pictures, by RASTER_VERSION."""

from __future__ import annotations

import hashlib

import numpy as np
import numpy.typing as npt


def digest(picture: npt.NDArray[np.uint8]) -> str:
    """Hash a picture at four levels of grey."""
    return hashlib.sha256(np.ascontiguousarray(picture >> 6).tobytes()).hexdigest()[:16]


PICTURES: dict[int, dict[str, str]] = {
    2: {
        "cat": "cf99974fa2d1f723",
        "half a cat": "255cde57d4f8c156",
        "square": "d6bee7c3efb8118a",
        "circle": "6cc99fa689b3d2c1",
        "dot": "ca1818ce813c2203",
    },
    1: {
        "cat": "9171ccaed03fa778",
        "half a cat": "a3b53907a3f7dfa2",
        "square": "244dda5f0fb139fc",
        "circle": "d534226ea2efdee1",
        "dot": "d13b32799ec8ca5e",
    },
}
