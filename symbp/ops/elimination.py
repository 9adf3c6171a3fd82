"""Operations on the last two axes that are computed by elimination, over any number system.

Each is given by a defining equation (X Y = I, A X = B, L Lᵀ = A); its adjoint is that equation
differentiated.  Leading axes are batches, as in NumPy.
Source of the adjoints: Giles 2008, "Collected matrix derivative results", section 2.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

import numpy as np

from symbp.algebra.node import Node, Operation
from symbp.errors import OperandError
from symbp.ops.registry import show
from symbp.ops.structure.indexing import getitem

Array = np.ndarray[Any, Any]


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
