"""The loaders of image recipes, on files in the official layout."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from model.classics.augment import add_varied_copies, vary_pictures
from model.classics.data_sets import files
from model.classics.data_sets.data_set import (
    DataSetMissing,
    LabelledPictures,
    PictureFiles,
    hash_pictures_to_fractions,
    resize_pictures,
)
from model.classics.data_sets.load import load_data_set
from model.classics.data_sets.photos import gather_mnist
from model.data import image_sets
from model.registry import recipe
from tests.recipes import made
from tests.unit.model.data.bucket import Bucket
from tests.unit.model.drawings import data

CLASSES = ["n01440764", "n02102040"]
FILES = {
    **made.mnist(200, 50),
    "cifar-10-binary.tar.gz": made.cifar(100, 20),
    "imagenette2-320.tgz": made.imagenette(CLASSES, 4, 2),
}


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[Bucket]:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    for name, known in image_sets.IMAGE_SETS.items():
        sums = {file: hashlib.md5(FILES[file]).hexdigest() for file in known.files}
        monkeypatch.setitem(image_sets.IMAGE_SETS, name, replace(known, files=sums))
    bucket = Bucket(dict(FILES))
    yield bucket
    bucket.close()


def bring(bucket: Bucket, name: str, out: Path) -> Path:
    return image_sets.fetch_image_set(name, out, bucket.url, Console(file=io.StringIO()), pause=0.01)


def test_mnist_comes_in_its_four_files_and_is_split_as_official(bucket: Bucket, tmp_path: Path) -> None:
    folder = bring(bucket, "mnist", tmp_path)
    found = load_data_set({"kind": "mnist", "validation": 40}, [folder])
    assert (len(found.train), len(found.validation), len(found.test)) == (160, 40, 50)
    assert found.shape == (28, 28, 1)
    assert found.test.labels.tolist() == [number % 10 for number in range(50)]
    gets = len(bucket.gets())
    bring(bucket, "mnist", tmp_path)
    assert len(bucket.gets()) == gets


def test_cifar_comes_as_binary_records_in_colour(bucket: Bucket, tmp_path: Path) -> None:
    folder = bring(bucket, "cifar10", tmp_path)
    assert sorted(path.suffix for path in folder.iterdir()) == [".bin"] * 6
    assert [path.name for path in tmp_path.iterdir()] == ["cifar-10-batches-bin"]
    found = load_data_set({"kind": "cifar10", "validation": 0.1}, [tmp_path])
    assert (len(found.train), len(found.validation), len(found.test)) == (90, 10, 20)
    assert (found.test.few(1)[0] == made.photo(0, 1000)).all()
    eight = load_data_set({"kind": "cifar10", "without": ["car", "plane"], "side": 64, "validation": 0.1}, [tmp_path])
    assert len(eight.classes) == 8
    assert not {"automobile", "airplane"} & set(eight.classes)
    assert eight.shape == (64, 64, 3)


def test_imagenette_stays_on_disk_and_is_read_in_batches(bucket: Bucket, tmp_path: Path) -> None:
    bring(bucket, "imagenette", tmp_path)
    assert not (tmp_path.parent / "outside.JPEG").exists()
    assert not list(tmp_path.rglob("*.csv"))
    images = recipe.load_recipe("imagenette-basic").images
    found = load_data_set(images, [tmp_path])
    assert isinstance(found.train.pictures, PictureFiles)
    assert found.classes == ["tench", "English springer"]
    assert (len(found.train), len(found.validation), len(found.test)) == (7, 1, 4)
    assert found.train.pictures[np.array([3, 0])].shape == (2, 224, 224, 3)


def test_a_cut_line_goes_on_and_a_wrong_file_does_not_stay(bucket: Bucket, tmp_path: Path) -> None:
    bucket.cut = [1000]
    assert bring(bucket, "cifar10", tmp_path).is_dir()
    bucket.files["t10k-labels-idx1-ubyte.gz"] = b"something else"
    with pytest.raises(ValueError, match="not the official"):
        bring(bucket, "mnist", tmp_path / "digits")
    assert not list((tmp_path / "digits").glob("t10k-labels*"))


def test_bitmaps_are_read_from_npy_and_npz_alike(tmp_path: Path) -> None:
    words = ["eye", "star"]
    made.write_npy(tmp_path / "npy", words, 12)
    (tmp_path / "npz").mkdir()
    for word in words:
        np.savez(tmp_path / "npz" / f"{word}.npz", images=np.load(tmp_path / "npy" / f"{word}.npy"))
    images = {"kind": "quickdraw", "prefer": "bitmaps", "words": words, "parts": [0.6, 0.1, 0.3]}
    one, other = (load_data_set(images, [tmp_path / form]) for form in ("npy", "npz"))
    assert (one.train.few(99) == other.train.few(99)).all()
    assert len(one.train) + len(one.validation) + len(one.test) == 24
    assert load_data_set(images, [tmp_path / "npy"], limit=5).used == [
        "eye: 5 bitmaps of eye.npy", "star: 5 bitmaps of star.npy"
    ]  # fmt: skip


def test_strokes_are_drawn_where_they_are_more(tmp_path: Path) -> None:
    made.write_npy(tmp_path, ["cat", "dog"], 9)
    made.write_strokes(tmp_path, ["cat", "dog", "pig"], 9)
    made.write_npy(tmp_path, ["dog"], 30)
    images = {"kind": "quickdraw", "prefer": "strokes", "words": ["cat", "dog", "pig"], "parts": [0.6, 0.1, 0.3]}
    found = load_data_set(images, [tmp_path])
    assert found.used[:3] == ["cat: 9 strokes of cat.ndjson.gz", "dog: 30 bitmaps of dog.npy",
                              "pig: 9 strokes of pig.ndjson.gz"]  # fmt: skip
    assert "Google's geometry" in found.used[3]


def test_the_split_is_by_content_and_the_same_everywhere() -> None:
    pictures = np.random.default_rng(0).integers(0, 255, (40, 28, 28, 1), np.uint8)
    twice = LabelledPictures(np.concatenate([pictures, pictures[:10]]), np.zeros(50, np.int64))
    found = hash_pictures_to_fractions(twice)
    assert (found[:10] == found[40:]).all()
    assert round(float(found[0]), 6) == round(
        float(hash_pictures_to_fractions(LabelledPictures(pictures[:1], np.zeros(1, np.int64)))[0]), 6
    )
    assert found.min() >= 0
    assert found.max() < 1


def test_few_photos_are_eighty_and_twenty_and_fifteen(tmp_path: Path) -> None:
    made.write_photos(tmp_path, ["automobile", "planes"], 110)
    found = load_data_set(recipe.load_recipe("photos-2-scratch").images, [tmp_path])
    assert found.classes == ["car", "plane"]
    assert (len(found.train), len(found.validation), len(found.test)) == (160, 40, 15)
    assert np.bincount(found.train.labels).tolist() == [80, 80]
    assert np.bincount(found.test.labels).tolist() == [8, 7]
    assert found.more is not None
    assert len(found.more) == 220 - 215
    assert found.used[-1].startswith("of these 160 to learn from, 40 to validate, 15 to judge, 5 more")


def test_without_folders_two_classes_of_cifar_are_cars_and_planes(bucket: Bucket, tmp_path: Path) -> None:
    bring(bucket, "cifar10", tmp_path)
    few = {**recipe.load_recipe("photos-2-scratch").images, "train": 4, "validation": 2, "test": 3}
    found = load_data_set(few, [tmp_path])
    assert found.used[:2] == ["car: 12 pictures, CIFAR-10's automobile", "plane: 12 pictures, CIFAR-10's airplane"]
    assert found.classes == ["car", "plane"]
    cars = {resize_pictures(made.photo(1, number)[None], 64).tobytes() for number in range(1100)}
    for picture, label in zip(found.train.few(8), found.train.labels, strict=True):
        assert (picture.tobytes() in cars) == (found.classes[label] == "car")


@pytest.mark.parametrize("name", [name for name in recipe.list_recipe_names() if recipe.load_recipe(name).images])
def test_a_missing_data_set_is_a_message_with_the_command_that_gets_it(name: str, tmp_path: Path) -> None:
    with pytest.raises(DataSetMissing, match=r"inkling model fetch --(set|words) .* --out data/"):
        load_data_set(recipe.load_recipe(name).images, [tmp_path])


def test_arrays_of_objects_are_never_unpickled(tmp_path: Path) -> None:
    np.savez(tmp_path / "mnist.npz", x_train=np.array([{}], object))
    with pytest.raises(ValueError, match="no plain array"):
        gather_mnist([tmp_path])


def test_a_cut_idx_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"\0\0\x08\x01\0\0\0\x05abc")
    with pytest.raises(ValueError, match="another length"):
        files.read_idx(tmp_path / "x")


def test_variations_keep_the_shape_and_leave_the_originals_alone() -> None:
    pictures = np.random.default_rng(0).integers(0, 255, (6, 28, 28, 3), np.uint8)
    before = pictures.copy()
    how = {"rotate": 10, "shift": 0.1, "shear": 0.1, "zoom": 0.1, "flip": True}
    after = vary_pictures(pictures, how, np.random.default_rng(1))
    assert after.shape == pictures.shape
    assert (pictures == before).all()
    assert (after != pictures).any()
    mirrored = vary_pictures(pictures, {"flip": True}, np.random.default_rng(2))
    flips = [(one == two[:, ::-1]).all() or (one == two).all() for one, two in zip(mirrored, pictures, strict=True)]
    assert all(flips)
    more = add_varied_copies(LabelledPictures(pictures, np.arange(6)), {"copies": 2, "rotate": 5}, 0)
    assert more.labels.tolist() == [*range(6)] * 3
    assert (more.few(6) == pictures).all()


@pytest.mark.data
def test_the_real_data_are_found_from_the_top_folder() -> None:
    top = data("quickdraw").parent
    found = load_data_set(recipe.load_recipe("mlp-10").images, [top], limit=20)
    assert len(found.train) + len(found.validation) + len(found.test) == 200
    assert load_data_set(recipe.load_recipe("mnist").images, [top], limit=5).shape == (28, 28, 1)
