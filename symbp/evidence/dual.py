"""Direct differentiation without any derivative formula of the engine: dual numbers in the field.

Every value carries its derivative along one random direction, pushed forward through the
equations as they were written.  The check is ⟨gradient, direction⟩ = that derivative: one number
tests every entry of a gradient at once (a wrong entry passes with probability 1/P).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from symbp.algebra.node import Node, topological
from symbp.evidence.broadcasting import Array, NotEvaluable
from symbp.evidence.evaluate import evaluate
from symbp.evidence.field import BITS_PER_TRIAL, Agreement
from symbp.evidence.prime_field import Discard, P, Residue
from symbp.evidence.residues import Residues, random_leaf
from symbp.evidence.samples import size_choices, size_letters, thin_sizes
from symbp.ops.elimination import MatrixOperation

ATTEMPTS = 1500
"""Random points that are tried; many have no root where a formula has several."""
MOST_PARTED = 24
"""Random points without all roots at which the two sides may differ."""


@dataclass(frozen=True)
class Dual:
    """A residue with its derivative mod P (None for 0)."""

    value: Residue
    slope: Residue | None

    @property
    def shape(self) -> tuple[int, ...]:
        return self.value.shape


class DualNumbers:
    """Residues with one derivative; primitives by their textbook derivative."""

    def __init__(self) -> None:
        self.base = Residues()

    def number(self, value: Fraction) -> Dual:
        return Dual(self.base.number(value), None)

    def symbolic(self, name: str) -> Dual:
        return Dual(self.base.symbolic(name), None)

    def integers(self, value: Array) -> Dual:
        return Dual(self.base.integers(value), None)

    def _lift(self, value: Any) -> Dual:
        return value if isinstance(value, Dual) else self.integers(value)

    def elementwise(self, name: str, values: Sequence[Any]) -> Dual:
        duals = [self._lift(v) for v in values]
        plain = [d.value for d in duals]
        result = self.base.elementwise(name, plain)
        terms: list[Residue] = []
        for k, dual in enumerate(duals):
            if dual.slope is None:
                continue
            local = self._partial(name, k, plain, result)
            if local is not None:
                terms.append(self._times(local, dual.slope))
        return Dual(result, self._sum(terms, result.shape))

    def _partial(self, name: str, k: int, x: Sequence[Residue], y: Residue) -> Residue | None:
        """∂ name / ∂ argument k."""
        e = self.base.elementwise
        one = self.base.number(Fraction(1))
        match name, k:
            case ("add", _) | ("subtract", 0):
                return one
            case ("subtract", 1) | ("negative", 0):
                return self.base.number(Fraction(-1))
            case "multiply", 0:
                return x[1]
            case "multiply", 1:
                return x[0]
            case "divide", 0:
                return e("divide", [one, x[1]])
            case "divide", 1:
                return e("negative", [e("divide", [y, x[1]])])
            case "power", 0:
                return e("multiply", [x[1], e("power", [x[0], e("subtract", [x[1], one])])])
            case "power", 1:
                return e("multiply", [y, e("log", [x[0]])])
            case "exp", 0:
                return y
            case "log", 0:
                return e("divide", [one, x[0]])
            case "sin", 0:
                return e("cos", [x[0]])
            case "cos", 0:
                return e("negative", [e("sin", [x[0]])])
            case "arctan", 0:
                return e("divide", [one, e("add", [one, e("multiply", [x[0], x[0]])])])
            case "arcsin", 0:
                inside = e("subtract", [one, e("multiply", [x[0], x[0]])])
                return e("power", [inside, self.base.number(Fraction(-1, 2))])
            case "erf", 0:
                bell = e("exp", [e("negative", [e("multiply", [x[0], x[0]])])])
                root = e("power", [self.base.symbolic("pi"), self.base.number(Fraction(-1, 2))])
                return e("multiply", [e("multiply", [self.base.number(Fraction(2)), root]), bell])
            case (("sign" | "greater" | "greater_equal" | "equal" | "floor"), _):
                return None
        raise NotEvaluable(f"the derivative of {name} in the field")

    def _times(self, a: Residue, b: Residue) -> Residue:
        return self.base.elementwise("multiply", [a, b])

    def _sum(self, terms: list[Residue], shape: tuple[int, ...]) -> Residue | None:
        if not terms:
            return None
        total = terms[0]
        for term in terms[1:]:
            total = self.base.elementwise("add", [total, term])
        return Residue(np.broadcast_to(total.p, shape), None, np.broadcast_to(total.r, shape))

    def contract(self, values: Sequence[Any], inputs: Any, out: Any, dims: Mapping[int, int]) -> Dual:
        duals = [self._lift(v) for v in values]
        plain = [d.value for d in duals]
        result = self.base.contract(plain, inputs, out, dims)
        terms = [
            self.base.contract([*plain[:k], d.slope, *plain[k + 1 :]], inputs, out, dims)
            for k, d in enumerate(duals)
            if d.slope is not None
        ]
        return Dual(result, self._sum(terms, result.shape))

    def structural(self, move: Callable[[Sequence[Array]], Array], value: Any, others: Sequence[Any]) -> Dual:
        duals = [self._lift(v) for v in (value, *others)]
        result = self.base.structural(move, duals[0].value, [d.value for d in duals[1:]])
        if all(d.slope is None for d in duals):
            return Dual(result, None)
        slopes = [d.slope or _zero(d.shape) for d in duals]
        return Dual(result, self.base.structural(move, slopes[0], slopes[1:]))

    def extremum(self, kind: str, value: Any, axes: tuple[int, ...], result: str) -> Any:
        dual = self._lift(value)
        found = self.base.extremum(kind, dual.value, axes, result)
        if result == "index":
            return found
        if result == "mask" or dual.slope is None:
            return Dual(found, None)
        mask = self.base.extremum(kind, dual.value, axes, "mask")
        chosen = self._times(mask, dual.slope)
        return Dual(found, Residue(chosen.p.sum(axis=axes) % P, None, chosen.r.sum(axis=axes)))

    def carried(self, value: Any) -> Any:
        dual = self._lift(value)
        return Dual(self.base.carried(dual.value), dual.slope)

    def cut_off(self, value: Any) -> Array:
        return self.base.cut_off(self._lift(value).value)

    def detached(self, value: Any) -> Any:
        return Dual(value.value, None) if isinstance(value, Dual) else value

    def matrix(self, node: Node, values: Sequence[Any]) -> Dual:
        """By elimination over scalar dual numbers."""
        duals = [self._lift(v) for v in values]
        result = self.base.matrix(node, [d.value for d in duals])
        if all(d.slope is None for d in duals):
            return Dual(result, None)
        assert isinstance(node.op, MatrixOperation)
        scalars = [_scalars(d.value.p, (d.slope or _zero(d.shape)).p) for d in duals]
        try:
            found = node.op.compute(node, scalars, ScalarMatrix)
        except ZeroDivisionError:
            raise NotEvaluable("a singular matrix") from None
        slope = np.array([_slope_of(x) for x in np.asarray(found, dtype=object).reshape(-1)], dtype=np.int64)
        slope = slope.reshape(result.shape)
        return Dual(result, Residue(slope, None, slope.astype(float)))


class Scalar:
    """One dual number mod P, with the operators that elimination asks for."""

    __slots__ = ("d", "p")

    def __init__(self, p: int, d: int = 0) -> None:
        self.p, self.d = p % P, d % P

    @staticmethod
    def of(value: Any) -> Scalar:
        return value if isinstance(value, Scalar) else Scalar(int(value))

    def __add__(self, other: Any) -> Scalar:
        o = Scalar.of(other)
        return Scalar(self.p + o.p, self.d + o.d)

    __radd__ = __add__

    def __sub__(self, other: Any) -> Scalar:
        o = Scalar.of(other)
        return Scalar(self.p - o.p, self.d - o.d)

    def __rsub__(self, other: Any) -> Scalar:
        return Scalar.of(other) - self

    def __mul__(self, other: Any) -> Scalar:
        o = Scalar.of(other)
        return Scalar(self.p * o.p, self.p * o.d + self.d * o.p)

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> Scalar:
        o = Scalar.of(other)
        if o.p == 0:
            raise ZeroDivisionError
        inverse = pow(o.p, P - 2, P)
        quotient = self.p * inverse % P
        return Scalar(quotient, (self.d - quotient * o.d) * inverse)

    def __rtruediv__(self, other: Any) -> Scalar:
        return Scalar.of(other) / self

    def __neg__(self) -> Scalar:
        return Scalar(-self.p, -self.d)

    def __abs__(self) -> int:
        return self.p

    def __eq__(self, other: object) -> bool:
        return isinstance(other, int | Scalar) and self.p == Scalar.of(other).p

    def __hash__(self) -> int:
        return hash((self.p, self.d))

    def __lt__(self, other: Any) -> bool:
        return self.p < Scalar.of(other).p

    def root(self) -> Scalar:
        if pow(self.p, (P - 1) // 2, P) == P - 1:
            raise Discard("no square root")
        root = pow(self.p, (P + 1) // 4, P)
        return Scalar(root, self.d * pow(2 * root, P - 2, P))


class ScalarMatrix:
    """Arithmetic of dual numbers for the elimination of symbp.ops.elimination."""

    add, subtract, multiply, divide = np.add, np.subtract, np.multiply, np.divide
    sqrt = np.frompyfunc(lambda x: Scalar.of(x).root(), 1, 1)
    resolution = 0


def _scalars(p: Array, d: Array) -> Array:
    return np.asarray(np.frompyfunc(lambda a, b: Scalar(int(a), int(b)), 2, 1)(p, d), dtype=object)


def _slope_of(value: Any) -> int:
    while isinstance(value, np.ndarray):
        value = value[()]
    return Scalar.of(value).d


def _zero(shape: tuple[int, ...]) -> Residue:
    return Residue(np.zeros(shape, dtype=np.int64), None, np.zeros(shape))


def agrees_with_direct(
    outputs: Sequence[tuple[Node, Node | None]], by: Node, gradient: Node, *, trials: int = 4
) -> Agreement:
    """Compare a gradient with the derivative of Σ ⟨output, upstream⟩ along random directions.

    `outputs` are as their author wrote them; an upstream of None is 1.
    """
    roots = [n for pair in outputs for n in pair if n is not None] + [gradient]
    random = np.random.default_rng(104729)
    leaves = [n for n in topological(roots) if n.is_leaf]
    letters = size_letters([*roots, by])
    choices = list(size_choices(letters, [*roots, by]))[:3]
    choices += list(thin_sizes(letters, [*roots, by]))[:6]
    done, parted, rigorous = 0, 0, True
    used: set[int] = set()
    needed = min(2, len(choices))
    for attempt in range(ATTEMPTS if choices else 0):
        if (done >= trials and len(used) >= needed) or parted >= MOST_PARTED:
            break
        sizes = choices[attempt % len(choices)]
        numbers, plain = DualNumbers(), Residues()
        try:
            values = {n: random_leaf(n, sizes, random) for n in leaves}
            shape = tuple(s.value(sizes) for s in by.shape)
            direction = random.integers(0, P, size=shape)
            moving = _moving(values, by, direction)
            change = _change(outputs, moving, sizes, numbers)
            (found,) = evaluate([gradient], values, sizes, plain)
        except NotEvaluable:
            continue
        total = int((np.broadcast_to(found.p, shape) * direction % P).sum() % P)
        if total != change and (plain.partial or numbers.base.partial):
            parted += 1  # what is equal may differ here; another point may have all roots
            continue
        if total != change:
            return Agreement(False, 0, plain.rigorous, done)
        rigorous = rigorous and plain.rigorous and numbers.base.rigorous
        used.add(attempt % len(choices))
        done += 1
    if not done or len(used) < needed:
        return Agreement(False if parted else None, 0, False, 0)
    return Agreement(True, min(done, trials) * BITS_PER_TRIAL, rigorous, done)


def _moving(values: Mapping[Node, Any], by: Node, direction: Array) -> dict[Node, Any]:
    moving: dict[Node, Any] = {}
    for node, value in values.items():
        slope = Residue(direction, None, direction.astype(float)) if node is by else None
        moving[node] = Dual(value, slope) if isinstance(value, Residue) else value
    return moving


def _change(
    outputs: Sequence[tuple[Node, Node | None]],
    moving: Mapping[Node, Any],
    sizes: Mapping[str, int],
    numbers: DualNumbers,
) -> int:
    """The derivative of Σ ⟨output, upstream⟩ mod P."""
    total = 0
    for output, upstream in outputs:
        (value,) = evaluate([output], moving, sizes, numbers)
        if value.slope is None:
            continue
        slope = value.slope.p
        if upstream is not None:
            slope = slope * moving[upstream].value.p % P
        total += int(slope.sum() % P)
    return total % P
