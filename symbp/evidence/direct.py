"""The independent judge: SymPy's own `diff` on a small explicit instance.

The equations, as they were written, are worked out entry by entry over SymPy symbols at small
sizes; SymPy differentiates the loss; both gradients are compared as 30-digit numbers.  No
derivative rule, no law and no normal form of this project takes part.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import mpmath
import numpy as np
import sympy

from symbp.algebra.node import Node, topological
from symbp.evidence.broadcasting import Array, NotEvaluable, broadcast_contract
from symbp.evidence.evaluate import evaluate
from symbp.evidence.real import DIGITS, Decimals, decimals
from symbp.evidence.samples import sample, size_letters, tiny_sizes
from symbp.ops.scan import SCAN

LARGEST_INSTANCE = 4000
"""Operations in the explicit loss beyond which SymPy is not asked."""
LARGEST_RECURRENCE = 400
"""The same where steps nest: the derivative of each holds those of all before it."""
ENTRIES = 4
"""Entries of each gradient that are compared."""


@dataclass(frozen=True)
class Judgement:
    """agree is None where SymPy was not asked or could not answer; then `detail` says why."""

    agree: bool | None
    detail: str


def _sym(function: Callable[..., Any], inputs: int = 1) -> Callable[..., Any]:
    return np.frompyfunc(function, inputs, 1)  # type: ignore[no-any-return]


class _Whole:
    """What is not asked of SymPy, and what it does not see: entries that move, values that are carried."""

    def structural(
        self, move: Callable[[Sequence[Array]], Array], value: Any, others: Sequence[Any]
    ) -> Array:
        return move([value, *others])

    def extremum(self, kind: str, value: Any, axes: tuple[int, ...], result: str) -> Any:
        raise NotEvaluable(f"{kind} in SymPy")

    def carried(self, value: Any) -> Any:
        return value

    def cut_off(self, value: Any) -> Array:
        raise NotEvaluable("integers out of numbers in SymPy")

    def detached(self, value: Any) -> Any:
        raise NotEvaluable("stop_gradient in SymPy")

    def matrix(self, node: Node, values: Sequence[Any]) -> Array:
        raise NotEvaluable(f"{node.op.name} in SymPy")


class Symbols(_Whole):
    """SymPy expressions in arrays of objects."""

    functions: Mapping[str, Callable[..., Any]] = {
        "add": np.add,
        "subtract": np.subtract,
        "multiply": np.multiply,
        "divide": np.divide,
        "negative": np.negative,
        "power": np.power,
        "exp": _sym(sympy.exp),
        "log": _sym(sympy.log),
        "sin": _sym(sympy.sin),
        "cos": _sym(sympy.cos),
        "arctan": _sym(sympy.atan),
        "arcsin": _sym(sympy.asin),
        "erf": _sym(sympy.erf),
        "sign": _sym(lambda x: 2 * sympy.Heaviside(x) - 1),
        "floor": _sym(sympy.floor),
        "greater": _sym(lambda a, b: sympy.Heaviside(a - b), 2),
        "greater_equal": _sym(lambda a, b: sympy.Heaviside(a - b), 2),
    }

    def number(self, value: Fraction) -> Array:
        return _object(sympy.Rational(value.numerator, value.denominator))

    def symbolic(self, name: str) -> Array:
        return _object(sympy.pi)

    def integers(self, value: Array) -> Array:
        result = np.empty(np.shape(value), dtype=object)
        for at in np.ndindex(*result.shape):
            result[at] = sympy.Integer(int(np.asarray(value)[at]))
        return result

    def elementwise(self, name: str, values: Sequence[Any]) -> Array:
        if name not in self.functions:
            raise NotEvaluable(f"the function {name} in SymPy")
        lifted = [v if v.dtype == object else self.integers(v) for v in map(np.asarray, values)]
        return _object(self.functions[name](*lifted))

    def contract(self, values: Sequence[Any], inputs: Any, out: Any, dims: Mapping[int, int]) -> Array:
        lifted = [v if v.dtype == object else self.integers(v) for v in map(np.asarray, values)]
        one = _object(sympy.Integer(1))
        return broadcast_contract(lifted, inputs, out, dims, np.multiply, lambda a, k: a.sum(axis=k), one)


class Lengths(_Whole):
    """How many symbols an entry has when it is written out; asked before SymPy is."""

    def number(self, value: Fraction) -> Array:
        return np.asarray(1.0)

    def symbolic(self, name: str) -> Array:
        return np.asarray(1.0)

    def integers(self, value: Array) -> Array:
        return np.ones(np.shape(value))

    def elementwise(self, name: str, values: Sequence[Any]) -> Array:
        total = np.asarray(1.0)
        for value in values:
            total = total + value
        return np.asarray(total)

    def contract(self, values: Sequence[Any], inputs: Any, out: Any, dims: Mapping[int, int]) -> Array:
        floats = [np.asarray(v, dtype=float) for v in values]
        one = np.asarray(1.0)
        return broadcast_contract(floats, inputs, out, dims, np.add, lambda a, k: a.sum(axis=k), one)


def _object(value: Any) -> Array:
    if isinstance(value, np.ndarray):
        return value
    result = np.empty((), dtype=object)
    result[()] = value
    return result


def judge(outputs: Sequence[tuple[Node, Node | None]], by: Node, gradient: Node) -> Judgement:
    """SymPy's derivative of Σ ⟨output, upstream⟩ by some entries of `by`, against a gradient."""
    roots = [n for pair in outputs for n in pair if n is not None] + [gradient, by]
    random = np.random.default_rng(65537)
    for sizes in list(tiny_sizes(size_letters(roots), roots))[1:3]:
        leaves = [n for n in topological(roots) if n.is_leaf]
        values = {n: sample(n, sizes, random) for n in leaves}
        try:
            return _judge_at(outputs, by, gradient, sizes, values)
        except NotEvaluable as error:
            return Judgement(None, f"SymPy was not asked: {error}")
    return Judgement(None, "SymPy was not asked: no small sizes fit")


def _judge_at(
    outputs: Sequence[tuple[Node, Node | None]],
    by: Node,
    gradient: Node,
    sizes: Mapping[str, int],
    values: Mapping[Node, Array],
) -> Judgement:
    symbols = np.empty(values[by].shape, dtype=object)
    for k, at in enumerate(np.ndindex(*symbols.shape)):
        symbols[at] = sympy.Symbol(f"x{k}", real=True)
    _check_length([output for output, _ in outputs], sizes, values)
    known = {n: v if v.dtype.kind in "iub" else _rational(v) for n, v in values.items()}
    loss = _explicit_loss(outputs, sizes, known | {by: symbols})
    point = {symbols[at]: sympy.Rational(float(values[by][at])) for at in np.ndindex(*symbols.shape)}
    entries = list(np.ndindex(*symbols.shape))[:: max(1, symbols.size // ENTRIES)][:ENTRIES]
    with mpmath.workdps(DIGITS):
        exact = {n: v if n.dtype == "int" else decimals(v) for n, v in values.items()}
        (mine,) = evaluate([gradient], exact, sizes, Decimals())
        mine = np.broadcast_to(decimals(mine), symbols.shape)
        for at in entries:
            number = _slope(loss, symbols[at], point)
            if abs(number - mine[at]) > mpmath.mpf(10) ** -20 * max(1, abs(number)):
                return Judgement(False, f"SymPy's diff gives {mpmath.nstr(number, 8)} at entry {list(at)}")
    where = ", ".join(f"{k} = {v}" for k, v in sizes.items())
    return Judgement(True, f"SymPy's diff agrees ({len(entries)} entries at {where or 'one point'})")


def _check_length(outputs: Sequence[Node], sizes: Mapping[str, int], values: Mapping[Node, Array]) -> None:
    """NotEvaluable where the outputs, written out, are longer than SymPy differentiates in good time."""
    lengths = {n: v if v.dtype.kind in "iub" else np.ones(v.shape) for n, v in values.items()}
    written = evaluate(outputs, lengths, sizes, Lengths())
    nested = any(n.op is SCAN for n in topological(outputs))
    if sum(float(np.sum(w)) for w in written) > (LARGEST_RECURRENCE if nested else LARGEST_INSTANCE):
        raise NotEvaluable("the explicit loss is too long")


def _explicit_loss(
    outputs: Sequence[tuple[Node, Node | None]], sizes: Mapping[str, int], known: Mapping[Node, Array]
) -> sympy.Expr:
    """Σ ⟨output, upstream⟩ over the entries."""
    loss = sympy.Integer(0)
    for output, upstream in outputs:
        (value,) = evaluate([output], known, sizes, Symbols())
        weight = _object(sympy.Integer(1)) if upstream is None else known[upstream]
        loss = sympy.Add(loss, *_object(np.multiply(value, weight)).reshape(-1))
    return loss


def _slope(loss: sympy.Expr, by: sympy.Symbol, point: Mapping[sympy.Symbol, sympy.Expr]) -> Any:
    """The derivative at a point, as a number of mpmath.  NotEvaluable where it is none."""
    try:
        found = sympy.diff(loss, by).xreplace(point).evalf(30)
    except (ValueError, NotImplementedError) as error:
        raise NotEvaluable(f"SymPy has no derivative here: {error}") from None
    if not (found.is_number and found.is_real):
        raise NotEvaluable("its derivative is no number")
    return mpmath.mpf(str(found))


def _rational(value: Array) -> Array:
    result = np.empty(value.shape, dtype=object)
    for at in np.ndindex(*value.shape):
        result[at] = sympy.Rational(float(value[at]))
    return result
