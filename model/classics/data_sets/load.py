"""Reads the data set that a recipe wants, and splits it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from model.classics.data_sets.data_set import (
    NO_LIMIT,
    PictureDataSet,
    UnsplitDataSet,
    split_by_share,
    split_few_per_class,
    split_official,
)
from model.classics.data_sets.drawings import gather_quickdraw
from model.classics.data_sets.photos import gather_cifar10, gather_class_folders, gather_mnist, gather_photos


def load_data_set(
    images: dict[str, Any], folders: Sequence[Path], limit: int | None = None, side: int | None = None
) -> PictureDataSet:
    """Read what a recipe's `[images]` asks for, at most `limit` a class, photos scaled to `side` if it is given.

    Raises DataSetMissing with the command that gets the data.
    """
    wanted = {**images, "limit": min(images.get("limit", NO_LIMIT), limit or NO_LIMIT)}
    if side:
        wanted["side"] = side
    match images["kind"]:
        case "quickdraw":
            return split_by_share(gather_quickdraw(wanted, folders), images["parts"])
        case "mnist":
            return split_official(_limit_per_class(gather_mnist(folders), wanted["limit"]), images["validation"])
        case "cifar10":
            return split_official(
                _limit_per_class(gather_cifar10(folders, wanted), wanted["limit"]), images["validation"]
            )
        case "few":
            found = gather_photos(wanted, folders)
            return split_few_per_class(
                found, min(images["train"], wanted["limit"]), images["validation"], images["test"]
            )
        case "folder":
            return split_official(
                _limit_per_class(gather_class_folders(wanted, folders), wanted["limit"]), images["validation"]
            )
    raise ValueError(f"no kind of pictures is called {images['kind']!r}")


def _limit_per_class(found: UnsplitDataSet, limit: int) -> UnsplitDataSet:
    """Keep the first `limit` pictures of each class, of either part."""
    if limit >= NO_LIMIT:
        return found
    official = found.official if found.official is not None else np.zeros(len(found.part), bool)
    kept = [
        np.flatnonzero((found.part.labels == label) & (official == part))[:limit]
        for label in range(len(found.classes))
        for part in (False, True)
    ]
    places = np.sort(np.concatenate(kept))
    found.part, found.official = found.part.take(places), official[places]
    found.notes.append(f"at most {limit:,} a class of these")
    return found
