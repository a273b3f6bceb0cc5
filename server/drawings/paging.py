"""Many things, a page at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

T = TypeVar("T")


def split_into_pages(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """Stream `items` in lists of `size`; the last one may be shorter, and none is empty."""
    left = iter(items)
    while page := list(islice(left, size)):
        yield page
