"""Arithmetic of whole numbers: what indices are worked out from.

`x[2 * i + 1]` and `x[(arange(n) + k) % n]` index by arrays that are made of index arrays.  Where an
index is needed, `as_index` reads such an expression once more, as one of integers; everywhere else
it stays the expression of numbers that it is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from symbp.algebra.node import CONSTANT, SIZE, Node, Operation, make, number, topological
from symbp.errors import OperandError
from symbp.ops.contract import CONTRACT
from symbp.ops.registry import Elementwise
from symbp.ops.structure.integer_arrays import INTEGER_ARRAY, integer_array
from symbp.ops.structure.structural import Array, SizeOf, Structural

COMPUTED: dict[str, Callable[..., Any]] = {
    "add": np.add, "subtract": np.subtract, "multiply": np.multiply, "negative": np.negative,
    "power": np.power, "square": np.square, "abs": np.abs, "sign": np.sign, "remainder": np.remainder,
    "floor_divide": np.floor_divide, "fmod": np.fmod, "maximum": np.maximum, "minimum": np.minimum,
    "clip": np.clip, "where": lambda condition, a, b: np.where(np.asarray(condition, bool), a, b),
    "greater": np.greater, "greater_equal": np.greater_equal, "less": np.less, "less_equal": np.less_equal,
    "equal": np.equal, "not_equal": np.not_equal, "logical_not": np.logical_not,
    "logical_and": np.logical_and, "logical_or": np.logical_or,
}  # fmt: skip
"""Functions entry by entry that give whole numbers, or truth values, of whole numbers."""
ROUNDING = ("floor", "ceil", "trunc", "rint")
MOVING = ("reshape", "getitem", "concatenate", "gather", "cumsum")
"""Operations that hold whole numbers where their arguments do; so does a contraction."""


class WholeNumbers(Structural):
    """A function of whole numbers entry by entry, arguments broadcast; `of` is the one of numbers."""

    def __init__(self, of: Elementwise) -> None:
        self.name, self.of = f"integer_{of.name}", of

    def apply(self, node: Node, arrays: Sequence[Array], size: SizeOf) -> Array:
        return np.asarray(COMPUTED[self.of.name](*arrays))


class WholeSize(Structural):
    """A size among whole numbers.  params: a Size."""

    name = "integer_size"

    def apply(self, node: Node, arrays: Sequence[Array], size: SizeOf) -> Array:
        return np.asarray(size(node.params[0]))


class CutOff(Operation):
    """Numbers that are whole, or truth values, as integers."""

    name = "cut_off"


WHOLE_SIZE, CUT_OFF = WholeSize(), CutOff()
_operations: dict[Elementwise, WholeNumbers] = {}


def whole(node: Node) -> Node | None:
    """The same array as one of integers; None where it may hold other numbers."""
    if not _looks_whole(node):
        return None
    done: dict[Node, Node | None] = {}
    for part in topological([node], stop=lambda n: n.dtype == "int"):
        done[part] = _whole(part, [done[a] for a in part.args] if part.dtype != "int" else [])
    return done[node]


def as_index(node: Node) -> Node:
    """An array as one of integers.  OperandError where it may hold other numbers."""
    found = whole(node)
    if found is None:
        declared = "declare it with: assume NAME: index n"
        hint = declared if node.is_leaf else "cut off what is after the point: .astype(int)"
        raise OperandError("an index array has to hold integers", hint=hint)
    return found


def may_be_negative(index: Node) -> bool:
    """Whether entries may count from the end of what they index."""
    for node in topological([index]):
        if isinstance(node.op, WholeNumbers | CutOff):
            return True
        if node.op is INTEGER_ARRAY and np.any(np.asarray(node.params[0]) < 0):
            return True
        if node.op.name == "arange":
            start, step = node.params
            last = start + (node.shape[0] - 1) * step
            if not (start.is_at_least(0) and last.is_at_least(0)):
                return True
    return False


def _looks_whole(root: Node) -> bool:
    """Whether all operations down to the index arrays give whole numbers; ends at the first other one."""
    seen: set[Node] = set()
    stack = [root]
    while stack:
        node = stack.pop()
        if node in seen or node.dtype == "int" or node.op.name in ROUNDING:
            continue
        seen.add(node)
        made = node.op.name in COMPUTED or node.op.name in MOVING or node.op in (CONSTANT, SIZE, CONTRACT)
        if not made:
            return False
        stack += node.args[1:] if node.op.name == "where" else node.args
    return True


def counts(node: Node) -> bool:
    """Whether an array is worked out from index arrays, and from nothing else."""
    return node.dtype == "real" and _looks_whole(node) and any(n.dtype == "int" for n in topological([node]))


def _whole(node: Node, args: Sequence[Node | None]) -> Node | None:
    if node.dtype == "int":
        return node
    if node.op is CONSTANT:
        value = node.params[0]
        return make(INTEGER_ARRAY, (), (int(value),), (), "int") if value.denominator == 1 else None
    if node.op is SIZE:
        return make(WHOLE_SIZE, (), node.params, (), "int")
    if node.op.name in ROUNDING:
        return args[0] or _cut_off(node)
    if node.op.name == "where" and args[0] is None and None not in args[1:]:
        args = [_cut_off(node.args[0]), *args[1:]]
    if node.op.name == "power" and (exponent := number(node.args[1])) is not None and exponent < 0:
        return None
    known = [a for a in args if a is not None]
    if not node.args or len(known) < len(args):
        return None
    if isinstance(node.op, Elementwise) and node.op.name in COMPUTED:
        op = _operations.setdefault(node.op, WholeNumbers(node.op))
        return _table(make(op, tuple(known), (), node.shape, "int"))
    if node.op is CONTRACT or node.op.name in MOVING:
        return _table(make(node.op, tuple(known), node.params, node.shape, "int"))
    return None


def _table(node: Node) -> Node:
    """What is worked out from written numbers alone, as the written numbers that it is."""
    if any(a.op is not INTEGER_ARRAY for a in node.args) or not all(s.is_constant for s in node.shape):
        return node
    numbers = [INTEGER_ARRAY.apply(a, [], lambda size: size.constant) for a in node.args]
    if isinstance(node.op, Structural):
        return integer_array(_nested(node.op.apply(node, numbers, lambda size: size.constant).tolist()))
    inputs, out, _ = node.params
    if len(numbers) > 1 or not set(inputs[0]) <= set(out) or len(set(out)) < len(out):
        return node
    order = [inputs[0].index(label) for label in out if label in inputs[0]]
    key = tuple(slice(None) if label in inputs[0] else None for label in out)
    shape = [s.constant for s in node.shape]
    return integer_array(_nested(np.broadcast_to(np.transpose(numbers[0], order)[key], shape).tolist()))


def _nested(values: Any) -> Any:
    return tuple(_nested(v) for v in values) if isinstance(values, list) else values


def _cut_off(node: Node) -> Node:
    return make(CUT_OFF, (node,), (), node.shape, "int")
