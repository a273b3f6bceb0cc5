"""Brings Quick, Draw!'s files into a folder, whole or their first drawings, a few at once.

A file grows as `<name>.<hash of its version>.part` and gets its name when it is complete and checked: whatever has its
name is whole, and a part is only ever continued with bytes of the same version.
"""

from __future__ import annotations

import errno
import glob
import hashlib
import json
import math
import shutil
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import numpy as np
from rich.console import Console
from rich.filesize import decimal
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)

from model.data.formats import (
    BITMAP_PIXEL_COUNT,
    QUICKDRAW_FORMATS,
    check_first_drawing,
    count_whole_drawings,
    read_npy_header,
)
from model.data.http_download import (
    DOWNLOAD_CHUNK_BYTES,
    DownloadRefused,
    DownloadStopped,
    HttpDownloader,
    RemoteFile,
    RemoteFileChanged,
)
from model.data.quickdraw import split_identity
from model.data.split import SPLIT_PARTS, SPLIT_SHARES, assign_part

GOLDEN_DRAWINGS_PER_WORD = 60
"""Drawings of each word in the golden set."""
MAX_CONCURRENT_DOWNLOADS = 4
"""Words downloaded at the same time."""
MAX_VERSION_CHANGES = 3
"""Times that a file may change on the server while it is being brought."""
ProgressCallback = Callable[[int], None]
"""Told how many bytes came."""


@dataclass(frozen=True, slots=True)
class _DownloadJob:
    word: str
    target: Path
    remote: RemoteFile
    bytes_left: int
    """Bytes expected."""


class DrawingFetcher:
    """One run: what is wanted of each file."""

    def __init__(self, format: str, limit: int | None, golden: bool, pause: float) -> None:
        self._format, self._limit, self._golden = format, limit, golden
        self._stop = threading.Event()
        self._web = HttpDownloader(pause, self._stop)

    def fetch(self, words: list[str], folder: Path, base: str, console: Console) -> list[Path]:
        """Ask for all sizes, say the sum, and bring what is missing, a few files at once."""
        format = QUICKDRAW_FORMATS[self._format]
        addresses = [f"{base}/full/{format.folder}/{quote(word)}{format.suffix}" for word in words]
        targets = [folder / f"{word}{format.suffix}" for word in words]
        with ThreadPoolExecutor(MAX_CONCURRENT_DOWNLOADS) as pool:
            jobs = [job for job in pool.map(self._plan, words, targets, addresses) if job]
        total = decimal(sum(job.bytes_left for job in jobs))
        present = f" ({len(words) - len(jobs)} already there)" if len(jobs) < len(words) else ""
        about = "about " if self._limit else ""
        console.print(f"{len(jobs)} of {len(words)} files{present}, {about}{total} to come from {base} to {folder}")
        if sum(job.bytes_left for job in jobs) > (free := shutil.disk_usage(folder).free):
            raise OSError(f"not enough space in {folder}: {total} to come, {decimal(free)} free")
        self._download_all(jobs, console)
        if self._limit:
            for target in targets:
                found = count_whole_drawings(target, self._format, self._limit)[0] if target.exists() else 0
                if found < self._limit:
                    console.print(f"{target.name}: the file has only {found} such drawings")
        return [target for target in targets if target.exists()]

    def _download_all(self, jobs: list[_DownloadJob], console: Console) -> None:
        columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn(),
                   TimeRemainingColumn())  # fmt: skip
        failed: list[BaseException] = []
        with Progress(*columns, console=console) as progress, ThreadPoolExecutor(MAX_CONCURRENT_DOWNLOADS) as pool:
            total = progress.add_task("all", total=sum(job.bytes_left for job in jobs))
            try:
                for future in as_completed(
                    [pool.submit(self._download_with_progress, job, progress, total) for job in jobs]
                ):
                    if error := future.exception():
                        failed.append(error)
                    if isinstance(error, OSError) and error.errno == errno.ENOSPC:
                        self._stop.set()
            except BaseException:
                self._stop.set()
                raise
        failed = [error for error in failed if not isinstance(error, DownloadStopped)]
        if failed:
            first, more = failed[0], f" (and {len(failed) - 1} more files failed)" if len(failed) > 1 else ""
            raise (ValueError if isinstance(first, ValueError) else OSError)(f"{first}{more}") from first

    def _plan(self, word: str, target: Path, url: str) -> _DownloadJob | None:
        """Return what there is to do for a word; None if its file is there."""
        remote = self._web.head(url)
        size = QUICKDRAW_FORMATS[self._format].size
        if target.exists():
            try:
                check_first_drawing(target, word, self._format)
            except ValueError as error:
                raise ValueError(f"{target} is in the way, it has {error}") from None
            if self._limit and count_whole_drawings(target, self._format, self._limit)[0] >= self._limit:
                return None
            if target.stat().st_size == remote.size and not self._golden:
                return None
        if self._golden:
            return _DownloadJob(word, target, remote, min(remote.size, self._window()))
        part = _part_path(target, remote)
        present = part.stat().st_size if part.exists() else 0
        wanted = min(remote.size, self._limit * size + DOWNLOAD_CHUNK_BYTES) if self._limit else remote.size
        return _DownloadJob(word, target, remote, max(0, wanted - present))

    def _download_with_progress(self, job: _DownloadJob, progress: Progress, total: TaskID) -> None:
        task = progress.add_task(job.word, total=job.bytes_left)
        received = 0

        def on_bytes(count: int) -> None:
            nonlocal received
            received += count
            progress.advance(task, count)
            progress.advance(total, count)

        try:
            self._download(job, on_bytes)
            progress.advance(total, job.bytes_left - received)
        finally:
            progress.remove_task(task)

    def _download(self, job: _DownloadJob, on_bytes: ProgressCallback) -> None:
        remote = job.remote
        for _ in range(MAX_VERSION_CHANGES):
            part = _part_path(job.target, remote)
            for old in job.target.parent.glob(f"{glob.escape(job.target.name)}.*.part"):
                if old != part or self._golden or not remote.version:
                    old.unlink()
            try:
                self._fill(part, job.word, remote, on_bytes)
            except RemoteFileChanged:
                remote = self._web.head(remote.url)
                continue
            if part.exists():
                part.replace(job.target)
            return
        raise OSError(f"{remote.url} changes all the time")

    def _fill(self, part: Path, word: str, remote: RemoteFile, on_bytes: ProgressCallback) -> None:
        """Make the part what its file shall be; a part with wrong content does not stay."""
        try:
            if self._golden:
                self._fill_golden(part, word, remote, on_bytes)
            elif self._limit:
                self._fill_first(part, word, remote, self._limit, on_bytes)
            else:
                self._web.pull(remote, part, 0, remote.size, on_bytes)
                self._check(part, word, remote)
                with part.open("rb") as file:
                    if remote.md5 and hashlib.file_digest(file, "md5").digest() != remote.md5:
                        raise ValueError(f"{remote.url}: what came has another MD5 than the server says")
        except DownloadRefused:
            raise
        except ValueError:
            part.unlink(missing_ok=True)
            raise

    def _check(self, part: Path, word: str, remote: RemoteFile) -> None:
        try:
            check_first_drawing(part, word, self._format)
        except ValueError as error:
            raise ValueError(f"{remote.url} has {error}") from None

    def _fill_first(self, part: Path, word: str, remote: RemoteFile, limit: int, on_bytes: ProgressCallback) -> None:
        count, length, reach = 0, 0, limit * QUICKDRAW_FORMATS[self._format].size + DOWNLOAD_CHUNK_BYTES
        while True:
            reach = min(reach, remote.size)
            self._web.pull(remote, part, 0, reach, on_bytes)
            self._check(part, word, remote)
            count, length = count_whole_drawings(part, self._format, limit)
            if count == limit or reach == remote.size:
                break
            reach += max(DOWNLOAD_CHUNK_BYTES, math.ceil(1.1 * (limit - count) * length / max(count, 1)))
        if count < limit:
            return  # the whole file
        if self._format != "npy":
            with part.open("r+b") as file:
                file.truncate(length)
            return
        rows = np.memmap(part, np.uint8, "r", read_npy_header(part)[1], (count, BITMAP_PIXEL_COUNT))
        shorter = part.with_suffix(".rows")
        with shorter.open("wb") as file:
            np.save(file, rows)
        shorter.replace(part)

    def _window(self) -> int:
        """Return how many bytes should hold enough drawings to judge by."""
        share = SPLIT_SHARES[SPLIT_PARTS.index("test")]
        return round(1.3 * (self._limit or GOLDEN_DRAWINGS_PER_WORD) / share * QUICKDRAW_FORMATS[self._format].size)

    def _fill_golden(self, part: Path, word: str, remote: RemoteFile, on_bytes: ProgressCallback) -> None:
        """Bring the last drawings that the split keeps for judging, so that full training never sees them either."""
        window = self._window()
        while True:
            start = max(0, remote.size - window)
            part.unlink(missing_ok=True)
            self._web.pull(remote, part, start, remote.size, on_bytes)
            lines = part.read_bytes().split(b"\n")[1 if start else 0 :]
            try:
                found = [line for line in lines if line and assign_part(split_identity(json.loads(line))) == "test"]
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                raise ValueError(f"{remote.url} is no ndjson: {error!r}") from None
            if len(found) >= (self._limit or GOLDEN_DRAWINGS_PER_WORD) or not start:
                break
            window *= 2
        if not found:
            part.unlink()
            return
        part.write_bytes(b"".join(line + b"\n" for line in found[-(self._limit or GOLDEN_DRAWINGS_PER_WORD) :]))
        self._check(part, word, remote)


def _part_path(target: Path, remote: RemoteFile) -> Path:
    return target.with_name(f"{target.name}.{hashlib.sha256(remote.version.encode()).hexdigest()[:12]}.part")
