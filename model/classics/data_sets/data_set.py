"""What an image classifier learns from: pictures, labels, and which part each belongs to. numpy and OpenCV only."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

UInt8Array = npt.NDArray[np.uint8]
Int64Array = npt.NDArray[np.int64]
DATA_SET_PARTS = ("train", "validation", "test")
NO_LIMIT = 1 << 40
"""Pictures a class, where nobody limits them."""


class DataSetMissing(ValueError):
    """A data set is not where it was looked for; says the command that gets it."""


class PictureFiles:
    """Pictures that stay on disk until they are asked for: any number of them, in bounded memory."""

    def __init__(self, paths: Sequence[Path], side: int) -> None:
        self.paths, self._side = list(paths), side

    def __len__(self) -> int:
        return len(self.paths)

    def __getitem__(self, places: Int64Array) -> UInt8Array:
        """Read some pictures: uint8 (n, side, side, 3), the middle of each, its shorter side scaled to `side`."""
        return np.stack([crop_to_square(_read_picture(self.paths[place]), self._side) for place in places])


Pictures = UInt8Array | PictureFiles
"""uint8 (n, side, side, channels), in memory or on disk; both take an array of places in square brackets."""


@dataclass(frozen=True, slots=True)
class LabelledPictures:
    """Pictures and their labels (n,)."""

    pictures: Pictures
    labels: Int64Array

    def __len__(self) -> int:
        return len(self.labels)

    def take(self, places: Int64Array) -> LabelledPictures:
        """Return a part of the part."""
        if isinstance(self.pictures, PictureFiles):
            kept = [self.pictures.paths[place] for place in places]
            return LabelledPictures(PictureFiles(kept, self.pictures._side), self.labels[places])
        return LabelledPictures(self.pictures[places], self.labels[places])

    def few(self, count: int) -> UInt8Array:
        """Return the first pictures, in memory."""
        return self.pictures[np.arange(min(count, len(self)))]


@dataclass(slots=True)
class PictureDataSet:
    """What a run learns from and is judged by."""

    classes: list[str]
    train: LabelledPictures
    validation: LabelledPictures
    test: LabelledPictures
    used: list[str]
    """Which data and how much of it, line by line, for the card."""
    drawn: str = "photo"
    """How a picture comes about: `quickdraw`, `digit` or `photo`; `/try` makes its pictures in the same way."""
    credit: str = ""
    more: LabelledPictures | None = None
    """Pictures that no part of a very small split needed: they judge too, with less noise."""

    @property
    def shape(self) -> tuple[int, int, int]:
        """Side, side, channels of one picture."""
        height, width, channels = self.train.few(1).shape[1:]
        return height, width, channels

    def counts(self) -> dict[str, dict[str, int]]:
        """Count the pictures of each class in each part."""
        return {
            name: {kind: int((getattr(self, kind).labels == place).sum()) for kind in DATA_SET_PARTS}
            for place, name in enumerate(self.classes)
        }


@dataclass(slots=True)
class UnsplitDataSet:
    """What a source found, before it is split. `official` marks the pictures that the source itself keeps for tests."""

    classes: list[str]
    part: LabelledPictures
    used: list[str]
    drawn: str = "photo"
    credit: str = ""
    official: npt.NDArray[np.bool_] | None = None
    notes: list[str] = field(default_factory=list)


def hash_pictures_to_fractions(part: LabelledPictures) -> npt.NDArray[np.float64]:
    """Return a number in 0…1 for each picture, from its content (of files: from class folder and name).

    It is the same on every machine, and the same for identical pictures: they never part.
    """
    if isinstance(part.pictures, PictureFiles):
        keys = ["/".join(path.parts[-2:]).encode() for path in part.pictures.paths]
    else:
        keys = [picture.tobytes() for picture in part.pictures]
    found = [int.from_bytes(hashlib.blake2b(key, digest_size=8).digest(), "little") for key in keys]
    return np.array(found, np.float64) / 2**64


def split_by_share(found: UnsplitDataSet, shares: Sequence[float]) -> PictureDataSet:
    """Split by content: shares of train, validation, test. Without validation pictures the test part shows the curves."""
    place = hash_pictures_to_fractions(found.part)
    low, high = shares[0], shares[0] + shares[1]
    train = np.flatnonzero(place < low)
    between, test = np.flatnonzero((place >= low) & (place < high)), np.flatnonzero(place >= high)
    return _assemble_parts(found, train, between if shares[1] else test, test)


def split_official(found: UnsplitDataSet, validation: float) -> PictureDataSet:
    """Keep the official test part; a number (or a share) of the rest, chosen by content, validates."""
    assert found.official is not None
    rest, test = np.flatnonzero(~found.official), np.flatnonzero(found.official)
    order = rest[np.argsort(hash_pictures_to_fractions(found.part)[rest], kind="stable")]
    count = round(validation * len(order)) if validation < 1 else min(int(validation), len(order) // 2)
    return _assemble_parts(found, np.sort(order[count:]), np.sort(order[:count]), test)


def split_few_per_class(found: UnsplitDataSet, train: int, validation: int, test: int) -> PictureDataSet:
    """Take so many of each class to train and validate, and so many in total to test; the others are `more`."""
    order = np.argsort(hash_pictures_to_fractions(found.part), kind="stable")
    official = found.official if found.official is not None else np.zeros(len(order), bool)
    chosen: dict[str, list[int]] = {"train": [], "validation": [], "test": []}
    for label in range(len(found.classes)):
        own = order[found.part.labels[order] == label]
        learnt = own[~official[own]]
        chosen["train"] += learnt[:train].tolist()
        chosen["validation"] += learnt[train : train + validation].tolist()
        left = np.concatenate([own[official[own]], learnt[train + validation :]])
        half = test // len(found.classes) + (label < test % len(found.classes))
        chosen["test"] += left[:half].tolist()
    used = np.zeros(len(order), bool)
    for places in chosen.values():
        used[places] = True
    made = _assemble_parts(found, *(np.array(chosen[part], np.int64) for part in DATA_SET_PARTS))
    made.more = found.part.take(np.flatnonzero(~used)) if not used.all() else None
    made.used.append(f"of these {len(made.train):,} to learn from, {len(made.validation):,} to validate, {len(made.test):,} "
                     f"to judge, {len(made.more or ()):,} more to judge with less noise")  # fmt: skip
    return made


def _assemble_parts(
    found: UnsplitDataSet, train: Int64Array, validation: Int64Array, test: Int64Array
) -> PictureDataSet:
    if not len(train) or not len(test):
        raise ValueError(f"too few pictures to learn from and to judge by: {', '.join(found.used)}")
    learn, judge = found.part.take(train), found.part.take(test)
    between = found.part.take(validation) if len(validation) else judge
    return PictureDataSet(found.classes, learn, between, judge, found.used + found.notes, found.drawn, found.credit)


def crop_to_square(picture: UInt8Array, side: int) -> UInt8Array:
    """Scale a picture (h, w, c) so that its shorter side is `side`, and keep its middle."""
    height, width = picture.shape[:2]
    scale = side / min(height, width)
    size = (max(side, round(width * scale)), max(side, round(height * scale)))
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    scaled = picture if size == (width, height) else cv2.resize(picture, size, interpolation=how)
    top, left = (size[1] - side) // 2, (size[0] - side) // 2
    return np.asarray(scaled.reshape(size[1], size[0], -1)[top : top + side, left : left + side], np.uint8)


def resize_pictures(pictures: UInt8Array, side: int) -> UInt8Array:
    """Scale pictures (n, h, w, c) to (n, side, side, c)."""
    if not len(pictures) or pictures.shape[1] == side:
        return pictures
    return np.stack([crop_to_square(picture, side) for picture in pictures])


def _read_picture(path: Path) -> UInt8Array:
    picture = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if picture is None:
        raise ValueError(f"{path} is no picture that can be read")
    return np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB), np.uint8)
