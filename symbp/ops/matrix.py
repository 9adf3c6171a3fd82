"""Linear algebra of square matrices: inv, solve, det, cholesky, pinv and what follows from them.

Each primitive is given by a defining equation (X Y = I, A X = B, L Lᵀ = A); its adjoint is that
equation differentiated.  Leading axes are batches, as in NumPy.
Source of the adjoints: Giles 2008, "Collected matrix derivative results", section 2.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

import numpy as np

from symbp.algebra.node import Node, Operation, make
from symbp.errors import OperandError
from symbp.ops.arithmetic import add, divide, multiply, negative, subtract
from symbp.ops.axes import matrix_transpose
from symbp.ops.compare import abs_, sign
from symbp.ops.constant_arrays import eye, ones_like
from symbp.ops.elementwise import log
from symbp.ops.products import matmul, outer
from symbp.ops.registry import Composite, broadcast_shapes, function, show, static_int
from symbp.ops.structure.indexing import getitem
from symbp.ops.structure.triangles import tri
from symbp.ops.sums import sum_to

Array = np.ndarray[Any, Any]
LARGEST_POWER = 4096


class Arithmetic(Protocol):
    """A number system, entry by entry on arrays: floats, residues mod p, mpmath numbers, …

    `sqrt` is asked for by `cholesky` only; a system without roots raises NotImplementedError.
    `resolution` is the size of a rounding error relative to the numbers it is made in, 0 where none is.
    """

    @property
    def resolution(self) -> Any: ...
    @property
    def add(self) -> Callable[[Any, Any], Any]: ...
    @property
    def subtract(self) -> Callable[[Any, Any], Any]: ...
    @property
    def multiply(self) -> Callable[[Any, Any], Any]: ...
    @property
    def divide(self) -> Callable[[Any, Any], Any]: ...
    @property
    def sqrt(self) -> Callable[[Any], Any]: ...


class MatrixOperation(Operation):
    """An operation on the last two axes that is computed by elimination."""

    def compute(self, node: Node, arrays: Sequence[Array], arithmetic: Arithmetic) -> Array:
        """The value over any number system, one matrix of the batch after the other."""
        batch = np.broadcast_shapes(*(a.shape[:-2] for a in arrays))
        wide = [np.broadcast_to(a, batch + a.shape[-2:]) for a in arrays]
        results = [self.compute_one([a[at] for a in wide], arithmetic) for at in np.ndindex(*batch)]
        return np.array(results, dtype=results[0].dtype).reshape(batch + results[0].shape)

    def compute_one(self, matrices: Sequence[Array], arithmetic: Arithmetic) -> Array:
        raise NotImplementedError


# -- elimination over any number system ---------------------------------------------------------


def eliminate(a: Array, b: Array, arithmetic: Arithmetic) -> tuple[Array, Array]:
    """Gauss-Jordan elimination of [A | B]: A⁻¹ B, and the pivots with the sign of the row swaps.

    The pivot of a column is its entry of largest absolute value (in a residue field any entry
    other than 0 would do).  ZeroDivisionError where A is singular, or is so but for rounding: Xᵀ X
    of a wide X has pivots that rounding alone keeps from being 0.
    """
    work = np.concatenate([a, b], axis=1)
    n = a.shape[0]
    rounding = arithmetic.resolution * np.abs(a).max(initial=0) if arithmetic.resolution else 0
    pivots: list[Any] = []
    for k in range(n):
        best = max(range(k, n), key=lambda row: abs(work[row, k]))
        pivot = work[best, k]
        if pivot == 0 or (rounding and abs(pivot) <= rounding):
            raise ZeroDivisionError("the matrix is singular")
        if best != k:
            work[[k, best]] = work[[best, k]]
            pivot_with_sign = arithmetic.subtract(arithmetic.subtract(pivot, pivot), pivot)
        else:
            pivot_with_sign = pivot
        pivots.append(pivot_with_sign)
        work[k] = arithmetic.divide(work[k], pivot)
        others = [row for row in range(n) if row != k]
        factors = work[others, k][:, None]
        work[others] = arithmetic.subtract(work[others], arithmetic.multiply(factors, work[k][None, :]))
    return work[:, n:], np.array(pivots, dtype=work.dtype)


def unit_matrix(like: Array) -> Array:
    """The identity in the entry type of a square array; 0 and 1 are numbers of every system."""
    result = np.zeros_like(like)
    np.fill_diagonal(result, 1)
    return result


def product(a: Array, b: Array, arithmetic: Arithmetic) -> Array:
    """A B over any number system."""
    result = np.zeros((a.shape[0], b.shape[1]), dtype=np.result_type(a, b))
    for k in range(a.shape[1]):
        result = arithmetic.add(result, arithmetic.multiply(a[:, k, None], b[None, k, :]))
    return result


def check_square(x: Node, what: str) -> None:
    """OperandError where the last two axes are not of one size."""
    if x.rank < 2:
        raise OperandError(f"{what} needs a square matrix, not shape {show(x.shape)}")
    if x.shape[-1] != x.shape[-2]:
        raise OperandError(
            f"{what} needs a square matrix, not {show(x.shape)}",
            facts=(f"rows {x.shape[-2]}, columns {x.shape[-1]}",),
            hint="pinv is there for every matrix" if what == "inv" else "X.T @ X is square for every X",
            mismatch=(x.shape[-2], x.shape[-1]),
        )


def over_matrices(y: Node) -> Node:
    """One number for each matrix of a batch, with two axes of size 1 added."""
    return getitem(y, (Ellipsis, None, None)) if y.shape else y


# -- inverse and solve --------------------------------------------------------------------------


class Inverse(MatrixOperation):
    """Y with X Y = I; from dX Y + X dY = 0 follows X̄ = -Yᵀ Ȳ Yᵀ.  Computed by Gauss-Jordan."""

    name = "inv"

    def adjoints(self, node: Node, upstream: Node) -> Sequence[Node | None]:
        yt = matrix_transpose(node)
        return [negative(matmul(matmul(yt, upstream), yt))]

    def compute_one(self, matrices: Sequence[Array], arithmetic: Arithmetic) -> Array:
        (a,) = matrices
        return eliminate(a, unit_matrix(a), arithmetic)[0]


class Solve(MatrixOperation):
    """X with A X = B: B̄ = A⁻ᵀ X̄ and Ā = -B̄ Xᵀ.  Computed by Gauss-Jordan on [A | B]."""

    name = "solve"

    def adjoints(self, node: Node, upstream: Node) -> Sequence[Node | None]:
        a, b = node.args
        by_b = solve(matrix_transpose(a), upstream)
        if b.rank == 1:
            return [negative(outer(by_b, node)), by_b]
        by_a = matmul(by_b, matrix_transpose(node))
        return [negative(sum_to(by_a, a.shape)), sum_to(by_b, b.shape)]

    def compute(self, node: Node, arrays: Sequence[Array], arithmetic: Arithmetic) -> Array:
        a, b = arrays
        if b.ndim == 1:
            return super().compute(node, [a, b[:, None]], arithmetic)[..., 0]
        return super().compute(node, [a, b], arithmetic)

    def compute_one(self, matrices: Sequence[Array], arithmetic: Arithmetic) -> Array:
        a, b = matrices
        return eliminate(a, b, arithmetic)[0]


INVERSE, SOLVE = Inverse(), Solve()


@function("inv", "linalg.inv", example="inv(x) | x: n,n wellcond ; inv(x) | x: k,n,n wellcond")
def inv(x: Node) -> Node:
    """The inverse of square matrices, X⁻¹."""
    check_square(x, "inv")
    return make(INVERSE, (x,), (), x.shape)


@function(
    "solve",
    "linalg.solve",
    example="solve(x, y) | x: n,n wellcond | y: n,m ; solve(x, y) | x: n,n wellcond | y: n ;"
    " solve(x, y) | x: k,n,n wellcond | y: n,m ; solve(x, y) | x: n,n wellcond | y: k,n,m",
)
def solve(a: Node, b: Node) -> Node:
    """X with A X = B, for a vector or (a batch of) matrices B, as np.linalg.solve."""
    check_square(a, "solve")
    n = a.shape[-1]
    rows = b.shape[0] if b.rank == 1 else b.shape[-2] if b.rank else n
    if b.rank == 0 or rows != n:
        raise OperandError(
            f"solve: A has {n} rows, the right-hand side {show(b.shape)} has {rows if b.rank else 'none'}",
            mismatch=(n, rows),
        )
    if b.rank == 1 and a.rank > 2:
        return getitem(solve(a, getitem(b, (slice(None), None))), (Ellipsis, 0))
    if b.rank == 1:
        return make(SOLVE, (a, b), (), b.shape)
    batch = broadcast_shapes(a.shape[:-2], b.shape[:-2], "solve over the leading axes")
    return make(SOLVE, (a, b), (), (*batch, *b.shape[-2:]))


# -- determinants -------------------------------------------------------------------------------


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


# -- powers -------------------------------------------------------------------------------------


@function(
    "matrix_power",
    "linalg.matrix_power",
    example="matrix_power(x, 3) | x: n,n ; matrix_power(x, -2) | x: n,n wellcond ;"
    " x + matrix_power(x, 0) | x: k,n,n",
)
def matrix_power(x: Node, n: int) -> Node:
    """X Xⁿ⁻¹ by repeated squaring; a negative n takes powers of the inverse, 0 gives I."""
    check_square(x, "matrix_power")
    left = static_int(n, "matrix_power: the exponent")
    if abs(left) > LARGEST_POWER:
        raise OperandError(f"matrix_power: an exponent is at most {LARGEST_POWER}, not {left}")
    base = inv(x) if left < 0 else x
    left = abs(left)
    result: Node | None = None
    while left:
        if left % 2:
            result = base if result is None else matmul(result, base)
        left //= 2
        base = matmul(base, base) if left else base
    return multiply(ones_like(x), eye(x.shape[-1])) if result is None else result


# -- factorisation and pseudo-inverse -----------------------------------------------------------


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
