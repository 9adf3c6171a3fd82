"""The names of a SymPy model: what each symbol stands for, and which letters are sizes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias

import sympy
from sympy.matrices import expressions as matrices
from sympy.tensor.indexed import Idx, Indexed

from symbp.algebra.node import Node, leaf
from symbp.algebra.size import Size
from symbp.errors import ModelError
from symbp.lang.names import NameTable, identifier
from symbp.lang.program import Variable

Key: TypeAlias = str | sympy.Basic
DATA = ("x", "X", "y", "Y", "t", "T")
TARGETS = ("y", "Y", "t", "T")


class SympyNames:
    """The values of names; a name that no equation sets becomes a variable at its first use."""

    def __init__(
        self,
        params: Iterable[str] | None,
        facts: Mapping[str, list[str]],
        defined: set[str],
        size_letters: set[str],
    ) -> None:
        self.facts = facts
        self.params = None if params is None else {identifier(p) for p in params}
        self.defined = defined
        self.size_letters = size_letters
        self.table = NameTable()
        self.values: dict[str, Node] = {}
        self.variables: list[Variable] = []

    def named(self, spelling: str, shape: Iterable[Size]) -> Node:
        if spelling in self.values:
            return self.values[spelling]
        if spelling in self.defined:
            raise ModelError(
                f"{spelling} is used before the equation that defines it",
                hint="put the equations in the order of computing",
            )
        name = self.table.add(spelling)
        facts = self.facts.get(name.ascii, [])
        dtype = "int" if any(fact.startswith("index") for fact in facts) else "real"
        node = leaf(name.ascii, tuple(shape), dtype, facts)
        self.values[spelling] = node
        self.variables.append(Variable(name, node, self._role(name.ascii)))
        return node

    def _role(self, identifier: str) -> str:
        is_data = identifier.startswith(DATA) if self.params is None else identifier not in self.params
        if not is_data:
            return "param"
        return "target" if identifier.startswith(TARGETS) else "input"


def spelling_of(key: Key) -> str:
    if isinstance(key, Indexed):
        return str(key.base.label)
    return str(getattr(key, "name", key))


def size_letters(listed: Mapping[Any, sympy.Basic]) -> set[str]:
    """Names that stand in shapes and in the limits of sums."""
    letters: set[str] = set()
    shapes: list[sympy.Basic] = []
    for key, expression in listed.items():
        roots = [e for e in (key, expression) if isinstance(e, sympy.Basic)]
        for root in roots:
            for part in sympy.preorder_traversal(root):
                if isinstance(part, sympy.Sum):
                    shapes += [bound for limit in part.limits for bound in limit[1:]]
                elif isinstance(part, Idx) and part.upper is not None:
                    shapes += [part.lower, part.upper]
                elif isinstance(part, Indexed | matrices.MatrixSymbol):
                    shapes += part.base.shape or () if isinstance(part, Indexed) else part.shape
    for shape in shapes:
        letters |= {s.name for s in shape.free_symbols}
    return letters
