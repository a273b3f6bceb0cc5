"""What decoding bytes from outside may raise, in one place."""

from __future__ import annotations

import msgspec

DECODE_ERRORS = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""Of msgspec's decoders: no document or the wrong one, text that is no UTF-8, and nesting without end."""
