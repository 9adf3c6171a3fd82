"""What a size is called that nothing declares: n_x for a vector x, m_W and n_W for a matrix W."""

from __future__ import annotations

import re

from symbp.algebra.size import Size
from symbp.lang.attempt import Attempt
from symbp.lang.shapes import UNKNOWN

AXES = "nmkjih"
"""What the sizes of an array are called, from its last axis on."""
_OPEN = re.compile(rf"{re.escape(UNKNOWN)}(\w+)\.(\d)")


def size_names(read: Attempt, count: str) -> dict[str, Size]:
    """Open size letter -> the letter it gets."""
    letters: dict[str, Size] = {}
    shapes = [v.shape for v in read.variables.values()]
    taken = {x for shape in shapes for size in shape for x in size.letters if not x.startswith(UNKNOWN)}
    for wanted, size in _namesakes(read, count):
        letter, name = str(size), wanted
        if letter.startswith(UNKNOWN) and letter not in letters:
            while name in taken:
                name += "_"
            taken.add(name)
            letters[letter] = Size.letter(name)
    return letters


def _namesakes(read: Attempt, count: str) -> list[tuple[str, Size]]:
    """(name for a size, size), the best names first: data, then results, then parameters.

    A vector names its size; a matrix of data names its last axis, or its first where the samples
    stand in columns (the axis that several of them share is the count of samples).
    """
    variables = read.variables.values()
    data = [(v.name.ascii, v.shape) for v in variables if v.role in ("input", "target")]
    results = [(name.ascii, node.shape) for name, node in zip(read.heads, read.nodes, strict=True)]
    params = [(v.name.ascii, v.shape) for v in variables if v.role == "param"]
    matrices = [shape for _, shape in data + results if len(shape) == 2]
    found: list[tuple[str, Size]] = []
    if len(matrices) > 1:
        common = set(matrices[0]).intersection(*matrices)
        found += [(count, size) for size in matrices[0] if size in common][:1]
    for name, shape in data + results + params:
        word = name.removesuffix("_")
        if len(shape) == 1:
            found.append((f"n_{word}", shape[0]))
        else:
            found += zip((f"{axis}_{word}" for axis in AXES), reversed(shape), strict=False)
    return found


def readable(message: str) -> str:
    """A message in which open sizes are called as they would be in the end."""
    return _OPEN.sub(lambda m: f"{'mn'[min(int(m.group(2)), 1)]}_{m.group(1)}", message)
