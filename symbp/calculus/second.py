"""Second derivatives of a scalar: Hessian-vector products and Hessians.

The product is the sweep of a sweep: H v = ∂⟨∂L/∂x, v⟩/∂x (Pearlmutter 1994), at the cost of a few
gradients.  The Hessian is the same formula for all unit vectors v together.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from symbp.algebra.node import Node, as_node, leaf, topological
from symbp.calculus.batch import batched, unit_directions
from symbp.calculus.derivation import derive_program
from symbp.calculus.reverse import Simplifier, sweep
from symbp.errors import ModelError, OperandError
from symbp.lang.names import Name
from symbp.lang.program import Program
from symbp.laws.tidier import Tidier
from symbp.lazy import lazy_module
from symbp.ops.arithmetic import multiply
from symbp.ops.constant_arrays import zeros_like
from symbp.ops.structure.reshaping import reshape
from symbp.ops.sums import sum_

if TYPE_CHECKING:
    import sympy

sympy_view = lazy_module("symbp.algebra.sympy_view")


def gradient(loss: Node, by: Node, simplify: Simplifier) -> Node:
    """∂loss/∂by, zeros where the loss does not depend on it."""
    if loss.rank:
        raise OperandError(
            f"second derivatives are those of a number, not of an array of rank {loss.rank}",
            hint="take those of one entry, or of the sum",
        )
    found = sweep([(loss, as_node(1))], [by], simplify).adjoints
    return found.get(by, zeros_like(by))


def hessian_vector_product(loss: Node, by: Node, direction: Node, simplify: Simplifier) -> Node:
    """H v for the Hessian of the loss by one array and a direction v of its shape."""
    if direction.shape != by.shape:
        raise OperandError(
            f"a direction has the shape of what it is a direction of, {by.shape}, not {direction.shape}",
            hint="take a direction of that shape",
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


@dataclass(frozen=True)
class SecondDerivative:
    """∂²loss/∂by² of a model, as a formula over its names; for a product, `direction` is v."""

    node: Node
    names: Mapping[Node, Name]
    direction: Node | None = None

    @property
    def expression(self) -> sympy.Expr:
        """The formula as a SymPy expression."""
        found: sympy.Expr = sympy_view.to_sympy(self.node, self.names)
        return found


def hessian_of(program: Program, by: str) -> SecondDerivative:
    """The Hessian of the loss by a parameter, an input or a named intermediate."""
    loss, at, names, tidy = _prepared(program, by)
    return SecondDerivative(hessian(loss, at, tidy, leaf("direction", at.shape)), names)


def hvp_of(program: Program, by: str, along: str = "v") -> SecondDerivative:
    """The Hessian of the loss by one array times a direction, which the formula calls `along`."""
    loss, at, names, tidy = _prepared(program, by)
    taken = [name.ascii for name in names.values()]
    if along in taken:
        raise ModelError(
            f"the model has a {along} of its own", hint=f"another name for the direction: {along}_"
        )
    direction = leaf(along, at.shape)
    return SecondDerivative(hessian_vector_product(loss, at, direction, tidy), names, direction)


def _prepared(program: Program, by: str) -> tuple[Node, Node, Mapping[Node, Name], Tidier]:
    """Loss, what it is derived by, names and laws, over stable forms of the forward pass."""
    if program.loss is None:
        raise ModelError("a model with outputs has no Hessian", hint="loss L, where L is a number")
    derivation = derive_program(program, [by])
    (name,) = derivation.wrt
    forward = derivation.forward
    loss = forward.nodes[forward.outputs[0][0]]
    if loss.rank:
        loss = reshape(loss, ())
    return loss, forward.nodes[name], forward.names, Tidier(set(topological(forward.roots)))
