"""Small made-up data sets in the layout of the official ones: shapes of their own for every class."""

from __future__ import annotations

import gzip
import io
import json
import tarfile
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from model.ink.bitmap import draw_quickdraw_bitmaps
from model.ink.strokes import Ink, ink_from_lists

COUNTRIES = ("DE", "JP", "BR")


def ink(kind: int, number: int) -> Ink:
    """Draw a star polygon of 3 + kind corners, a little different each time."""
    chance = np.random.default_rng([kind, number])
    turn = np.linspace(0, 2 * np.pi * (1 + kind % 2), 4 + kind) + chance.normal(0, 0.2)
    reach = 110 * chance.uniform(0.8, 1.0, 4 + kind)
    x, y = 128 + reach * np.cos(turn), 128 + reach * np.sin(turn)
    return ink_from_lists([[x.tolist(), y.tolist()]])


def write_npy(folder: Path, words: list[str], count: int) -> None:
    """Write Google's bitmap files."""
    folder.mkdir(parents=True, exist_ok=True)
    for kind, word in enumerate(words):
        np.save(
            folder / f"{word}.npy",
            draw_quickdraw_bitmaps([ink(kind, number) for number in range(count)]).reshape(count, 784),
        )


def write_strokes(folder: Path, words: list[str], count: int) -> None:
    """Write simplified drawings that say which country they come from."""
    folder.mkdir(parents=True, exist_ok=True)
    for kind, word in enumerate(words):
        lines = [
            {"word": word, "countrycode": COUNTRIES[number % 3], "key_id": f"{word}{number}",
             "drawing": [[x.tolist(), y.tolist()] for x, y, _ in ink(kind, number)]}
            for number in range(count)
        ]  # fmt: skip
        text = "\n".join(json.dumps(line) for line in lines)
        (folder / f"{word}.ndjson.gz").write_bytes(gzip.compress(text.encode()))


def idx(array: np.ndarray[Any, np.dtype[np.uint8]]) -> bytes:
    """Encode as MNIST's files are."""
    sizes = b"".join(size.to_bytes(4, "big") for size in array.shape)
    return gzip.compress(b"\0\0\x08" + bytes([array.ndim]) + sizes + array.tobytes())


def mnist(learn: int, judge: int) -> dict[str, bytes]:
    """Make MNIST's four files."""
    files = {}
    for part, count in (("train", learn), ("t10k", judge)):
        labels = (np.arange(count) % 10).astype(np.uint8)
        pictures = draw_quickdraw_bitmaps([ink(int(label), number) for number, label in enumerate(labels)])
        files[f"{part}-images-idx3-ubyte.gz"] = idx(pictures)
        files[f"{part}-labels-idx1-ubyte.gz"] = idx(labels)
    return files


def photo(kind: int, number: int, side: int = 32) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """Paint a disc or a bar of the class's colour on a dim ground."""
    chance = np.random.default_rng([7, kind, number])
    picture = chance.integers(0, 90, (side, side, 3), np.uint8)
    colour = tuple(int(value) for value in np.random.default_rng(kind).integers(120, 255, 3))
    place = (side // 2 + int(chance.integers(-3, 4)), side // 2)
    if kind % 2:
        cv2.circle(picture, place, side // 4 + kind // 2, colour, -1)
    else:
        cv2.rectangle(picture, (place[0] - side // 3, place[1] - 3), (place[0] + side // 3, place[1] + 3), colour, -1)
    return picture


def cifar(learn: int, judge: int) -> bytes:
    """Make CIFAR-10's binary archive: five batches and the test batch."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        for name, count, start in (*((f"data_batch_{n + 1}", learn // 5, n * learn) for n in range(5)),
                                   ("test_batch", judge, 10 * learn)):  # fmt: skip
            rows = [bytes([at % 10]) + photo(at % 10, start + at).transpose(2, 0, 1).tobytes() for at in range(count)]
            _add(archive, f"cifar-10-batches-bin/{name}.bin", b"".join(rows))
        _add(archive, "cifar-10-batches-bin/readme.html", b"<p>")
    return packed.getvalue()


def imagenette(classes: list[str], learn: int, judge: int) -> bytes:
    """Make an archive of class folders of JPEG files of different shapes."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        for part, count in (("train", learn), ("val", judge)):
            for kind, name in enumerate(classes):
                for number in range(count):
                    picture = cv2.resize(photo(kind, number + 100 * (part == "val")), (340 + 10 * number, 320))
                    data = cv2.imencode(".jpg", picture[..., ::-1])[1].tobytes()
                    _add(archive, f"imagenette2-320/{part}/{name}/{name}_{number}.JPEG", data)
        _add(archive, "imagenette2-320/noisy.csv", b"path\n")
        _add(archive, "../outside.JPEG", b"no")
    return packed.getvalue()


def write_photos(folder: Path, names: list[str], count: int) -> None:
    """Write class folders of PNG files."""
    for kind, name in enumerate(names):
        (folder / name).mkdir(parents=True, exist_ok=True)
        for number in range(count):
            cv2.imwrite(str(folder / name / f"{number:03}.png"), photo(kind, number, 48)[..., ::-1])


def _add(archive: tarfile.TarFile, name: str, data: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.size = len(data)
    archive.addfile(member, io.BytesIO(data))
