"""The value of a polynomial at numbers for its leaves: what its atoms mean, written down once.

The proofs use it for one question (is this nowhere 0, for any values of its indices?), the tests
for a stronger one: every normal form has to have the value of the node that it stands for.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from symbp.algebra.node import Node, topological
from symbp.algebra.size import Size
from symbp.evidence.broadcasting import Array, NotEvaluable
from symbp.evidence.evaluate import evaluate
from symbp.evidence.index_terms import Affine, Digit, IndexAtom, Ix, Lookup
from symbp.evidence.polynomials import (
    Access,
    AtLeastZero,
    Atom,
    Base,
    Delta,
    Exp,
    Function,
    Letter,
    Poly,
    Step,
    Term,
    poly_indices,
)
from symbp.evidence.ranges import term_affines
from symbp.evidence.real import Floats
from symbp.evidence.samples import is_usable, sample, size_choices, size_letters

LARGEST_GRID = 300_000
"""Index combinations of one term beyond which it is not evaluated."""
NEAR_ZERO = 1e-9
"""Values below this part of the sum of their absolute terms count as 0."""


class PolynomialValues:
    """Arrays of values: an axis for each free index of a polynomial."""

    def __init__(self, sizes: Mapping[str, int], values: Mapping[Node, Any]) -> None:
        self.sizes = sizes
        self.values = values

    def poly(self, poly: Poly, axes: Sequence[Ix]) -> tuple[Array, Array]:
        """The values, and the sums of the absolute values of the terms."""
        shape = self._shape(axes)
        total, magnitude = np.zeros(shape), np.zeros(shape)
        for term in poly:
            value = self._term(term, axes)
            total, magnitude = total + value, magnitude + np.abs(value)
        return total, magnitude

    def _shape(self, axes: Sequence[Ix]) -> tuple[int, ...]:
        shape = tuple(max(i.size.value(self.sizes), 0) for i in axes)
        if int(np.prod(shape, dtype=float)) > LARGEST_GRID:
            raise NotEvaluable("a sum over too many indices")
        return shape

    def _term(self, term: Term, axes: Sequence[Ix]) -> Array:
        inner = [*axes, *term.bound]
        value: Array = np.asarray(float(term.coefficient))
        for atom, power in term.factors:
            factor = self._atom(atom, inner)
            value = value * (factor if power == 1 else np.power(factor, float(power)))
        value = np.broadcast_to(value, self._shape(inner))
        return np.asarray(value.sum(axis=tuple(range(len(axes), len(inner)))))

    def _atom(self, atom: Atom, axes: Sequence[Ix]) -> Array:
        match atom:
            case Access(node=node, at=at):
                return self._entry(node, at, axes).astype(float)
            case Letter(name=name):
                return np.asarray(self._letter(name))
            case Exp(exponent=poly):
                return np.asarray(np.exp(self.poly(poly, axes)[0]))
            case Base(poly=poly):
                return self.poly(poly, axes)[0]
            case Step(poly=poly):
                return np.asarray(self.poly(poly, axes)[0] > 0, dtype=float)
            case Delta(affine=affine):
                return np.asarray(self._affine(affine, axes) == 0, dtype=float)
            case AtLeastZero(affine=affine):
                return np.asarray(self._affine(affine, axes) >= 0, dtype=float)
            case Function(name=name, arguments=arguments):
                return self._function(name, [self.poly(p, axes) for p in arguments])
        raise TypeError(atom)

    @staticmethod
    def _function(name: str, arguments: Sequence[tuple[Array, Array]]) -> Array:
        if name == "is_zero":
            value, magnitude = arguments[0]
            return np.asarray(np.abs(value) <= NEAR_ZERO * magnitude, dtype=float)
        return np.asarray(Floats.functions[name](*(value for value, _ in arguments)))

    def _letter(self, name: Any) -> float:
        if isinstance(name, Size):
            return float(name.value(self.sizes))
        kind, _, argument = str(name).partition(" ")
        if not argument:
            return float(self.sizes[name])
        return float(np.log(int(argument))) if kind == "log" else float(Floats().symbolic(argument))

    def _entry(self, node: Node, at: Sequence[Affine], axes: Sequence[Ix]) -> Array:
        """Entries of a node; places out of range (beside a guard that is 0) are moved inside."""
        array = np.broadcast_to(self.values[node], tuple(s.value(self.sizes) for s in node.shape))
        places = [
            np.clip(self._affine(a, axes), 0, max(n - 1, 0)) for a, n in zip(at, array.shape, strict=True)
        ]
        return np.asarray(array[tuple(places)]) if places else np.asarray(array)

    def _affine(self, affine: Affine, axes: Sequence[Ix]) -> Array:
        value: Array = np.asarray(affine.const.value(self.sizes))
        for atom, coefficient in affine.terms:
            value = value + coefficient.value(self.sizes) * self._index(atom, axes)
        return value

    def _index(self, atom: IndexAtom, axes: Sequence[Ix]) -> Array:
        if isinstance(atom, Ix):
            at = axes.index(atom)
            shape = [1] * len(axes)
            shape[at] = -1
            return np.arange(max(atom.size.value(self.sizes), 0)).reshape(shape)
        if isinstance(atom, Digit):
            value = self._affine(atom.value, axes)
            return np.asarray(value // atom.stride.value(self.sizes) % atom.size.value(self.sizes))
        return self._entry(atom.node, atom.at, axes)


def nodes_of(poly: Poly) -> Iterator[Node]:
    """The nodes of all entries and lookups in a polynomial."""
    stack = list(poly)
    while stack:
        term = stack.pop()
        for atom, _ in term.factors:
            match atom:
                case Access(node=node):
                    yield node
                case Exp(exponent=inner) | Base(poly=inner) | Step(poly=inner):
                    stack += inner
                case Function(arguments=arguments):
                    stack += [t for p in arguments for t in p]
        for affine in term_affines(term):
            yield from (a.node for a, _ in affine.terms if isinstance(a, Lookup))


class SamplePoints:
    """Values of nodes at a few random points, kept from one question to the next."""

    def __init__(self) -> None:
        self._known: dict[tuple[tuple[str, int], ...], dict[Node, Any]] = {}
        self._leaves: dict[tuple[str, tuple[tuple[str, int], ...]], Any] = {}

    def nowhere_zero(self, poly: Poly) -> bool:
        """Whether a polynomial is not 0 at sampled points, whatever the values of its indices.

        It must not vanish at special sizes either.  Index structure degenerates where an axis has
        one entry (Σ_j x_j - x_i is 0 at n = 1), so that is sampled too; a factor such as n - 7 needs
        coefficients of both signs on every monomial, and then the answer is no.
        """
        if not _has_steady_monomial(poly):
            return False
        nodes = list(dict.fromkeys(nodes_of(poly)))
        axes = sorted(poly_indices(poly), key=lambda i: i.serial)
        points = 0
        for sizes in _choices(nodes, axes):
            try:
                values = self.values(nodes, sizes)
                with np.errstate(all="ignore"):
                    value, magnitude = PolynomialValues(sizes, values).poly(poly, axes)
            except (NotEvaluable, KeyError, ZeroDivisionError):
                continue
            if not (np.abs(value) > NEAR_ZERO * magnitude).all():
                return False
            points += 1
        return points > 0

    def values(self, nodes: Sequence[Node], sizes: Mapping[str, int]) -> dict[Node, Any]:
        """The values of nodes at one point; each leaf has its own, whatever else is asked."""
        known = self._known.setdefault(tuple(sizes.items()), {})
        missing = [n for n in nodes if n not in known]
        for leaf in topological(missing):
            if leaf.is_leaf and leaf not in known:
                seed = [ord(c) for c in leaf.name]
                known[leaf] = sample(leaf, sizes, np.random.default_rng(seed or [0]))
        if missing:
            known.update(zip(missing, evaluate(missing, known, sizes, Floats()), strict=True))
        return known


def _has_steady_monomial(poly: Poly) -> bool:
    """Whether some product of entries has coefficients of one sign, whatever the sizes are."""
    signs: dict[tuple[Any, ...], set[bool]] = {}
    for term in poly:
        entries = tuple(f for f in term.factors if not isinstance(f[0], Letter))
        signs.setdefault((term.bound, entries), set()).add(term.coefficient > 0)
    return any(len(found) == 1 for found in signs.values())


def _choices(nodes: Sequence[Node], axes: Sequence[Ix]) -> list[dict[str, int]]:
    """Two assignments of sizes, which differ in parity as far as they can; then axes of one entry."""
    letters = dict.fromkeys(size_letters(nodes))
    letters.update((letter, None) for i in axes for letter in sorted(i.size.letters))
    choices = list(size_choices(list(letters), nodes))
    if not choices:
        return []
    first = choices[0]
    rest = choices[1:] or [first]
    second = max(rest, key=lambda c: sum((c[k] - first[k]) % 2 for k in first))
    single = [{**first, letter: 1} for letter in letters]
    return [first, second, *(s for s in [*single, dict.fromkeys(letters, 1)] if is_usable(s, nodes))]
