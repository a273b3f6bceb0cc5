"""What the page `/try` asks of a guesser, and the answer: msgpack, every field bounded.

It travels by publish and subscribe, not through lists: Redis writes lists into its append-only file, and a picture that
somebody tries is never stored anywhere.
"""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from server.guessing.messages import Strokes, WebId

MAX_BYTES = 2 * 1024 * 1024
"""Of an uploaded picture."""


class TryAsk(Struct, frozen=True, array_like=True):
    """A question: what can be tried (no recipe), or what a recipe says of strokes or of an uploaded file."""

    web: WebId
    id: Annotated[str, Meta(pattern="^[0-9a-f]{16}$")]
    recipe: Annotated[str, Meta(max_length=64)] = ""
    strokes: Strokes = ()
    picture: Annotated[bytes, Meta(max_length=MAX_BYTES)] = b""


class TryTold(Struct, frozen=True, array_like=True):
    """The answer: a refusal's code, or none and the JSON for the page."""

    id: Annotated[str, Meta(max_length=16)]
    code: Annotated[str, Meta(max_length=40)]
    body: Annotated[bytes, Meta(max_length=512 * 1024)]


encode = msgspec.msgpack.Encoder().encode
decode_ask = msgspec.msgpack.Decoder(TryAsk).decode
decode_told = msgspec.msgpack.Decoder(TryTold).decode
