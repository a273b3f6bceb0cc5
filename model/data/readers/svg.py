"""Paths of an SVG as ink. No entity is expanded, no script looked at, no address followed."""

from __future__ import annotations

import math
import re
from itertools import islice
from typing import Any
from xml.parsers import expat

import numpy as np
import numpy.typing as npt

MAX_SVG_POINTS = 20_000
"""Of a drawing."""
MAX_ELEMENT_DEPTH = 100
"""Of elements in elements."""
MAX_TRANSFORM_CHARACTERS = 1000
"""Characters of a transform."""
SEGMENTS_PER_CURVE = 12
"""Pieces that a curve is cut into."""

Matrix = npt.NDArray[np.float64]
Points = list[tuple[float, float]]

_NUMBER_PATTERN = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
_PATH_TOKEN = re.compile(rf"([A-Za-z])|({_NUMBER_PATTERN})")
_TRANSFORM_CALL = re.compile(r"(\w+)\s*\(([^)]*)\)")
_FORBIDDEN_ELEMENTS = ("script", "foreignObject", "image", "use")
_UNDRAWN_ELEMENTS = ("defs", "clipPath", "mask", "symbol", "pattern", "marker")
_ARGUMENT_COUNTS = {"M": 2, "L": 2, "H": 1, "V": 1, "C": 6, "S": 4, "Q": 4, "T": 2, "Z": 0}


def read_svg_strokes(data: bytes) -> list[list[list[float]]]:
    """Return the strokes [[x…], [y…]] of all paths, lines and polylines. Raises ValueError for what is no plain SVG."""
    strokes: list[Points] = []
    matrices: list[Matrix] = [np.eye(3)]
    hidden, count = 0, 0

    def opened(name: str, attributes: dict[str, str]) -> None:
        nonlocal hidden, count
        name = name.rpartition(":")[2]
        if name in _FORBIDDEN_ELEMENTS:
            raise ValueError(f"an SVG with <{name}> is not read")
        if len(matrices) > MAX_ELEMENT_DEPTH:
            raise ValueError(f"its elements are nested deeper than {MAX_ELEMENT_DEPTH}")
        matrices.append(matrices[-1] @ _parse_transform(attributes.get("transform", "")))
        hidden += name in _UNDRAWN_ELEMENTS
        if not hidden:
            for points in _element_strokes(name, attributes):
                count += len(points)
                if count > MAX_SVG_POINTS:
                    raise _too_many_points()
                moved = np.array([(x, y, 1.0) for x, y in points]) @ matrices[-1].T
                strokes.append([(float(x), float(y)) for x, y, _ in moved])

    def closed(name: str) -> None:
        nonlocal hidden
        matrices.pop()
        hidden -= name.rpartition(":")[2] in _UNDRAWN_ELEMENTS

    def refused(*_: Any) -> None:
        raise ValueError("an SVG with a document type or entities is not read")

    parser = expat.ParserCreate()
    parser.StartElementHandler, parser.EndElementHandler = opened, closed
    parser.StartDoctypeDeclHandler = parser.EntityDeclHandler = refused
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        raise ValueError(f"it is no SVG ({error})") from None
    if not strokes:
        raise ValueError("it has no paths")
    return [[[x for x, _ in points], [y for _, y in points]] for points in strokes]


def _too_many_points() -> ValueError:
    return ValueError(f"it has more than {MAX_SVG_POINTS} points")


def _find_bounded(pattern: re.Pattern[str], text: str, most: int) -> list[re.Match[str]]:
    """Find at most `most` pieces of a text. Raises ValueError if there are more, before they are all found."""
    found = list(islice(pattern.finditer(text), most + 1))
    if len(found) > most:
        raise _too_many_points()
    return found


def _parse_transform(text: str) -> Matrix:
    if len(text) > MAX_TRANSFORM_CHARACTERS:
        raise ValueError(f"a transform is longer than {MAX_TRANSFORM_CHARACTERS} characters")
    found = np.eye(3)
    for name, given in _TRANSFORM_CALL.findall(text):
        numbers = [float(number) for number in re.findall(_NUMBER_PATTERN, given)]
        try:
            found = found @ _transform_matrix(name, numbers)
        except (IndexError, ValueError):
            raise ValueError(f"the transform {name}({given}) is not read") from None
    return found


def _transform_matrix(name: str, given: list[float]) -> Matrix:
    if name == "translate":
        return np.array([[1, 0, given[0]], [0, 1, (given[1:] or [0.0])[0]], [0, 0, 1]])
    if name == "scale":
        return np.diag([given[0], (given[1:] or given)[0], 1.0])
    if name == "matrix":
        a, b, c, d, e, f = given
        return np.array([[a, c, e], [b, d, f], [0, 0, 1]])
    if name == "rotate" and len(given) == 1:
        cos, sin = math.cos(math.radians(given[0])), math.sin(math.radians(given[0]))
        return np.array([[cos, -sin, 0], [sin, cos, 0], [0, 0, 1]])
    raise ValueError(name)


def _element_strokes(name: str, attributes: dict[str, str]) -> list[Points]:
    if name == "path":
        return _parse_path(attributes.get("d", ""))
    if name in ("polyline", "polygon"):
        numbers = [
            float(number[0])
            for number in _find_bounded(re.compile(_NUMBER_PATTERN), attributes.get("points", ""), 2 * MAX_SVG_POINTS)
        ]
        points = list(zip(numbers[::2], numbers[1::2], strict=False))
        return [points + points[:1] if name == "polygon" else points] if points else []
    if name == "line":
        x1, y1, x2, y2 = (float(attributes.get(key, 0)) for key in ("x1", "y1", "x2", "y2"))
        return [[(x1, y1), (x2, y2)]]
    return []


def _parse_path(text: str) -> list[Points]:
    # No point takes more than a letter and two numbers.
    tokens = [found.groups("") for found in _find_bounded(_PATH_TOKEN, text, 3 * MAX_SVG_POINTS + 3)]
    strokes: list[Points] = []
    at, command, before, here = 0, "", "", (0.0, 0.0)
    control = here
    while at < len(tokens):
        if tokens[at][0]:
            command, at = tokens[at][0], at + 1
        kind = command.upper()
        count = _ARGUMENT_COUNTS.get(kind)
        if count is None or (not count and kind != "Z"):
            raise ValueError(f"a path with {command or 'no command'!r} is not read")
        given = [float(number) for _, number in tokens[at : at + count] if number]
        if len(given) < count or (kind != "M" and not strokes):
            raise ValueError("a path ends inside a command, or begins without a point")
        at += count
        offset = here if command.islower() else (0.0, 0.0)
        if kind == "Z":
            strokes[-1].append(strokes[-1][0])
            here = strokes[-1][0]
            if at < len(tokens) and not tokens[at][0]:
                raise ValueError("a path has numbers after Z")
        elif kind in "HV":
            here = (given[0] + offset[0], here[1]) if kind == "H" else (here[0], given[0] + offset[1])
            strokes[-1].append(here)
        else:
            points = [(given[i] + offset[0], given[i + 1] + offset[1]) for i in range(0, count, 2)]
            if kind in "ST":
                smooth = before in ("CS" if kind == "S" else "QT")
                points.insert(0, (2 * here[0] - control[0], 2 * here[1] - control[1]) if smooth else here)
            if kind == "M" or (before == "Z" and not strokes):
                strokes.append([points[-1]])
            else:
                strokes[-1] += _flatten_curve([here, *points]) if len(points) > 1 else points
            control, here = points[-2] if len(points) > 1 else points[-1], points[-1]
        before = kind
        if kind == "M":
            command = "l" if command == "m" else "L"
    return strokes


def _flatten_curve(points: Points) -> Points:
    """Cut a Bézier curve into pieces, without its first point."""
    ends = np.array(points)
    share = np.linspace(0, 1, SEGMENTS_PER_CURVE + 1)[1:, None]
    order = len(points) - 1
    curve = sum(math.comb(order, i) * (1 - share) ** (order - i) * share**i * ends[i] for i in range(order + 1))
    return [(float(x), float(y)) for x, y in np.asarray(curve)]
