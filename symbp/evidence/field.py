"""Exact values in a prime field: two formulas that agree there agree, with a stated probability.

A value has three images: a residue mod P, a residue mod Q (P = 2Q + 1, both prime), and a float.
Sums and products act on all three, so an identity of rational functions holds in each.  e^x is
g^q, with q the residue mod Q and g of order Q mod P: e^(a+b) = e^a e^b exactly.  A square root is
one of residues, trials with a non-residue are discarded; mod Q it may be missing (`partial`), and an
exponential of it is a pseudo-random value.  Functions without such a model (log,
sin, erf …) get a keyed pseudo-random value of their argument.  The floats decide which branch of
max, |x| or a comparison is taken: within a branch the formula is again an identity without gates.

Bound: by Schwartz (1980) and Zippel (1979), two rational functions of total degree D that differ
agree at a random point with probability at most D/P; trials are independent.  With e^x of sums of
leaves the same holds for Laurent polynomials; with nested exponentials or functions by pseudo-random
values the bound is heuristic, and `rigorous` is False.  So it is where not all branches were met.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from symbp.algebra.node import Node, topological
from symbp.evidence.evaluate import Array, NotEvaluable, broadcast_contract, evaluate
from symbp.evidence.real import Floats, cut_off, extremum_of
from symbp.evidence.samples import sample, size_choices, size_letters
from symbp.ops.matrix import MatrixOperation

P = 2147471759
Q = 1073735879
G = 4
"""A square other than 1 mod P, so of order Q."""
DEGREE = 1024
"""A generous bound on the degree of what is compared (cleared of denominators)."""
MOST_ATTEMPTS, MOST_VALUES = 400, 20_000
"""Random points that are tried, and values of nodes at all of them together."""
FIRST_SIZES, MOST_SIZES = 4, 8
"""Choices of sizes that are tried; the later ones where the first have no value (XᵀX at n < m)."""
DIFFERENT_SIZES = 3
"""Values that each size letter takes: (n - 2)(n - 3) x is 0 at two of them."""
BITS_PER_TRIAL = 20
"""log2(P / DEGREE), rounded down."""


@dataclass(frozen=True)
class Residue:
    """Arrays of residues mod P, mod Q (None where there is no image) and of floats."""

    p: Array
    q: Array | None
    r: Array

    @property
    def shape(self) -> tuple[int, ...]:
        shape: tuple[int, ...] = self.p.shape
        return shape


class Discard(NotEvaluable):
    """This random point is of no use: a pole or a root that does not exist."""


def _power(base: Array, exponent: int, modulus: int) -> Array:
    exponent %= modulus - 1
    result = np.ones_like(base)
    base = base % modulus
    while exponent:
        if exponent & 1:
            result = result * base % modulus
        base = base * base % modulus
        exponent >>= 1
    return result


def _exponential(q: Array) -> Array:
    """g^q mod P for an array of exponents."""
    result = np.ones_like(q)
    base = G
    rest = q.copy()
    while rest.any():
        result = np.where(rest & 1, result * base % P, result)
        base = base * base % P
        rest >>= 1
    return result


def _scramble(value: Array, key: str, modulus: int) -> Array:
    """A keyed pseudo-random function of residues (splitmix64 steps)."""
    seed = np.uint64(int.from_bytes(key.encode(), "big") % (2**61 - 1))
    with np.errstate(over="ignore"):
        x = value.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15) + seed
        for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
            x = (x ^ (x >> np.uint64(shift))) * np.uint64(factor)
        return ((x ^ (x >> np.uint64(31))) >> np.uint64(2)).astype(np.int64) % modulus


class _FieldMatrix:
    resolution = 0

    @staticmethod
    def add(a: Array, b: Array) -> Array:
        return (a + b) % P

    @staticmethod
    def subtract(a: Array, b: Array) -> Array:
        return (a - b) % P

    @staticmethod
    def multiply(a: Array, b: Array) -> Array:
        return a * b % P

    @staticmethod
    def divide(a: Array, b: Array) -> Array:
        b = np.asarray(b)
        if (b % P == 0).any():
            raise Discard("a division by 0")
        return a * _power(b, P - 2, P) % P

    @staticmethod
    def sqrt(a: Array) -> Array:
        return _root(a)


def _root(value: Array) -> Array:
    """The square root that is itself a square, of residues; Discard where there is none."""
    if (_power(value, (P - 1) // 2, P) == P - 1).any():
        raise Discard("no square root")
    return _power(value, (P + 1) // 4, P)


class Residues:
    """The number system of residues; `rigorous` turns False where the bound is heuristic."""

    def __init__(self) -> None:
        self.floats = Floats()
        self.rigorous = True
        self.partial = False
        """Whether a square root had no image mod Q, so that equal exponentials may differ."""
        self.sides: list[tuple[bool, bool]] = []
        """For each comparison whether it was true, and whether it was false, anywhere."""

    def number(self, value: Fraction) -> Residue:
        def image(m: int) -> Array:
            return np.asarray(value.numerator % m * pow(value.denominator, -1, m) % m)

        return Residue(image(P), image(Q), np.asarray(float(value)))

    def symbolic(self, name: str) -> Residue:
        """A square, as a positive number has a root."""
        one = np.ones((), dtype=np.int64)
        p, q = _scramble(one, name, P), _scramble(one, name + "q", Q)
        return Residue(p * p % P, q * q % Q, self.floats.symbolic(name))

    def integers(self, value: Array) -> Residue:
        whole = np.asarray(value, dtype=np.int64)
        return Residue(whole % P, whole % Q, whole.astype(float))

    def elementwise(self, name: str, values: Sequence[Any]) -> Residue:
        values = [v if isinstance(v, Residue) else self.integers(v) for v in values]
        r = self.floats.elementwise(name, [v.r for v in values])
        if not np.isfinite(r).all() and name in _GATES:
            raise Discard("a comparison of numbers that are too large")
        if name in _GATES:
            if name in _TWO_SIDED:
                self.sides.append((bool((r > 0).any()), bool((r <= 0).any())))
            return self.integers(np.asarray(r, dtype=np.int64))
        if name in _RING:
            return self._ring(name, values, r)
        if name == "divide":
            return self._divide(values[0], values[1], r)
        if name == "power":
            return self._raise(values[0], values[1], r)
        if name == "exp":
            return Residue(_exponential(self._exponent(values[0])), None, r)
        self.rigorous = False
        p = values[0].p
        if name in _ODD:
            low = p > P // 2
            p = np.where(low, P - p, p)
            image = _scramble(p, name, P)
            image = np.where(values[0].p == 0, 0, np.where(low, P - image, image))
            return Residue(image, None, r)
        if name == "cos":
            p = np.where(p > P // 2, P - p, p)
        return Residue(_scramble(p, name, P), None, r)

    def _exponent(self, value: Residue) -> Array:
        if value.q is not None:
            return value.q
        self.rigorous = False
        return _scramble(value.p, "exponent", Q)

    @staticmethod
    def _ring(name: str, values: Sequence[Residue], r: Array) -> Residue:
        def act(parts: Sequence[Array], m: int) -> Array:
            match name:
                case "add":
                    return (parts[0] + parts[1]) % m
                case "subtract":
                    return (parts[0] - parts[1]) % m
                case "negative":
                    return -parts[0] % m
            return parts[0] * parts[1] % m

        qs = [v.q for v in values]
        q = None if any(x is None for x in qs) else act([x for x in qs if x is not None], Q)
        return Residue(act([v.p for v in values], P), q, r)

    @staticmethod
    def _divide(a: Residue, b: Residue, r: Array) -> Residue:
        if (b.p == 0).any():
            raise Discard("a division by 0")
        q = None
        if a.q is not None and b.q is not None and not (b.q == 0).any():
            q = a.q * _power(b.q, Q - 2, Q) % Q
        return Residue(a.p * _power(b.p, P - 2, P) % P, q, r)

    def _raise(self, a: Residue, b: Residue, r: Array) -> Residue:
        exponent = self._fraction(b)
        if exponent is None:
            self.rigorous = False
            mixed = (a.p * 31 + b.p * 17 + a.p * b.p % P) % P
            return Residue(_scramble(mixed, "power", P), None, r)
        if exponent < 0 and (a.p == 0).any():
            raise Discard("a division by 0")
        base, q = a.p, a.q
        if exponent.denominator == 2:
            base, q = _root(base), self._root_of_exponent(q)
        elif exponent.denominator != 1:
            self.rigorous = False
            root = _scramble(base, f"root{exponent.denominator}", P)
            base, q = root * root % P, None  # a square, as a positive number has a square root
        whole = exponent.numerator
        if q is not None:
            q = None if whole < 0 and (q == 0).any() else _power(q, whole, Q)
        return Residue(_power(base, whole, P), q, r)

    def _root_of_exponent(self, q: Array | None) -> Array | None:
        """The square root mod Q that is itself a square, None where there is none."""
        if q is None or (_power(q, (Q - 1) // 2, Q) == Q - 1).any():
            self.partial = self.partial or q is not None
            return None
        return _power(q, (Q + 1) // 4, Q)

    @staticmethod
    def _fraction(value: Residue) -> Fraction | None:
        """An exponent as a small fraction, None where it is an array of different ones."""
        flat = np.asarray(value.r).reshape(-1)
        if not flat.size or not (flat == flat[0]).all():
            return None
        found = Fraction(float(flat[0])).limit_denominator(64)
        return found if abs(float(found) - float(flat[0])) < 1e-12 and abs(found) < 64 else None

    def contract(self, values: Sequence[Any], inputs: Any, out: Any, dims: Mapping[int, int]) -> Residue:
        values = [v if isinstance(v, Residue) else self.integers(v) for v in values]

        def image(parts: list[Array], m: int) -> Array:
            return broadcast_contract(
                parts,
                inputs,
                out,
                dims,
                lambda a, b: a * b % m,
                lambda a, axes: a.sum(axis=axes) % m,
                np.ones((), dtype=np.int64),
            )

        r = self.floats.contract([v.r for v in values], inputs, out, dims)
        qs = [v.q for v in values]
        q = None if any(x is None for x in qs) else image([x for x in qs if x is not None], Q)
        return Residue(image([v.p for v in values], P), q, r)

    def structural(
        self, move: Callable[[Sequence[Array]], Array], value: Any, others: Sequence[Any]
    ) -> Residue:
        values = [v if isinstance(v, Residue) else self.integers(v) for v in (value, *others)]
        qs = [v.q for v in values]
        q = None if any(x is None for x in qs) else move([x for x in qs if x is not None]) % Q
        return Residue(move([v.p for v in values]) % P, q, move([v.r for v in values]))

    def extremum(self, kind: str, value: Residue, axes: tuple[int, ...], result: str) -> Any:
        self.rigorous = False  # not every entry was the largest at some point
        if result == "index":
            return extremum_of(value.r, value.r, kind, axes, result, lambda m: m)
        if result == "mask":
            return self.integers(
                extremum_of(value.r, value.r, kind, axes, result, lambda m: m.astype(np.int64))
            )
        parts = [
            None if x is None else extremum_of(x, value.r, kind, axes, result, lambda m: m)
            for x in (value.p, value.q, value.r)
        ]
        assert parts[0] is not None and parts[2] is not None
        return Residue(parts[0], parts[1], parts[2])

    def carried(self, value: Residue) -> Residue:
        """Without an image mod Q, as the later states of a recurrence need not have one."""
        return Residue(value.p, None, value.r)

    def cut_off(self, value: Any) -> Array:
        self.rigorous = False  # not every integer came up
        return cut_off(value.r if isinstance(value, Residue) else value)

    def detached(self, value: Residue) -> Residue:
        return value

    def matrix(self, node: Node, values: Sequence[Residue]) -> Residue:
        assert isinstance(node.op, MatrixOperation)
        try:
            p = node.op.compute(node, [v.p.copy() for v in values], _FieldMatrix())
            r = self.floats.matrix(node, [v.r for v in values])
        except (ZeroDivisionError, NotEvaluable):
            raise Discard("a singular matrix") from None
        return Residue(p % P, None, r)


_RING = {"add", "subtract", "negative", "multiply"}
_GATES = {"sign", "greater", "greater_equal", "equal", "floor"}
_TWO_SIDED = {"sign", "greater", "greater_equal"}
_ODD = {"sin", "arctan", "arcsin", "erf"}


@dataclass(frozen=True)
class Agreement:
    """What exact evaluation found: whether all trials agreed, and how much that says."""

    agree: bool | None
    bits: int
    rigorous: bool
    trials: int


def agree_exactly(a: Node, b: Node, *, trials: int = 4, attempts: int = 60) -> Agreement:
    """Compare two nodes of one shape at random points of the field, at several sizes.

    Points are added until every comparison was true and false somewhere, up to `attempts`; beyond
    these only where most points had no value (each root exists for half of them).  With comparisons, and
    with leaves that take few values only (masks, classes), the bound is heuristic all the same:
    not all combinations were met.  `agree` is None where points at enough sizes could not be had (each was a
    pole or had no root).
    """
    random = np.random.default_rng(7919)
    letters = size_letters([a, b])
    leaves = [n for n in topological([a, b]) if n.is_leaf]
    done, rigorous = 0, True
    drawn = any(n.dtype == "int" or _FIXED & {f.split()[0] for f in n.params[1]} for n in leaves)
    sides: list[tuple[bool, bool]] = []
    used: set[int] = set()
    choices = list(size_choices(letters, [a, b]))[:MOST_SIZES]
    if not choices:
        return Agreement(None, 0, False, 0)
    needed = {letter: min(DIFFERENT_SIZES, len({c[letter] for c in choices})) for letter in letters}
    most = max(attempts, min(MOST_ATTEMPTS, MOST_VALUES // len(topological([a, b]))))
    for attempt in range(most):
        enough = done >= trials and _varied(choices, used, needed)
        if enough and (attempt >= attempts or all(map(all, sides))):
            break
        chosen = attempt % min(len(choices), FIRST_SIZES if attempt < 4 * FIRST_SIZES else MOST_SIZES)
        sizes = choices[chosen]
        numbers = Residues()
        try:
            values = {n: random_leaf(n, sizes, random) for n in leaves}
            x, y = evaluate([a, b], values, sizes, numbers)
        except NotEvaluable:
            continue
        shape = tuple(s.value(sizes) for s in a.shape)
        if not np.array_equal(np.broadcast_to(x.p, shape), np.broadcast_to(y.p, shape)):
            return Agreement(False, 0, numbers.rigorous, done)
        rigorous = rigorous and numbers.rigorous
        sides = _both(sides, numbers.sides)
        used.add(chosen)
        done += 1
    if not done or not _varied(choices, used, needed):
        return Agreement(None, 0, False, 0)
    return Agreement(True, min(done, trials) * BITS_PER_TRIAL, rigorous and not sides and not drawn, done)


def _varied(choices: Sequence[Mapping[str, int]], used: Container[int], needed: Mapping[str, int]) -> bool:
    """Whether each size letter had enough different values at the points."""
    met = [c for k, c in enumerate(choices) if k in used]
    return all(len({c[letter] for c in met}) >= count for letter, count in needed.items())


def _both(before: list[tuple[bool, bool]], now: list[tuple[bool, bool]]) -> list[tuple[bool, bool]]:
    """The sides that comparisons have been on, over all points so far."""
    if not before:
        return now
    return [(a or c, b or d) for (a, b), (c, d) in zip(before, now, strict=True)]


_FIXED = {"onehot", "binary", "mask", "pm1", "causal"}


def random_leaf(leaf: Node, sizes: Mapping[str, int], random: np.random.Generator) -> Any:
    """Random residues that satisfy the facts of a leaf, with floats beside them."""
    shadow = sample(leaf, sizes, random)
    if leaf.dtype == "int":
        return shadow
    words = {f.split()[0] for f in leaf.params[1]}
    if words & _FIXED:
        whole = np.asarray(shadow, dtype=np.int64)
        return Residue(whole % P, whole % Q, shadow)
    p: Array = np.asarray(random.integers(1, P, size=shadow.shape))
    q: Array = np.asarray(random.integers(1, Q, size=shadow.shape))
    if "prob" in words:
        p[..., -1] = (1 - p[..., :-1].sum(axis=-1)) % P
        q[..., -1] = (1 - q[..., :-1].sum(axis=-1)) % Q
    if words & {"symmetric", "spd"}:
        p, q = (p + np.swapaxes(p, -1, -2)) % P, (q + np.swapaxes(q, -1, -2)) % Q
    if "unitnorm" in words:
        raise Discard("unit vectors have no residues here")
    return Residue(p, q, np.asarray(shadow, dtype=float))
