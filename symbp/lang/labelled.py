"""Arrays with indices on paper: x_i, w_{ij}, and Σ over them.

The first axes of a `Labelled` belong to its labels, the other ones to the entry that they pick: x_i is
a row of x, read as a column or, before a matrix (x_i W), as a row.  Whatever is written for one sample
so becomes one product of arrays for all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, replace

from symbp.algebra.node import Node
from symbp.errors import OperandError, UnreadError
from symbp.ops.arithmetic import add, divide, multiply, negative, power, subtract
from symbp.ops.compare import COMPARISONS, abs_
from symbp.ops.contract import contract
from symbp.ops.elementwise import sqrt
from symbp.ops.registry import show
from symbp.ops.structure.indexing import getitem
from symbp.ops.structure.joining import concatenate
from symbp.ops.sums import sum_

Factor = tuple[Node, tuple[str, ...]]
ALONG_LAST_AXIS = {"softmax", "log_softmax", "layer_norm", "rms_norm"}
"""Functions of a vector that work on each row of an array."""


@dataclass(frozen=True)
class Labelled:
    """An entry for each value of the labels; `factors` are those of a product with at most one array."""

    node: Node
    labels: tuple[str, ...]
    is_row: bool = False
    factors: tuple[Factor, ...] = ()

    @property
    def rank(self) -> int:
        """How many axes one entry has."""
        return self.node.rank - len(self.labels)

    @property
    def parts(self) -> tuple[Factor, ...]:
        return self.factors or ((self.node, self.labels),)


def entry(node: Node, labels: tuple[str, ...]) -> Labelled:
    """node_{labels}; node_{ii} is its diagonal.  OperandError where it has fewer axes."""
    if node.rank < len(labels):
        raise OperandError(
            f"{len(labels)} indices at an array of shape {show(node.shape)}",
            hint="give it an index for each axis",
        )
    once = tuple(dict.fromkeys(labels))
    if once != labels:
        rest: list[Hashable] = [("entry", k) for k in range(node.rank - len(labels))]
        node = contract([node], [[*labels, *rest]], [*once, *rest])
    return Labelled(node, once)


def arranged(value: Labelled, labels: Sequence[str], rank: int) -> Node:
    """The array with an axis for each label, in this order, ready to be broadcast over entries."""
    own = [label for label in labels if label in value.labels]
    rest: list[Hashable] = [("entry", k) for k in range(value.rank)]
    node = value.node
    if tuple(own) != value.labels:
        node = contract([node], [[*value.labels, *rest]], [*own, *rest])
    if not own and value.rank <= rank:
        return node
    key = [slice(None) if label in own else None for label in labels]
    key += [None] * (rank - value.rank) + [slice(None)] * value.rank
    while key and key[0] is None:
        key.pop(0)
    return getitem(node, tuple(key)) if None in key else node


def _union(a: Labelled, b: Labelled) -> tuple[str, ...]:
    longer, shorter = (a, b) if len(a.labels) >= len(b.labels) else (b, a)
    return tuple(dict.fromkeys(longer.labels + shorter.labels))


def _entrywise(operation: Callable[[Node, Node], Node], a: Labelled, b: Labelled) -> Labelled:
    labels, rank = _union(a, b), max(a.rank, b.rank)
    node = operation(arranged(a, labels, rank), arranged(b, labels, rank))
    return Labelled(node, labels, a.is_row or b.is_row)


def arithmetic(operator: str, a: Labelled, b: Labelled) -> Labelled:
    """One operator applied to what one entry is.  OperandError where the entries do not fit."""
    match operator:
        case "+" | "-":
            return _sum(add if operator == "+" else subtract, a, b)
        case "*" | "/":
            result = _entrywise(multiply if operator == "*" else divide, a, b)
            return _as_product(result, a, b) if operator == "*" else result
        case "**" | "^":
            return _power(a, b)
        case "juxtaposition" | "@" | "dot":
            return product(a, b, operator)
    if operator in COMPARISONS:
        return _entrywise(COMPARISONS[operator], a, b)
    raise OperandError(f"{operator} cannot be used here", hint="use it between arrays without indices")


def _sum(operation: Callable[[Node, Node], Node], a: Labelled, b: Labelled) -> Labelled:
    constants = any(x.rank == 0 and not x.labels and x.node.op.name == "constant" for x in (a, b))
    if a.rank != b.rank and not constants:
        raise OperandError(
            "for one sample, a number and an array are added here",
            hint="give the number an axis, or sum the array",
        )
    if a.is_row != b.is_row and a.rank == b.rank == 1:
        raise OperandError(
            "a row and a column do not go together elementwise", hint="transpose one of the two"
        )
    return _entrywise(operation, a, b)


def _as_product(result: Labelled, a: Labelled, b: Labelled) -> Labelled:
    """Remember the factors of a product of numbers and at most one array, so that Σ is one contraction."""
    if a.rank and b.rank:
        return result
    return replace(result, factors=(*a.parts, *b.parts))


def _power(a: Labelled, b: Labelled) -> Labelled:
    two = b.node.op.name == "constant" and not b.labels and b.node.params == (2,)
    if two and a.node.op.name == "sqrt" and a.rank == 0 and _is_norm(a.node):
        return Labelled(a.node.args[0], a.labels)
    if b.rank:
        raise OperandError(
            "an exponent is a number", hint="take the power entry by entry, with a number above"
        )
    if two and a.rank == 1:
        return _total(Labelled(power(a.node, b.node), a.labels))
    return _entrywise(power, a, b)


def _is_norm(node: Node) -> bool:
    return node.args[0].op.name == "contract"


def _total(a: Labelled) -> Labelled:
    """The sum over each entry."""
    axes = tuple(range(len(a.labels), a.node.rank))
    return Labelled(sum_(a.node, axes) if axes else a.node, a.labels)


def norm(a: Labelled, order: str) -> Labelled:
    """‖x_i‖ for each i."""
    if order == "1":
        return _total(Labelled(abs_(a.node), a.labels))
    squares = _total(Labelled(power(a.node, 2), a.labels))
    return Labelled(sqrt(squares.node), a.labels)


def transposed(a: Labelled) -> Labelled:
    if a.rank == 1:
        return replace(a, is_row=not a.is_row)
    if a.rank == 2:
        axes = list(range(a.node.rank))
        return Labelled(contract([a.node], [axes], [*axes[:-2], axes[-1], axes[-2]]), a.labels)
    raise UnreadError(
        "a number for each index has no transpose",
        hint="leave the transpose out, or transpose the whole array",
    )


def negated(a: Labelled) -> Labelled:
    return replace(a, node=negative(a.node), factors=())


def joined(values: Sequence[Labelled], widths: Sequence[int]) -> Labelled:
    """[h_i; x_i] for each i: columns one below the other."""
    if any(value.rank > 1 or value.is_row for value in values) or (len(widths) > 1 and max(widths) > 1):
        raise UnreadError(
            "of what has an index, only columns are put together",
            hint="put the whole arrays together, and then take the entries",
        )
    labels = max((value.labels for value in values), key=len)
    if any(set(value.labels) != set(labels) for value in values):
        raise UnreadError(
            "what is put together here has to have the same indices",
            hint="give each part the same indices, or put whole arrays together",
        )
    parts = [arranged(value, labels, value.rank) for value in values]
    parts = [part if part.rank > len(labels) else part[(..., None)] for part in parts]
    return Labelled(concatenate(parts, -1), labels)


# -- products -----------------------------------------------------------------------------------


def product(a: Labelled, b: Labelled, operator: str) -> Labelled:
    """a b as on paper, for each value of the labels."""
    if a.rank == 0 or b.rank == 0:
        result = _entrywise(multiply, a, b)
        return replace(_as_product(result, a, b), is_row=a.is_row or b.is_row)
    left: list[Hashable] = [("a", k) for k in range(a.rank)]
    right: list[Hashable] = [("b", k) for k in range(b.rank)]
    is_row = False
    if a.rank == b.rank == 1:
        if a.is_row == b.is_row and operator != "dot":
            raise OperandError(
                "a column times a column has no meaning", hint="aᵀ b is the inner product, a bᵀ the outer"
            )
        if a.is_row or not b.is_row:
            left = right
    elif a.rank <= 2 and b.rank <= 2:
        if b.rank == 1 and b.is_row:
            raise OperandError("a matrix times a row has no meaning", hint="transpose the row")
        left[-1] = right[0]
        is_row = a.rank == 1 and a.is_row
    else:
        raise UnreadError(
            "entries with more than two axes are not multiplied",
            hint="write the product with a Σ over the index that they share",
        )
    kept = [x for x in left if x not in right] + [x for x in right if x not in left]
    labels = _union(a, b)
    node = contract([a.node, b.node], [[*a.labels, *left], [*b.labels, *right]], [*labels, *kept])
    return Labelled(node, labels, is_row)


# -- functions -------------------------------------------------------------------


def applied(
    name: str, build: Callable[..., Node], arguments: Sequence[Labelled], works_on_numbers: bool
) -> Labelled:
    """A function of each entry.  OperandError for one that would mix the entries."""
    labels = max((a.labels for a in arguments), key=len)
    labels = tuple(dict.fromkeys(labels + tuple(x for a in arguments for x in a.labels)))
    rank = max(a.rank for a in arguments)
    alone = len(arguments) == 1
    if not works_on_numbers and not (name in ALONG_LAST_AXIS and alone and rank >= 1):
        raise UnreadError(
            f"{name} of something with an index is not read",
            hint="take it of the whole array, and then the entries",
        )
    node = build(*[arranged(a, labels, rank) for a in arguments])
    return Labelled(node, labels, any(a.is_row for a in arguments))
