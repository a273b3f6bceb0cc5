"""`inkling model fetch --set …`: the official downloads of MNIST, CIFAR-10 and Imagenette, checked and unpacked.

As with drawings: a file grows as `<name>.<hash of its version>.part`, the same command goes on from there, and what has
its name is complete and has the right MD5. An archive is unpacked once and then removed.
"""

from __future__ import annotations

import hashlib
import shutil
import tarfile
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath

from rich.console import Console
from rich.filesize import decimal
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn

from model.data.http_download import HttpDownloader, RemoteFile, RemoteFileChanged


@dataclass(frozen=True, slots=True)
class ImageSet:
    """Where a data set lives: its files (name → MD5 in hex), and what of an archive is wanted."""

    base: str
    files: dict[str, str]
    unpacks: str = ""
    """The folder that an archive becomes; empty: the files stay as they are."""
    suffix: str = ""
    """Members of other kinds stay out."""


IMAGE_SETS = {
    "mnist": ImageSet(
        "https://storage.googleapis.com/cvdf-datasets/mnist",
        {
            "train-images-idx3-ubyte.gz": "f68b3c2dcbeaaa9fbdd348bbdeb94873",
            "train-labels-idx1-ubyte.gz": "d53e105ee54ea40749a09fcbcd1e9432",
            "t10k-images-idx3-ubyte.gz": "9fb629c4189551a2d022fa330f9573f3",
            "t10k-labels-idx1-ubyte.gz": "ec29112dd5afa0611ce80d1b7f02629c",
        },
    ),
    "cifar10": ImageSet(
        "https://www.cs.toronto.edu/~kriz",
        {"cifar-10-binary.tar.gz": "c32a1d4ab5d03f1284b67883e8d87530"},
        "cifar-10-batches-bin",
        ".bin",
    ),
    "imagenette": ImageSet(
        "https://s3.amazonaws.com/fast-ai-imageclas",
        {"imagenette2-320.tgz": "3df6f0d01a2c9592104656642f5e78a3"},
        "imagenette2-320",
        ".JPEG",
    ),
}


def fetch_image_set(
    name: str, out: Path, base_url: str | None = None, console: Console | None = None, pause: float = 0.5
) -> Path:
    """Bring a data set into `out`; returns the folder to give to `--data`.

    Raises ValueError for what cannot work (no such file, wrong content) and OSError for what may work another time.
    """
    image_set, console = IMAGE_SETS[name], console or Console(stderr=True)
    target = out / image_set.unpacks if image_set.unpacks else out
    if image_set.unpacks and target.is_dir():
        console.print(f"{target} is there already")
        return target
    out.mkdir(parents=True, exist_ok=True)
    base = (base_url or image_set.base).rstrip("/")
    web = HttpDownloader(pause, threading.Event())
    missing = [file for file in image_set.files if not (out / file).exists()]
    remotes = [web.head(f"{base}/{file}") for file in missing]
    total = sum(remote.size for remote in remotes)
    console.print(f"{len(missing)} of {len(image_set.files)} files, {decimal(total)} to come from {base} to {out}")
    if total * (3 if image_set.unpacks else 1) > (free := shutil.disk_usage(out).free):
        raise OSError(f"not enough space in {out}: {decimal(total)} to come, {decimal(free)} free")
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn(),
               TimeRemainingColumn())  # fmt: skip
    with Progress(*columns, console=console) as progress:
        for file, remote in zip(missing, remotes, strict=True):
            line = progress.add_task(file, total=remote.size)
            _download_checked(web, remote, out / file, image_set.files[file], partial(progress.advance, line))
    if image_set.unpacks:
        for archive in image_set.files:
            _unpack_archive(out / archive, out, image_set)
    return target


def _download_checked(
    web: HttpDownloader, remote: RemoteFile, target: Path, md5: str, on_bytes: Callable[[int], None]
) -> None:
    for _ in range(3):
        version = hashlib.sha256(remote.version.encode()).hexdigest()[:12]
        part = target.with_name(f"{target.name}.{version}.part")
        try:
            web.pull(remote, part, 0, remote.size, on_bytes)
        except RemoteFileChanged:
            remote = web.head(remote.url)
            continue
        with part.open("rb") as file:
            found = hashlib.file_digest(file, "md5").hexdigest()
        if found != md5:
            part.unlink()
            raise ValueError(f"{remote.url} has MD5 {found}, not the official {md5}")
        part.replace(target)
        return
    raise OSError(f"{remote.url} changes all the time")


def _unpack_archive(archive: Path, out: Path, image_set: ImageSet) -> None:
    """Unpack the plain files of the wanted kind; nothing leaves its folder, and half of it is never taken for all."""
    unfinished = out / f"{image_set.unpacks}.part"
    shutil.rmtree(unfinished, ignore_errors=True)
    with tarfile.open(archive) as packed:
        for member in packed:
            path = PurePosixPath(member.name)
            fits = path.parts[:1] == (image_set.unpacks,) and ".." not in path.parts and path.suffix == image_set.suffix
            source = packed.extractfile(member) if member.isfile() and fits else None
            if source is None:
                continue
            target = unfinished.joinpath(*path.parts[1:])
            target.parent.mkdir(parents=True, exist_ok=True)
            with source, target.open("wb") as file:
                shutil.copyfileobj(source, file)
    if not unfinished.is_dir():
        raise ValueError(f"{archive.name} has no {image_set.suffix} files in {image_set.unpacks}")
    unfinished.replace(out / image_set.unpacks)
    archive.unlink()
