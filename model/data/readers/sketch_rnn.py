"""sketch-rnn's `.npz`: object arrays of (dx, dy, pen lifted), read without unpickling anything.

numpy writes an object array as a pickle, and a pickle is a program. Here its operations are read one by one; those that build
arrays of numbers are carried out by this module, and anything else ends the file. No name in it is ever looked up.
"""

from __future__ import annotations

import pickletools
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from model.data.record import MAX_POINTS

if TYPE_CHECKING:
    from model.data.readers import Item

MAX_MEMORY = 1024 * 1024 * 1024
"""Bytes of what the operations of one array make."""
_OPERATION, _OBJECT = 8, 96
"""Bytes that an operation takes, and an object that it makes, about: no operation may make more for nothing."""
_MARK = object()
_DATA = {
    "BININT", "BININT1", "BININT2", "INT", "LONG", "LONG1", "BINBYTES", "SHORT_BINBYTES", "BINBYTES8", "BINUNICODE",
    "SHORT_BINUNICODE", "BINUNICODE8", "BINSTRING", "SHORT_BINSTRING", "STRING", "UNICODE",
}  # fmt: skip
_PLAIN = {"NONE": None, "NEWTRUE": True, "NEWFALSE": False, "EMPTY_TUPLE": (), "MARK": _MARK}
_RECONSTRUCT = ("numpy.core.multiarray _reconstruct", "numpy._core.multiarray _reconstruct")
_CHEAP = {*_PLAIN, "BINGET", "LONG_BINGET", "GET", "POP", "APPEND", "BUILD", "PROTO", "FRAME", "STOP"}
_NAMES = (*_RECONSTRUCT, "numpy ndarray", "numpy dtype", "_codecs encode")


class _Name(str):
    """A name that a pickle mentions; it stays a text."""


class _Kind:
    """A dtype: of numbers, or of objects."""

    def __init__(self, text: str) -> None:
        self.text, self.order = text, "="

    def numbers(self) -> np.dtype[Any]:
        kind = np.dtype(self.text)
        if kind.kind not in "iuf" or kind.itemsize > 8:
            raise ValueError(f"an array is of {self.text!r}, not of numbers")
        return kind.newbyteorder("<" if self.order == "<" else ">") if self.order in "<>" else kind


class _Array:
    """An array before and after its state is known."""

    rows: npt.NDArray[Any] | None = None
    items: list[Any] | None = None


def read_sketches(path: Path) -> Iterator[Item]:
    """Stream the sketches of all arrays as simplified drawings."""
    from model.data.readers import MAX_FILE, Damaged, Refused, Row

    try:
        with zipfile.ZipFile(path) as archive:
            for member in archive.infolist():
                if member.file_size > MAX_FILE:
                    yield Refused(member.filename, f"it unpacks to more than {MAX_FILE} bytes")
                    continue
                try:
                    with archive.open(member) as file:
                        data = file.read(MAX_FILE + 1)
                    found = arrays_of(data)
                except (ValueError, EOFError) as error:
                    yield Refused(member.filename, str(error))
                    continue
                for number, rows in enumerate(found, 1):
                    place = f"{member.filename.removesuffix('.npy')} {number}"
                    try:
                        yield Row(place, {"drawing": strokes_of(rows)})
                    except ValueError as error:
                        yield Refused(place, str(error))
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError) as error:
        yield Damaged(f"it is no .npz, or cut ({error})")


def strokes_of(rows: npt.NDArray[Any]) -> list[list[list[int]]]:
    """Turn (dx, dy, pen lifted after the point) into strokes whose least x and y are 0. Raises ValueError."""
    if rows.ndim != 2 or rows.shape[1] != 3 or not len(rows):
        raise ValueError(f"a sketch has rows of (dx, dy, pen lifted), not {rows.shape}")
    if len(rows) > MAX_POINTS:
        raise ValueError(f"it has {len(rows)} points; at most {MAX_POINTS} are taken")
    path = rows[:, :2].astype(np.float64).cumsum(0)
    if not np.isfinite(path).all():
        raise ValueError("a number is NaN or infinite")
    path -= path.min(0)
    ends = np.flatnonzero(rows[:, 2]) + 1
    whole = bool((path == np.rint(path)).all())
    parts = [part for part in np.split(path, ends) if len(part)]
    return [(part.astype(np.int64) if whole else part).T.tolist() for part in parts]


def arrays_of(data: bytes) -> list[npt.NDArray[Any]]:
    """Read an `.npy` of objects (or a plain one of numbers) as the arrays of numbers in it. Raises ValueError."""
    from io import BytesIO

    file = BytesIO(data)
    version = np.lib.format.read_magic(file)
    read_head = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}.get(version)
    if read_head is None:
        raise ValueError(f".npy version {version} is not known")
    shape, _, kind = read_head(file)
    if kind.kind != "O":
        raise ValueError(f"it holds {kind} {shape}, not sketches")
    found = _run(file)
    if found.items is None or any(not isinstance(item, _Array) or item.rows is None for item in found.items):
        raise ValueError("it holds other objects than arrays of numbers")
    return [item.rows for item in found.items]


class _Memory:
    """Counts what is made, before it is."""

    used = 0

    def take(self, size: int) -> None:
        """Count bytes. Raises ValueError when there are too many."""
        self.used += size
        if self.used > MAX_MEMORY:
            raise ValueError(f"what it makes takes more than {MAX_MEMORY} bytes")


def _run(program: IO[bytes]) -> _Array:
    """Carry out the operations that build arrays. Raises ValueError at any other one, and for too many."""
    memory = _Memory()
    stack: list[Any] = []
    memo: dict[int, Any] = {}
    try:
        argument: Any
        for operation, argument, _ in pickletools.genops(program):
            name = operation.name
            memory.take(_OPERATION if name in _CHEAP else _OBJECT)
            if name in _DATA:
                stack.append(argument)
            elif name in _PLAIN:
                stack.append(_PLAIN[name])
            elif name in ("GLOBAL", "STACK_GLOBAL"):
                stack.append(_named(argument if name == "GLOBAL" else " ".join((stack.pop(-2), stack.pop()))))
            elif name in ("BINPUT", "LONG_BINPUT", "PUT"):
                memo[int(argument)] = stack[-1]
            elif name == "MEMOIZE":
                memo[len(memo)] = stack[-1]
            elif name in ("BINGET", "LONG_BINGET", "GET"):
                stack.append(memo[int(argument)])
            elif name == "EMPTY_LIST":
                stack.append([])
            elif name == "POP":
                stack.pop()
            elif name in ("TUPLE1", "TUPLE2", "TUPLE3"):
                count = int(name[-1])
                stack[-count:] = [tuple(stack[-count:])]
            elif name in ("TUPLE", "LIST", "APPENDS"):
                _gather(stack, name)
            elif name == "APPEND":
                item = stack.pop()
                stack[-1].append(item)
            elif name == "REDUCE":
                given = stack.pop()
                stack.append(_made(stack.pop(), given, memory))
            elif name == "BUILD":
                state = stack.pop()
                _build(stack[-1], state, memory)
            elif name == "STOP":
                found = stack.pop()
                if isinstance(found, _Array):
                    return found
                break
            elif name not in ("PROTO", "FRAME"):
                raise ValueError(f"it wants to do {name}, which no array of numbers needs")
    except (IndexError, KeyError, TypeError, AttributeError, OverflowError) as error:
        raise ValueError(f"it is no array as numpy writes it ({error!r})") from None
    raise ValueError("it is no array of arrays")


def _gather(stack: list[Any], name: str) -> None:
    start = len(stack) - 1
    while stack[start] is not _MARK:
        start -= 1
        if start < 0:
            raise IndexError("there is no mark")
    items = stack[start + 1 :]
    del stack[start:]
    if name == "APPENDS":
        stack[-1].extend(items)
    else:
        stack.append(tuple(items) if name == "TUPLE" else items)


def _named(name: str) -> _Name:
    if name not in _NAMES:
        raise ValueError(f"it names {name!r}, which no array of numbers needs")
    return _Name(name)


def _made(maker: Any, given: Any, memory: _Memory) -> Any:
    if not isinstance(maker, _Name):
        raise ValueError("it calls what is no maker of arrays")
    if maker in _RECONSTRUCT:
        return _Array()
    if maker == "numpy dtype":
        return _Kind(_short(given[0]))
    if maker == "_codecs encode" and given[1] == "latin1":
        text = given[0]
        if not isinstance(text, str):
            raise TypeError("what is encoded is no text")
        memory.take(len(text))
        return text.encode("latin1")
    raise ValueError(f"it calls {maker}, which no array of numbers needs")


def _short(text: Any) -> str:
    if not isinstance(text, str | bytes) or len(text) > 16:
        raise ValueError("an array is of no kind of numbers")
    return str(text)


def _build(made: Any, state: Any, memory: _Memory) -> None:
    if isinstance(made, _Kind):
        made.order = _short(state[1])
        return
    if not isinstance(made, _Array):
        raise ValueError("it fills in what is no array")
    _, shape, kind, fortran, data = state
    if not isinstance(kind, _Kind) or fortran:
        raise ValueError("an array is laid out in a way that is not read")
    if kind.text in ("O", "O8"):
        if not isinstance(data, list):
            raise TypeError("the objects are no list")
        made.items = data
        return
    if not isinstance(data, str | bytes):
        raise TypeError("the numbers are no bytes")
    memory.take(len(data))
    raw = data.encode("latin1") if isinstance(data, str) else data
    made.rows = np.frombuffer(raw, kind.numbers()).reshape(shape)
