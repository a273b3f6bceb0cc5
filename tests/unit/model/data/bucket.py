"""A small web server with the layout of Google's bucket, and with faults to order."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote


@dataclass
class Bucket:
    """`files` by path, `full/…`; the other fields are the faults."""

    files: dict[str, bytes]
    ranges: bool = True
    versioned: bool = True
    cut: list[int] = field(default_factory=list)
    """For each of the next GETs, the bytes after which its connection ends."""
    refuse: int = 0
    """So many GETs are answered 503."""
    md5: bytes | None = None
    size: int | None = None
    change: bytes | None = None
    """What the file becomes with the first connection that is cut."""
    asked: list[tuple[str, str]] = field(default_factory=list)
    """The method and the Range of each request."""
    sent: int = 0

    def __post_init__(self) -> None:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def gets(self) -> list[str]:
        return [bounds for method, bounds in self.asked if method == "GET"]

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        bucket = self

        class Handler(BaseHTTPRequestHandler):
            def do_HEAD(self) -> None:
                self._answer(False)

            def do_GET(self) -> None:
                self._answer(True)

            def log_message(self, format: str, *args: object) -> None:
                pass

            def _answer(self, with_body: bool) -> None:
                bucket.asked.append((self.command, self.headers.get("Range", "")))
                path = unquote(self.path).removeprefix("/")
                if with_body and bucket.refuse:
                    bucket.refuse -= 1
                    self.send_error(503)
                elif path not in bucket.files or " " in self.path:
                    self.send_error(404)
                else:
                    self._give(path, with_body)

            def _give(self, path: str, with_body: bool) -> None:
                data = bucket.files[path]
                digest = hashlib.md5(data).digest()
                tag = f'"{digest.hex()}"'
                first, last = 0, len(data) - 1
                bounds = self.headers.get("Range", "").removeprefix("bytes=")
                if bounds and bucket.ranges and self.headers.get("If-Range", tag) == tag:
                    first, last = (int(bound) for bound in bounds.split("-"))
                    self.send_response(206)
                    self.send_header("Content-Range", f"bytes {first}-{last}/{len(data)}")
                else:
                    self.send_response(200)
                body = data[first : last + 1]
                self.send_header("Content-Length", str(bucket.size or len(body)))
                self.send_header("x-goog-hash", "crc32c=AAAAAA==")
                self.send_header("x-goog-hash", f"md5={base64.b64encode(bucket.md5 or digest).decode()}")
                if bucket.versioned:
                    self.send_header("ETag", tag)
                self.end_headers()
                if with_body:
                    if bucket.cut:
                        body = body[: bucket.cut.pop(0)]
                        bucket.files[path] = bucket.change or data
                    bucket.sent += len(body)
                    with contextlib.suppress(ConnectionError):
                        self.wfile.write(body)

        return Handler
