"""From nodes to normal forms: the index equation of every operation, as a polynomial.

`Translator.entry(node, at)` is the entry of a node at index expressions.  Nodes in `cut` are
treated as leaves: what is proved with them holds for all their values.
"""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from fractions import Fraction
from typing import Any

from symbp.algebra.node import CONSTANT, SIZE, SYMBOLIC, Node, make, number
from symbp.algebra.size import Size
from symbp.evidence.algebra import Algebra
from symbp.evidence.facts import Facts
from symbp.evidence.function_entries import function_entry, symbolic_power
from symbp.evidence.index_bounds import index_ranges
from symbp.evidence.index_terms import Affine, Ix
from symbp.evidence.integer_entries import index_value
from symbp.evidence.moves import RULES
from symbp.evidence.polynomials import (
    F1,
    Access,
    AtLeastZero,
    Budget,
    Delta,
    GivenUp,
    Letter,
    Poly,
    Term,
    constant,
    fresh,
    monomial,
    poly_indices,
    replace_poly,
    size_poly,
)
from symbp.ops.axes import matrix_transpose
from symbp.ops.contract import CONTRACT
from symbp.ops.inverses import inv
from symbp.ops.registry import Elementwise


class Translator:
    """Entries of nodes as polynomials in normal form."""

    def __init__(
        self,
        algebra: Algebra,
        cut: Container[Node] = (),
        below: Mapping[Node, Size] | None = None,
    ) -> None:
        self.algebra = algebra
        self.cut = cut
        self.below = below or {}
        self.templates: dict[Node, tuple[tuple[Ix, ...], Poly]] = {}
        self.opaque: dict[tuple[object, ...], Node] = {}

    def entry(self, node: Node, at: Sequence[Affine]) -> Poly:
        """The entry of `node` at the given index expressions."""
        self._prepare(node)
        return self._at(node, at)

    def _prepare(self, root: Node) -> None:
        """Templates of everything below, arguments first: nothing recurses over depth."""
        stack: list[tuple[Node, bool]] = [(root, False)]
        while stack:
            node, ready = stack.pop()
            if node in self.templates or node.dtype == "int":
                continue
            if ready:
                self.templates[node] = self._template(node)
                continue
            stack.append((node, True))
            if node in self.cut or node.is_leaf:
                continue
            meaning = node.meaning
            below = node.args if meaning is None else (meaning,)
            stack.extend((b, False) for b in below)

    def _template(self, node: Node) -> tuple[tuple[Ix, ...], Poly]:
        indices = tuple(Ix(size) for size in node.shape)
        at = tuple(
            Affine.of(0) if size.is_one else Affine.of(i) for i, size in zip(indices, node.shape, strict=True)
        )
        return indices, self._polynomial(node, at)

    def _at(self, node: Node, at: Sequence[Affine]) -> Poly:
        indices, poly = self.templates[node]
        mapping = {i: a for i, a in zip(indices, at, strict=True) if a.single is not i}
        if not poly:
            return ()
        moved = replace_poly(fresh(poly), mapping)
        return moved if _renames(mapping, poly) else self.algebra.collect(moved)

    # -- one operation --------------------------------------------------------------------------

    def _polynomial(self, node: Node, at: tuple[Affine, ...]) -> Poly:
        if node in self.cut or node.is_leaf:
            return self._opaque(node, at)
        meaning = node.meaning
        if meaning is not None:
            return self._at(meaning, at)
        op = node.op
        if op is CONSTANT:
            return constant(node.params[0])
        if op is SIZE:
            return size_poly(node.params[0])
        if op is SYMBOLIC:
            return monomial(Letter(f"number {node.params[0]}"))
        if op is CONTRACT:
            return self._contraction(node, at)
        if isinstance(op, Elementwise):
            return self._elementwise(node, at)
        rule = RULES.get(op.name)
        if rule is not None:
            return rule(self, node, at)
        return self._opaque(node, at)

    def _opaque(self, node: Node, at: tuple[Affine, ...]) -> Poly:
        if node.is_leaf or node in self.cut:
            return monomial(Access(node, at))
        return self.named_by_meaning(node, at)

    def named_by_meaning(self, node: Node, at: tuple[Affine, ...]) -> Poly:
        """An operation without a normal form, named by the normal forms of its arguments.

        So max(x) is the same atom however x is written: equal texts are equal arrays.  inv(Xᵀ)_ij
        is inv(X)_ji; of the two the one whose argument has the smaller text is used.
        """
        name = node.op.name
        if name in _KEEPDIMS and node.params[1]:
            axes = node.params[0]
            at = tuple(a for axis, a in enumerate(at) if axis not in axes)
            shape = tuple(s for axis, s in enumerate(node.shape) if axis not in axes)
            node = make(node.op, node.args, (axes, False), shape, node.dtype)
        key = (name, node.params, *(self._argument_text(arg, False) for arg in node.args))
        if name == "inv" and node.rank == 2:
            turned = (name, node.params, self._argument_text(node.args[0], True))
            if turned < key:
                key, at, node = turned, (at[1], at[0]), inv(matrix_transpose(node.args[0]))
        return monomial(Access(self.opaque.setdefault(key, node), at))

    def _argument_text(self, arg: Node, turned: bool) -> str:
        """The canonical text of an argument (of its transpose where `turned`)."""
        if arg.dtype == "int":
            return f"integers {self.algebra.writer.node(arg)}"
        indices = tuple(Ix(s) for s in arg.shape)
        names = {i: f"p{k}" for k, i in enumerate(reversed(indices) if turned else indices)}
        at = [Affine.of(0) if i.size.is_one else Affine.of(i) for i in indices]
        poly = self._at(arg, at)
        return f"{[str(s) for s in arg.shape]} {self.algebra.writer.poly(poly, names)}"

    def argument(self, node: Node, k: int, at: Sequence[Affine]) -> Poly:
        """The entry of argument k at `at`, aligned to the right, size-1 axes at 0."""
        arg = node.args[k]
        own = at[len(at) - arg.rank :] if arg.rank else ()
        aligned = [Affine.of(0) if s.is_one else a for s, a in zip(arg.shape, own, strict=True)]
        return self._at(arg, aligned)

    def _contraction(self, node: Node, at: tuple[Affine, ...]) -> Poly:
        inputs, out, sizes = node.params
        where: dict[int, Affine] = {}
        deltas: list[tuple[Any, Fraction]] = []
        for label, a in zip(out, at, strict=True):
            if label in where:
                deltas.append((Delta(where[label] - a), F1))
            else:
                where[label] = a
        bound: list[Ix] = []
        for label, size in enumerate(sizes):
            if label not in where:
                index = Ix(size)
                bound.append(index)
                where[label] = Affine.of(0) if size.is_one else Affine.of(index)
        result: Poly = (Term(F1, (), tuple(deltas)),)
        for arg, labels in zip(node.args, inputs, strict=True):
            if arg.dtype == "int":
                raise GivenUp("integers in a product")
            result = self.algebra.multiply(result, self._at(arg, [where[label] for label in labels]))
        return self.algebra.total(result, tuple(bound))

    def _elementwise(self, node: Node, at: tuple[Affine, ...]) -> Poly:
        if any(a.dtype == "int" for a in node.args):
            return self._of_integers(node, at)
        args = [self.argument(node, k, at) for k in range(len(node.args))]
        if node.op.name == "divide":
            return self.algebra.multiply(args[0], self.raised(node.args[1], at, Fraction(-1)))
        if node.op.name == "power":
            return self._power(node, args, at)
        return function_entry(self.algebra, node.op.name, args)

    def raised(self, node: Node, at: Sequence[Affine], exponent: Fraction) -> Poly:
        """node ** exponent; a whole power of a product or power is taken inside, unexpanded."""
        own = at[len(at) - node.rank :] if node.rank else ()
        aligned = [Affine.of(0) if s.is_one else a for s, a in zip(node.shape, own, strict=True)]
        if exponent.denominator == 1 and node not in self.cut and not node.is_leaf:
            meaning = node.meaning
            if meaning is not None and meaning.op.name in ("multiply", "divide", "power"):
                return self.raised(meaning, aligned, exponent)
            if node.op.name == "multiply":
                a, b = (self.raised(arg, aligned, exponent) for arg in node.args)
                return self.algebra.multiply(a, b)
            if node.op.name == "divide":
                a = self.raised(node.args[0], aligned, exponent)
                return self.algebra.multiply(a, self.raised(node.args[1], aligned, -exponent))
            inner = number(node.args[1]) if node.op.name == "power" else None
            if inner is not None:
                return self.raised(node.args[0], aligned, inner * exponent)
        return self.algebra.power(self._at(node, aligned), exponent)

    def _power(self, node: Node, args: list[Poly], at: Sequence[Affine]) -> Poly:
        exponent = number(node.args[1])
        if exponent is not None and exponent < 0:
            return self.raised(node.args[0], at, exponent)
        if exponent is not None:
            return self.algebra.power(args[0], exponent)
        return symbolic_power(self.algebra, *args)

    def _of_integers(self, node: Node, at: tuple[Affine, ...]) -> Poly:
        if node.op.name != "equal":
            raise GivenUp("integers beside numbers")
        sides = []
        for arg in node.args:
            own = at[len(at) - arg.rank :] if arg.rank else ()
            sides.append(self.index_value(arg, own))
        return self.algebra.collect([Term(F1, (), ((Delta(sides[0] - sides[1]), F1),))])

    # -- moved entries --------------------------------------------------------------------------

    def moved(self, node: Node, k: int, at: Sequence[Affine]) -> Poly:
        return self._at(node.args[k], at)

    def summed(self, node: Node, k: int, inner: tuple[Ix, ...], guards: list[Any]) -> Poly:
        """Σ over inner of argument k at inner, times the guards."""
        at = [Affine.of(0) if i.size.is_one else Affine.of(i) for i in inner]
        body = self._at(node.args[k], at)
        factor: Poly = (Term(F1, (), tuple((g, F1) for g in guards)),)
        return self.algebra.total(self.algebra.multiply(body, factor), inner)

    def index_value(self, node: Node, at: Sequence[Affine]) -> Affine:
        """The entry of an integer array as an index expression."""
        return index_value(node, at, self.below)


def _renames(mapping: Mapping[Ix, Affine], poly: Poly) -> bool:
    """Whether a replacement only gives other names, so that what is in normal form stays so.

    Two indices must not become one, nor meet one that was there, and no guard may depend on them.
    """
    if any(isinstance(a, Delta | AtLeastZero) for t in poly for a, _ in t.factors):
        return False
    free = poly_indices(poly)
    new = [a.single for i, a in mapping.items() if i in free]
    kept = free - mapping.keys()
    return None not in new and len(kept.union(new)) == len(kept) + len(new)


_KEEPDIMS = {"max", "min", "prod"}


def free_names(rank: int, sizes: Sequence[Size]) -> tuple[tuple[Ix, ...], dict[Ix, str]]:
    """Free indices for the entries of an array, with their texts."""
    indices = tuple(Ix(s) for s in sizes)
    return indices, {i: f"f{k}" for k, i in enumerate(indices[:rank])}


def same_normal_form(
    a: Node,
    b: Node,
    cut: Container[Node] = (),
    known: Facts | None = None,
    budget: Budget | None = None,
) -> bool:
    """Whether a and b, of one shape, have the same normal form.  GivenUp where that is too large."""
    indices, names = free_names(a.rank, a.shape)
    algebra = Algebra(names, known or Facts(), budget)
    translator = Translator(algebra, cut, index_ranges([a, b]))
    at = [Affine.of(0) if i.size.is_one else Affine.of(i) for i in indices]
    left = translator.entry(a, at)
    right = translator.entry(b, at)
    return algebra.is_zero(algebra.add(left, algebra.negate(right)))
