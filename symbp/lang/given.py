"""Numbers for the names of a model: the FILE of `--values`.

One line for each name, `W = [[0.1, 0.2], [0.3, 0.4]]`, `x = -2` or `eta = 0.5`; # begins a comment.
The numbers are read as JSON, never evaluated.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from symbp.algebra.size import Size
from symbp.errors import ParseError, Place, ShapeError
from symbp.lang.names import identifier
from symbp.lang.program import Program

Array = np.ndarray[Any, Any]
RATES = ("eta", "lr")
LARGEST = 10_000
"""Entries of an array that are still worth reading."""


@dataclass(frozen=True)
class Given:
    """Numbers for every variable, the sizes that follow from them, and the learning rate."""

    arrays: Mapping[str, Array]
    sizes: Mapping[str, int]
    rate: float | None


def read_given(text: str, program: Program, source: str = "<values>") -> Given:
    """ParseError for a line that is none, ShapeError for numbers that do not fit their shape."""
    wanted = {v.name.ascii: v for v in program.variables}
    known = {normal_key(v.name.text): v.name.ascii for v in program.variables}
    arrays: dict[str, Array] = {k: np.array(float(v)) for k, v in program.constants.items()}
    rate: float | None = None
    sizes: dict[str, int] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        body = line.split("#", 1)[0].strip().rstrip(";")
        if not body:
            continue
        place = Place(text, number, 0, len(line), source)
        name, equals, value = body.partition("=")
        if not equals:
            raise ParseError("a line of values is a name, = and numbers", place, hint="x = [1, 2.5]")
        array = _array(value.strip().replace("−", "-"), place)
        key = known.get(normal_key(name.strip()), name.strip())
        if key not in wanted and identifier(name.strip()) in RATES and array.ndim == 0:
            rate = float(array)
            continue
        if key not in wanted:
            names = ", ".join(v.name.text for v in program.variables)
            raise ParseError(f"{name.strip()} is no variable of the model", place, hint=f"they are {names}")
        _fit(wanted[key].shape, array, sizes, place)
        arrays[key] = array
    missing = [v.name.text for k, v in wanted.items() if k not in arrays]
    if missing:
        place = Place(text, 1, 0, 1, source)
        raise ParseError(f"there are no values for {', '.join(missing)}", place, hint=f"{missing[0]} = …")
    return Given(arrays, sizes, rate)


def normal_key(spelling: str) -> str:
    return identifier(spelling)


def _array(text: str, place: Place) -> Array:
    try:
        array = np.array(json.loads(text), dtype=float)
    except (ValueError, TypeError, RecursionError):
        raise ParseError("this is no number and no list of numbers", place, hint="[[1, 2], [3, 4]]") from None
    if array.size > LARGEST or not np.isfinite(array).all():
        raise ParseError(
            f"values are finite, and at most {LARGEST} numbers",
            place,
            hint="give smaller arrays, of finite numbers",
        )
    return array


def _fit(shape: tuple[Size, ...], array: Array, sizes: dict[str, int], place: Place) -> None:
    """Size letters from the shape of the numbers."""
    spelled = "(" + ", ".join(map(str, shape)) + ")"
    if len(shape) != array.ndim:
        raise ShapeError(
            f"these numbers have {array.ndim} axes, the shape is {spelled}",
            place,
            hint=f"nest the brackets {len(shape)} deep, as in [[1, 2], [3, 4]] for two axes",
        )
    for size, length in zip(shape, array.shape, strict=True):
        letters = sorted(size.letters)
        if len(letters) == 1 and size == Size.letter(letters[0]):
            expected = sizes.setdefault(letters[0], length)
        elif all(letter in sizes for letter in letters):
            expected = size.value(sizes)
        else:
            continue
        if expected != length:
            raise ShapeError(
                f"an axis of size {size} has {expected} entries, not {length}",
                place,
                hint=f"give {expected} numbers along this axis",
            )
