"""A small evaluator of nodes with NumPy, for tests: the value of a node at concrete arrays.

It knows the primitives and follows definitions for everything else; it shares no code with what
is emitted, and makes no attempt at speed or at stable forms.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np

from symbp.algebra.node import CONSTANT, SIZE, SYMBOLIC, Node, topological
from symbp.algebra.size import Size
from symbp.ops.contract import CONTRACT
from symbp.ops.elimination import MatrixOperation
from symbp.ops.scan import PART, SCAN
from symbp.ops.structure.structural import Structural

Array = np.ndarray[Any, Any]

FLOAT = SimpleNamespace(
    add=np.add, subtract=np.subtract, multiply=np.multiply, divide=np.divide, sqrt=np.sqrt, resolution=0
)
_erf = np.vectorize(math.erf, otypes=[float])

ELEMENTWISE: dict[str, Callable[..., Any]] = {
    "add": np.add,
    "subtract": np.subtract,
    "multiply": np.multiply,
    "divide": np.divide,
    "negative": np.negative,
    "power": np.power,
    "greater": lambda a, b: np.greater(np.real(a), np.real(b)),
    "greater_equal": lambda a, b: np.greater_equal(np.real(a), np.real(b)),
    "less": lambda a, b: np.less(np.real(a), np.real(b)),
    "less_equal": lambda a, b: np.less_equal(np.real(a), np.real(b)),
    "equal": np.equal,
    "not_equal": np.not_equal,
    "logical_not": np.logical_not,
    "logical_and": np.logical_and,
    "logical_or": np.logical_or,
    "where": lambda c, a, b: np.where(np.asarray(c, bool), a, b),
    "sign": lambda x: np.sign(np.real(x)),
    "exp": np.exp,
    "expm1": np.expm1,
    "log": np.log,
    "log1p": np.log1p,
    "sqrt": np.sqrt,
    "sin": np.sin,
    "cos": np.cos,
    "arctan": np.arctan,
    "arcsin": np.arcsin,
    "tanh": np.tanh,
    "floor": lambda x: np.floor(np.real(x)),
    "trunc": lambda x: np.trunc(np.real(x)),
    "rint": lambda x: np.rint(np.real(x)),
    "arctan2": np.arctan2,
    "erf": _erf,
    "logaddexp": np.logaddexp,
}


def evaluate(node: Node, values: Mapping[str, Any], sizes: Mapping[str, int]) -> Array:
    """The array that a node stands for: `values` by names of leaves, `sizes` by letters."""
    return evaluate_all([node], values, sizes)[0]


def evaluate_all(roots: Sequence[Node], values: Mapping[str, Any], sizes: Mapping[str, int]) -> list[Array]:
    """Several nodes at once; what they share is computed once."""
    done: dict[Node, Array] = {}
    for root in roots:
        _evaluate_below(root, values, sizes, done)
    return [done[root] for root in roots]


def _evaluate_below(
    root: Node, values: Mapping[str, Any], sizes: Mapping[str, int], done: dict[Node, Array]
) -> None:
    for node in topological([root], stop=lambda n: n in done):
        if node in done:
            continue
        if node.op is SCAN:
            done[node] = _scan(node, [done[a] for a in node.args], values, sizes)
            continue
        result = _primitive(node, [done[a] for a in node.args], values, sizes)
        if result is None:
            meaning = node.op.definition(node)
            if meaning is None:
                raise NotImplementedError(f"tests.numeric does not know {node.op.name}")
            _evaluate_below(meaning, values, sizes, done)
            result = done[meaning]
        expected = tuple(s.value(sizes) for s in node.shape)
        assert np.shape(result) == expected, f"{node}: {np.shape(result)} instead of {expected}"
        done[node] = np.asarray(result)


def _primitive(node: Node, args: Sequence[Array], values: Mapping[str, Any], sizes: Mapping[str, int]) -> Any:
    def size(value: Size | int) -> int:
        return Size.of(value).value(sizes)

    op, params = node.op, node.params
    if op is PART:
        return args[0][params[0]]
    if node.is_leaf:
        return np.asarray(values[node.name])
    if op is CONSTANT:
        return np.asarray(params[0].numerator / params[0].denominator)
    if op is SIZE:
        return np.asarray(float(size(params[0])))
    if op is SYMBOLIC:
        return np.asarray({"pi": math.pi}[params[0]])
    if op is CONTRACT:
        return _contract(args, params, size)
    if isinstance(op, Structural):
        return op.apply(node, args, size)
    if isinstance(op, MatrixOperation):
        return op.compute(node, args, FLOAT)
    if op.name == "cut_off":
        return np.asarray(args[0]).astype(int)
    if op.name in ELEMENTWISE:
        if op.name in ("add", "subtract", "multiply", "negative"):
            args = [a.astype(float) if a.dtype == bool else a for a in args]
        return np.broadcast_to(ELEMENTWISE[op.name](*args), tuple(size(s) for s in node.shape))
    if op.name in REDUCTIONS:
        return REDUCTIONS[op.name](args[0], *params)
    return None


def _scan(node: Node, args: Sequence[Array], values: Mapping[str, Any], sizes: Mapping[str, int]) -> Array:
    """The parts of a recurrence, step by step, as an array of arrays."""
    body, length, backwards = node.params
    count, along = len(body.states), len(body.sequences)
    states, sequences, fixed = args[:count], args[count : count + along], args[count + along :]
    parts: list[list[Array]] = [[] for _ in body.values]
    order = range(length.value(sizes))
    for t in reversed(order) if backwards else order:
        now = [*states, *(s[t] for s in sequences), *fixed]
        done = dict(zip(body.inputs, now, strict=True))
        for value in body.values:
            _evaluate_below(value, values, sizes, done)
        states = [done[value] for value in body.values[:count]]
        for part, value in zip(parts, body.values, strict=True):
            part.append(done[value])
    result = np.empty(len(parts), dtype=object)
    for k, part in enumerate(parts):
        result[k] = np.array(part[::-1] if backwards else part)
    return result


def _contract(args: Sequence[Array], params: tuple[Any, ...], size: Callable[[Size], int]) -> Array:
    inputs, out, sizes = params
    distinct = list(dict.fromkeys(out))
    operands: list[Any] = []
    for array, labels in zip(args, inputs, strict=True):
        operands += [array.astype(float) if array.dtype == bool else array, list(labels)]
    named = {label for labels in inputs for label in labels}
    for label in distinct:
        if label not in named:
            operands += [np.ones(size(sizes[label])), [label]]
    plain = np.einsum(*operands, distinct) if operands else np.ones(())
    if len(distinct) == len(out):
        return np.asarray(plain)
    result = np.zeros([size(sizes[label]) for label in out], plain.dtype)
    for place in np.ndindex(*plain.shape):
        at = dict(zip(distinct, place, strict=True))
        result[tuple(at[label] for label in out)] = plain[place]
    return result


def _first(x: Array, axes: tuple[int, ...], best: Callable[[Array], int]) -> Array:
    """The mask of the first best entry (row-major) over the axes."""
    x = np.real(x)
    rest = [a for a in range(x.ndim) if a not in axes]
    mask = np.zeros(x.shape, bool)
    for place in np.ndindex(*(x.shape[a] for a in rest)):
        key: list[Any] = [slice(None)] * x.ndim
        for a, i in zip(rest, place, strict=True):
            key[a] = i
        part = x[tuple(key)]
        chosen = np.zeros(part.size, bool)
        chosen[best(part.reshape(-1))] = True
        mask[tuple(key)] = chosen.reshape(part.shape)
    return mask


def _others(x: Array, axes: tuple[int, ...]) -> Array:
    """The product of all other entries along the axes."""
    result = np.ones_like(x)
    for place in np.ndindex(*x.shape):
        key = tuple(slice(None) if a in axes else i for a, i in enumerate(place))
        part = x.copy()
        part[place] = 1
        result[place] = np.prod(part[key])
    return result


REDUCTIONS: dict[str, Callable[..., Any]] = {
    "max": lambda x, axes, keepdims: np.max(x, axis=axes, keepdims=keepdims),
    "min": lambda x, axes, keepdims: np.min(x, axis=axes, keepdims=keepdims),
    "first_max": lambda x, axes: _first(x, axes, lambda part: int(np.argmax(part))),
    "first_min": lambda x, axes: _first(x, axes, lambda part: int(np.argmin(part))),
    "argmax": lambda x, axis: np.argmax(x, axis=axis),
    "argmin": lambda x, axis: np.argmin(x, axis=axis),
    "prod": lambda x, axes, keepdims: np.prod(x, axis=axes, keepdims=keepdims),
    "prod_others": _others,
    "cumprod": lambda x, axis: np.cumprod(x, axis=axis),
}
