"""The Cholesky factor and the pseudo-inverse."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from symbp.algebra.node import Node, make
from symbp.errors import OperandError
from symbp.ops.arithmetic import add, divide, multiply, negative, subtract
from symbp.ops.axes import matrix_transpose
from symbp.ops.constant_arrays import eye
from symbp.ops.elimination import Arithmetic, Array, MatrixOperation, check_square, eliminate, product
from symbp.ops.inverses import inv
from symbp.ops.products import matmul
from symbp.ops.registry import function, show
from symbp.ops.structure.triangles import tri


class Cholesky(MatrixOperation):
    """Lower-triangular L with L Lᵀ = A, for symmetric positive definite A.

    Ā = ½ L⁻ᵀ (P + Pᵀ) L⁻¹ with P = Φ(Lᵀ L̄), where Φ keeps the lower triangle and halves the
    diagonal; symmetric, for changes that keep A symmetric (Murray 2016, equation 10).
    Computed column by column (Cholesky-Banachiewicz); needs roots.
    """

    name = "cholesky"

    def adjoints(self, node: Node, upstream: Node) -> Sequence[Node | None]:
        n = node.shape[-1]
        inner = matmul(matrix_transpose(node), upstream)
        half = multiply(inner, add(tri(n, n, -1), divide(eye(n), 2)))
        symmetric = divide(add(half, matrix_transpose(half)), 2)
        inverse = inv(node)
        return [matmul(matmul(matrix_transpose(inverse), symmetric), inverse)]

    def compute_one(self, matrices: Sequence[Array], arithmetic: Arithmetic) -> Array:
        (a,) = matrices
        factor = np.zeros_like(a)
        for j in range(a.shape[0]):
            column = a[j:, j]
            for k in range(j):
                column = arithmetic.subtract(column, arithmetic.multiply(factor[j:, k], factor[j, k]))
            factor[j:, j] = arithmetic.divide(column, arithmetic.sqrt(column[0]))
        return factor


class PseudoInverse(MatrixOperation):
    """P with A P A = A, P A P = P and A P, P A symmetric (Penrose 1955).

    Ā = -Pᵀ P̄ Pᵀ + (I - A P) P̄ᵀ P Pᵀ + Pᵀ P P̄ᵀ (I - P A), wherever the rank does not change
    (Golub and Pereyra 1973, equation 4.12).  Computed as (Aᵀ A)⁻¹ Aᵀ for full column rank and
    as Aᵀ (A Aᵀ)⁻¹ for full row rank.
    """

    name = "pinv"

    def adjoints(self, node: Node, upstream: Node) -> Sequence[Node | None]:
        (a,) = node.args
        p, pt, gt = node, matrix_transpose(node), matrix_transpose(upstream)
        off_range = subtract(eye(a.shape[-2]), matmul(a, p))
        off_rows = subtract(eye(a.shape[-1]), matmul(p, a))
        first = negative(matmul(matmul(pt, upstream), pt))
        second = matmul(matmul(off_range, gt), matmul(p, pt))
        third = matmul(matmul(pt, p), matmul(gt, off_rows))
        return [add(add(first, second), third)]

    def compute_one(self, matrices: Sequence[Array], arithmetic: Arithmetic) -> Array:
        (a,) = matrices
        if a.shape[0] >= a.shape[1]:
            return eliminate(product(a.T, a, arithmetic), a.T, arithmetic)[0]
        return eliminate(product(a, a.T, arithmetic), a, arithmetic)[0].T


CHOLESKY, PSEUDO_INVERSE = Cholesky(), PseudoInverse()


@function("cholesky", "linalg.cholesky", example="cholesky(x) | x: n,n spd ; cholesky(x) | x: k,n,n spd")
def cholesky(a: Node) -> Node:
    """The lower-triangular L with L Lᵀ = A, for symmetric positive definite A."""
    check_square(a, "cholesky")
    return make(CHOLESKY, (a,), (), a.shape)


@function("pinv", "linalg.pinv", example="pinv(x) | x: n,m ; pinv(x) | x: m,n ; pinv(x) | x: k,n,m")
def pinv(a: Node) -> Node:
    """The Moore-Penrose inverse; the gradient holds wherever the rank stays as it is."""
    if a.rank < 2:
        raise OperandError(f"pinv needs a matrix, not shape {show(a.shape)}")
    return make(PSEUDO_INVERSE, (a,), (), (*a.shape[:-2], a.shape[-1], a.shape[-2]))
