"""The names that NumPy statements start with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from symbp.algebra.size import Size
from symbp.lang.code.arrays import Array
from symbp.lang.program import Variable


def scope_names(
    variables: Iterable[Variable], sizes: Mapping[str, int], letters: Iterable[str]
) -> dict[str, Any]:
    """The names that a text starts with; a variable hides a size letter of the same name."""
    names: dict[str, Any] = {}
    for letter in letters:
        names[letter] = Size.letter(letter)
    variables = list(variables)
    for variable in variables:
        for size in variable.shape:
            for letter in sorted(size.letters):
                names[letter] = Size.letter(letter)
    names.update(sizes)
    for variable in variables:
        names[variable.name.ascii] = names[variable.name.text] = Array(variable.node)
    return names
