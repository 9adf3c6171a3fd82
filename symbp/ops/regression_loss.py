"""Losses that compare numbers with numbers, entry by entry or by their angles and distances."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from symbp.algebra.node import Node, Scalar, as_node
from symbp.errors import OperandError
from symbp.ops.arithmetic import add, divide, multiply, negative, power, subtract
from symbp.ops.compare import abs_, clip, greater, less_equal, maximum, minimum, where
from symbp.ops.elementwise import exp, log, relu, sigmoid, softplus
from symbp.ops.loss import reduce_rows
from symbp.ops.norms import norm
from symbp.ops.registry import Elementwise, axis_of, broadcast_shapes, function, show
from symbp.ops.sums import sum_

HALF = Fraction(1, 2)


def _one_shape(a: Node, b: Node, what: str) -> None:
    """Prediction and target have one shape: broadcasting here is nearly always a mistake."""
    if a.shape != b.shape and broadcast_shapes(a.shape, b.shape, what) not in (a.shape, b.shape):
        raise OperandError(f"{what}: shapes {show(a.shape)} and {show(b.shape)} differ")


# -- distances ----------------------------------------------------------------------------------


@function("mse", "mse_loss", example="mse(x, y) | x: n,m | y: n,m")
def mse(input: Node, target: Node, reduction: str = "mean") -> Node:
    """(ŷ - y)², the mean over all entries."""
    return reduce_rows(power(subtract(input, target), 2), reduction)


@function("mae", "l1_loss", example="mae(x, y) | x: n,m | y: n,m")
def mae(input: Node, target: Node, reduction: str = "mean") -> Node:
    """|ŷ - y|, the mean over all entries; slope 0 where they are equal."""
    return reduce_rows(abs_(subtract(input, target)), reduction)


HUBER = Elementwise(
    "huber",
    (
        lambda e, d, y: clip(e, negative(d), d),
        lambda e, d, y: multiply(greater(abs_(e), d), subtract(abs_(e), d)),
    ),
    lambda e, d: where(
        less_equal(abs_(e), d), multiply(HALF, power(e, 2)), multiply(d, subtract(abs_(e), multiply(HALF, d)))
    ),
)
"""½e² for |e| <= δ, else δ(|e| - ½δ); its slope is e limited to [-δ, δ] (Huber 1964)."""


@function(
    "huber", "huber_loss", example="huber(x, y) | x: n,m | y: n,m ; huber(x, y, 'sum', 0.5) | x: n,m | y: n,m"
)
def huber(input: Node, target: Node, reduction: str = "mean", delta: Node | Scalar = 1) -> Node:
    """½e² for |e| <= delta, else delta(|e| - ½delta), with e = ŷ - y; the mean over all entries."""
    return reduce_rows(HUBER(subtract(input, target), delta), reduction)


@function("smooth_l1", "smooth_l1_loss", example="smooth_l1(x, y, beta=0.5) | x: n,m | y: n,m")
def smooth_l1(input: Node, target: Node, reduction: str = "mean", beta: Node | Scalar = 1) -> Node:
    """huber with delta = beta, divided by beta; the mean over all entries."""
    if as_node(beta) is as_node(0):
        return mae(input, target, reduction)
    return reduce_rows(divide(HUBER(subtract(input, target), beta), beta), reduction)


# -- two classes --------------------------------------------------------------------------------


@function("hinge", "hinge_loss", example="hinge(x, y) | x: n,m | y: n,m pm1")
def hinge(input: Node, target: Node, margin: Node | Scalar = 1, reduction: str = "mean") -> Node:
    """max(0, margin - y ŷ) for targets ±1; slope 0 on the margin; the mean over all entries."""
    return reduce_rows(relu(subtract(margin, multiply(target, input))), reduction)


@function(
    "bce",
    "binary_cross_entropy",
    example="bce(x, y) | x: n,m unit | y: n,m unit ; bce(x, y, w, 'sum') | x: n unit | y: n unit | w: n",
)
def bce(input: Node, target: Node, weight: Node | None = None, reduction: str = "mean") -> Node:
    """-(y log p + (1 - y) log(1 - p)) for probabilities p; the mean over all entries."""
    _one_shape(input, target, "bce")
    chosen = multiply(target, log(input))
    others = multiply(subtract(1, target), log(subtract(1, input)))
    entries = negative(add(chosen, others))
    return reduce_rows(entries if weight is None else multiply(weight, entries), reduction)


BCE_WITH_LOGITS = Elementwise(
    "bce_with_logits",
    (lambda z, t, y: subtract(sigmoid(z), t), lambda z, t, y: negative(z)),
    lambda z, t: subtract(softplus(z), multiply(t, z)),
)
"""-(t log σ(z) + (1 - t) log(1 - σ(z))) = log(1 + e^z) - t z, with slope σ(z) - t."""


@function(
    "bce_with_logits",
    "binary_cross_entropy_with_logits",
    example="bce_with_logits(x, y) | x: n,m | y: n,m binary ;"
    " bce_with_logits(x, y, w, 'sum', c) | x: n,m | y: n,m unit | w: n,m | c: m positive",
)
def bce_with_logits(
    input: Node,
    target: Node,
    weight: Node | None = None,
    reduction: str = "mean",
    pos_weight: Node | Scalar | None = None,
) -> Node:
    """bce of σ(z), from the logits z; pos_weight multiplies the terms of positive targets."""
    _one_shape(input, target, "bce_with_logits")
    if pos_weight is None:
        entries = BCE_WITH_LOGITS(input, target)
    else:
        positive = multiply(multiply(pos_weight, target), softplus(negative(input)))
        entries = add(positive, multiply(subtract(1, target), softplus(input)))
    return reduce_rows(entries if weight is None else multiply(weight, entries), reduction)


# -- distributions, angles, triples -------------------------------------------------------------


@function(
    "kl_div",
    example="kl_div(x, y) | x: n,m | y: n,m positive ; kl_div(x, y, 'batchmean', True) | x: n,m | y: n,m ;"
    " kl_div(x, y, 'sum') | x: n,m | y: n,m prob",
)
def kl_div(input: Node, target: Node, reduction: str = "mean", log_target: bool = False) -> Node:
    """t (log t - x) for log-probabilities x; 0 where t is 0; the mean over entries, as in torch.

    reduction "batchmean" divides the sum by the number of rows.
    """
    _one_shape(input, target, "kl_div")
    if log_target:
        entries = multiply(exp(target), subtract(target, input))
    else:
        known = where(greater(target, 0), target, 1)
        entries = multiply(target, subtract(log(known), input))
    if reduction == "batchmean":
        if not entries.rank:
            raise OperandError(
                "kl_div: 'batchmean' needs rows", hint="take reduction='mean', or give it rows"
            )
        return divide(sum_(entries), as_node(entries.shape[0]))
    return reduce_rows(entries, reduction)


@function(
    "cosine_similarity",
    example="cosine_similarity(x, y) | x: n,m | y: n,m ;"
    " cosine_similarity(x, x + y, dim=0) | x: n,5 | y: n,5 ;"
    " cosine_similarity(x, y, -1) | x: m | y: m",
)
def cosine_similarity(
    x1: Node, x2: Node, dim: int | None = None, eps: Node | Scalar = Fraction("1e-8")
) -> Node:
    """x₁·x₂ / max(‖x₁‖ ‖x₂‖, eps) along axis 1 (the only axis of vectors)."""
    rank = len(broadcast_shapes(x1.shape, x2.shape, "cosine_similarity"))
    axis = axis_of(min(1, rank - 1) if dim is None else dim, rank, "cosine_similarity") - rank
    lengths = multiply(norm(x1, axis=axis), norm(x2, axis=axis))
    return divide(sum_(multiply(x1, x2), axis), maximum(lengths, eps))


@function("pairwise_distance", example="pairwise_distance(x, y) | x: n,m | y: n,m")
def pairwise_distance(
    x1: Node, x2: Node, p: Any = 2, eps: Node | Scalar = Fraction("1e-6"), keepdim: bool = False
) -> Node:
    """‖x₁ - x₂ + eps‖_p over the last axis."""
    return norm(add(subtract(x1, x2), eps), p, axis=-1, keepdims=keepdim)


@function(
    "triplet",
    "triplet_margin_loss",
    "triplet_loss",
    example="triplet(x, y, z) | x: n,m | y: n,m | z: n,m ;"
    " triplet(x, y, z, 2, 1, swap=True, reduction='sum') | x: n,m | y: n,m | z: n,m",
)
def triplet(
    anchor: Node,
    positive: Node,
    negative: Node,
    margin: Node | Scalar = 1,
    p: Any = 2,
    eps: Node | Scalar = Fraction("1e-6"),
    swap: bool = False,
    reduction: str = "mean",
) -> Node:
    """max(0, ‖a - p‖ - ‖a - n‖ + margin) for each row, then the mean; with swap the nearer of a and p."""
    near = pairwise_distance(anchor, positive, p, eps)
    far = pairwise_distance(anchor, negative, p, eps)
    if swap:
        far = minimum(far, pairwise_distance(positive, negative, p, eps))
    return reduce_rows(relu(add(subtract(near, far), margin)), reduction)
