"""Origins of pages: scheme, host and port in one spelling, so that two of them can be compared."""

from __future__ import annotations

import re
from functools import lru_cache

from yarl import URL

DEFAULT_PORTS = {"http": 80, "https": 443}
_HOST = re.compile(r"[a-z0-9_]([a-z0-9_.-]{0,251}[a-z0-9_.])?|[0-9a-f:.]+(%\w+)?", re.ASCII)


@lru_cache(maxsize=256)
def normalize_origin(text: str) -> str:
    """Return `scheme://host` or `scheme://host:port` as browsers write it: lower case, no default port, international names in ASCII.

    Raises ValueError that says what is wrong with it.
    """
    if len(text) > 300 or not text.isprintable() or any(mark in text for mark in " \\"):
        raise ValueError("it is not an address")
    if "://" not in text:
        raise ValueError("it has no scheme (https://play.example)")
    try:
        url = URL(text)
        host, port = (url.raw_host or "").rstrip("."), url.explicit_port
    except ValueError as error:
        raise ValueError(f"it is not an address ({error})") from None
    if url.scheme not in DEFAULT_PORTS:
        raise ValueError(f"its scheme is {url.scheme}, not http or https")
    if not _HOST.fullmatch(host):
        raise ValueError("it has no host" if not host else "its host is no name or address")
    if url.raw_user is not None or url.raw_password is not None:
        raise ValueError("it carries a user or password")
    if url.raw_path not in ("", "/"):
        raise ValueError(f"it has a path ({url.raw_path}); INKLING_BASE_PATH is the setting for that")
    if "?" in text or "#" in text:
        raise ValueError("it has a query or a fragment")
    if port == 0:
        raise ValueError("its port is 0")
    named = f"[{host}]" if ":" in host else host
    return f"{url.scheme}://{named}" + ("" if port in (None, DEFAULT_PORTS[url.scheme]) else f":{port}")
