"""Determinants and their logarithms."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from symbp.algebra.node import Node, make
from symbp.ops.arithmetic import multiply
from symbp.ops.axes import matrix_transpose
from symbp.ops.compare import abs_, sign
from symbp.ops.elementwise import log
from symbp.ops.elimination import Arithmetic, Array, MatrixOperation, check_square, eliminate, over_matrices
from symbp.ops.inverses import inv
from symbp.ops.registry import Composite, function


class Determinant(MatrixOperation):
    """det X, with X̄ = ḡ det(X) X⁻ᵀ (Jacobi).  Computed as the product of the pivots."""

    name = "det"

    def adjoints(self, node: Node, upstream: Node) -> Sequence[Node | None]:
        (x,) = node.args
        return [multiply(over_matrices(multiply(upstream, node)), matrix_transpose(inv(x)))]

    def compute_one(self, matrices: Sequence[Array], arithmetic: Arithmetic) -> Array:
        (a,) = matrices
        result = np.ones((), dtype=a.dtype)
        try:
            pivots = eliminate(a, a[:, :0], arithmetic)[1]
        except ZeroDivisionError:
            return np.zeros((), dtype=a.dtype)
        for pivot in pivots:
            result = np.asarray(arithmetic.multiply(result, pivot), dtype=a.dtype)
        return result


DETERMINANT = Determinant()


@function("det", "linalg.det", example="det(x) | x: n,n wellcond ; det(x) | x: k,n,n wellcond")
def det(x: Node) -> Node:
    """The determinant of square matrices."""
    check_square(x, "det")
    return make(DETERMINANT, (x,), (), x.shape[:-2])


LOGDET = Composite(
    "logdet",
    lambda x: log(abs_(det(x))),
    lambda x, y, g: [multiply(over_matrices(g), matrix_transpose(inv(x)))],
)


@function("logdet", example="logdet(x) | x: n,n wellcond ; logdet(x) | x: k,n,n wellcond")
def logdet(x: Node) -> Node:
    """log |det X| of square matrices."""
    check_square(x, "logdet")
    return LOGDET([x])


@function("slogdet", "linalg.slogdet", example="slogdet(x)[1] | x: n,n wellcond")
def slogdet(x: Node) -> tuple[Node, Node]:
    """The sign of det X, which carries no gradient, and log |det X|."""
    return sign(det(x)), logdet(x)
