"""Negative log-likelihoods of counts and of numbers with a spread."""

from __future__ import annotations

from fractions import Fraction

from symbp.algebra.node import PI, Node, Scalar
from symbp.ops.arithmetic import add, divide, multiply, power, subtract
from symbp.ops.compare import greater, maximum, where
from symbp.ops.elementwise import exp, log
from symbp.ops.loss import reduce_rows
from symbp.ops.registry import function

HALF = Fraction(1, 2)


@function(
    "poisson_nll_loss",
    example="poisson_nll_loss(x, y) | x: n,m | y: n,m positive ;"
    " poisson_nll_loss(x, y, False, True, reduction='sum') | x: n positive | y: n positive",
)
def poisson_nll_loss(
    input: Node,
    target: Node,
    log_input: bool = True,
    full: bool = False,
    eps: Node | Scalar = Fraction("1e-8"),
    reduction: str = "mean",
) -> Node:
    """e^x - t x for the logarithm x of a rate, or x - t log(x + eps) for the rate; the mean over entries.

    With full, Stirling's t log t - t + ½ log 2πt is added where t > 1, which does not depend on x.
    """
    if log_input:
        entries = subtract(exp(input), multiply(target, input))
    else:
        entries = subtract(input, multiply(target, log(add(input, eps))))
    if full:
        many = where(greater(target, 1), target, 1)
        stirling = add(subtract(multiply(many, log(many)), many), multiply(HALF, log(multiply(2, PI) * many)))
        entries = add(entries, where(greater(target, 1), stirling, 0))
    return reduce_rows(entries, reduction)


@function(
    "gaussian_nll_loss",
    example="gaussian_nll_loss(x, y, v) | x: n,m | y: n,m | v: n,m positive ;"
    " gaussian_nll_loss(x, y, v, full=True, reduction='none') | x: n | y: n | v: n positive",
)
def gaussian_nll_loss(
    input: Node,
    target: Node,
    var: Node,
    full: bool = False,
    eps: Node | Scalar = Fraction("1e-6"),
    reduction: str = "mean",
) -> Node:
    """½ (log v + (x - t)²/v) with v = max(var, eps), and ½ log 2π with full; the mean over all entries."""
    spread = maximum(var, eps)
    entries = multiply(HALF, add(log(spread), divide(power(subtract(input, target), 2), spread)))
    if full:
        entries = add(entries, multiply(HALF, log(multiply(2, PI))))
    return reduce_rows(entries, reduction)
