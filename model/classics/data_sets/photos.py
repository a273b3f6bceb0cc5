"""Digits and photos: MNIST, CIFAR-10, folders of images. Nothing here unpickles anything."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from model.classics.data_sets.data_set import (
    DataSetMissing,
    LabelledPictures,
    PictureFiles,
    UInt8Array,
    UnsplitDataSet,
    resize_pictures,
)
from model.classics.data_sets.files import (
    find_named_files,
    join_folder_names,
    list_class_images,
    list_image_files,
    read_idx,
    read_npz_array,
    walk_folders,
)

MNIST_CREDIT = "MNIST: Y. LeCun, C. Cortes, C. Burges"
CIFAR10_CREDIT = "CIFAR-10: A. Krizhevsky, V. Nair, G. Hinton"
CIFAR10_CLASSES = ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"]


def gather_mnist(folders: Sequence[Path]) -> UnsplitDataSet:
    """Gather MNIST from the four official files (gzipped or not), or from the `mnist.npz` of Keras."""
    path = next(find_named_files(folders, "mnist.npz"), None)
    if path is not None:
        arrays = [read_npz_array(path, name) for name in ("x_train", "y_train", "x_test", "y_test")]
    else:
        names = [f"{part}-{kind}-ubyte" for part in ("train", "t10k") for kind in ("images-idx3", "labels-idx1")]
        paths = [next(find_named_files(folders, name, f"{name}.gz"), None) for name in names]
        if any(one is None for one in paths):
            raise DataSetMissing(
                f"no MNIST in {join_folder_names(folders)}: neither mnist.npz nor train-images-idx3-ubyte(.gz) and its three "
                "companions. Get it with: inkling model fetch --set mnist --out data/mnist"
            )
        arrays = [read_idx(one) for one in paths if one is not None]
    pictures = np.concatenate([arrays[0], arrays[2]])[..., None]
    labels = np.concatenate([arrays[1], arrays[3]]).astype(np.int64)
    used = [f"MNIST: {len(arrays[0]):,} to learn from, {len(arrays[2]):,} to judge"]
    official = np.arange(len(labels)) >= len(arrays[0])
    return UnsplitDataSet(
        [str(digit) for digit in range(10)], LabelledPictures(pictures, labels), used, "digit", MNIST_CREDIT, official
    )


def gather_cifar10(folders: Sequence[Path], images: dict[str, Any]) -> UnsplitDataSet:
    """Gather CIFAR-10 from the official binary version, or from an .npz of the same arrays.

    The official Python version is pickled and is not read. `side` scales; `without` leaves classes out.
    """
    path = next(find_named_files(folders, "cifar10*.npz", "cifar-10*.npz"), None)
    if path is not None:
        learn, judge = (
            (read_npz_array(path, f"x_{part}"), read_npz_array(path, f"y_{part}")) for part in ("train", "test")
        )
    else:
        batches = [list(find_named_files(folders, name)) for name in ("data_batch_[1-5].bin", "test_batch.bin")]
        if not all(batches):
            raise DataSetMissing(
                f"no CIFAR-10 in {join_folder_names(folders)}: neither cifar10*.npz nor data_batch_1.bin … test_batch.bin. "
                "Get it with: inkling model fetch --set cifar10 --out data/cifar10"
            )
        learn, judge = (_read_cifar10_records(paths) for paths in batches)
    pictures, labels = np.concatenate([learn[0], judge[0]]), np.concatenate([learn[1], judge[1]]).astype(np.int64)
    official = np.arange(len(labels)) >= len(learn[1])
    used = [f"CIFAR-10: {len(learn[1]):,} to learn from, {len(judge[1]):,} to judge"]
    left_out = [CIFAR10_CLASSES.index(_cifar10_name(name)) for name in images.get("without", [])]
    kept = [label for label in range(10) if label not in left_out]
    inside = np.isin(labels, kept)
    part = LabelledPictures(
        resize_pictures(pictures[inside], images.get("side", 32)), np.searchsorted(kept, labels[inside])
    )
    return UnsplitDataSet(
        [CIFAR10_CLASSES[label] for label in kept], part, used, "photo", CIFAR10_CREDIT, official[inside]
    )


def _read_cifar10_records(paths: Sequence[Path]) -> tuple[UInt8Array, UInt8Array]:
    """Read CIFAR-10's binary records: a label, then red, green and blue planes of 32 × 32."""
    rows = []
    for path in paths:
        data = np.frombuffer(path.read_bytes(), np.uint8)
        if len(data) % 3073:
            raise ValueError(f"{path.name} ends inside a picture")
        rows.append(data.reshape(-1, 3073))
    every = np.concatenate(rows)
    return every[:, 1:].reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1), every[:, 0]


def _cifar10_name(name: str) -> str:
    return {"car": "automobile", "plane": "airplane"}.get(name, name)


def gather_photos(images: dict[str, Any], folders: Sequence[Path]) -> UnsplitDataSet:
    """Gather a few classes of photos: class folders of images, else the same classes of CIFAR-10."""
    names: dict[str, list[str]] = images["classes"]
    paths = {name: list_class_images(folders, known) for name, known in names.items()}
    if all(paths.values()):
        files = PictureFiles([path for name in names for path in paths[name]], images["side"])
        labels = np.repeat(np.arange(len(names)), [len(paths[name]) for name in names])
        used = [f"{name}: {len(paths[name]):,} image files" for name in names]
        return UnsplitDataSet(list(names), LabelledPictures(files[np.arange(len(files))], labels), used)
    try:
        found = gather_cifar10(
            folders,
            {
                **images,
                "without": sorted({*CIFAR10_CLASSES} - {_first_cifar10_class(known) for known in names.values()}),
            },
        )
    except DataSetMissing as error:
        wanted = " and ".join("/".join(known) for known in names.values())
        raise DataSetMissing(f"no class folders {wanted} in {join_folder_names(folders)}, and {error}") from None
    order = [next(name for name, known in names.items() if one in known) for one in found.classes]
    found.part = LabelledPictures(
        found.part.pictures, np.array([list(names).index(name) for name in order])[found.part.labels]
    )
    sizes = np.bincount(found.part.labels, minlength=len(names))
    ours = zip(names.items(), sizes, strict=True)
    found.used = [
        f"{name}: {size:,} pictures, CIFAR-10's {_first_cifar10_class(known)}" for (name, known), size in ours
    ]
    found.classes = list(names)
    return found


def _first_cifar10_class(known: Sequence[str]) -> str:
    """Return CIFAR-10's name of a class."""
    return next((one for one in CIFAR10_CLASSES if one in known), "")


def gather_class_folders(images: dict[str, Any], folders: Sequence[Path]) -> UnsplitDataSet:
    """Gather image files from `train/<class>/` and `val/<class>/` (or validation, test); they stay on disk."""
    for root in walk_folders(folders):
        judged = next((root / name for name in ("val", "validation", "test") if (root / name).is_dir()), None)
        if judged is None or not (root / "train").is_dir():
            continue
        names = images.get("names", {})
        classes = sorted(one.name for one in (root / "train").iterdir() if one.is_dir())
        if names and not set(classes) <= set(names):
            continue
        paths: list[Path] = []
        labels: list[int] = []
        official: list[bool] = []
        for part in (root / "train", judged):
            for label, name in enumerate(classes):
                own = list_image_files(part / name)
                paths, labels = paths + own, labels + [label] * len(own)
                official += [part == judged] * len(own)
        kept = LabelledPictures(PictureFiles(paths, images["side"]), np.array(labels))
        used = [f"{root.name}: {official.count(False):,} image files to learn from, {official.count(True):,} to judge"]
        return UnsplitDataSet([names.get(one, one) for one in classes], kept, used, official=np.array(official))
    raise DataSetMissing(
        f"no folders train/<class> and val/<class> in {join_folder_names(folders)}. "
        "Get Imagenette with: inkling model fetch --set imagenette --out data/imagenette"
    )
