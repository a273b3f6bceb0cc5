"""The path under which everything is served: `/`, or such as `/draw/` beside other things on one host."""

from __future__ import annotations

import re

BASE_PATH_META = '<meta name="inkling-base" content="{}">'
"""Where the page reads its base path; without this element it is `/`."""
_ROOT_LINK = re.compile(r'(\s(?:href|src)=")/(?!/)')


def path_below(base_path: str, path: str) -> str:
    """Return a path that was asked for as it would be under `/`."""
    return path[len(base_path) - 1 :]


def rebase_page(html: str, base_path: str) -> str:
    """Have a page that was built for `/` find everything under another base path."""
    linked = _ROOT_LINK.sub(lambda link: link[1] + base_path, html)
    return linked.replace("<head>", f"<head>\n    {BASE_PATH_META.format(base_path)}", 1)
