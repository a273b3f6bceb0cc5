"""Whether the proxy before Inkling is named: if it is not, everybody who plays has one address."""

from __future__ import annotations

import re
import urllib.request

from server.runtime import listen
from server.settings import ServerSettings

TRUSTED_PROXY_ADVICE = (
    "name the proxy's address in INKLING_TRUSTED_PROXIES, or everybody behind it counts as one address"
)
_UNTRUSTED_PROXY_METRIC = re.compile(r'^inkling_forwarded_total\{why="untrusted_proxy"\} (\d+)$', re.MULTILINE)


def explain_missing_proxy(settings: ServerSettings) -> str:
    """Say why there must be a proxy that no setting names; nothing where there need be none."""
    if settings.public_url.startswith("https:") and not settings.trusted_proxies:
        return (
            f"{settings.public_url} is https, which a proxy before Inkling speaks, and INKLING_TRUSTED_PROXIES is empty"
        )
    return ""


def count_untrusted_forwards(settings: ServerSettings) -> int:
    """Ask the web process of these settings how often X-Forwarded-For came from somebody it does not trust; 0 if none runs."""
    try:
        url = f"{listen.local_url(settings.host, settings.port)}{settings.base_path}metrics"
        with urllib.request.urlopen(url, timeout=2) as answer:
            found = _UNTRUSTED_PROXY_METRIC.search(answer.read(1_000_000).decode(errors="replace"))
    except (OSError, ValueError):
        return 0
    return int(found[1]) if found else 0
