"""Losses.  Rows are samples; reduction="mean" is over rows (or entries where torch does so)."""

from __future__ import annotations

from typing import Any

from symbp.algebra.node import Node, Scalar, as_node, facts
from symbp.algebra.size import Size
from symbp.algebra.size import product as size_product
from symbp.errors import OperandError
from symbp.ops.arithmetic import divide, multiply, negative, subtract
from symbp.ops.axes import moveaxis
from symbp.ops.contract import contract
from symbp.ops.registry import Composite, function, show
from symbp.ops.softmax import log_softmax, softmax
from symbp.ops.structure.one_hot import onehot
from symbp.ops.sums import mean, sum_

ROWS_SUM_TO_ONE = frozenset({"prob", "onehot"})


def reduce_rows(values: Node, reduction: str) -> Node:
    """One loss for each row -> one number ("mean", "sum"), or the rows themselves ("none")."""
    if reduction == "mean":
        return mean(values)
    if reduction == "sum":
        return sum_(values)
    if reduction == "none":
        return values
    raise OperandError(f"reduction is 'mean', 'sum' or 'none', not {reduction!r}")


def check_classes(y: Node, count: Size, what: str) -> None:
    """OperandError where integer classes are declared to be below another number than there are."""
    for fact in facts(y) if y.dtype == "int" else ():
        word, _, bound = fact.partition(" ")
        if bound.isdigit() and count.is_constant:
            fits = int(bound) <= count.constant
        else:
            fits = not bound.isidentifier() or count.is_constant or count == Size.letter(bound)
        if word == "index" and not fits:
            raise OperandError(
                f"{what}: there are {count} classes, {y.name} holds integers below {bound}",
                hint=f"declare how many there are: assume {y.name}: index {count}",
            )


def _targets(z: Node, y: Node) -> Node:
    return onehot(y, z.shape[-1]) if y.dtype == "int" else y


def _row_losses(z: Node, y: Node) -> Node:
    labels = list(range(z.rank))
    return negative(contract([_targets(z, y), log_softmax(z)], [labels, labels], labels[:-1]))


def _cross_entropy_meaning(z: Node, y: Node, reduction: str) -> Node:
    return reduce_rows(_row_losses(z, y), reduction)


def _cross_entropy_closed(z: Node, y: Node, reduction: str, loss: Node, g: Node) -> list[Node | None]:
    t = _targets(z, y)
    p = softmax(z)
    slope = subtract(p if y.dtype == "int" else multiply(p, sum_(t, -1, keepdims=True)), t)
    rows = size_product(z.shape[:-1])
    if reduction == "mean":
        g = divide(g, as_node(rows))
    elif reduction == "none":
        g = g[..., None]
    by_logits = multiply(g, slope)
    by_target = None if y.dtype == "int" else negative(multiply(g, log_softmax(z)))
    return [by_logits, by_target]


CROSS_ENTROPY = Composite("cross_entropy", _cross_entropy_meaning, _cross_entropy_closed)


@function(
    "cross_entropy",
    example="cross_entropy(x, y) | x: n,m | y: n,m prob ; cross_entropy(x, y) | x: n,m | y: n index:m ;"
    " cross_entropy(x, y, w) | x: n,m | y: n index:m | w: m positive ;"
    " cross_entropy(x, y, reduction='sum', label_smoothing=0.1) | x: n,m | y: n index:m ;"
    " cross_entropy(x, y, reduction='none') | x: k,n,m | y: k,n,m",
)
def cross_entropy(
    input: Node,
    target: Node,
    weight: Node | None = None,
    reduction: str = "mean",
    label_smoothing: Node | Scalar = 0,
) -> Node:
    """-Σ_k y_k log softmax(z)_k for each row, then the mean over rows.

    `input` holds logits (…, k); `target` integer classes (…) or probabilities (…, k).  As in torch
    logits (n, k, …) go with integer classes (n, …), too.
    """
    z, y = as_node(input), as_node(target)
    if y.dtype == "int" and z.rank > 2 and y.shape == (z.shape[0], *z.shape[2:]) != z.shape[:-1]:
        z = moveaxis(z, 1, -1)
    wanted = z.shape[:-1] if y.dtype == "int" else z.shape
    check_classes(y, z.shape[-1], "cross_entropy")
    if y.shape != wanted:
        raise OperandError(
            f"cross_entropy: logits {show(z.shape)} go with integer classes {show(z.shape[:-1])} "
            f"or probabilities {show(z.shape)}, not {show(y.shape)}",
            hint="integer classes are declared with: assume NAME: index k"
            if y.shape == z.shape[:-1]
            else None,
            mismatch=next((pair for pair in zip(y.shape, wanted, strict=False) if pair[0] != pair[1]), None),
        )
    if weight is None and label_smoothing == 0:
        return CROSS_ENTROPY([z, y], (reduction,))
    return _general_cross_entropy(z, _targets(z, y), y.dtype == "int", weight, reduction, label_smoothing)


def _general_cross_entropy(
    z: Node, t: Node, classes: bool, weight: Node | None, reduction: str, smoothing: Any
) -> Node:
    """torch's definition with class weights and label smoothing."""
    k = as_node(z.shape[-1])
    w = as_node(1) if weight is None else weight
    smooth = t if smoothing == 0 else (1 - as_node(smoothing)) * t + as_node(smoothing) / k
    rows = negative(sum_(w * smooth * log_softmax(z), -1))
    if reduction == "mean" and classes and weight is not None:
        return divide(sum_(rows), sum_(w * t))
    return reduce_rows(rows, reduction)


@function(
    "nll_loss",
    "nll",
    example="nll_loss(x, y) | x: n,m | y: n index:m ;"
    " nll_loss(x, y, w) | x: n,m | y: n index:m | w: m positive",
)
def nll_loss(input: Node, target: Node, weight: Node | None = None, reduction: str = "mean") -> Node:
    """-x_{i, y_i} for log-probabilities x (…, k) and classes y (…), weighted by class where asked."""
    x, y = as_node(input), as_node(target)
    if y.dtype != "int" or y.shape != x.shape[:-1]:
        raise OperandError(
            f"nll_loss: log-probabilities {show(x.shape)} go with integer classes {show(x.shape[:-1])}",
            hint="classes are declared with: assume NAME: index k" if y.dtype != "int" else None,
        )
    check_classes(y, x.shape[-1], "nll_loss")
    t = _targets(x, y)
    labels = list(range(x.rank))
    if weight is None:
        return reduce_rows(negative(contract([t, x], [labels, labels], labels[:-1])), reduction)
    rows = negative(sum_(weight * t * x, -1))
    return divide(sum_(rows), sum_(weight * t)) if reduction == "mean" else reduce_rows(rows, reduction)
