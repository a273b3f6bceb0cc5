"""What the QR code of a link looks like, drawn with the library itself."""

from __future__ import annotations

import io

import segno


def qr(link: str) -> str:
    """Return the SVG."""
    picture = io.BytesIO()
    segno.make(link, micro=False).save(picture, kind="svg", scale=4, border=2, xmldecl=False)
    return picture.getvalue().decode()
