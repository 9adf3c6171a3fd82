"""Names that a derivation needs and the model does not give: δ₂ for an adjoint, z₂ inside an equation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from symbp.algebra.node import Node, adjoint_leaf, topological
from symbp.calculus.trivial import is_trivial
from symbp.lang.names import SUBSCRIPTS, Name, identifier, pieces
from symbp.lang.program import Equation, Program
from symbp.laws.facts import is_assumed_symmetric
from symbp.ops.registry import Composite
from symbp.ops.scan import BUNDLE, PART
from symbp.ops.structure.slices import PUT_ZEROS
from symbp.ops.symmetric import is_symmetric


@dataclass(frozen=True)
class Intermediate:
    """A node inside an equation that got a name because its adjoint has one: z₂ in h₂ = σ(z₂)."""

    name: Name
    node: Node
    equation: Equation | None


class Namer:
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
