"""Files in folders: where a data set's are, and the arrays in them. Nothing here unpickles anything."""

from __future__ import annotations

import gzip
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from model.classics.data_sets.data_set import UInt8Array

MAX_FOLDER_DEPTH = 3
"""Folders below the ones given in which files are looked for."""
_IMAGE_SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".bmp")


def read_idx(path: Path) -> UInt8Array:
    """Read one of MNIST's own files: big-endian sizes, then bytes. Raises ValueError for anything else."""
    data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    if len(data) < 4 or data[:3] != b"\0\0\x08":
        raise ValueError(f"{path.name} is no idx file of bytes")
    rank = data[3]
    shape = tuple(int.from_bytes(data[4 + 4 * axis : 8 + 4 * axis], "big") for axis in range(rank))
    if len(data) != 4 + 4 * rank + int(np.prod(shape)):
        raise ValueError(f"{path.name}: {shape} is announced, the file has another length")
    return np.frombuffer(data, np.uint8, offset=4 + 4 * rank).reshape(shape)


def read_npz_array(path: Path, name: str) -> UInt8Array:
    """Read one array of an .npz; arrays of objects, which would be pickled, are refused."""
    try:
        with np.load(path, allow_pickle=False) as stored:
            return np.asarray(stored[name], np.uint8)
    except (KeyError, ValueError, zipfile.BadZipFile) as error:
        raise ValueError(f"{path.name} has no plain array {name!r} ({error})") from None


def walk_folders(folders: Sequence[Path]) -> Iterator[Path]:
    """Yield the folders and those below them, nearest first."""
    level = list(folders)
    for _ in range(MAX_FOLDER_DEPTH + 1):
        yield from level
        level = [below for one in level for below in sorted(one.iterdir()) if below.is_dir()]


def find_named_files(folders: Sequence[Path], *patterns: str) -> Iterator[Path]:
    """Yield the files of these names, nearest folder first."""
    for tree in walk_folders(folders):
        for pattern in patterns:
            yield from sorted(path for path in tree.glob(pattern) if path.is_file())


def list_class_images(folders: Sequence[Path], names: Sequence[str]) -> list[Path]:
    """List the image files of every class folder of one of these names."""
    return [path for tree in walk_folders(folders) if tree.name in names for path in list_image_files(tree)]


def list_image_files(path: Path) -> list[Path]:
    """List the image files of a folder."""
    return sorted(one for one in path.iterdir() if one.suffix.lower() in _IMAGE_SUFFIXES) if path.is_dir() else []


def join_folder_names(folders: Sequence[Path]) -> str:
    """Name the folders in a message."""
    return " or ".join(str(folder) for folder in folders)
