"""Arrays with indices on paper: x_i, w_{ij}, and Σ over them.

The first axes of a `Labelled` belong to its labels, the other ones to the entry that they pick: x_i is
a row of x, read as a column or, before a matrix (x_i W), as a row.  Whatever is written for one sample
so becomes one product of arrays for all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, replace

from symbp.algebra.node import Node, as_node
from symbp.algebra.size import Size
from symbp.errors import OperandError, UnreadError
from symbp.ops.arithmetic import add, divide, multiply, negative, power, subtract
from symbp.ops.compare import COMPARISONS, abs_
from symbp.ops.constant_arrays import eye, full
from symbp.ops.contract import CONTRACT, contract
from symbp.ops.elementwise import sqrt
from symbp.ops.extrema import max_, min_
from symbp.ops.registry import show
from symbp.ops.softmax import log_softmax, softmax
from symbp.ops.structure.indexing import getitem
from symbp.ops.structure.joining import concatenate
from symbp.ops.structure.triangles import tri
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


def sum_over(index: str | None, a: Labelled) -> Labelled:
    """Σ over one index; over a product of numbers with several indices it is a contraction."""
    if index is None:
        raise UnreadError("this Σ has to say which index it runs over", hint="write the index below it: Σ_i")
    if index not in a.labels:
        raise UnreadError(
            f"nothing behind this Σ has the index {index}",
            hint=f"give what is summed the index {index}, or leave the Σ out",
        )
    left = tuple(label for label in a.labels if label != index)
    if len({frozenset(labels) for _, labels in a.factors}) > 1:
        return _contracted(a, index, left)
    return Labelled(_summed(a.node, a.labels.index(index)), left, a.is_row)


def _summed(node: Node, axis: int) -> Node:
    """The sum along an axis; Σ_i (A x_i) x_iᵀ is one contraction, not a sum of outer products."""
    if node.op is not CONTRACT or node.params[1].count(node.params[1][axis]) > 1:
        return sum_(node, axis)
    inputs, out, sizes = node.params
    args: list[Node] = []
    labels: list[list[Hashable]] = []
    known: dict[Hashable, Size] = dict(enumerate(sizes))
    for k, (arg, own) in enumerate(zip(node.args, inputs, strict=True)):
        shown = arg.params[1] if arg.op is CONTRACT and out[axis] in own else ()
        if not shown or len(set(shown)) < len(shown):
            args.append(arg)
            labels.append(list(own))
            continue
        names: dict[Hashable, Hashable] = dict(zip(shown, own, strict=True))
        known |= {(k, x): size for x, size in enumerate(arg.params[2]) if x not in names}
        args += arg.args
        labels += [[names.get(x, (k, x)) for x in s] for s in arg.params[0]]
    return contract(args, labels, [*out[:axis], *out[axis + 1 :]], known)


def beside(index: str | None, relation: str, other: str, a: Labelled) -> Labelled:
    """The entries with 0 where an index does not stand in a relation to another one: i ≠ j, i < j."""
    label = index if index in a.labels else other
    if index is None or label not in a.labels:
        raise UnreadError(
            f"nothing behind this Σ has the index {index}",
            hint=f"give what is summed the index {index}, or leave the Σ out",
        )
    size = a.node.shape[a.labels.index(label)]
    if relation == "≠":
        kept = subtract(as_node(1), eye(size))
    else:
        kept = tri(size, size, 0 if relation in "≤≥" else -1)
    labels = (other, index) if relation in "<≤" else (index, other)
    return arithmetic("*", Labelled(kept, labels), a)


OVER_AN_INDEX: dict[str, Callable[..., Node]] = {
    "max": max_, "min": min_, "softmax": softmax, "log_softmax": log_softmax,
}  # fmt: skip
"""Functions that may have the index that they run over below them."""


def over_index(name: str, index: str, a: Labelled) -> Labelled:
    """max_j a_ij and softmax_j(a_ij).  OperandError where nothing has the index."""
    if index not in a.labels:
        raise UnreadError(
            f"nothing behind this {name} has the index {index}",
            hint=f"give its argument the index {index}, or leave the index out",
        )
    node = OVER_AN_INDEX[name](a.node, axis=a.labels.index(index))
    keeps = node.rank == a.node.rank
    return Labelled(node, a.labels if keeps else tuple(x for x in a.labels if x != index), a.is_row)


def _contracted(a: Labelled, index: str, left: tuple[str, ...]) -> Labelled:
    """Σ_j w_ij x_j as one contraction; factors without the index stay outside."""
    inside = [f for f in a.factors if index in f[1]]
    outside = [f for f in a.factors if index not in f[1]]
    kept = tuple(dict.fromkeys(x for _, labels in inside for x in labels if x != index))
    axes = [_entry_axes(n, labels) for n, labels in inside]
    whole = [[*labels, *own] for (_, labels), own in zip(inside, axes, strict=True)]
    node = contract([n for n, _ in inside], whole, [*kept, *(x for own in axes for x in own)])
    result = Labelled(node, kept)
    for factor in outside:
        result = arithmetic("*", Labelled(*factor), result)
    return Labelled(arranged(result, left, result.rank), left, a.is_row, result.factors)


def _entry_axes(node: Node, labels: Sequence[str]) -> list[Hashable]:
    """Names for the axes of one entry."""
    return [("entry", k) for k in range(node.rank - len(labels))]


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


# -- functions and left sides -------------------------------------------------------------------


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


def filled(value: Labelled, sizes: Mapping[str, Size]) -> Node:
    """The array with an axis for each of these labels; it is the same along those that it does not have.

    OperandError for a label besides these.
    """
    free = [label for label in value.labels if label not in sizes]
    if free:
        raise UnreadError(
            f"the index {free[0]} stands on the right side only",
            hint=f"put {free[0]} on the left too, or sum over it: Σ_{free[0]}",
        )
    if value.rank:
        raise OperandError(
            "an entry is a number, this is an array for each index",
            hint="give the left side an index for each axis",
        )
    return add(full(tuple(sizes.values()), 0), arranged(value, tuple(sizes), 0))


def kronecker(i: str, j: str, sizes: Mapping[str, Size]) -> Labelled:
    """δ_ij, where the sizes of both indices are known.  OperandError where they are not."""
    if i not in sizes or j not in sizes:
        raise UnreadError(
            "Kronecker's δ is read where a derivative says how far its indices run",
            hint="write it in a derivative of entries: ∂y_i/∂x_j = δ_ij",
        )
    if sizes[i] != sizes[j]:
        raise OperandError(
            f"{i} runs to {sizes[i]} and {j} to {sizes[j]}",
            hint=f"declare {sizes[i]} and {sizes[j]} by one letter if they are one size",
        )
    return Labelled(eye(sizes[i]), (i, j))


def for_head(value: Labelled, labels: tuple[str, ...]) -> Node:
    """The array that an equation with these indices on its left side sets."""
    free = [label for label in value.labels if label not in labels]
    if free:
        raise UnreadError(
            f"the index {free[0]} stands on the right side only",
            hint=f"put {free[0]} on the left too, or sum over it: Σ_{free[0]}",
        )
    missing = [label for label in labels if label not in value.labels]
    if missing:
        raise UnreadError(
            f"the index {missing[0]} stands on the left side only",
            hint=f"give the right side {missing[0]} too, or leave it out on the left",
        )
    return arranged(value, labels, value.rank)
