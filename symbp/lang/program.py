"""What a model is, once it has been read: named equations over named arrays.

Every name stands for a node; a right-hand side is printed, derived and emitted up to the next
named node.  A `Program` is immutable; nothing is filled in later.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, Any

import symbp.ops.named  # noqa: F401 (expressions can be pickled)
from symbp.algebra.node import Node, topological
from symbp.algebra.size import Size
from symbp.errors import ModelError, Place
from symbp.lang.names import Name
from symbp.lazy import lazy_module
from symbp.ops.sums import sum_

if TYPE_CHECKING:
    import sympy

sympy_view = lazy_module("symbp.algebra.sympy_view")


@dataclass(frozen=True)
class Variable:
    """A declared array: its name, its leaf, its role (input, target, param, const, upstream)."""

    name: Name
    node: Node
    role: str
    place: Place | None = None

    @property
    def shape(self) -> tuple[Size, ...]:
        return self.node.shape


@dataclass(frozen=True)
class Equation:
    """name = right-hand side."""

    name: Name
    node: Node
    place: Place | None = None
    names: Mapping[Node, Name] = field(default_factory=dict, repr=False, compare=False)

    @property
    def lhs(self) -> sympy.Symbol:
        symbol: sympy.Symbol = sympy_view.symbol(self.name.ascii)
        return symbol

    @property
    def rhs(self) -> sympy.Expr:
        """The right-hand side as a SymPy expression over the names of the model."""
        others = {n: name for n, name in self.names.items() if n is not self.node}
        found: sympy.Expr = sympy_view.to_sympy(self.node, others)
        return found


@dataclass(frozen=True)
class RawClaim:
    """A claimed gradient as it stands in the text: of what, and the lines that lead to it."""

    target: str
    text: str
    place: Place
    language: str = "equations"


@dataclass(frozen=True)
class Equality:
    """A later side of a chain a = b = c, which has to be what the name is set to."""

    name: str
    node: Node
    place: Place


@dataclass(frozen=True, repr=False)
class Program:
    """A model: variables, equations in order, and what is differentiated.

    `outputs` are pairs (name of an output, name of its upstream gradient); a loss is the single
    output with upstream 1 (None).
    """

    variables: tuple[Variable, ...]
    equations: tuple[Equation, ...]
    outputs: tuple[tuple[str, str | None], ...]
    constants: Mapping[str, Fraction] = field(default_factory=dict)
    claims: tuple[RawClaim, ...] = ()
    source: str = "<text>"
    text: str = ""
    extras: Mapping[str, Any] = field(default_factory=dict, repr=False, compare=False)
    """What else a NumPy text gives a name to: known numbers, lists of arrays, functions."""
    read_unmerged: Callable[[], Program] | None = field(default=None, repr=False, compare=False)
    """Reads the model again with each computed value kept whole (symbp.ops.kept)."""
    equalities: tuple[Equality, ...] = ()
    series: Mapping[str, Any] = field(default_factory=dict, compare=False)
    """Identifier -> the values of a recurrence, which claims index by time as the model does."""

    def __repr__(self) -> str:
        of = ", ".join(name for name, _ in self.outputs)
        return f"<Program of {of} with {', '.join(v.name.text for v in self.variables)}>"

    def __str__(self) -> str:
        return self.text or repr(self)

    @cached_property
    def _named(self) -> dict[Node, Name]:
        named: dict[Node, Name] = {v.node: v.name for v in self.variables}
        for equation in self.equations:
            named.setdefault(equation.node, equation.name)
        return named

    @cached_property
    def unmerged(self) -> Program:
        """The same model, where what is computed from a named value does not merge with it."""
        return self if self.read_unmerged is None else self.read_unmerged()

    @property
    def names(self) -> dict[Node, Name]:
        """Every named node with its name (the first one, where two names mean the same)."""
        return dict(self._named)

    @cached_property
    def _by_identifier(self) -> dict[str, Node]:
        found = {v.name.ascii: v.node for v in self.variables}
        found.update({e.name.ascii: e.node for e in self.equations})
        return found

    @property
    def nodes(self) -> dict[str, Node]:
        """Identifier -> node, for variables and equations."""
        return dict(self._by_identifier)

    @cached_property
    def parameters(self) -> tuple[Variable, ...]:
        """What gradients are wanted for."""
        return tuple(v for v in self.variables if v.role == "param")

    @cached_property
    def parameter_nodes(self) -> frozenset[Node]:
        return frozenset(v.node for v in self.parameters)

    @cached_property
    def spelled(self) -> dict[str, Name]:
        """Identifier -> name, for variables and equations."""
        found = {e.name.ascii: e.name for e in self.equations}
        return found | {v.name.ascii: v.name for v in self.variables}

    @property
    def data(self) -> tuple[Variable, ...]:
        """Inputs and targets."""
        return tuple(v for v in self.variables if v.role in ("input", "target"))

    @property
    def loss(self) -> Equation | None:
        """The equation of the scalar that is differentiated, None for `output` models."""
        if len(self.outputs) == 1 and self.outputs[0][1] is None:
            return self.equation(self.outputs[0][0])
        return None

    def equation(self, ascii_name: str) -> Equation:
        """The equation that sets a name.  KeyError where none does."""
        for equation in self.equations:
            if equation.name.ascii == ascii_name:
                return equation
        raise KeyError(ascii_name)

    def variable(self, ascii_name: str) -> Variable:
        """The declared array of a name.  KeyError where there is none."""
        for variable in self.variables:
            if variable.name.ascii == ascii_name:
                return variable
        raise KeyError(ascii_name)

    @property
    def roots(self) -> list[Node]:
        return [e.node for e in self.equations]

    @property
    def size_letters(self) -> list[str]:
        """All size letters, in the order in which the variables mention them."""
        letters: dict[str, None] = {}
        for variable in self.variables:
            for size in variable.shape:
                for letter in sorted(size.letters):
                    letters.setdefault(letter)
        for node in topological(self.roots):
            for param in node.params:
                if isinstance(param, Size):
                    for letter in sorted(param.letters):
                        letters.setdefault(letter)
        return list(letters)


def with_scalar_loss(program: Program) -> Program:
    """The same model, where a loss that is an array of one entry is read as that number.

    ModelError where it counts: integers have no gradient.
    """
    loss = program.loss
    if loss is not None and loss.node.dtype == "int":
        hint = "a loss is made of real numbers, such as max(x) rather than argmax(x)"
        raise ModelError(f"the loss {loss.name} is an integer, it has no gradient", loss.place, hint=hint)
    if loss is None or not loss.node.shape:
        return program
    number = sum_(loss.node)
    names = {number if node is loss.node else node: name for node, name in loss.names.items()}
    equations = tuple(
        replace(e, node=number if e.name is loss.name else e.node, names=names) for e in program.equations
    )
    return replace(program, equations=equations)
