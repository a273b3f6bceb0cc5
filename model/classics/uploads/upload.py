"""From ink or an uploaded file to what a classifier looks at. Files are strangers': bounded before they are decoded."""

from __future__ import annotations

import struct

import cv2
import numpy as np

from model.classics.data_sets.data_set import UInt8Array, crop_to_square
from model.classics.uploads import png
from model.ink.bitmap import QUICKDRAW_BITMAP_SIDE_PIXELS, draw_quickdraw_bitmap
from model.ink.strokes import Ink, ink_to_path

MAX_UPLOAD_BYTES = 2 * 1024 * 1024
"""Bytes of a picture's file."""
MAX_UPLOAD_PIXELS = 16_000_000
"""Pixels of a picture, width times height."""
_SUPERSAMPLING_FACTOR = 6
"""Drawings are made so many times as large, and then reduced."""
_QUICKDRAW_BOX_AND_LINE = (255 / 304 * QUICKDRAW_BITMAP_SIDE_PIXELS, 1.5)
_DIGIT_BOX_AND_LINE = (20.0, 2.3)
"""Of a 28 × 28 picture: the box that a drawing is fitted to and the width of its lines, in pixels."""


class InvalidPicture(ValueError):
    """A file that is no picture, or too large a one."""


def picture_from_ink(ink: Ink, drawn: str) -> UInt8Array:
    """Draw ink as a data set does: uint8 (28, 28, 1), ink is 255."""
    if drawn == "quickdraw":
        return draw_quickdraw_bitmap(ink)[..., None]
    path, ends = ink_to_path(ink)
    low, high = path.min(0), path.max(0)
    box, width = _DIGIT_BOX_AND_LINE
    scale = box * _SUPERSAMPLING_FACTOR / max(float((high - low).max()), 1e-6)
    placed = (
        np.rint((path - (low + high) / 2) * scale + QUICKDRAW_BITMAP_SIDE_PIXELS * _SUPERSAMPLING_FACTOR / 2)
        .astype(np.int32)
        .reshape(-1, 1, 2)
    )
    big = np.zeros(
        (QUICKDRAW_BITMAP_SIDE_PIXELS * _SUPERSAMPLING_FACTOR, QUICKDRAW_BITMAP_SIDE_PIXELS * _SUPERSAMPLING_FACTOR),
        np.uint8,
    )
    lines = [placed[start:end] for start, end in zip([0, *ends], ends, strict=False)]
    cv2.polylines(big, lines, False, 255, round(width * _SUPERSAMPLING_FACTOR), cv2.LINE_8)
    return _centre_ink(
        np.asarray(
            cv2.resize(big, (QUICKDRAW_BITMAP_SIDE_PIXELS, QUICKDRAW_BITMAP_SIDE_PIXELS), interpolation=cv2.INTER_AREA),
            np.uint8,
        )
    )


def picture_from_file(data: bytes, drawn: str, side: int) -> UInt8Array:
    """Decode an uploaded file into the picture that a classifier of `drawn` pictures wants. Raises InvalidPicture."""
    picture = decode_picture(data)
    if drawn == "photo":
        return crop_to_square(picture, side)
    return _redraw_scan(
        picture, *(_DIGIT_BOX_AND_LINE if drawn == "digit" else _QUICKDRAW_BOX_AND_LINE), middle=drawn != "digit"
    )


def decode_picture(data: bytes) -> UInt8Array:
    """Decode PNG, JPEG or WebP into RGB (h, w, 3), on white paper where it is transparent. Raises InvalidPicture."""
    check_picture_header(data)
    if data.startswith(png.PNG_SIGNATURE):
        try:
            data = png.strip_extra_chunks(data)
        except png.DecompressionBomb as error:
            raise InvalidPicture(str(error)) from None
    raw = np.frombuffer(data, np.uint8)
    try:
        # JPEG files say how they were held; only IMREAD_COLOR turns them.
        found = cv2.imdecode(raw, cv2.IMREAD_COLOR if data[:2] == b"\xff\xd8" else cv2.IMREAD_UNCHANGED)
    except cv2.error:
        found = None
    if found is None or found.size == 0:
        raise InvalidPicture("the file is damaged")
    shown = np.asarray(found // 257 if found.dtype == np.uint16 else found, np.uint8)
    if shown.ndim == 2:
        return np.repeat(shown[..., None], 3, 2)
    if shown.shape[2] == 4:
        cover = shown[..., 3:].astype(np.float32) / 255
        shown = (shown[..., :3] * cover + 255 * (1 - cover)).astype(np.uint8)
    return np.ascontiguousarray(shown[..., ::-1])


def check_picture_header(data: bytes) -> None:
    """Refuse what is too large, or no picture, by its size and its head alone. Raises InvalidPicture."""
    if len(data) > MAX_UPLOAD_BYTES:
        raise InvalidPicture(f"{len(data):,} bytes, at most {MAX_UPLOAD_BYTES:,} are taken")
    width, height = read_picture_size(data)
    if not 0 < width * height <= MAX_UPLOAD_PIXELS:
        raise InvalidPicture(f"{width} × {height} pixels, at most {MAX_UPLOAD_PIXELS:,} are taken")


def read_picture_size(data: bytes) -> tuple[int, int]:
    """Read width and height from a file's head, without decoding it. Raises InvalidPicture for any other kind of file."""
    try:
        if data[:8] == b"\x89PNG\r\n\x1a\n" and data[12:16] == b"IHDR":
            width, height = struct.unpack(">II", data[16:24])
            return width, height
        if data[:2] == b"\xff\xd8":
            return _read_jpeg_size(data)
        if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
            return _read_webp_size(data)
    except (struct.error, IndexError):
        raise InvalidPicture("the file ends in its head") from None
    raise InvalidPicture("neither PNG, JPEG nor WebP")


def _read_jpeg_size(data: bytes) -> tuple[int, int]:
    at = 2
    while True:
        if data[at] != 0xFF:
            raise InvalidPicture("the file is damaged")
        kind = data[at + 1]
        if kind == 0xFF:  # a fill byte
            at += 1
            continue
        if 0xC0 <= kind <= 0xCF and kind not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack(">HH", data[at + 5 : at + 9])
            return width, height
        (length,) = struct.unpack(">H", data[at + 2 : at + 4])
        at += 2 + length


def _read_webp_size(data: bytes) -> tuple[int, int]:
    kind = data[12:16]
    if kind == b"VP8X":
        return int.from_bytes(data[24:27], "little") + 1, int.from_bytes(data[27:30], "little") + 1
    if kind == b"VP8L":
        bits = int.from_bytes(data[21:25], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if kind == b"VP8 ":
        width, height = struct.unpack("<HH", data[26:30])
        return width & 0x3FFF, height & 0x3FFF
    raise InvalidPicture("neither PNG, JPEG nor WebP")


def _redraw_scan(picture: UInt8Array, box: float, line: float, middle: bool) -> UInt8Array:
    """Find the ink on a picture of a drawing, and bring box and lines to a data set's measure: (28, 28, 1)."""
    grey = np.asarray(cv2.cvtColor(shrink_to_fit(picture), cv2.COLOR_RGB2GRAY), np.uint8)
    edge = np.concatenate([grey[0], grey[-1], grey[:, 0], grey[:, -1]])
    ink = 255 - grey if np.median(edge) > 127 else grey
    limit = max(float(cv2.threshold(ink, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)[0]), 40.0)
    mask = (ink > limit).astype(np.uint8) * 255
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    if not len(rows):
        return np.zeros((QUICKDRAW_BITMAP_SIDE_PIXELS, QUICKDRAW_BITMAP_SIDE_PIXELS, 1), np.uint8)
    cut = mask[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    # The box is that of the pen's way: half a line on each side is not part of it.
    way = max(max(cut.shape) - _estimate_line_width(np.pad(cut, 2)), 0.3 * max(cut.shape))
    scale = box * _SUPERSAMPLING_FACTOR / way
    size = (max(1, round(cut.shape[1] * scale)), max(1, round(cut.shape[0] * scale)))
    drawn = np.asarray(cv2.resize(cut, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR), np.uint8)
    drawn = (drawn > (40 if scale < 1 else 127)).astype(np.uint8) * 255
    big = np.zeros(
        (QUICKDRAW_BITMAP_SIDE_PIXELS * _SUPERSAMPLING_FACTOR, QUICKDRAW_BITMAP_SIDE_PIXELS * _SUPERSAMPLING_FACTOR),
        np.uint8,
    )
    drawn = drawn[: len(big), : len(big)]
    top, left = (len(big) - drawn.shape[0]) // 2, (len(big) - drawn.shape[1]) // 2
    big[top : top + drawn.shape[0], left : left + drawn.shape[1]] = drawn
    big = _set_line_width(big, line * _SUPERSAMPLING_FACTOR)
    small = np.asarray(
        cv2.resize(big, (QUICKDRAW_BITMAP_SIDE_PIXELS, QUICKDRAW_BITMAP_SIDE_PIXELS), interpolation=cv2.INTER_AREA),
        np.uint8,
    )
    return small[..., None] if middle else _centre_ink(small)


def _set_line_width(mask: UInt8Array, width: float) -> UInt8Array:
    """Make the lines of a mask about so wide."""
    missing = round(width - _estimate_line_width(mask))
    pen = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (abs(missing) + 1, abs(missing) + 1))
    if missing < 0:
        thinner = np.asarray(cv2.erode(mask, pen), np.uint8)
        return thinner if thinner.any() else mask
    return np.asarray(cv2.dilate(mask, pen), np.uint8)


def shrink_to_fit(picture: UInt8Array, most: int = 512) -> UInt8Array:
    """Scale a picture down so that its longer side is at most `most`; nothing is cut off."""
    scale = most / max(picture.shape[:2])
    if scale >= 1:
        return picture
    size = (max(1, round(picture.shape[1] * scale)), max(1, round(picture.shape[0] * scale)))
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)


def _estimate_line_width(mask: UInt8Array) -> float:
    """Estimate how wide the lines of a mask are: four times the mean distance of its pixels to the outside."""
    # Without any outside at all the distance would be infinite.
    distance = cv2.distanceTransform(np.pad(mask, 1), cv2.DIST_L2, 3)[1:-1, 1:-1]
    return float(4 * distance[mask > 0].mean()) if mask.any() else 0.0


def _centre_ink(picture: UInt8Array) -> UInt8Array:
    """Move a picture so that the mass of its ink is in the middle, as MNIST's digits are: (28, 28, 1)."""
    moments = cv2.moments(picture)
    if not moments["m00"]:
        return picture[..., None]
    shift = [(QUICKDRAW_BITMAP_SIDE_PIXELS - 1) / 2 - moments[axis] / moments["m00"] for axis in ("m10", "m01")]
    moved = cv2.warpAffine(
        picture,
        np.array([[1, 0, shift[0]], [0, 1, shift[1]]]),
        (QUICKDRAW_BITMAP_SIDE_PIXELS, QUICKDRAW_BITMAP_SIDE_PIXELS),
    )
    return np.asarray(moved, np.uint8)[..., None]
