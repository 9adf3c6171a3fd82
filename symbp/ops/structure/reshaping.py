"""The same entries in another shape."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from symbp.algebra.node import Node, Shape, make
from symbp.algebra.size import Size
from symbp.algebra.size import product as size_product
from symbp.errors import OperandError
from symbp.ops.axes import transpose
from symbp.ops.contract import CONTRACT, contract
from symbp.ops.registry import function, show
from symbp.ops.structure.structural import Array, SizeOf, Structural


class Reshape(Structural):
    """Entries in row-major order, in another shape."""

    name = "reshape"

    def adjoints(self, node: Node, upstream: Node) -> Sequence[Node | None]:
        return [reshape(upstream, node.args[0].shape)]

    def apply(self, node: Node, arrays: Sequence[Array], size: SizeOf) -> Array:
        return arrays[0].reshape(tuple(size(s) for s in node.shape))


RESHAPE = Reshape()


@function("reshape", example="reshape(x, (m, n)) | x: n,m ; reshape(x, (-1, n), order='F') | x: n,3,m")
def reshape(x: Node, *shape: Any, order: str = "C", **named: Any) -> Node:
    """Row-major order kept (column-major for order='F'); -1 stands for the size that is left."""
    if len(named) == 1 and not shape and named.keys() <= {"shape", "newshape"}:
        shape = tuple(named.values())
    elif named:
        raise OperandError(f"reshape has no argument {next(iter(named))}")
    while len(shape) == 1 and isinstance(shape[0], tuple | list):
        shape = tuple(shape[0])
    if _is_column_major(order, "reshape"):
        return transpose(reshape(transpose(x), *reversed(shape)))
    sizes = _target_sizes(x.shape, shape)
    if x.op is RESHAPE:
        x = x.args[0]
    x = _without_kept_axes(x, sizes)
    if sizes == x.shape:
        return x
    return make(RESHAPE, (x,), (), sizes, x.dtype)


def _target_sizes(given: Shape, wanted: Sequence[Any]) -> Shape:
    """The sizes of a new shape, the open one worked out.  OperandError where entries are left over."""
    total = size_product(given)
    open_axes = [i for i, s in enumerate(wanted) if s == -1]
    if len(open_axes) > 1:
        raise OperandError("reshape: only one size can be left open with -1")
    sizes = [Size.of(s) if isinstance(s, int | Size) else _no_size(s) for s in wanted]
    if open_axes:
        rest = size_product(s for i, s in enumerate(sizes) if i != open_axes[0])
        quotient = total.divide(rest)
        if quotient is None:
            hint = f"a size that {rest} divides is written such as {rest}*h" if rest.is_atomic else None
            reason = f"reshape: {rest} does not divide the {total} entries of {show(given)}"
            raise OperandError(reason, hint=hint)
        sizes[open_axes[0]] = quotient
    if size_product(sizes) != total:
        raise OperandError(
            f"reshape: {show(given)} has {total} entries, {show(tuple(sizes))} has {size_product(sizes)}",
            hint="-1 stands for the size that is left",
        )
    return tuple(sizes)


def _without_kept_axes(x: Node, shape: Shape) -> Node:
    """A contraction that keeps axes of size 1 only for the sake of its shape, without them."""
    if x.op is not CONTRACT or x.rank <= len(shape):
        return x
    inputs, out, sizes = x.params
    used = {label for labels in inputs for label in labels}
    left = [label for label in out if label in used or not sizes[label].is_one]
    if tuple(sizes[label] for label in left) != shape:
        return x
    return contract(x.args, inputs, left, dict(enumerate(sizes)))


def _no_size(value: Any) -> Size:
    raise OperandError(f"reshape: {value} is no size")


def _is_column_major(order: str, what: str) -> bool:
    if order not in ("C", "F"):
        raise OperandError(
            f"{what}: order is 'C' (row after row) or 'F' (column after column), not {order!r}"
        )
    return order == "F"


@function("ravel", "flatten", example="ravel(x) | x: n,m ; ravel(x, order='F') | x: n,m")
def ravel(x: Node, order: str = "C") -> Node:
    """All entries in one vector, row after row (column after column for order='F')."""
    return reshape(x, -1, order=order)


@function("vec", example="vec(x) | x: n,m")
def vec(x: Node) -> Node:
    """All entries in one vector, column after column (Magnus and Neudecker, Matrix Differential Calculus)."""
    return ravel(transpose(x))
