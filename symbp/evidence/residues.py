"""Values in a prime field.

A value has three images: a residue mod P, a residue mod Q (P = 2Q + 1, both prime), and a float.
Sums and products act on all three, so an identity of rational functions holds in each.  e^x is
g^q, with q the residue mod Q and g of order Q mod P: e^(a+b) = e^a e^b exactly.  A square root is
one of residues, trials with a non-residue are discarded; mod Q it may be missing (`partial`), and an
exponential of it is a pseudo-random value.  Functions without such a model (log,
sin, erf …) get a keyed pseudo-random value of their argument.  The floats decide which branch of
max, |x| or a comparison is taken: within a branch the formula is again an identity without gates.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from symbp.algebra.node import Node
from symbp.evidence.broadcasting import Array, NotEvaluable, broadcast_contract
from symbp.evidence.prime_field import (
    Discard,
    FieldMatrix,
    P,
    Q,
    Residue,
    modular_exponential,
    modular_power,
    modular_root,
    scrambled,
)
from symbp.evidence.real import Floats, cut_off, extremum_of
from symbp.evidence.samples import sample
from symbp.ops.elimination import MatrixOperation

LARGEST_WHOLE = 2.0**53
"""Beyond this floats tell no two whole numbers apart."""


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
        p, q = scrambled(one, name, P), scrambled(one, name + "q", Q)
        return Residue(p * p % P, q * q % Q, self.floats.symbolic(name))

    def integers(self, value: Array) -> Residue:
        whole = np.asarray(value, dtype=np.int64)
        return Residue(whole % P, whole % Q, whole.astype(float))

    def elementwise(self, name: str, values: Sequence[Any]) -> Residue:
        values = [v if isinstance(v, Residue) else self.integers(v) for v in values]
        r = self.floats.elementwise(name, [v.r for v in values])
        if name in _GATES and not (np.abs(r) < LARGEST_WHOLE).all():
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
            return Residue(modular_exponential(self._exponent(values[0])), None, r)
        self.rigorous = False
        p = values[0].p
        if name in _ODD:
            low = p > P // 2
            p = np.where(low, P - p, p)
            image = scrambled(p, name, P)
            image = np.where(values[0].p == 0, 0, np.where(low, P - image, image))
            return Residue(image, None, r)
        if name == "cos":
            p = np.where(p > P // 2, P - p, p)
        return Residue(scrambled(p, name, P), None, r)

    def _exponent(self, value: Residue) -> Array:
        if value.q is not None:
            return value.q
        self.rigorous = False
        return scrambled(value.p, "exponent", Q)

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
            q = a.q * modular_power(b.q, Q - 2, Q) % Q
        return Residue(a.p * modular_power(b.p, P - 2, P) % P, q, r)

    def _raise(self, a: Residue, b: Residue, r: Array) -> Residue:
        exponent = self._fraction(b)
        if exponent is None:
            self.rigorous = False
            mixed = (a.p * 31 + b.p * 17 + a.p * b.p % P) % P
            return Residue(scrambled(mixed, "power", P), None, r)
        if exponent < 0 and (a.p == 0).any():
            raise Discard("a division by 0")
        base, q = a.p, a.q
        if exponent.denominator == 2:
            base, q = modular_root(base), self._root_of_exponent(q)
        elif exponent.denominator != 1:
            self.rigorous = False
            root = scrambled(base, f"root{exponent.denominator}", P)
            base, q = root * root % P, None  # a square, as a positive number has a square root
        whole = exponent.numerator
        if q is not None:
            q = None if whole < 0 and (q == 0).any() else modular_power(q, whole, Q)
        return Residue(modular_power(base, whole, P), q, r)

    def _root_of_exponent(self, q: Array | None) -> Array | None:
        """The square root mod Q that is itself a square, None where there is none."""
        if q is None or (modular_power(q, (Q - 1) // 2, Q) == Q - 1).any():
            self.partial = self.partial or q is not None
            return None
        return modular_power(q, (Q + 1) // 4, Q)

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

    def extremum(self, kind: str, value: Any, axes: tuple[int, ...], result: str) -> Any:
        self.rigorous = False  # not every entry was the largest at some point
        value = value if isinstance(value, Residue) else self.integers(value)
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
            p = node.op.compute(node, [v.p.copy() for v in values], FieldMatrix())
            r = self.floats.matrix(node, [v.r for v in values])
        except (ZeroDivisionError, NotEvaluable):
            raise Discard("a singular matrix") from None
        return Residue(p % P, None, r)


_RING = {"add", "subtract", "negative", "multiply"}


_GATES = {"sign", "greater", "greater_equal", "equal", "floor"}


_TWO_SIDED = {"sign", "greater", "greater_equal"}


_ODD = {"sin", "arctan", "arcsin", "erf"}


FIXED = {"onehot", "binary", "mask", "pm1", "causal"}


def random_leaf(leaf: Node, sizes: Mapping[str, int], random: np.random.Generator) -> Any:
    """Random residues that satisfy the facts of a leaf, with floats beside them."""
    shadow = sample(leaf, sizes, random)
    if leaf.dtype == "int":
        return shadow
    words = {f.split()[0] for f in leaf.params[1]}
    if words & FIXED:
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
