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

from model.data.source_record import MAX_SOURCE_POINTS

if TYPE_CHECKING:
    from model.data.readers import ReaderItem

MAX_ARRAY_MEMORY_BYTES = 1024 * 1024 * 1024
"""Bytes of what the operations of one array make."""
_OPERATION_COST_BYTES, _OBJECT_COST_BYTES = 8, 96
"""Bytes that an operation takes, and an object that it makes, about: no operation may make more for nothing."""
_STACK_MARK = object()
_LITERAL_OPCODES = {
    "BININT", "BININT1", "BININT2", "INT", "LONG", "LONG1", "BINBYTES", "SHORT_BINBYTES", "BINBYTES8", "BINUNICODE",
    "SHORT_BINUNICODE", "BINUNICODE8", "BINSTRING", "SHORT_BINSTRING", "STRING", "UNICODE",
}  # fmt: skip
_CONSTANT_OPCODES = {"NONE": None, "NEWTRUE": True, "NEWFALSE": False, "EMPTY_TUPLE": (), "MARK": _STACK_MARK}
_RECONSTRUCT_NAMES = ("numpy.core.multiarray _reconstruct", "numpy._core.multiarray _reconstruct")
_CHEAP_OPCODES = {
    *_CONSTANT_OPCODES,
    "BINGET",
    "LONG_BINGET",
    "GET",
    "POP",
    "APPEND",
    "BUILD",
    "PROTO",
    "FRAME",
    "STOP",
}
_ALLOWED_GLOBALS = (*_RECONSTRUCT_NAMES, "numpy ndarray", "numpy dtype", "_codecs encode")


class _GlobalName(str):
    """A name that a pickle mentions; it stays a text."""


class _PickledDtype:
    """A dtype: of numbers, or of objects."""

    def __init__(self, text: str) -> None:
        self.text, self.order = text, "="

    def numbers(self) -> np.dtype[Any]:
        kind = np.dtype(self.text)
        if kind.kind not in "iuf" or kind.itemsize > 8:
            raise ValueError(f"an array is of {self.text!r}, not of numbers")
        return kind.newbyteorder("<" if self.order == "<" else ">") if self.order in "<>" else kind


class _PickledArray:
    """An array before and after its state is known."""

    rows: npt.NDArray[Any] | None = None
    items: list[Any] | None = None


def read_sketch_rnn_rows(path: Path) -> Iterator[ReaderItem]:
    """Stream the sketches of all arrays as simplified drawings."""
    from model.data.readers import MAX_UNPACKED_BYTES, DamagedFile, RefusedRow, SourceRow

    try:
        with zipfile.ZipFile(path) as archive:
            for member in archive.infolist():
                if member.file_size > MAX_UNPACKED_BYTES:
                    yield RefusedRow(member.filename, f"it unpacks to more than {MAX_UNPACKED_BYTES} bytes")
                    continue
                try:
                    with archive.open(member) as file:
                        data = file.read(MAX_UNPACKED_BYTES + 1)
                    found = read_object_array(data)
                except (ValueError, EOFError) as error:
                    yield RefusedRow(member.filename, str(error))
                    continue
                for number, rows in enumerate(found, 1):
                    place = f"{member.filename.removesuffix('.npy')} {number}"
                    try:
                        yield SourceRow(place, {"drawing": strokes_from_stroke3(rows)})
                    except ValueError as error:
                        yield RefusedRow(place, str(error))
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError) as error:
        yield DamagedFile(f"it is no .npz, or cut ({error})")


def strokes_from_stroke3(rows: npt.NDArray[Any]) -> list[list[list[int]]]:
    """Turn (dx, dy, pen lifted after the point) into strokes whose least x and y are 0. Raises ValueError."""
    if rows.ndim != 2 or rows.shape[1] != 3 or not len(rows):
        raise ValueError(f"a sketch has rows of (dx, dy, pen lifted), not {rows.shape}")
    if len(rows) > MAX_SOURCE_POINTS:
        raise ValueError(f"it has {len(rows)} points; at most {MAX_SOURCE_POINTS} are taken")
    path = rows[:, :2].astype(np.float64).cumsum(0)
    if not np.isfinite(path).all():
        raise ValueError("a number is NaN or infinite")
    path -= path.min(0)
    ends = np.flatnonzero(rows[:, 2]) + 1
    whole = bool((path == np.rint(path)).all())
    parts = [part for part in np.split(path, ends) if len(part)]
    return [(part.astype(np.int64) if whole else part).T.tolist() for part in parts]


def read_object_array(data: bytes) -> list[npt.NDArray[Any]]:
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
    found = _interpret_pickle(file)
    if found.items is None or any(not isinstance(item, _PickledArray) or item.rows is None for item in found.items):
        raise ValueError("it holds other objects than arrays of numbers")
    return [item.rows for item in found.items]


class _MemoryBudget:
    """Counts what is made, before it is."""

    used = 0

    def take(self, size: int) -> None:
        """Count bytes. Raises ValueError when there are too many."""
        self.used += size
        if self.used > MAX_ARRAY_MEMORY_BYTES:
            raise ValueError(f"what it makes takes more than {MAX_ARRAY_MEMORY_BYTES} bytes")


def _interpret_pickle(program: IO[bytes]) -> _PickledArray:
    """Carry out the operations that build arrays. Raises ValueError at any other one, and for too many."""
    memory = _MemoryBudget()
    stack: list[Any] = []
    memo: dict[int, Any] = {}
    try:
        argument: Any
        for operation, argument, _ in pickletools.genops(program):
            name = operation.name
            memory.take(_OPERATION_COST_BYTES if name in _CHEAP_OPCODES else _OBJECT_COST_BYTES)
            if name in _LITERAL_OPCODES:
                stack.append(argument)
            elif name in _CONSTANT_OPCODES:
                stack.append(_CONSTANT_OPCODES[name])
            elif name in ("GLOBAL", "STACK_GLOBAL"):
                stack.append(_check_global(argument if name == "GLOBAL" else " ".join((stack.pop(-2), stack.pop()))))
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
                _pop_to_mark(stack, name)
            elif name == "APPEND":
                item = stack.pop()
                stack[-1].append(item)
            elif name == "REDUCE":
                given = stack.pop()
                stack.append(_call_maker(stack.pop(), given, memory))
            elif name == "BUILD":
                state = stack.pop()
                _set_array_state(stack[-1], state, memory)
            elif name == "STOP":
                found = stack.pop()
                if isinstance(found, _PickledArray):
                    return found
                break
            elif name not in ("PROTO", "FRAME"):
                raise ValueError(f"it wants to do {name}, which no array of numbers needs")
    except (IndexError, KeyError, TypeError, AttributeError, OverflowError) as error:
        raise ValueError(f"it is no array as numpy writes it ({error!r})") from None
    raise ValueError("it is no array of arrays")


def _pop_to_mark(stack: list[Any], name: str) -> None:
    start = len(stack) - 1
    while stack[start] is not _STACK_MARK:
        start -= 1
        if start < 0:
            raise IndexError("there is no mark")
    items = stack[start + 1 :]
    del stack[start:]
    if name == "APPENDS":
        stack[-1].extend(items)
    else:
        stack.append(tuple(items) if name == "TUPLE" else items)


def _check_global(name: str) -> _GlobalName:
    if name not in _ALLOWED_GLOBALS:
        raise ValueError(f"it names {name!r}, which no array of numbers needs")
    return _GlobalName(name)


def _call_maker(maker: Any, given: Any, memory: _MemoryBudget) -> Any:
    if not isinstance(maker, _GlobalName):
        raise ValueError("it calls what is no maker of arrays")
    if maker in _RECONSTRUCT_NAMES:
        return _PickledArray()
    if maker == "numpy dtype":
        return _PickledDtype(_check_short_text(given[0]))
    if maker == "_codecs encode" and given[1] == "latin1":
        text = given[0]
        if not isinstance(text, str):
            raise TypeError("what is encoded is no text")
        memory.take(len(text))
        return text.encode("latin1")
    raise ValueError(f"it calls {maker}, which no array of numbers needs")


def _check_short_text(text: Any) -> str:
    if not isinstance(text, str | bytes) or len(text) > 16:
        raise ValueError("an array is of no kind of numbers")
    return str(text)


def _set_array_state(made: Any, state: Any, memory: _MemoryBudget) -> None:
    if isinstance(made, _PickledDtype):
        made.order = _check_short_text(state[1])
        return
    if not isinstance(made, _PickledArray):
        raise ValueError("it fills in what is no array")
    _, shape, kind, fortran, data = state
    if not isinstance(kind, _PickledDtype) or fortran:
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
