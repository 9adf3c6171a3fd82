"""What an expression can be worth.

Nodes, static integers and sizes (for axes and shapes), texts, tuples and lists.  A vector that was
transposed on paper is a row; nothing else remembers an orientation.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from symbp.algebra.node import Node, as_node
from symbp.algebra.size import Size
from symbp.errors import OperandError, UnreadError
from symbp.lang import labelled
from symbp.lang.identity import Identity, untold
from symbp.lang.labelled import Labelled
from symbp.lang.ones import Ones, Spread, turned
from symbp.lang.selected import masked
from symbp.ops import catalogue
from symbp.ops.arithmetic import negative
from symbp.ops.axes import transpose
from symbp.ops.contract import contract
from symbp.ops.structure.joining import concatenate


@dataclass(frozen=True)
class Row:
    """A row vector: a 1-D node that was transposed on paper."""

    node: Node


@dataclass(frozen=True)
class Series:
    """All values of a recurrence: time first.

    With `from_one`, index k is the k-th value as on paper and 0 is the start.
    """

    node: Node
    first: Node | None
    from_one: bool
    backwards: bool = False

    def at(self, key: Any) -> Any:
        head, rest = (key[0], key[1:]) if isinstance(key, tuple) else (key, ())
        if not self.from_one or not isinstance(head, int | Size) or isinstance(head, bool):
            return self.node[key]
        moment, length = Size.of(head), self.node.shape[0]
        if moment == (length + 1 if self.backwards else 0):
            if self.first is None:
                raise OperandError("this one has no start", hint="say what it starts from: h[0] = h0")
            return self.first[rest] if rest else self.first
        if moment == 0:
            raise OperandError(
                f"time runs from 1 to {length}, and starts at {length + 1}", hint=f"the last one is {length}"
            )
        if (moment - 1).is_at_least(0) or moment.is_constant:
            return self.node[(moment - 1 if (moment - 1).is_at_least(0) else head, *rest)]
        if self.first is None or self.backwards:
            raise OperandError(
                f"whether {moment} is a time from 1 to {length} depends on {length}",
                hint=f"fix the length: size {length} = 5",
            )
        start = self.first[(None, ...)]
        return concatenate([start, self.node], 0)[(moment, *rest)]


@dataclass(frozen=True)
class TimeIndex:
    """t, t-1 or t+1 inside a recurrence."""

    shift: int


@dataclass(frozen=True)
class TimeSeries:
    """A name inside a recurrence, read at a time."""

    at: Callable[[int], Node]


@dataclass(frozen=True)
class MatrixBars:
    """|A|: the determinant below a logarithm or a power, as in log|Σ| and |Σ|^{1/2}; elsewhere not clear."""

    node: Node


def node_of(value: Any) -> Node:
    """A value as an array.  OperandError where it is none."""
    if isinstance(value, Row | Series):
        return value.node
    if isinstance(value, Labelled):
        if value.labels:
            index = value.labels[0]
            hint = f"a Σ reaches as far as a product does: write Σ_{index} (…) around all that it sums"
            raise UnreadError(f"no Σ runs over the index {index} here", hint=hint)
        return value.node
    if isinstance(value, TimeIndex):
        hint = "for the number of the step, read an array that holds it: steps[t]"
        raise UnreadError("what counts the steps is an index, and no number", hint=hint)
    if isinstance(value, TimeSeries):
        hint = "put the time behind it, such as x[t]"
        raise UnreadError("inside a recurrence this is read at a time", hint=hint)
    if isinstance(value, Ones | Spread):
        raise UnreadError(
            "how long this vector of ones is cannot be told", hint="write ones(n) with its length"
        )
    if isinstance(value, Identity):
        raise untold()
    if isinstance(value, MatrixBars):
        hint = "write \\det A, or \\operatorname{abs}(A)"
        raise UnreadError("bars round a matrix may mean two things", hint=hint)
    if isinstance(value, bool):
        return as_node(int(value))
    if isinstance(value, Node | int | Fraction | Size):
        return as_node(value)
    if isinstance(value, list) and value:
        try:
            return catalogue.array(value)
        except TypeError:
            raise OperandError(
                "a list of numbers or of arrays is needed", hint="write it such as [1, 2] or [a, b]"
            ) from None
    raise OperandError(
        f"an array or a number is needed, not {value!r}", hint="name an array, or write a number"
    )


def item_of(value: Any, number: int, count: int) -> Any:
    """One of `count` values that names on the left of = take.  OperandError where there are not so many."""
    if not isinstance(value, list | tuple):
        node = node_of(value)
        size = node.shape[0] if node.shape else Size.of(1)
        if not node.shape or not size.is_constant:
            raise OperandError(f"{count} names stand for {size} values here", hint="give it one name")
        value = [node[k] for k in range(size.constant)]
    if len(value) != count:
        raise OperandError(
            f"{count} names stand for {len(value)} values here", hint=f"write {len(value)} names"
        )
    return value[number]


def static(value: Any) -> Any:
    """A value that counts or measures: an integer or a size."""
    if isinstance(value, Node) and value.op.name == "size":
        return value.params[0]
    return value


def is_static(value: Any) -> bool:
    return isinstance(value, int | Size | Fraction) and not isinstance(value, bool)


def lifted(value: Any) -> Labelled:
    """A value as one that has no index."""
    if isinstance(value, Labelled):
        return value
    return Labelled(node_of(value), (), isinstance(value, Row))


def unlabelled(value: Labelled) -> Any:
    """A plain value where no index is left."""
    if value.labels:
        return value
    return Row(value.node) if value.is_row and value.rank == 1 else value.node


def negate(value: Any) -> Any:
    if isinstance(value, Identity):
        return Identity(negative(value.scale))
    if value == "inf":
        return "-inf"
    if isinstance(value, Labelled):
        return labelled.negated(value)
    if isinstance(value, Row):
        return Row(negative(value.node))
    return -value if is_static(value) else negative(node_of(value))


def transposed(value: Any, on_paper: bool) -> Any:
    if isinstance(value, Ones | Spread):
        return turned(value)
    if isinstance(value, Identity):
        return value
    if isinstance(value, Labelled):
        return labelled.transposed(value)
    if isinstance(value, Row):
        return value.node
    node = node_of(value)
    if node.rank == 1:
        return Row(node) if on_paper else node
    if on_paper and node.rank > 2:
        return contract([node], [range(node.rank)], [*range(node.rank - 2), node.rank - 1, node.rank - 2])
    return transpose(node)


def indexed(value: Any, key: Any, text: str = "mask") -> Any:
    """value[key]; `text` is what the key is called in messages."""
    if isinstance(value, list | tuple):
        if isinstance(key, int | slice):
            try:
                return value[key]
            except IndexError:
                raise OperandError(
                    f"there is no item {key} in a list of {len(value)}",
                    hint=f"the last one is {len(value) - 1}, or -1"
                    if value
                    else "put something into it first",
                ) from None
        raise OperandError(
            f"a list is indexed by an integer, not {key!r}", hint="take one item, such as [0], or a slice"
        )
    if isinstance(value, Series):
        return value.at(key)
    if isinstance(value, TimeSeries):
        head, rest = (key[0], key[1:]) if isinstance(key, tuple) else (key, ())
        if not isinstance(head, TimeIndex):
            raise OperandError(
                "inside a recurrence this is read at a time, such as [t]", hint="index it with [t] or [t-1]"
            )
        found = value.at(head.shift)
        return found[rest] if rest else found
    chosen = masked(node_of(value), key, text)
    if chosen is not None:
        return chosen
    try:
        return node_of(value)[key]
    except TypeError as error:
        raise OperandError(
            f"this cannot be an index: {error}",
            hint="an index is an integer, a slice, None or an integer array",
        ) from None
