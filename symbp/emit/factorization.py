"""The chain rule as a product of named factors: ∂L/∂W₁ = ∂L/∂ŷ · ∂ŷ/∂h₂ · ∂h₂/∂h₁ · ∂h₁/∂W₁.

The factors follow the named equations of the model; at forks the products of all paths add up.
∂⁺ is the derivative of one equation by itself, where other paths lead to the same name, too.
Each factor is also given by its entries, with Kronecker deltas.
"""

from __future__ import annotations

import itertools
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from symbp.algebra.node import Node, leaf, topological
from symbp.calculus.derivation import Derivation
from symbp.calculus.reverse import sweep_between
from symbp.emit import formula
from symbp.emit.document_writer import Writer
from symbp.emit.formula import Formula
from symbp.emit.letters import Letters
from symbp.lang.names import Name
from symbp.laws.tidier import Tidier
from symbp.ops.scan import PART

MOST_PATHS = 6
LONGEST_PATH = 12


@dataclass(frozen=True)
class LocalDerivative:
    """∂of/∂by of one equation, whole and by entries."""

    of: Name
    by: Name
    symbol: Formula
    """∂h₂/∂h₁."""
    left: Formula
    """∂h₂[i,j]/∂h₁[k,l]."""
    right: Formula
    """Its value, with Kronecker deltas; for a recurrence, whose steps add up, only the symbol again."""


@dataclass(frozen=True)
class Factorization:
    """The chain rule for one name: `lines` are equations, `factors` what stands in them."""

    name: Name
    lines: tuple[Formula, ...]
    factors: tuple[LocalDerivative, ...]
    paths: int
    """How many paths lead from the loss to the name; 0 where it does not depend on it."""

    def __str__(self) -> str:
        return "\n".join(line.text for line in self.lines)


def factorization(derivation: Derivation, name: str) -> Factorization:
    """The chain-rule factorization of ∂L/∂name, by identifier.  KeyError where there is none."""
    return Factorizer(derivation).of(name)


class Factorizer:
    """Factorizations of one derivation; what they share is worked out once."""

    def __init__(self, derivation: Derivation, hidden: bool = False) -> None:
        """With `hidden`, the parts of equations that got names (z in h = σ(z)) are factors, too."""
        self.derivation = derivation
        self.writer = Writer(derivation)
        self.program = derivation.forward
        self.named = dict(self.program.names)
        nodes = [e.node for e in self.program.equations]
        if hidden:
            self.named = {**{h.node: h.name for h in derivation.hidden}, **self.named}
            inner = {h.node for h in derivation.hidden}
            ends = set(nodes)
            nodes = [n for n in topological(nodes) if n in inner or n in ends]
        self.nodes = list(dict.fromkeys(nodes))
        self.position = {node: i for i, node in enumerate(self.nodes)}
        self._local: dict[tuple[Node, Node], LocalDerivative] = {}

    @cached_property
    def tidy(self) -> Tidier:
        """Laws for local derivatives; the forward pass stays as it is written."""
        return Tidier(set(topological(self.program.roots)))

    @cached_property
    def used_by(self) -> dict[Node, list[Node]]:
        """Named node -> the equations that use it directly, in order."""
        users: dict[Node, list[Node]] = {}
        for user in self.nodes:
            for node in self.parts(user):
                users.setdefault(node, []).append(user)
        return users

    @cached_property
    def starts(self) -> list[Node]:
        """The loss, or the outputs whose upstream gradients are given."""
        return [self.program.equation(out).node for out, _ in self.program.outputs]

    @cached_property
    def paths(self) -> dict[Node, int]:
        """Equation -> how many paths lead to it from the loss."""
        counted: dict[Node, int] = dict.fromkeys(self.starts, 1)
        for node in reversed(self.nodes):
            inner = sum(counted.get(u, 0) for u in self.used_by.get(node, []))
            counted[node] = inner + (node in self.starts)
        return counted

    def of(self, name: str) -> Factorization:
        gradient = self.derivation.gradient(name)
        users = [u for u in self.used_by.get(gradient.of, []) if self.paths.get(u)]
        count = sum(self.paths[u] for u in users)
        left = self.writer.derivative(gradient.name)
        if not count:
            return Factorization(gradient.name, (formula.equation(left, formula.number(0)),), (), 0)
        routes = self.routes(gradient.of) if count <= MOST_PATHS else None
        if routes is None:
            return self._recursive(gradient.of, gradient.name, users, count)
        factors = {(a, b): self.local(a, b) for route in routes for a, b in _steps(route)}
        if count == 1 and len(routes[0]) == 2 and self.program.loss is not None:
            only = self.local(*routes[0])
            return Factorization(gradient.name, (formula.equation(only.left, only.right),), (only,), 1)
        products = [self._product(route) for route in routes]
        right = products[0]
        for product in products[1:]:
            right = formula.add(right, product)
        return Factorization(gradient.name, (formula.equation(left, right),), tuple(factors.values()), count)

    # -- paths ----------------------------------------------------------------------------------

    def parts(self, root: Node) -> Iterable[Node]:
        below = topological([root], stop=lambda n: n in self.named and n is not root)
        return (n for n in below if n in self.named and n is not root)

    def routes(self, target: Node, stops: Container[Node] = ()) -> list[list[Node]] | None:
        """All paths from the loss, or from the nearest of `stops`, down to the target.

        None where there are too many, or one is too long to print.
        """
        finished: list[list[Node]] = []
        open_routes = [[target]]
        while open_routes:
            route = open_routes.pop()
            if len(route) > LONGEST_PATH or len(finished) > MOST_PATHS:
                return None
            if route[0] in self.starts or (route[0] in stops and len(route) > 1):
                finished.append(route)
                if route[0] in stops:
                    continue
            users = (u for u in self.used_by.get(route[0], []) if self.paths.get(u))
            open_routes += [[user, *route] for user in users]
        return finished

    def _product(self, route: list[Node]) -> Formula:
        """∂L/∂ŷ · ∂ŷ/∂h₂ · …; an output with a given upstream gradient begins with ∂L/∂out."""
        factors = [self.local(a, b).symbol for a, b in _steps(route)]
        if self.program.loss is None:
            factors.insert(0, self.writer.derivative(self.named[route[0]]))
        return dotted(factors)

    def _recursive(self, node: Node, name: Name, users: list[Node], count: int) -> Factorization:
        """One step, for each equation that uses the name: ∂L/∂h · ∂h/∂W."""
        left = self.writer.derivative(name)
        terms = [dotted([self.writer.derivative(self.named[u]), self.local(u, node).symbol]) for u in users]
        right = terms[0]
        for term in terms[1:]:
            right = formula.add(right, term)
        factors = tuple(self.local(u, node) for u in users)
        return Factorization(name, (formula.equation(left, right),), factors, count)

    # -- factors --------------------------------------------------------------------------------

    def local(self, of: Node, by: Node) -> LocalDerivative:
        """∂of/∂by, where the equation of `of` uses `by` directly."""
        key = (of, by)
        if key not in self._local:
            self._local[key] = self._entries(of, by)
        return self._local[key]

    def _entries(self, of: Node, by: Node) -> LocalDerivative:
        notation = self.writer.notation().index()
        top = notation.free_indices(of)
        notation.letters.release()
        bottom = notation.free_indices(by)
        symbol = formula.derivative(formula.symbol(self.named[of]), formula.symbol(self.named[by]))
        if of.op is PART:
            return LocalDerivative(self.named[of], self.named[by], symbol, symbol, symbol)
        left, right = self.entries_at(of, by, top, bottom, notation.letters)
        if self._reaches_also(by, of):
            left, symbol = formula.direct(left), formula.direct(symbol)
        return LocalDerivative(self.named[of], self.named[by], symbol, left, right)

    def entries_at(
        self, of: Node, by: Node, top: Sequence[Formula], bottom: Sequence[Formula], letters: Letters
    ) -> tuple[Formula, Formula]:
        """∂of[top]/∂by[bottom], and its value with Kronecker deltas."""
        unit = leaf("unit of " + self.named[of].ascii, of.shape)
        adjoint = sweep_between(of, unit, list(self.parts(of)), self.tidy).get(by)
        entries = self.writer.notation(letters).index((unit, tuple(top)))
        upper = formula.indexed(formula.symbol(self.named[of]), top)
        lower = formula.indexed(formula.symbol(self.named[by]), bottom)
        value = formula.number(0) if adjoint is None else entries.entry(adjoint, bottom)
        return formula.derivative(upper, lower), value

    def _reaches_also(self, by: Node, of: Node) -> bool:
        """Other equations carry `by` to `of`, too: then ∂⁺ marks the direct derivative."""
        others = [u for u in self.used_by.get(by, []) if u is not of]
        seen: set[Node] = set()
        while others:
            node = others.pop()
            if node is of:
                return True
            if node not in seen and self.position[node] < self.position[of]:
                seen.add(node)
                others += self.used_by.get(node, [])
        return False


def _steps(route: list[Node]) -> list[tuple[Node, Node]]:
    return list(itertools.pairwise(route))


def dotted(factors: list[Formula]) -> Formula:
    """a · b · c."""
    text = " · ".join(f.text for f in factors)
    return Formula(text, r" \cdot ".join(f.latex for f in factors), formula.SCALED, formula.SCALED)
