"""Real numbers: floats for a first look, 40 digits for every refutation."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any

import mpmath
import numpy as np

from symbp.algebra.node import Node
from symbp.evidence.broadcasting import Array, NotEvaluable, broadcast_contract
from symbp.ops.elimination import MatrixOperation

DIGITS = 50


class _FloatMatrix:
    add, subtract, multiply, divide, sqrt = np.add, np.subtract, np.multiply, np.divide, np.sqrt
    resolution = 1e-12


class Floats:
    """float64 by NumPy."""

    functions: Mapping[str, Callable[..., Any]] = {
        "add": np.add,
        "subtract": np.subtract,
        "multiply": np.multiply,
        "divide": np.divide,
        "negative": np.negative,
        "power": np.power,
        "exp": np.exp,
        "log": lambda x: np.log(np.abs(x)),
        "sin": np.sin,
        "cos": np.cos,
        "arctan": np.arctan,
        "arcsin": np.arcsin,
        "erf": np.vectorize(math.erf, otypes=[float]),
        "sign": np.sign,
        "floor": np.floor,
        "greater": lambda a, b: np.greater(a, b).astype(float),
        "greater_equal": lambda a, b: np.greater_equal(a, b).astype(float),
        "equal": lambda a, b: np.equal(a, b).astype(float),
    }
    entry: Callable[[Any], Any] = float

    def number(self, value: Fraction) -> Any:
        return np.asarray(float(value))

    def symbolic(self, name: str) -> Any:
        return np.asarray(math.pi)

    def integers(self, value: Array) -> Any:
        return value.astype(float)

    def elementwise(self, name: str, values: Sequence[Any]) -> Any:
        if name not in self.functions:
            raise NotEvaluable(f"the function {name}")
        with np.errstate(all="ignore"):
            return np.asarray(self.functions[name](*values))

    def contract(self, values: Sequence[Any], inputs: Any, out: Any, dims: Mapping[int, int]) -> Any:
        unique = len(set(out)) == len(out) and set(out) <= {label for s in inputs for label in s}
        if unique and 1 <= len(values) <= 2:
            operands: list[Any] = []
            for value, labels in zip(values, inputs, strict=True):
                operands += [value, list(labels)]
            with np.errstate(all="ignore"):
                return np.asarray(np.einsum(*operands, list(out)))
        with np.errstate(all="ignore"):
            return broadcast_contract(
                values, inputs, out, dims, np.multiply, lambda a, k: a.sum(axis=k), np.asarray(1.0)
            )

    def structural(self, move: Callable[[Sequence[Array]], Array], value: Any, others: Sequence[Any]) -> Any:
        return move([value, *others])

    def extremum(self, kind: str, value: Any, axes: tuple[int, ...], result: str) -> Any:
        return extremum_of(value, value, kind, axes, result, lambda m: m.astype(float))

    def carried(self, value: Any) -> Any:
        return value

    def cut_off(self, value: Any) -> Array:
        return cut_off(value)

    def detached(self, value: Any) -> Any:
        return value

    def matrix(self, node: Node, values: Sequence[Any]) -> Any:
        assert isinstance(node.op, MatrixOperation)
        try:
            with np.errstate(all="ignore"):
                return node.op.compute(node, [np.array(v, dtype=float) for v in values], _FloatMatrix)
        except ZeroDivisionError:
            raise NotEvaluable("a singular matrix") from None


def cut_off(value: Any) -> Array:
    """Numbers without what is after the point, as integers."""
    whole: Array = np.trunc(np.asarray(value, dtype=float)).astype(np.int64)
    return whole


def extremum_of(
    value: Any, order: Array, kind: str, axes: tuple[int, ...], result: str, mask_of: Callable[[Array], Any]
) -> Any:
    """max, min, their masks or positions, where `order` says which entry is larger."""
    rank = order.ndim
    kept = [a for a in range(rank) if a not in axes]
    moved = np.transpose(order, [*kept, *axes])
    flat = moved.reshape([order.shape[a] for a in kept] + [-1])
    at = flat.argmax(axis=-1) if kind == "max" else flat.argmin(axis=-1)
    if result == "index":
        return at
    chosen = np.zeros(flat.shape, dtype=bool)
    np.put_along_axis(chosen, at[..., None], True, axis=-1)
    back = np.argsort([*kept, *axes])
    mask = chosen.reshape(moved.shape).transpose(back)
    if result == "mask":
        return mask_of(mask)
    values = np.transpose(value, [*kept, *axes]).reshape(flat.shape)
    return np.take_along_axis(values, at[..., None], axis=-1)[..., 0]


def _mp(function: Callable[..., Any], inputs: int = 1) -> Callable[..., Any]:
    return np.frompyfunc(function, inputs, 1)  # type: ignore[no-any-return]


def _mp_power(x: Any, p: Any) -> Any:
    if x == 0 and p < 0:
        raise NotEvaluable("0 to a negative power")
    if x < 0 and p != int(p):
        raise NotEvaluable("a root of a negative number")
    return mpmath.power(x, int(p)) if p == int(p) else mpmath.power(x, p)


def _mp_divide(a: Any, b: Any) -> Any:
    if b == 0:
        raise NotEvaluable("a division by 0")
    return a / b


def _mp_log(x: Any) -> Any:
    if x == 0:
        raise NotEvaluable("the logarithm of 0")
    return mpmath.log(abs(x))


def _tied(a: Any, b: Any) -> bool:
    """Equal but for rounding: which of log(exp(x)) and x is larger must not be left to chance."""
    return bool(abs(a - b) <= max(abs(a), abs(b)) * mpmath.mpf(10) ** (SPARE_DIGITS - mpmath.mp.dps))


class _DecimalMatrix:
    add, subtract, multiply, divide = np.add, np.subtract, np.multiply, _mp(_mp_divide, 2)
    sqrt = _mp(mpmath.sqrt)
    resolution = mpmath.mpf(10) ** -(DIGITS - 15)


SPARE_DIGITS = 8
"""Digits that may be lost on the way to a comparison."""


class Decimals(Floats):
    """50 decimal digits by mpmath, in arrays of objects."""

    functions: Mapping[str, Callable[..., Any]] = {
        "add": np.add,
        "subtract": np.subtract,
        "multiply": np.multiply,
        "divide": _mp(_mp_divide, 2),
        "negative": np.negative,
        "power": _mp(_mp_power, 2),
        "exp": _mp(mpmath.exp),
        "log": _mp(_mp_log),
        "sin": _mp(mpmath.sin),
        "cos": _mp(mpmath.cos),
        "arctan": _mp(mpmath.atan),
        "arcsin": _mp(mpmath.asin),
        "erf": _mp(mpmath.erf),
        "sign": _mp(mpmath.sign),
        "floor": _mp(mpmath.floor),
        "greater": _mp(lambda a, b: mpmath.mpf(int(a > b and not _tied(a, b))), 2),
        "greater_equal": _mp(lambda a, b: mpmath.mpf(int(a >= b or _tied(a, b))), 2),
        "equal": _mp(lambda a, b: mpmath.mpf(int(_tied(a, b))), 2),
    }

    def number(self, value: Fraction) -> Any:
        return _object(mpmath.mpf(value.numerator) / value.denominator)

    def symbolic(self, name: str) -> Any:
        return _object(+mpmath.pi)

    def integers(self, value: Array) -> Any:
        return decimals(value)

    def elementwise(self, name: str, values: Sequence[Any]) -> Any:
        if name not in self.functions:
            raise NotEvaluable(f"the function {name}")
        return _object(self.functions[name](*(decimals(v) for v in values)))

    def contract(self, values: Sequence[Any], inputs: Any, out: Any, dims: Mapping[int, int]) -> Any:
        return broadcast_contract(
            [decimals(v) for v in values],
            inputs,
            out,
            dims,
            np.multiply,
            lambda a, k: a.sum(axis=k),
            _object(mpmath.mpf(1)),
        )

    def extremum(self, kind: str, value: Any, axes: tuple[int, ...], result: str) -> Any:
        return extremum_of(value, value, kind, axes, result, decimals)

    def matrix(self, node: Node, values: Sequence[Any]) -> Any:
        assert isinstance(node.op, MatrixOperation)
        try:
            return decimals(node.op.compute(node, [decimals(v).copy() for v in values], _DecimalMatrix))
        except ZeroDivisionError:
            raise NotEvaluable("a singular matrix") from None


def _object(value: Any) -> Array:
    if isinstance(value, np.ndarray):
        return value
    result = np.empty((), dtype=object)
    result[()] = value
    return result


def decimals(value: Any) -> Array:
    """Numbers as an array of mpmath numbers (floats are taken as they are)."""
    array = np.asarray(value)
    if array.dtype == object:
        for at in np.ndindex(*array.shape):
            if isinstance(array[at], np.ndarray):
                array[at] = array[at][()]
        return array
    result = np.empty(array.shape, dtype=object)
    for at in np.ndindex(*array.shape):
        result[at] = mpmath.mpf(array[at].item() if not isinstance(array[at], bool) else int(array[at]))
    return result
