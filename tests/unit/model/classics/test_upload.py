"""What a classifier is shown of ink and of uploaded files."""

from __future__ import annotations

import json
import struct
import tracemalloc
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest

from model.classics.uploads import decode_process, png, upload
from model.ink.bitmap import draw_quickdraw_bitmap
from model.serving.demo import DemoModels, DemoRefused
from tests.unit.model.classics.made_run import write_run
from tests.unit.model.drawings import CAT, circle


def photograph(
    thick: int = 6, paper: int = 235, ink: int = 30, side: int = 600
) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    """Draw CAT small on a large sheet, as somebody with a camera would hold it."""
    sheet = np.full((side, side + 80, 3), paper, np.uint8)
    for x, y, _ in CAT:
        points = np.stack([x, y], 1) / 4096 * side * 0.6 + side * 0.25
        cv2.polylines(sheet, [points.astype(np.int32)], False, (ink, ink, ink), thick, cv2.LINE_AA)
    return sheet


def encoded(picture: object, suffix: str = ".png") -> bytes:
    return cv2.imencode(suffix, picture)[1].tobytes()


def alike(one: object, other: object) -> float:
    return float(np.corrcoef(np.asarray(one, float).ravel(), np.asarray(other, float).ravel())[0, 1])


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".webp"])
@pytest.mark.parametrize("sheet", [photograph(), photograph(2), photograph(20), photograph(6, 20, 240)])
def test_a_photographed_drawing_becomes_the_picture_that_its_ink_makes(sheet: object, suffix: str) -> None:
    found = upload.picture_from_file(encoded(sheet, suffix), "quickdraw", 28)
    assert found.shape == (28, 28, 1)
    assert alike(found, draw_quickdraw_bitmap(CAT)) > 0.75


def test_a_drawing_on_transparent_paper_is_seen() -> None:
    sheet = np.zeros((300, 300, 4), np.uint8)
    cv2.circle(sheet, (150, 150), 90, (0, 0, 0, 255), 8)
    assert alike(upload.picture_from_file(encoded(sheet), "quickdraw", 28), draw_quickdraw_bitmap(circle())) > 0.8


def test_a_digit_is_twenty_pixels_and_its_mass_is_in_the_middle() -> None:
    digit = upload.picture_from_ink(CAT, "digit")[..., 0]
    rows, columns = np.flatnonzero(digit.max(1) > 60), np.flatnonzero(digit.max(0) > 60)
    assert 19 <= max(np.ptp(rows), np.ptp(columns)) + 1 <= 24
    moments = cv2.moments(digit)
    assert abs(moments["m10"] / moments["m00"] - 13.5) < 0.7
    assert abs(moments["m01"] / moments["m00"] - 13.5) < 0.7


def test_a_photo_is_cut_to_its_middle() -> None:
    picture = np.zeros((100, 300, 3), np.uint8)
    picture[:, 100:200] = (255, 0, 0)
    found = upload.picture_from_file(encoded(picture), "photo", 64)
    assert found.shape == (64, 64, 3)
    assert (found[32, 32] == (0, 0, 255)).all()


def bomb(width: int, height: int) -> bytes:
    """Make a small PNG that says it is huge."""
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunk = b"IHDR" + head
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + chunk + struct.pack(">I", zlib.crc32(chunk)) + b"\0" * 40


@pytest.mark.parametrize(
    "data",
    [
        b"", b"GIF89a" + b"\0" * 50, b"<svg/>", b"\x89PNG\r\n\x1a\n", bomb(100_000, 100_000), bomb(0, 5), bomb(20, 20),
        b"\xff\xd8", b"\xff\xd8\xff\xe0\0\0", b"\xff\xd8" + b"\xff\xe0\0\x04ab" * 9, b"RIFF\0\0\0\0WEBPVP8X",
        b"RIFF\0\0\0\0WEBPXXXX" + b"\0" * 30, b"x" * (upload.MAX_UPLOAD_BYTES + 1), encoded(photograph())[:900],
    ],
)  # fmt: skip
def test_what_is_no_picture_or_too_large_a_one_is_refused(data: bytes) -> None:
    with pytest.raises(upload.InvalidPicture):
        upload.decode_picture(data)


def stuffed(width: int, height: int, data: bytes, interlaced: int = 0, *more: tuple[bytes, bytes]) -> bytes:
    """Make a PNG of eight-bit grey whose data are what they are."""
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, interlaced)
    chunks = [(b"IHDR", head), *more, (b"IDAT", zlib.compress(data, 9)), (b"IEND", b"")]
    parts = [
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body)) for kind, body in chunks
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


ROWS = b"".join(b"\0" + b"\x80" * 10 for _ in range(10))


@pytest.mark.parametrize("interlaced", [0, 1])
def test_a_png_that_holds_more_than_its_head_says_is_refused_before_it_is_inflated(interlaced: int) -> None:
    data = stuffed(10, 10, b"\0" * 30_000_000, interlaced)
    tracemalloc.start()
    with pytest.raises(upload.InvalidPicture, match="more than"):
        upload.decode_picture(data)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2_000_000


def test_what_a_png_holds_beside_its_picture_is_not_looked_at() -> None:
    text = (b"zTXt", b"k\0\0" + zlib.compress(b"x" * 20_000_000, 9))
    assert (upload.decode_picture(stuffed(10, 10, ROWS, 0, text)) == 128).all()
    assert b"zTXt" not in png.strip_extra_chunks(stuffed(10, 10, ROWS, 0, text))


@pytest.mark.parametrize("shape", [(3, 5), (1, 1), (17, 8, 3), (9, 31, 4)])
@pytest.mark.parametrize("depth", [np.uint8, np.uint16])
def test_a_whole_png_is_as_large_as_its_head_says(shape: tuple[int, ...], depth: type) -> None:
    data = encoded(np.full(shape, 200, depth))
    assert upload.decode_picture(data).shape == (*shape[:2], 3)


def test_a_png_with_a_row_too_many_is_refused() -> None:
    assert png.strip_extra_chunks(stuffed(10, 10, ROWS))
    with pytest.raises(png.DecompressionBomb):
        png.strip_extra_chunks(stuffed(10, 9, ROWS))


@pytest.mark.parametrize("grey", [0, 128, 255])
def test_a_picture_without_a_drawing_is_seen(grey: int) -> None:
    assert upload.picture_from_file(encoded(np.full((300, 300, 3), grey, np.uint8)), "quickdraw", 28).shape == (
        28,
        28,
        1,
    )


def test_a_picture_is_decoded_apart_the_same_and_within_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    data = encoded(photograph())
    assert (
        decode_process.decode_in_subprocess(data, "quickdraw", 28) == upload.picture_from_file(data, "quickdraw", 28)
    ).all()
    with pytest.raises(upload.InvalidPicture, match="damaged"):
        decode_process.decode_in_subprocess(data[:900], "quickdraw", 28)
    monkeypatch.setattr(decode_process, "DECODE_TIMEOUT_SECONDS", 0.01)
    with pytest.raises(upload.InvalidPicture, match="too long"):
        decode_process.decode_in_subprocess(data, "quickdraw", 28)


@pytest.mark.parametrize("seed", range(40))
def test_damaged_pictures_are_refused_or_seen_but_never_end_it(seed: int) -> None:
    chance = np.random.default_rng(seed)
    data = bytearray(encoded(photograph(side=120), (".png", ".jpg", ".webp")[seed % 3]))
    for place in chance.integers(0, len(data), 12):
        data[place] = int(chance.integers(256))
    try:
        found = upload.decode_picture(bytes(data))
    except upload.InvalidPicture:
        return
    assert found.shape[2] == 3


@pytest.fixture
def models(tmp_path: Path) -> DemoModels:
    """Models with one trained run: a forest of one tree that asks for the pixel in the middle."""
    write_run(tmp_path)
    return DemoModels(tmp_path)


def test_the_list_tells_what_is_trained_and_the_command_for_the_rest(models: DemoModels) -> None:
    recipes = {entry["name"]: entry for entry in models.list_recipes()}
    assert [name for name, entry in recipes.items() if entry["trained"]] == ["forest-10", "inkling"]
    assert recipes["forest-10"]["note"] == "a note"
    assert recipes["photos-2-scratch"]["input"] == "photo"
    assert "inkling model" not in json.dumps(recipes), "a visitor of /try is no operator"
    assert len(recipes["inkling"]["classes"]) == 345


def test_a_drawing_gets_every_class_most_probable_first(models: DemoModels) -> None:
    told = models.answer("forest-10", circle(), None)
    assert [name for name, _ in told["chances"]] == ["eye", "ring"]
    assert told["chances"][0][1] == pytest.approx(0.9, abs=1e-3)
    assert told["model"] == "made-up"
    assert told["seen"].startswith("data:image/png;base64,")
    dot = [(np.array([5, 9]), np.array([5, 9]), np.array([0, 1]))]
    assert models.answer("forest-10", dot, None)["chances"][0][0] == "ring"
    assert models.answer("forest-10", None, encoded(photograph()))["chances"]


@pytest.mark.parametrize(
    ("name", "picture", "code"),
    [
        ("soup", b"x", "unknown_recipe"), ("../forest-10", b"x", "unknown_recipe"), ("mnist", b"x", "not_trained"),
        ("forest-10", b"nothing", "bad_picture"), ("forest-10", bomb(60_000, 60_000), "too_large"),
        ("forest-10", None, "bad_message"), ("inkling", b"x", "bad_picture"),
    ],
)  # fmt: skip
def test_what_cannot_be_answered_is_a_code(models: DemoModels, name: str, picture: bytes | None, code: str) -> None:
    with pytest.raises(DemoRefused) as refused:
        models.answer(name, None, picture)
    assert refused.value.code == code


def test_half_a_run_is_no_run(models: DemoModels, tmp_path: Path) -> None:
    (tmp_path / "forest-10" / "forest.npz").unlink()
    assert not next(entry for entry in models.list_recipes() if entry["name"] == "forest-10")["trained"]
