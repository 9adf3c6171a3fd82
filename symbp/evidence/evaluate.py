"""The value of nodes for given arrays, over any number system.

One walk serves floats, 40-digit numbers and residues: operations with a definition are evaluated
through it, structural ones move entries, contractions are sums of products, and only the
primitive functions are asked of the number system.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Any, Protocol

import numpy as np

from symbp.algebra.node import CONSTANT, SIZE, SYMBOLIC, Node
from symbp.algebra.size import Size
from symbp.evidence.broadcasting import LARGEST_ARRAY, Array, NotEvaluable, broadcast_contract
from symbp.ops.contract import CONTRACT
from symbp.ops.elimination import MatrixOperation
from symbp.ops.extrema import ArgExtremum, Extremum, FirstExtremum
from symbp.ops.registry import Elementwise
from symbp.ops.scan import BUNDLE, PART, SCAN
from symbp.ops.structure.stopped import STOP_GRADIENT
from symbp.ops.structure.structural import Structural
from symbp.ops.structure.whole_numbers import CUT_OFF


class Numbers(Protocol):
    """A number system.  Values are arrays, or bundles of arrays that it knows how to treat."""

    def number(self, value: Fraction) -> Any: ...
    def symbolic(self, name: str) -> Any: ...
    def integers(self, value: Array) -> Any: ...
    def elementwise(self, name: str, values: Sequence[Any]) -> Any: ...
    def contract(self, values: Sequence[Any], inputs: Any, out: Any, dims: Mapping[int, int]) -> Any: ...
    def structural(
        self, move: Callable[[Sequence[Array]], Array], value: Any, others: Sequence[Any]
    ) -> Any: ...
    def extremum(self, kind: str, value: Any, axes: tuple[int, ...], result: str) -> Any: ...
    def matrix(self, node: Node, values: Sequence[Any]) -> Any: ...
    def cut_off(self, value: Any) -> Array: ...
    def detached(self, value: Any) -> Any: ...
    def carried(self, value: Any) -> Any: ...


INTEGERS: Mapping[str, Callable[..., Any]] = {
    "add": np.add, "subtract": np.subtract, "multiply": np.multiply, "negative": np.negative,
}  # fmt: skip
"""The functions of integers that give integers."""


def evaluate(
    roots: Iterable[Node], leaves: Mapping[Node, Any], sizes: Mapping[str, int], numbers: Numbers
) -> list[Any]:
    """The values of the roots.  NotEvaluable where one of them has none."""
    roots = list(roots)
    values: dict[Node, Any] = dict(leaves)
    order = with_definitions(roots, values)
    for node in order:
        if node not in values:
            try:
                values[node] = _value(node, values, sizes, numbers)
            except IndexError:
                raise NotEvaluable(f"an index beyond an axis of {node.op.name}") from None
            except OverflowError:
                raise NotEvaluable(f"a number beyond all bounds in {node.op.name}") from None
    return [values[r] for r in roots]


def with_definitions(roots: Sequence[Node], known: Container[Node] = ()) -> list[Node]:
    """Nodes in the order of evaluation; one with a definition comes after its definition."""
    order: list[Node] = []
    seen: set[Node] = set()
    stack: list[tuple[Node, bool]] = [(r, False) for r in reversed(roots)]
    while stack:
        node, ready = stack.pop()
        if ready:
            order.append(node)
            continue
        if node in seen or node in known:
            continue
        seen.add(node)
        stack.append((node, True))
        meaning = node.meaning
        below = node.args if meaning is None else (meaning,)
        stack.extend((b, False) for b in reversed(below) if b not in seen)
    return order


def _value(node: Node, values: Mapping[Node, Any], sizes: Mapping[str, int], numbers: Numbers) -> Any:
    def size(s: Size) -> int:
        return s.value(sizes)

    meaning = node.meaning
    if meaning is not None:
        return values[meaning]
    _refuse_large(node, size)
    args = [values[a] for a in node.args]
    op = node.op
    if op is CONSTANT:
        return numbers.number(node.params[0])
    if op is SIZE:
        return numbers.number(Fraction(size(node.params[0])))
    if op is SYMBOLIC:
        return numbers.symbolic(node.params[0])
    whole = _of_integers(node, args, size) if node.dtype == "int" else None
    if whole is not None:
        return whole
    if isinstance(op, Elementwise):
        return numbers.elementwise(op.name, args)
    if op is CONTRACT:
        return _contraction(node, args, size, numbers)
    if isinstance(op, Structural):
        return _structural(node, op, args, size, numbers)
    if isinstance(op, Extremum | FirstExtremum | ArgExtremum):
        return _extremum(node, args[0], numbers)
    if op is CUT_OFF:
        return numbers.cut_off(args[0])
    if isinstance(op, MatrixOperation):
        return numbers.matrix(node, args)
    if op is SCAN:
        return _scan(node, args, sizes, numbers)
    if op is BUNDLE:
        return args
    if op is PART:
        return args[0][node.params[0]]
    if op.name == "prod":
        return _product(args[0], node, numbers)
    if op.name == "cumprod":
        return _running_product(args[0], node, numbers)
    raise NotEvaluable(f"{op.name} over these numbers")


def _refuse_large(node: Node, size: Callable[[Size], int]) -> None:
    """NotEvaluable for an array of too many entries, or with an axis of less than none."""
    total = 1
    for s in node.shape:
        total *= max(size(s), 0)
        if size(s) < 0 or total > LARGEST_ARRAY:
            raise NotEvaluable(f"an array of shape {node.shape}")


def _contraction(node: Node, args: list[Any], size: Callable[[Size], int], numbers: Numbers) -> Any:
    inputs, out, label_sizes = node.params
    dims = {label: size(s) for label, s in enumerate(label_sizes)}
    if node.dtype == "int":
        one = np.ones((), dtype=np.int64)
        return broadcast_contract(args, inputs, out, dims, np.multiply, lambda a, k: a.sum(axis=k), one)
    return numbers.contract(args, inputs, out, dims)


def _extremum(node: Node, arg: Any, numbers: Numbers) -> Any:
    """The largest or smallest entries, the mask of the first of them, or where they stand."""
    op = node.op
    if isinstance(op, ArgExtremum):
        return numbers.extremum(op.name.removeprefix("arg"), arg, (node.params[0],), "index")
    if isinstance(op, FirstExtremum):
        return numbers.extremum(op.name.removeprefix("first_"), arg, node.params[0], "mask")
    axes, keepdims = node.params[:2]
    found = numbers.extremum(op.name, arg, axes, "value")
    return _with_axes(found, axes, numbers) if keepdims else found


def _of_integers(node: Node, args: list[Any], size: Callable[[Size], int]) -> Array | None:
    """What indices are counted with, whatever numbers the rest is in; None where not all are integers."""
    found: list[Any] = []
    for arg, value in zip(node.args, args, strict=True):
        if arg.op is CONSTANT and arg.params[0].denominator == 1:
            value = int(arg.params[0])
        elif arg.op is SIZE:
            value = size(arg.params[0])
        found.append(np.asarray(value))
    if not all(np.issubdtype(value.dtype, np.integer) for value in found):
        return None
    if node.op is CONTRACT:
        inputs, out, label_sizes = node.params
        dims = {label: size(s) for label, s in enumerate(label_sizes)}
        added = broadcast_contract(
            found, inputs, out, dims, np.multiply, lambda a, k: a.sum(axis=k), np.asarray(1)
        )
        return np.asarray(added)
    return np.asarray(INTEGERS[node.op.name](*found)) if node.op.name in INTEGERS else None


def _with_axes(value: Any, axes: tuple[int, ...], numbers: Numbers) -> Any:
    return numbers.structural(lambda arrays: np.expand_dims(arrays[0], axes), value, ())


def _structural(
    node: Node, op: Structural, args: list[Any], size: Callable[[Size], int], numbers: Numbers
) -> Any:
    if not args or node.args[0].dtype == "int":
        if not all(isinstance(a, np.ndarray | np.generic | int) for a in args):
            raise NotEvaluable(f"{op.name} of integers that come from other numbers")
        return (
            numbers.integers(op.apply(node, args, size))
            if node.dtype != "int"
            else op.apply(node, args, size)
        )
    if op is STOP_GRADIENT:
        return numbers.detached(args[0])
    if op.name == "concatenate":
        return _concatenated(node, args, numbers)
    rest = args[1:]
    return numbers.structural(lambda arrays: op.apply(node, [*arrays, *rest], size), args[0], ())


def _concatenated(node: Node, args: list[Any], numbers: Numbers) -> Any:
    return numbers.structural(
        lambda arrays: np.concatenate(list(arrays), axis=node.params[0]), args[0], args[1:]
    )


def _scan(node: Node, args: list[Any], sizes: Mapping[str, int], numbers: Numbers) -> list[Any]:
    """All parts of a recurrence, step by step."""
    body, length, reverse = node.params
    count, along = len(body.states), len(body.sequences)
    states, sequences, fixed = args[:count], args[count : count + along], args[count + along :]
    states = [numbers.carried(state) for state in states]
    steps = length.value(sizes)
    found: list[list[Any]] = [[] for _ in body.values]
    for t in reversed(range(steps)) if reverse else range(steps):
        values = dict(zip(body.states, states, strict=True))
        values.update(zip(body.fixed, fixed, strict=True))
        for slot, sequence in zip(body.sequences, sequences, strict=True):
            values[slot] = _at_time(sequence, t, slot, numbers)
        new = evaluate(body.values, values, sizes, numbers)
        new = [_whole(v, value.shape, sizes, numbers) for v, value in zip(new, body.values, strict=True)]
        states = new[:count]
        for parts, value in zip(found, new, strict=True):
            parts.append(value)
    return [_stacked(parts[::-1] if reverse else parts, numbers) for parts in found]


def _at_time(sequence: Any, t: int, slot: Node, numbers: Numbers) -> Any:
    if slot.dtype == "int":
        return sequence[t]
    return numbers.structural(lambda arrays: np.asarray(arrays[0][t]), sequence, ())


def _whole(value: Any, shape: Sequence[Size], sizes: Mapping[str, int], numbers: Numbers) -> Any:
    """A value in its full shape (zeros may have come as one number)."""
    wanted = tuple(s.value(sizes) for s in shape)
    if shape_of(value) == wanted:
        return value
    return numbers.structural(lambda arrays: np.broadcast_to(arrays[0], wanted), value, ())


def _stacked(parts: list[Any], numbers: Numbers) -> Any:
    if not parts:
        raise NotEvaluable("a recurrence of length 0")
    return numbers.structural(lambda arrays: np.stack(list(arrays)), parts[0], parts[1:])


def _slices(value: Any, axis: int, count: int, numbers: Numbers) -> list[Any]:
    def cut(k: int) -> Callable[[Sequence[Array]], Array]:
        return lambda arrays: np.take(arrays[0], [k], axis=axis)

    return [numbers.structural(cut(k), value, ()) for k in range(count)]


def _product(value: Any, node: Node, numbers: Numbers) -> Any:
    axes, keepdims = node.params
    for axis in axes:
        parts = _slices(value, axis, shape_of(value)[axis], numbers)
        if not parts:
            return numbers.number(Fraction(1))
        value = parts[0]
        for part in parts[1:]:
            value = numbers.elementwise("multiply", [value, part])
    return value if keepdims else numbers.structural(lambda arrays: np.squeeze(arrays[0], axes), value, ())


def _running_product(value: Any, node: Node, numbers: Numbers) -> Any:
    (axis,) = node.params
    parts = _slices(value, axis, shape_of(value)[axis], numbers)
    for k in range(1, len(parts)):
        parts[k] = numbers.elementwise("multiply", [parts[k - 1], parts[k]])
    return numbers.structural(lambda arrays: np.concatenate(list(arrays), axis=axis), parts[0], parts[1:])


def shape_of(value: Any) -> tuple[int, ...]:
    """The shape of a value of any number system."""
    shape: tuple[int, ...] = np.shape(value) if isinstance(value, np.ndarray) else value.shape
    return shape
