"""Products of arrays: @, dot, outer, tensordot, kron, cross and their relatives."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from symbp.algebra.node import Node, Scalar, as_node
from symbp.algebra.size import Size
from symbp.errors import OperandError
from symbp.ops.arithmetic import multiply, subtract
from symbp.ops.contract import contract
from symbp.ops.registry import axis_of, broadcast_shapes, function, show, static_int
from symbp.ops.structure.indexing import getitem
from symbp.ops.structure.joining import concatenate
from symbp.ops.structure.reshaping import ravel, reshape
from symbp.ops.sums import sum_


@function("matmul", example="matmul(x, y) | x: n,m | y: m,k")
def matmul(a: Node, b: Node) -> Node:
    """NumPy's a @ b: D_ij = Σ_k A_ik B_kj, 1-D arrays without orientation, batches broadcast."""
    if not a.shape or not b.shape:
        raise OperandError("@ needs arrays", hint="a number scales with *")
    left = ["i"] if a.rank > 1 else []
    right = ["j"] if b.rank > 1 else []
    if a.shape[-1] != b.shape[-2 if right else -1]:
        raise OperandError(
            f"@ contracts {a.shape[-1]} (last axis of {show(a.shape)}) with "
            f"{b.shape[-2 if right else -1]} (of {show(b.shape)})",
            mismatch=(a.shape[-1], b.shape[-2 if right else -1]),
        )
    batch = broadcast_shapes(a.shape[:-2], b.shape[:-2], "@ over the leading axes")
    names = [f"b{axis}" for axis in range(len(batch))]
    sizes: dict[Any, Size] = dict(zip(names, batch, strict=True))

    def batch_labels(node: Node, side: str) -> list[str]:
        own = node.shape[:-2]
        labels = []
        for axis, size in enumerate(own, start=len(batch) - len(own)):
            repeated = size.is_one and not batch[axis].is_one
            labels.append(f"{side}{axis}" if repeated else names[axis])
        return labels

    return contract(
        [a, b],
        [[*batch_labels(a, "left"), *left, "k"], [*batch_labels(b, "right"), "k", *right]],
        names + left + right,
        sizes,
    )


Node.operators["matmul"] = matmul


@function("dot", example="dot(x, y) | x: n,m | y: m,k")
def dot(a: Node | Scalar, b: Node | Scalar) -> Node:
    """NumPy's dot: a sum over the last axis of a and the second-to-last of b."""
    a, b = as_node(a), as_node(b)
    if not a.shape or not b.shape:
        return multiply(a, b)
    left = [f"a{i}" for i in range(a.rank - 1)]
    right = [f"b{i}" for i in range(b.rank - 1)]
    k_axis = b.rank - 2 if b.rank > 1 else 0
    if a.shape[-1] != b.shape[k_axis]:
        raise OperandError(
            f"dot contracts {a.shape[-1]} with {b.shape[k_axis]}",
            mismatch=(a.shape[-1], b.shape[k_axis]),
        )
    return contract([a, b], [[*left, "k"], [*right[:k_axis], "k", *right[k_axis:]]], left + right)


@function("outer", example="outer(x, y) | x: n | y: m ; outer(x, y) | x: n,m | y: k")
def outer(a: Node, b: Node) -> Node:
    """D_ij = a_i b_j, of two vectors; other arrays are taken as vectors of their entries."""
    flat = [x if x.rank == 1 else ravel(x) for x in (as_node(a), as_node(b))]
    return contract(flat, ["i", "j"], "ij")


@function("vdot", example="vdot(x, y) | x: n,m | y: n,m")
def vdot(a: Node, b: Node) -> Node:
    """Σ over all entries of a_i b_i."""
    if a.shape == b.shape:
        labels = list(range(a.rank))
        return contract([a, b], [labels, labels], [])
    return contract([ravel(a), ravel(b)], ["i", "i"], [])


@function("inner", example="inner(x, y) | x: m | y: m ; inner(x, y) | x: n,m | y: k,m")
def inner(a: Node | Scalar, b: Node | Scalar) -> Node:
    """NumPy's inner: Σ over the last axes of both; for all entries see vdot."""
    a, b = as_node(a), as_node(b)
    if not a.shape or not b.shape:
        return multiply(a, b)
    return tensordot(a, b, ([-1], [-1]))


@function(
    "tensordot",
    example="tensordot(x, y, 1) | x: n,m | y: m,k ; tensordot(x, y, ([0, 1], [1, 0])) | x: n,m,2 | y: m,n,5",
)
def tensordot(a: Node, b: Node, axes: Any = 2) -> Node:
    """Σ over pairs of axes: the last of a with the first of b, or the listed ones."""
    if isinstance(axes, tuple | list):
        if len(axes) != 2:
            raise OperandError("tensordot: axes is a number or a pair of lists")
        left, right = (list(part) if isinstance(part, tuple | list) else [part] for part in axes)
    else:
        count = static_int(axes, "tensordot: axes")
        left, right = list(range(a.rank - count, a.rank)), list(range(count))
    if len(left) != len(right):
        raise OperandError(f"tensordot: {len(left)} axes of the first go with {len(right)} of the second")
    names_a: list[Any] = [("a", k) for k in range(a.rank)]
    names_b: list[Any] = [("b", k) for k in range(b.rank)]
    for i, j in zip(left, right, strict=True):
        i, j = axis_of(i, a.rank, "tensordot"), axis_of(j, b.rank, "tensordot")
        if a.shape[i] != b.shape[j]:
            raise OperandError(
                f"tensordot contracts {a.shape[i]} (axis {i} of {show(a.shape)}) with "
                f"{b.shape[j]} (axis {j} of {show(b.shape)})",
                mismatch=(a.shape[i], b.shape[j]),
            )
        names_b[j] = names_a[i]
    out = [n for n in names_a if n not in names_b] + [n for n in names_b if n not in names_a]
    return contract([a, b], [names_a, names_b], out)


@function("vecdot", example="vecdot(x, y) | x: n,m | y: m")
def vecdot(a: Node, b: Node, axis: int = -1) -> Node:
    """Σ of products along one axis, the others broadcast."""
    return sum_(multiply(a, b), axis)


@function("matvec", example="matvec(x, y) | x: k,n,m | y: k,m")
def matvec(a: Node, b: Node) -> Node:
    """A batch of matrices times a batch of vectors."""
    return getitem(matmul(a, getitem(b, (Ellipsis, None))), (Ellipsis, 0))


@function("vecmat", example="vecmat(x, y) | x: k,n | y: k,n,m")
def vecmat(a: Node, b: Node) -> Node:
    """A batch of vectors times a batch of matrices."""
    return getitem(matmul(getitem(a, (Ellipsis, None, slice(None))), b), (Ellipsis, 0, slice(None)))


@function("multi_dot", "linalg.multi_dot", example="multi_dot([x, y, z]) | x: n,m | y: m,k | z: k,n")
def multi_dot(arrays: Sequence[Node]) -> Node:
    """The product of a list of matrices, from left to right."""
    if not arrays:
        raise OperandError("multi_dot needs at least one matrix")
    result = arrays[0]
    for other in arrays[1:]:
        result = matmul(result, other)
    return result


@function(
    "kron", example="kron(x, y) | x: k,n | y: k,k ; kron(x, y) | x: n | y: m ; kron(x, y) | x: n,m | y: k"
)
def kron(a: Node, b: Node) -> Node:
    """Kronecker product: entry ((i,p), (j,q), …) is a_ij… b_pq…; fewer axes count as 1 in front."""
    rank = max(a.rank, b.rank)
    a, b = (reshape(x, (*[1] * (rank - x.rank), *x.shape)) for x in (a, b))
    left, right = [("a", k) for k in range(rank)], [("b", k) for k in range(rank)]
    pairs = [label for pair in zip(left, right, strict=True) for label in pair]
    return reshape(
        contract([a, b], [left, right], pairs), tuple(s * t for s, t in zip(a.shape, b.shape, strict=True))
    )


@function("cross", "linalg.cross", example="cross(x, y) | x: 3 | y: 3 ; cross(x, y) | x: n,3 | y: 3")
def cross(a: Node, b: Node, axis: int = -1) -> Node:
    """The vector product of 3-vectors along an axis."""
    for x in (a, b):
        if not x.rank or x.shape[axis_of(axis, x.rank, "cross")] != Size.of(3):
            raise OperandError(f"cross takes vectors of size 3, not {show(a.shape)} and {show(b.shape)}")
    a_next, a_last = _turned(a, axis, 1), _turned(a, axis, 2)
    b_next, b_last = _turned(b, axis, 1), _turned(b, axis, 2)
    return subtract(multiply(a_next, b_last), multiply(a_last, b_next))


def _turned(x: Node, axis: int, by: int) -> Node:
    """The three entries along an axis, starting with entry `by`."""
    at = axis_of(axis, x.rank, "cross")
    before = (slice(None),) * at
    return concatenate([getitem(x, (*before, slice(by, None))), getitem(x, (*before, slice(None, by)))], at)
