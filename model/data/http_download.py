"""Byte ranges of a file on a web server, brought into a file here, whatever the line does meanwhile."""

from __future__ import annotations

import base64
import re
import ssl
import threading
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from http.client import HTTPException, HTTPResponse
from pathlib import Path
from typing import TypeVar
from urllib.error import HTTPError, URLError

MAX_TRIES_WITHOUT_PROGRESS = 5
"""Attempts without a byte of progress before it gives up."""
HTTP_TIMEOUT_SECONDS = 30.0
"""Seconds without an answer or a byte after which an attempt has failed."""
DOWNLOAD_CHUNK_BYTES = 1 << 16
"""Bytes read at once."""
_RETRYABLE_STATUS_CODES = {408, 429, 500, 502, 503, 504}
T = TypeVar("T")


class RemoteFileChanged(Exception):
    """The file on the server is no longer the one that was asked about."""


class DownloadRefused(ValueError):
    """The server will not give it, now or later."""


class DownloadStopped(Exception):
    """Another thread asked for the end."""


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """A file on a server: its bytes, its version (ETag or Last-Modified, "" if unknown), its MD5 if it says so."""

    url: str
    size: int
    version: str
    md5: bytes | None


class HttpDownloader:
    """Asks again, after 1, 2, 4… times `pause` seconds, where that may help. Safe to use from many threads."""

    def __init__(self, pause: float, stop: threading.Event) -> None:
        self._pause, self._stop = pause, stop
        self._opener = urllib.request.build_opener()

    def head(self, url: str) -> RemoteFile:
        """Ask about a file. Raises DownloadRefused if it is not there, OSError if the server does not answer."""

        def ask() -> RemoteFile:
            with self._open(url, "HEAD", {}) as answer:
                if not (length := answer.headers.get("Content-Length", "")).isdigit() or not int(length):
                    raise DownloadRefused(f"{url}: the server says {length or 'nothing'} for its length")
                # Google sends one header or two. Not all of its files have an MD5.
                md5 = re.search(r"\bmd5=([\w+/]+=*)", ",".join(answer.headers.get_all("x-goog-hash", [])))
                return RemoteFile(url, int(length), _remote_version(answer), base64.b64decode(md5[1]) if md5 else None)

        return self._retry(url, ask, lambda: 0)

    def pull(self, remote: RemoteFile, part: Path, start: int, stop: int, on_bytes: Callable[[int], None]) -> None:
        """Make `part` hold the remote bytes start…stop, going on from what it holds; `on_bytes` hears of each step.

        Raises RemoteFileChanged, DownloadStopped, DownloadRefused, and OSError when it gave up or cannot write.
        """

        def downloaded() -> int:
            return part.stat().st_size if part.exists() else 0

        while downloaded() < stop - start:
            self._retry(remote.url, lambda: self._stream(remote, part, start, stop, downloaded(), on_bytes), downloaded)

    def _stream(
        self, remote: RemoteFile, part: Path, start: int, stop: int, present: int, on_bytes: Callable[[int], None]
    ) -> None:
        headers = {"Range": f"bytes={start + present}-{stop - 1}"}
        if remote.version:
            headers["If-Range"] = remote.version
        with self._open(remote.url, "GET", headers) as answer:
            if _remote_version(answer) not in ("", remote.version):
                raise RemoteFileChanged(remote.url)
            partial = answer.status == 206
            if partial and not answer.headers.get("Content-Range", "").startswith(f"bytes {start + present}-"):
                raise DownloadRefused(f"{remote.url}: the server sent another range than it was asked for")
            skip = 0 if partial else start
            with part.open("ab") as file:
                if not partial:
                    file.truncate(0)
                    on_bytes(-present)
                    present = 0
                left = skip + stop - start - present
                while left > 0:
                    if self._stop.is_set():
                        raise DownloadStopped
                    chunk = self._read(answer, min(DOWNLOAD_CHUNK_BYTES, skip or left))
                    left -= len(chunk)
                    if skip:
                        skip -= len(chunk)
                        continue
                    file.write(chunk)
                    on_bytes(len(chunk))

    def _read(self, answer: HTTPResponse, size: int) -> bytes:
        chunk = answer.read(size)
        if not chunk:
            raise ConnectionError("the connection ended too early")
        return chunk

    def _open(self, url: str, method: str, headers: dict[str, str]) -> HTTPResponse:
        request = urllib.request.Request(url, method=method, headers={"User-Agent": "inkling", **headers})
        answer: HTTPResponse = self._opener.open(request, timeout=HTTP_TIMEOUT_SECONDS)
        return answer

    def _retry(self, url: str, attempt: Callable[[], T], progress: Callable[[], int]) -> T:
        """Repeat until it works, or MAX_TRIES_WITHOUT_PROGRESS times in a row got no further."""
        failures, best = 0, progress()
        while True:
            if self._stop.is_set():
                raise DownloadStopped
            try:
                return attempt()
            except HTTPError as error:
                error.close()
                if error.code not in _RETRYABLE_STATUS_CODES:
                    raise DownloadRefused(f"{url}: HTTP {error.code} {error.reason}") from None
                reason = f"HTTP {error.code} {error.reason}"
            except (URLError, TimeoutError, ConnectionError, HTTPException, ssl.SSLError) as error:
                reason = str(getattr(error, "reason", error)) or type(error).__name__
            failures = failures + 1 if progress() <= best else 1
            best = max(best, progress())
            if failures == MAX_TRIES_WITHOUT_PROGRESS:
                raise OSError(f"{url}: {reason}, {MAX_TRIES_WITHOUT_PROGRESS} times; what came so far is kept")
            self._stop.wait(self._pause * 2 ** (failures - 1))


def _remote_version(answer: HTTPResponse) -> str:
    return answer.headers.get("ETag") or answer.headers.get("Last-Modified") or ""
