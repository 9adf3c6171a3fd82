"""Inverses of square matrices, linear equations, and powers."""

from __future__ import annotations

from collections.abc import Sequence

from symbp.algebra.node import Node, make
from symbp.errors import OperandError
from symbp.ops.arithmetic import multiply, negative
from symbp.ops.axes import matrix_transpose
from symbp.ops.constant_arrays import eye, ones_like
from symbp.ops.elimination import Arithmetic, Array, MatrixOperation, check_square, eliminate, unit_matrix
from symbp.ops.products import matmul, outer
from symbp.ops.registry import broadcast_shapes, function, show, static_int
from symbp.ops.structure.indexing import getitem
from symbp.ops.sums import sum_to

LARGEST_POWER = 4096


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
