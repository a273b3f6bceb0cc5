"""A drawing as PNG, SVG and GIF: dark ink on white paper, fitted to its own box."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from server.drawings.formats.writer import FormatWriter
from server.drawings.record import DrawingRecord

PNG_SIDE_PIXELS = 512
"""Picture elements a side of a PNG; a GIF has half of that."""
PICTURE_MARGIN_SHARE = 0.06
"""Share of a picture's side that stays empty on each edge."""
METADATA_FILE = "metadata.parquet"
PEN_WIDTH_SHARE = 0.014
"""Width of the line, of the side."""
INK_COLOUR = "#1B1B2F"
MIN_GIF_FRAME_MS = 80
"""Milliseconds of drawing that a frame of a GIF covers at least."""
GIF_END_REST_MS = 1600
"""How long a GIF shows the finished drawing before it begins anew."""
MAX_GIF_FRAMES = 150
"""Frames of a GIF; a long drawing has longer ones instead of more."""
_PALETTE_SIZE = 16
_PALETTE_INDEX_OF_GREY = (np.arange(256) * (_PALETTE_SIZE - 1) // 255).astype(np.uint8).tobytes()
"""Which of the greys a picture element becomes."""
_INK_RGB = np.array([int(INK_COLOUR[at : at + 2], 16) for at in (1, 3, 5)])
_PALETTE = np.rint(_INK_RGB + np.linspace(0, 1, _PALETTE_SIZE)[:, None] * (255 - _INK_RGB)).astype(np.uint8).tobytes()
_PICTURE_SUBPIXEL_BITS = 5

Paths = list[npt.NDArray[np.float64]]


class PictureFolderWriter:
    """A folder of one picture a drawing, named by key_id, with a list that `sha256sum -c` reads.

    `metadata` opens a table of the drawings in it, as Hugging Face's ImageFolder reads it.
    """

    def __init__(self, path: Path, suffix: str, metadata: Callable[[Path], FormatWriter] | None = None) -> None:
        self._folder, self._suffix = path, suffix
        self._draw = {".png": draw_png, ".svg": draw_svg, ".gif": draw_gif}[suffix]
        path.mkdir()
        self._list = (path / "SHA256SUMS").open("w", encoding="ascii")
        self._table = None if metadata is None else metadata(path / METADATA_FILE)

    def add(self, drawings: Sequence[DrawingRecord]) -> None:
        """Add some drawings."""
        for record in drawings:
            data, name = self._draw(record), record.key_id + self._suffix
            (self._folder / name).write_bytes(data)
            self._note(name, data)
        if self._table is not None:
            self._table.add(drawings)

    def close(self) -> None:
        """Complete table and list."""
        if self._table is not None:
            self._table.close()
            self._note(METADATA_FILE, (self._folder / METADATA_FILE).read_bytes())
        self._list.close()

    def abandon(self) -> None:
        """Close table and list."""
        self._list.close()
        if self._table is not None:
            self._table.abandon()

    def _note(self, name: str, data: bytes) -> None:
        self._list.write(f"{hashlib.sha256(data).hexdigest()}  {name}\n")


def fit_strokes(record: DrawingRecord, side: float) -> Paths:
    """Return each stroke as (points, 2), fitted into a square of `side` with a margin, its box in the middle."""
    strokes = [np.stack([x, y], 1).astype(float) for x, y, _ in record.arrays]
    low, high = np.min([s.min(0) for s in strokes], axis=0), np.max([s.max(0) for s in strokes], axis=0)
    scale = side * (1 - 2 * PICTURE_MARGIN_SHARE) / max(float((high - low).max()), 1e-9)
    if (high == low).all():
        scale = 1.0
    return [(s - (low + high) / 2) * scale + side / 2 for s in strokes]


def draw_png(record: DrawingRecord, side: int = PNG_SIDE_PIXELS) -> bytes:
    """Return the finished drawing as a grey PNG."""
    paper = np.full((side, side), 255, np.uint8)
    for path in fit_strokes(record, side):
        _draw_line(paper, path)
    done, data = cv2.imencode(".png", paper)
    if not done:
        raise ValueError("the picture could not be written")
    return bytes(data)


def draw_svg(record: DrawingRecord) -> bytes:
    """Return the finished drawing as SVG, each stroke a line."""
    lines = []
    for path in fit_strokes(record, PNG_SIDE_PIXELS):
        points = " ".join(f"{x:g},{y:g}" for x, y in np.round(path if len(path) > 1 else path.repeat(2, 0), 1).tolist())
        lines.append(f'<polyline points="{points}"/>')
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {PNG_SIDE_PIXELS} {PNG_SIDE_PIXELS}">'
        f'<rect width="{PNG_SIDE_PIXELS}" height="{PNG_SIDE_PIXELS}" fill="#fff"/><g fill="none" stroke="{INK_COLOUR}" '
        f'stroke-width="{PNG_SIDE_PIXELS * PEN_WIDTH_SHARE:g}" stroke-linecap="round" stroke-linejoin="round">{"".join(lines)}</g></svg>\n'
    ).encode()


def draw_gif(record: DrawingRecord, side: int = PNG_SIDE_PIXELS // 2) -> bytes:
    """Return the drawing being drawn, with its own timing (without times: 12 ms a point), for ever."""
    from PIL import Image

    paths, times = fit_strokes(record, side), _point_times(record)
    end = max(int(t[-1]) for t in times)
    step = max(MIN_GIF_FRAME_MS, end // MAX_GIF_FRAMES + 1)
    paper = np.full((side, side), 255, np.uint8)
    frames: list[Any] = []
    shown: list[int] = []
    drawn = [0] * len(paths)
    for now in range(step, max(end, 1) + step, step):
        before = sum(drawn)
        for index, (path, t) in enumerate(zip(paths, times, strict=True)):
            upto = int(np.searchsorted(t, now, side="right"))
            if upto > drawn[index]:
                _draw_line(paper, path[max(0, drawn[index] - 1) : upto])
                drawn[index] = upto
        if frames and sum(drawn) == before:
            shown[-1] += step  # the pen rests
            continue
        frames.append(_palette_frame(Image, paper))
        shown.append(step)
    shown[-1] += GIF_END_REST_MS - step
    file = io.BytesIO()
    frames[0].save(file, "GIF", save_all=True, append_images=frames[1:], duration=shown, loop=0, optimize=False)
    return file.getvalue()


def _point_times(record: DrawingRecord) -> list[npt.NDArray[np.int64]]:
    """Return the times of all points, rising; the first stroke begins at 0."""
    if any(int(t[-1]) for _, _, t in record.arrays):
        return [np.maximum.accumulate(t.astype(np.int64)) for _, _, t in record.arrays]
    ends = np.cumsum([len(x) for x, _, _ in record.arrays])
    return [12 * np.arange(end - len(x), end) for (x, _, _), end in zip(record.arrays, ends, strict=True)]


def _palette_frame(image: Any, paper: npt.NDArray[np.uint8]) -> Any:
    """Make a picture of few greys between ink and paper."""
    frame = image.frombytes("P", paper.shape, paper.tobytes().translate(_PALETTE_INDEX_OF_GREY))
    frame.putpalette(_PALETTE)
    return frame


def _draw_line(paper: npt.NDArray[np.uint8], path: npt.NDArray[np.float64]) -> None:
    width = max(1, round(paper.shape[0] * PEN_WIDTH_SHARE))
    fixed = np.rint((path - 0.5) * (1 << _PICTURE_SUBPIXEL_BITS)).astype(np.int32)
    if len(fixed) == 1 or (fixed == fixed[0]).all():
        centre = (int(fixed[0, 0]), int(fixed[0, 1]))
        cv2.circle(paper, centre, (width << _PICTURE_SUBPIXEL_BITS) // 2, 0, -1, cv2.LINE_AA, _PICTURE_SUBPIXEL_BITS)
        return
    cv2.polylines(paper, [fixed.reshape(-1, 1, 2)], False, 0, width, cv2.LINE_AA, _PICTURE_SUBPIXEL_BITS)
