"""What a derivation is: for each parameter its gradient, over named adjoints.

The adjoint of an intermediate that is used more than once gets a name (δ), is worked out once and
reused; every other one is written where it is used.  So each formula is as long as the equation it
comes from, whatever the depth of the network.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from symbp.algebra.node import Node, as_node, replace, topological
from symbp.calculus.adjoint_names import Intermediate, Namer
from symbp.calculus.between import cut, is_hidden
from symbp.calculus.reverse import Sweep, sweep
from symbp.calculus.trivial import is_trivial
from symbp.errors import ClaimError, ModelError
from symbp.lang.names import Name, identifier
from symbp.lang.program import Program
from symbp.laws.stable import stabilised
from symbp.laws.tidier import Tidier
from symbp.lazy import lazy_module
from symbp.ops.constant_arrays import full, is_zero
from symbp.ops.scan import PART

if TYPE_CHECKING:
    import sympy

sympy_view = lazy_module("symbp.algebra.sympy_view")


@dataclass(frozen=True)
class NamedAdjoint:
    """δ = ∂L/∂node: `leaf` stands for it in other formulas, `value` is its formula."""

    name: Name
    leaf: Node
    of: Node
    value: Node
    terms: tuple[tuple[Node | None, Node], ...] = ()
    """(consumer, contribution): more than one where the forward pass forks."""


@dataclass(frozen=True)
class Gradient:
    """∂L/∂name, in the shape of what it is taken by."""

    name: Name
    of: Node
    value: Node
    terms: tuple[tuple[Node | None, Node], ...] = ()

    @property
    def is_zero(self) -> bool:
        return is_zero(self.value)


@dataclass(frozen=True)
class Derivation:
    """All gradients of a program, with the adjoints that they share.

    `program` is the model as it was written, `forward` the same with stable forms in place
    (symbp.laws.stable), which is what the formulas are about.  `adjoints` stand in the order of
    working out, from the loss backwards.
    """

    program: Program
    forward: Program
    wrt: tuple[str, ...]
    adjoints: tuple[NamedAdjoint, ...]
    results: tuple[Gradient, ...]
    hidden: tuple[Intermediate, ...] = ()
    trail: Mapping[Node, Sequence[str]] = field(default_factory=dict, repr=False, compare=False)
    passing: tuple[Gradient, ...] = ()
    """Gradients of named equations that are too short for a δ: ∂f/∂q = z."""

    @cached_property
    def names(self) -> dict[Node, Name]:
        """Every node with a name: variables, equations, hidden intermediates, adjoints."""
        named = self.forward.names
        named.update({h.node: h.name for h in self.hidden if h.node not in named})
        named.update({a.leaf: a.name for a in self.adjoints})
        return named

    @cached_property
    def gradients(self) -> dict[str, sympy.Expr]:
        """Identifier -> gradient as a SymPy expression over the names."""
        return {g.name.ascii: sympy_view.to_sympy(g.value, self.names) for g in self.results}

    @cached_property
    def inlined(self) -> dict[Node, Node]:
        """Each adjoint's leaf -> its value over forward nodes only."""
        values: dict[Node, Node] = {}
        for adjoint in self.adjoints:
            (values[adjoint.leaf],) = replace([adjoint.value], values)
        return values

    def full(self, identifier_: str) -> Node:
        """The whole gradient of one name over forward nodes only.  KeyError where there is none."""
        gradient = self.gradient(identifier_)
        return replace([gradient.value], self.inlined)[0]

    def gradient(self, identifier_: str) -> Gradient:
        """The gradient by one name.  KeyError where there is none."""
        for gradient in self.results:
            if gradient.name.ascii == identifier_:
                return gradient
        raise KeyError(identifier_)


def derive_program(program: Program, wrt: Iterable[str] | None = None) -> Derivation:
    """The gradients of all parameters, or of the names in `wrt` (inputs and intermediates too)."""
    forward = _stable_forward(program)
    targets = _targets(forward, wrt)
    seeds = [(forward.nodes[out], _upstream(forward, up)) for out, up in forward.outputs]
    tidy = Tidier(set(topological(forward.roots)))
    namer = Namer(forward)
    found = sweep(seeds, targets.values(), tidy, namer)
    results = []
    for name, node in targets.items():
        value = found.adjoints.get(node)
        terms = tuple(found.contributions.get(node, ()))
        if node.args and (value is None or is_hidden(program, program.nodes[name])):
            value, terms = tidy(cut(program, program.nodes[name]).gradient), ()
        else:
            value = full(node.shape, 0) if value is None else namer.value_of(node, value)
        results.append(Gradient(_name_of(program, name), node, value, terms))
    adjoints = tuple(
        NamedAdjoint(n, leaf, of, value, tuple(found.contributions.get(of, ())))
        for n, leaf, of, value in namer.named
    )
    return Derivation(
        program,
        forward,
        tuple(targets),
        adjoints,
        tuple(results),
        tuple(namer.hidden),
        tidy.trail,
        _passing(forward, found, {a.of for a in adjoints} | set(targets.values())),
    )


def _passing(forward: Program, found: Sweep, shown: set[Node]) -> tuple[Gradient, ...]:
    """What the sweep found for the equations between, where it is short and not shown elsewhere."""
    outputs = {forward.nodes[out] for out, _ in forward.outputs}
    shown = shown | outputs
    between = {e.node: e.name for e in forward.equations if e.node not in shown}
    return tuple(
        Gradient(name, node, found.adjoints[node], tuple(found.contributions.get(node, ())))
        for node, name in between.items()
        if node in found.adjoints and node.args and is_trivial(found.adjoints[node])
    )


def _stable_forward(program: Program) -> Program:
    """The program with every equation in its stable form."""
    stable = stabilised(program.roots)
    names: dict[Node, Name] = {v.node: v.name for v in program.variables}
    equations = []
    for equation in program.equations:
        node = stable[equation.node]
        equations.append(dataclasses.replace(equation, node=node, names=names))
        names.setdefault(node, equation.name)
    return dataclasses.replace(program, equations=tuple(equations))


def _targets(program: Program, wrt: Iterable[str] | None) -> dict[str, Node]:
    nodes = program.nodes
    if wrt is None:
        wanted = [v.name.ascii for v in program.parameters]
        if not wanted:
            wanted = [v.name.ascii for v in program.data if v.node.dtype == "real"]
        return {name: nodes[name] for name in wanted}
    result: dict[str, Node] = {}
    for spelled in wrt:
        key = identifier(spelled)
        if key not in nodes:
            known = ", ".join(n.text for n in program.names.values())
            raise ClaimError(f"{spelled} is no name of the model", hint=f"its names are {known}")
        if nodes[key].op is PART:
            hint = f"its gradient at each step is δ in the derivation; derive by what {spelled} is made of"
            raise ClaimError(f"{spelled} is a state of a recurrence, each step changes the next", hint=hint)
        if nodes[key].dtype != "real":
            raise ClaimError(
                f"{spelled} holds integers, it has no gradient",
                hint="ask for a parameter or an input of real numbers",
            )
        result[key] = nodes[key]
    if not result:
        raise ModelError(
            "no name was given to differentiate by",
            hint=f"its names are {', '.join(n.text for n in program.names.values())}",
        )
    return result


def _upstream(program: Program, name: str | None) -> Node:
    return as_node(1) if name is None else program.nodes[name]


def _name_of(program: Program, key: str) -> Name:
    return program.spelled[key]
