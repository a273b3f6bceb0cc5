"""What the page `/try` asks of a guesser, and the answer: msgpack, every field bounded.

It travels by publish and subscribe, not through lists: Redis writes lists into its append-only file, and a picture that
somebody tries is never stored anywhere.
"""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from server.guessing.messages import BoundedStrokes, WebProcessId

MAX_UPLOADED_PICTURE_BYTES = 2 * 1024 * 1024
"""Of an uploaded picture."""


class DemoQuestionMessage(Struct, frozen=True, array_like=True):
    """A question: what can be tried (no recipe), or what a recipe says of strokes or of an uploaded file."""

    web: WebProcessId
    id: Annotated[str, Meta(pattern="^[0-9a-f]{16}$")]
    recipe: Annotated[str, Meta(max_length=64)] = ""
    strokes: BoundedStrokes = ()
    picture: Annotated[bytes, Meta(max_length=MAX_UPLOADED_PICTURE_BYTES)] = b""


class DemoAnswerMessage(Struct, frozen=True, array_like=True):
    """The answer: a refusal's code, or none and the JSON for the page."""

    id: Annotated[str, Meta(max_length=16)]
    code: Annotated[str, Meta(max_length=40)]
    body: Annotated[bytes, Meta(max_length=512 * 1024)]


encode_demo_message = msgspec.msgpack.Encoder().encode
decode_demo_question = msgspec.msgpack.Decoder(DemoQuestionMessage).decode
decode_demo_answer = msgspec.msgpack.Decoder(DemoAnswerMessage).decode
