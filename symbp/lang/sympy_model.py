"""A model made of SymPy's own objects, converted to a Program.

MatrixSymbol, sums and products of matrices, Transpose, HadamardProduct, applyfunc, Trace, Inverse,
Determinant; Indexed, matrix entries and Sum; scalar symbols.  A product of entries under a Sum
becomes one contraction.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias

import sympy
from sympy.tensor.indexed import Idx, Indexed

from symbp.errors import ModelError
from symbp.lang.declare import Declarations, add_keywords
from symbp.lang.names import identifier
from symbp.lang.program import Equation, Program
from symbp.lang.sympy_matrices import MatrixReader
from symbp.lang.sympy_names import Key, size_letters, spelling_of
from symbp.ops.contract import contract
from symbp.ops.structure.indexing import getitem

SympyModel: TypeAlias = Mapping[Any, sympy.Basic] | sympy.Basic


def from_sympy_model(
    equations: SympyModel,
    *,
    loss: str | None = None,
    params: Iterable[str] | None = None,
    assume: Mapping[str, str] | None = None,
) -> Program:
    """A Program from {name: expression}, or from the loss alone.

    A name is a text, a Symbol, a MatrixSymbol or an Indexed such as h[i]; a later expression refers
    to it by a symbol of that name.  `loss` is the last equation where none is given.  Without
    `params`, names that begin with x, y or t are data and all others are parameters.  `assume` holds
    facts by name, such as {"A": "spd"}.
    ModelError for an object that has no counterpart.
    """
    listed = {"L": equations} if isinstance(equations, sympy.Basic) else dict(equations)
    if not listed:
        raise ModelError("the model has no equation", hint='give at least the loss: {"L": …}')
    declared = Declarations()
    add_keywords(declared, assume=assume or {})
    try:
        return _Reader(listed, params, declared.facts).read(loss)
    except RecursionError:
        raise ModelError(
            "a SymPy expression is nested too deeply; name parts of it",
            hint='give parts of it names: {"h": …, "L": …}',
        ) from None


class _Reader(MatrixReader):
    """Reads the equations in their order."""

    def __init__(
        self, listed: Mapping[Any, sympy.Basic], params: Iterable[str] | None, facts: Mapping[str, list[str]]
    ) -> None:
        super().__init__(params, facts, {spelling_of(key) for key in listed}, size_letters(listed))
        self.listed = listed
        self.equations: list[Equation] = []

    def read(self, loss: str | None) -> Program:
        for key, expression in self.listed.items():
            self._equation(key, sympy.sympify(expression, strict=True))
        unknown = sorted(self.facts.keys() - {v.name.ascii for v in self.variables})
        if unknown:
            known = ", ".join(v.name.text for v in self.variables)
            raise ModelError(f"nothing is called {unknown[0]}", hint=f"facts are assumed of {known}")
        last = identifier(loss) if loss is not None else self.equations[-1].name.ascii
        if last not in {e.name.ascii for e in self.equations}:
            raise ModelError(
                f"{loss} is no equation of the model",
                hint=f"its equations are {', '.join(e.name.text for e in self.equations)}",
            )
        return self._program(last)

    def _program(self, loss: str) -> Program:
        """The equations that were read, each with the names of them all."""
        program = Program(tuple(self.variables), tuple(self.equations), ((loss, None),), source="<sympy>")
        value = program.equation(loss).node
        if value.shape:
            raise ModelError(
                f"the loss {loss} is no number, its shape is {tuple(map(str, value.shape))}",
                hint="sum or average its entries",
            )
        named = tuple(Equation(e.name, e.node, names=program.names) for e in program.equations)
        return Program(program.variables, named, program.outputs, source="<sympy>")

    def _equation(self, key: Key, expression: sympy.Basic) -> None:
        spelling = spelling_of(key)
        wanted = tuple(key.indices) if isinstance(key, Indexed) else ()
        limits = {i: (i.lower, i.upper) for i in wanted if isinstance(i, Idx) and i.lower is not None}
        found = self.entries(expression, limits)
        if set(found.indices) != set(wanted):
            loose = [str(i) for i in found.indices if i not in wanted]
            raise ModelError(
                f"{spelling}: the index {', '.join(loose)} is neither summed nor on the left",
                hint=f"put it on the left, or sum over it: Sum(…, ({loose[0]}, 0, n - 1))"
                if loose
                else "use every index of the left side",
            )
        node = found.node
        if wanted:
            node = contract([node], [found.indices], wanted)
        elif len(node.shape) == 2 and all(s.is_one for s in node.shape):
            node = getitem(node, (0, 0))
        name = self.table.add(spelling)
        self.values[spelling] = node
        self.equations.append(Equation(name, node))
