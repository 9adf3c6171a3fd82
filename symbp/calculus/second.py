"""Second derivatives of a scalar: Hessian-vector products and Hessians.

The product is the sweep of a sweep: H v = ∂⟨∂L/∂x, v⟩/∂x (Pearlmutter 1994), at the cost of a few
gradients.  The Hessian is the same formula for all unit vectors v together.
"""

from __future__ import annotations

from symbp.algebra.node import Node, as_node
from symbp.calculus.batch import batched, unit_directions
from symbp.calculus.reverse import Simplifier, sweep
from symbp.errors import OperandError
from symbp.ops.arithmetic import multiply
from symbp.ops.contract import sum_, zeros_like


def gradient(loss: Node, by: Node, simplify: Simplifier) -> Node:
    """∂loss/∂by, zeros where the loss does not depend on it."""
    if loss.rank:
        raise OperandError(f"second derivatives are those of a number, not of an array of rank {loss.rank}")
    found = sweep([(loss, as_node(1))], [by], simplify).adjoints
    return found.get(by, zeros_like(by))


def hessian_vector_product(loss: Node, by: Node, direction: Node, simplify: Simplifier) -> Node:
    """H v for the Hessian of the loss by one array and a direction v of its shape."""
    if direction.shape != by.shape:
        raise OperandError(
            f"a direction has the shape of what it is a direction of, {by.shape}, not {direction.shape}"
        )
    slope = gradient(loss, by, simplify)
    return gradient(sum_(multiply(slope, direction)), by, simplify)


def hessian(loss: Node, by: Node, simplify: Simplifier, direction: Node) -> Node:
    """∂²loss/∂by_i ∂by_j, of shape (*by.shape, *by.shape).

    `direction` is a leaf of the shape of `by` that nothing else uses.  UnsupportedError where an
    operation cannot be applied to all unit vectors together.
    """
    product = hessian_vector_product(loss, by, direction, simplify)
    whole = batched(product, {direction: unit_directions(by.shape)}, by.shape)
    return simplify(whole)
