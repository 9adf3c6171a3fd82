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

from symbp.algebra.node import Node, adjoint_leaf, as_node, replace, topological
from symbp.calculus.between import cut, is_hidden
from symbp.calculus.reverse import Sweep, sweep
from symbp.calculus.trivial import is_trivial
from symbp.errors import ClaimError, ModelError
from symbp.lang.names import SUBSCRIPTS, Name, identifier, pieces
from symbp.lang.program import Equation, Program
from symbp.laws.facts import is_assumed_symmetric
from symbp.laws.stable import stabilised
from symbp.laws.tidier import Tidier
from symbp.lazy import lazy_module
from symbp.ops.constant_arrays import full, is_zero
from symbp.ops.registry import Composite
from symbp.ops.scan import BUNDLE, PART
from symbp.ops.structure.slices import PUT_ZEROS
from symbp.ops.symmetric import is_symmetric

if TYPE_CHECKING:
    import sympy

sympy_view = lazy_module("symbp.algebra.sympy_view")


@dataclass(frozen=True)
class Intermediate:
    """A node inside an equation that got a name because its adjoint has one: z₂ in h₂ = σ(z₂)."""

    name: Name
    node: Node
    equation: Equation | None


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
    namer = _Namer(forward)
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


class _Namer:
    """Decides which adjoints get names, and which names."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.forward_names = program.names
        self.owners = _owners(program)
        self.named: list[tuple[Name, Node, Node, Node]] = []
        self.hidden: list[Intermediate] = []
        self._used: set[str] = set()
        self._values: dict[Node, Node] = {}
        self._taken = {name.ascii for name in self.forward_names.values()}
        self._taken |= {f"d{name.ascii}" for name in self.forward_names.values()}
        self._deltas: set[str] = {name.text for name in self.forward_names.values()}

    def __call__(self, node: Node, adjoint: Node, uses: int) -> Node:
        several = uses >= 2 or (uses == 1 and isinstance(node.op, Composite) and node.op.closed is not None)
        several = several or (node.op is PART and adjoint.op is not PUT_ZEROS)
        if adjoint.op is BUNDLE or is_trivial(adjoint) or not several:
            return adjoint
        name = self._adjoint_name(node)
        leaf = adjoint_leaf(name.ascii, node.shape, _known_of(adjoint))
        self._used.add(name.ascii)
        self.named.append((name, leaf, node, adjoint))
        self._values[node] = adjoint
        return leaf

    def value_of(self, node: Node, adjoint: Node) -> Node:
        """The formula behind a name; the gradient that was asked for is shown, not named."""
        return self._values.get(node, adjoint)

    # -- names --------------------------------------------------------------------------------

    def _adjoint_name(self, node: Node) -> Name:
        forward = self.forward_names.get(node) or self._hide(node).name
        text, spelled = self._delta(node, forward)
        return Name(text, self._unique(f"d{forward.ascii}", allow=True), spelled)

    def _delta(self, node: Node, forward: Name) -> tuple[str, str]:
        """δ with the number of the layer, or the equation's name, or else the forward name."""
        owner = self.owners.get(node)
        number = _layer_number(owner, self.program, self.forward_names) if owner is not None else None
        candidates = [(f"δ{_subscript(number)}", rf"\delta_{{{number}}}")] if number else []
        if owner is not None:
            candidates.append(_delta_of(owner.name))
        candidates.append(_delta_of(forward))
        free = [c for c in candidates if c[0] not in self._deltas]
        chosen = free[0] if free else _delta_of(forward)
        self._deltas.add(chosen[0])
        return chosen

    def _hide(self, node: Node) -> Intermediate:
        """Names a node inside an equation: z with the equation's number or name."""
        equation = self.owners.get(node)
        base = "Z" if equation is not None and equation.name.text[:1].isupper() else "z"
        number = _layer_number(equation, self.program, self.forward_names) if equation is not None else None
        word = number or (equation.name.ascii if equation is not None else "")
        plain = identifier(f"{base}_{{{word}}}" if word else base)
        ascii_name = self._unique(plain)
        again = ascii_name.removeprefix(plain).strip("_")
        text, spelled = _hidden_spelling(base, number, equation, again)
        name = Name(text, ascii_name, spelled)
        self.hidden.append(Intermediate(name, node, equation))
        return self.hidden[-1]

    def _unique(self, word: str, allow: bool = False) -> str:
        unique, count = word, 2
        while unique in self._taken and not (allow and unique == word and word not in self._used):
            unique, count = f"{word}_{count}", count + 1
        self._taken.add(unique)
        return unique


def _known_of(adjoint: Node) -> tuple[str, ...]:
    """What its formula says of an adjoint, so that δᵀ is δ where that is so."""
    square = adjoint.rank == 2 and adjoint.shape[0] == adjoint.shape[1]
    symmetric = square and is_symmetric(adjoint, is_assumed_symmetric)
    return ("symmetric",) if symmetric else ()


def _hidden_spelling(base: str, number: str | None, equation: Equation | None, again: str) -> tuple[str, str]:
    """Text and LaTeX of a hidden name: z₂, z_h, z_{ŷ₁}, and z_{h,2} for the second one of h."""
    if number and not again:
        return base + _subscript(number), f"{base}_{number}" if len(number) == 1 else f"{base}_{{{number}}}"
    texts = [number or (equation.name.text if equation is not None else ""), again]
    spelled = [number or (equation.name.latex if equation is not None else ""), again]
    text, tex = (",".join(filter(None, parts)) for parts in (texts, spelled))
    if not text:
        return base, base
    return f"{base}_{text}" if len(text) == 1 else f"{base}_{{{text}}}", f"{base}_{{{tex}}}"


def _owners(program: Program) -> dict[Node, Equation]:
    """Node -> the first equation whose right-hand side contains it."""
    named = program.names
    owners: dict[Node, Equation] = {}
    for equation in program.equations:
        for node in topological([equation.node], stop=lambda n: n in owners or (n in named and n.is_leaf)):
            owners.setdefault(node, equation)
    return owners


def _layer_number(equation: Equation, program: Program, named: Mapping[Node, Name]) -> str | None:
    """The number that the parameters of an equation share (W₂, b₂), or that of its own name."""
    below = topological([equation.node], stop=lambda n: n in named and n is not equation.node)
    numbers = {_number(named[n].text) for n in below if n in program.parameter_nodes}
    if len(numbers) == 1:
        (found,) = numbers
        if found is not None:
            return found
    return _number(equation.name.text) if not numbers or None in numbers else None


def _number(text: str) -> str | None:
    subs = pieces(text)[2]
    return subs[0] if len(subs) == 1 and subs[0].isdigit() else None


_DIGITS = {digit: char for char, digit in SUBSCRIPTS.items() if digit.isdigit()}


def _subscript(number: str | None) -> str:
    return "".join(_DIGITS[c] for c in number or "")


def _delta_of(name: Name) -> tuple[str, str]:
    text = f"δ_{name.text}" if len(name.text) == 1 else f"δ_{{{name.text}}}"
    return text, rf"\delta_{{{name.latex}}}"
