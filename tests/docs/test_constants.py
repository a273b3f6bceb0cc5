"""Public constants of the server and the model: a number says what it counts, and a name means one thing."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
PUBLIC_CONSTANT = re.compile(r"[A-Z][A-Z0-9_]*")


class Constant(NamedTuple):
    """A public constant as a module assigns it."""

    name: str
    place: str
    numeric: bool
    documented: bool


def is_number(value: ast.expr) -> bool:
    """Whether an expression is a number, counts with numbers, or is a tuple of them."""
    match value:
        case ast.Constant(value=constant):
            return isinstance(constant, int | float) and not isinstance(constant, bool)
        case ast.UnaryOp(operand=operand):
            return is_number(operand)
        case ast.BinOp(left=left, right=right):
            return (is_number(left) or is_number(right)) and not (is_text(left) or is_text(right))
        case ast.Tuple(elts=elements):
            return bool(elements) and all(map(is_number, elements))
    return False


def is_text(value: ast.expr) -> bool:
    """Whether an expression is a literal text or bytes, which numbers may repeat."""
    return isinstance(value, ast.Constant) and isinstance(value.value, str | bytes)


def assigned_names(target: ast.expr) -> Iterator[str]:
    """The names that one target of an assignment binds."""
    match target:
        case ast.Name(id=name):
            yield name
        case ast.Tuple(elts=elements):
            for element in elements:
                yield from assigned_names(element)


def is_docstring(statement: ast.stmt | None) -> bool:
    """Whether a statement is a bare string."""
    match statement:
        case ast.Expr(value=ast.Constant(value=str())):
            return True
    return False


def is_type_variable(value: ast.expr) -> bool:
    """Whether a value is a type variable, which every module has of its own."""
    return isinstance(value, ast.Call) and isinstance(value.func, ast.Name) and value.func.id == "TypeVar"


def public_constants(source: str, path: str = "") -> list[Constant]:
    """The public constants of a module, type variables left out."""
    found: list[Constant] = []
    statements = ast.parse(source).body
    for statement, after in zip(statements, [*statements[1:], None], strict=True):
        match statement:
            case ast.Assign(targets=targets, value=value):
                pass
            case ast.AnnAssign(target=target, value=ast.expr() as value):
                targets = [target]
            case _:
                continue
        if is_type_variable(value):
            continue
        found.extend(
            Constant(name, f"{path}:{statement.lineno}", is_number(value), is_docstring(after))
            for target in targets
            for name in assigned_names(target)
            if PUBLIC_CONSTANT.fullmatch(name)
        )
    return found


def constants_of_the_project() -> list[Constant]:
    """All public constants of the server and the model."""
    return [
        constant
        for folder in ("server", "model")
        for path in sorted((ROOT / folder).rglob("*.py"))
        for constant in public_constants(path.read_text(encoding="utf-8"), str(path.relative_to(ROOT)))
    ]


def test_the_reader_tells_numbers_and_their_docstrings() -> None:
    source = (
        'A = 1\nB = 2 * A\n"""Bees."""\nC: float = -0.5\nD, E = 1, 2\nF = 3 * "1"\nG = True\n_H = 1\nT = TypeVar("T")\n'
    )
    numbers = {one.name: one.documented for one in public_constants(source) if one.numeric}
    assert numbers == {"A": False, "B": True, "C": False, "D": False, "E": False}
    assert {one.name for one in public_constants(source)} == {*numbers, "F", "G"}


def test_every_number_says_what_it_counts() -> None:
    bare = [f"{one.place} {one.name}" for one in constants_of_the_project() if one.numeric and not one.documented]
    assert not bare, "a docstring below it says what is counted, in which unit"


def test_no_two_modules_define_a_constant_of_one_name() -> None:
    places: dict[str, list[str]] = defaultdict(list)
    for one in constants_of_the_project():
        places[one.name].append(one.place)
    assert not {name: where for name, where in places.items() if len(where) > 1}
