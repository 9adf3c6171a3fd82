"""What the stability tests share: real numbers of many digits, and how far a float is from them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import mpmath
import numpy as np

from symbp.algebra.node import Node
from symbp.evidence.broadcasting import Array
from symbp.evidence.evaluate import evaluate
from symbp.evidence.real import Decimals, decimals

DIGITS = 400
"""So many that 50 are left where a definition cancels: 1 + e^-800 needs 350 to differ from 1."""

Scalar = Callable[..., Any]


def _partial(function: Scalar, inputs: int = 1) -> Callable[..., Any]:
    """A function of numbers that is NaN where it is not a real number."""

    def guarded(*numbers: Any) -> Any:
        try:
            value = function(*numbers)
        except (ZeroDivisionError, ValueError, OverflowError):
            return mpmath.nan
        return value.real if isinstance(value, mpmath.mpc) and value.imag == 0 else _real(value)

    return np.frompyfunc(guarded, inputs, 1)  # type: ignore[no-any-return]


def _real(value: Any) -> Any:
    return mpmath.nan if isinstance(value, mpmath.mpc) or mpmath.isinf(value) else value


def _power(x: Any, p: Any) -> Any:
    return mpmath.power(x, int(p)) if p == int(p) else mpmath.power(x, p)


class ManyDigits(Decimals):
    """Decimals with NaN in the entries where a function has no real value."""

    functions: Mapping[str, Callable[..., Any]] = {
        **Decimals.functions,
        "divide": _partial(lambda a, b: a / b, 2),
        "power": _partial(_power, 2),
        "log": _partial(mpmath.log),
        "arcsin": _partial(mpmath.asin),
    }


def reference(roots: Sequence[Node], leaves: Mapping[Node, Any], sizes: Mapping[str, int]) -> list[Array]:
    """The values of nodes, by their definitions, at arrays of floats that are taken as they are."""
    with mpmath.workdps(DIGITS):
        values = evaluate(roots, {n: decimals(v) for n, v in leaves.items()}, sizes, ManyDigits())
        shapes = [tuple(s.value(sizes) for s in root.shape) for root in roots]
        return [np.broadcast_to(v, shape) for v, shape in zip(values, shapes, strict=True)]


STEP = mpmath.mpf(10) ** -40
"""How much inputs are changed, relatively, to see what that does."""


def sensitivities(
    roots: Sequence[Node],
    leaves: Mapping[Node, Any],
    sizes: Mapping[str, int],
    by_rows: bool,
    normwise: bool = False,
) -> list[Array]:
    """Σ_i |∂root/∂x_i| |x_i| over the entries of all leaves of real numbers, entry by entry of each root.

    With `normwise` the largest entry of the row stands in the place of |x_i|.  With `by_rows` no row (entry
    of the first axis) acts on another, so that all are changed at once.
    """
    base = reference(roots, leaves, sizes)
    found: list[Any] = [np.zeros(v.shape, dtype=object) for v in base]
    with mpmath.workdps(DIGITS):
        for node, value in leaves.items():
            if value.dtype.kind != "f":
                continue
            steps = np.asarray(STEP * (_largest_of_rows(value) if normwise else decimals(value)))
            for at in np.ndindex(*value.shape[1:]) if by_rows else np.ndindex(*value.shape):
                moved = decimals(value).copy()
                place = (slice(None), *at) if by_rows else at
                moved[place] = moved[place] + steps[place]
                after = reference(roots, {**leaves, node: moved}, sizes)
                for k, (old, new) in enumerate(zip(base, after, strict=True)):
                    found[k] = found[k] + _real_part(abs(new - old) / STEP)
    return found


def _largest_of_rows(value: Any) -> Array:
    largest = np.max(np.abs(value), axis=-1, keepdims=True) if value.ndim > 1 else np.abs(value)
    return np.broadcast_to(decimals(largest), value.shape)


@np.vectorize(otypes=[object])
def _real_part(value: Any) -> Any:
    """0 where there is no real value, so no slope."""
    return value if mpmath.isfinite(value) else mpmath.mpf(0)


def representable(wanted: Array, dtype: Any) -> Array:
    """Where a value is a real number that does not overflow."""
    largest = float(np.finfo(dtype).max)
    return np.asarray(np.frompyfunc(lambda v: abs(v) <= largest, 1, 1)(wanted), dtype=bool)


def errors_in_eps(found: Array, wanted: Array, scale: Any = 0.0) -> Array:
    """|found - wanted| / max(|wanted|, scale) in units of eps; 0 within the smallest normal number."""
    limits = np.finfo(found.dtype)
    eps, tiny = mpmath.mpf(float(limits.eps)), mpmath.mpf(float(limits.tiny))

    def error(value: Any, exact: Any, least: Any) -> float:
        if not np.isfinite(value):
            return np.inf
        off = abs(mpmath.mpf(float(value)) - exact)
        if off <= tiny:
            return 0.0
        return float(min(off / (eps * max(abs(exact), mpmath.mpf(least), tiny)), mpmath.mpf(10) ** 300))

    with mpmath.workdps(50):
        return np.asarray(np.frompyfunc(error, 3, 1)(found, wanted, scale), dtype=float)
