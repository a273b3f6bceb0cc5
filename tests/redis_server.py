"""A real redis-server for tests: private, on a unix socket in a short folder, ended by its process."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

import pytest
import redis

from server.db.private.binary import NoRedis, find_redis_binary
from server.db.private.daemon import is_redis_answering
from server.runtime.parent_death import set_parent_death_signal


class RedisServer:
    """A redis-server with an append-only file that can be killed and started again on the same data."""

    def __init__(self, *options: str, data: Path | None = None) -> None:
        """`data`: where its files go, if that is not the folder of its socket."""
        try:
            self._binary = find_redis_binary().path
        except NoRedis as reason:
            missing = pytest.fail if os.environ.get("CI") else pytest.skip
            missing(f"no redis-server: {reason}")
        self.folder = Path(tempfile.mkdtemp(prefix="ink-"))
        self.url = f"unix://{self.folder}/s"
        self._options = options if data is None else ("--dir", str(data), *options)
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start and wait until it answers."""
        fixed = [
            "--port",
            "0",
            "--unixsocket",
            f"{self.folder}/s",
            "--save",
            "",
            "--appendonly",
            "yes",
            "--logfile",
            f"{self.folder}/log",
        ]
        self._process = subprocess.Popen(
            [self._binary, *fixed, *self._options],
            cwd=self.folder,
            stdout=subprocess.DEVNULL,
            preexec_fn=set_parent_death_signal,
        )
        while not is_redis_answering(f"{self.folder}/s"):
            if self._process.poll() is not None:
                raise RuntimeError((self.folder / "log").read_text())
            time.sleep(0.01)
        # While its first fsync is under way, Redis answers before it writes (docs/redis.md): no time to be killed in.
        with redis.Redis.from_url(self.url) as client:
            while client.info("persistence").get("aof_pending_bio_fsync"):
                time.sleep(0.01)

    def kill(self) -> None:
        """End it as kill -9 does."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def close(self) -> None:
        """End it for good."""
        if self._process is not None:
            self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)
