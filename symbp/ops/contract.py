"""Contractions: out[o…] = Σ_b Π_k args[k][i…], the one form behind @, .T, sum, outer, trace, eye.

Every index is a label with a size.  A label of the output that no argument has repeats the value
along that axis; a label that the output has twice is a Kronecker delta; any other label that the
output lacks is summed.  The class is closed under differentiation: the adjoint of argument k is
the contraction of the upstream gradient and the other arguments to k's own labels.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

from symbp.algebra.node import CONSTANT, Node, Operation, Scalar, Shape, as_node, make, number
from symbp.algebra.size import Size
from symbp.algebra.size import product as size_product
from symbp.errors import OperandError
from symbp.ops.arithmetic import divide, multiply
from symbp.ops.registry import Composite, axes_of, axis_of, broadcast_shapes, function, show, static_int

Labels = tuple[int, ...]


class Contract(Operation):
    """params: labels of each argument, labels of the output, size of each label."""

    name = "contract"

    def adjoints(self, node: Node, upstream: Node) -> Sequence[Node | None]:
        inputs, out, sizes = node.params
        named = dict(enumerate(sizes))
        result: list[Node | None] = []
        for k, arg in enumerate(node.args):
            if arg.dtype != "real":
                result.append(None)
                continue
            others = [a for j, a in enumerate(node.args) if j != k]
            labels = [s for j, s in enumerate(inputs) if j != k]
            result.append(contract([upstream, *others], [out, *labels], inputs[k], named))
        return result


CONTRACT = Contract()


def contract(
    args: Sequence[Node],
    inputs: Sequence[Sequence[Hashable]],
    out: Sequence[Hashable],
    sizes: Mapping[Any, Size] | None = None,
) -> Node:
    """The contraction of `args` with these labels.  OperandError where sizes disagree."""
    known: dict[Hashable, Size] = {}
    for arg, labels in zip(args, inputs, strict=True):
        for label, size in zip(labels, arg.shape, strict=True):
            if known.setdefault(label, size) != size:
                raise OperandError(
                    f"index {label} has sizes {known[label]} and {size}",
                    mismatch=(known[label], size),
                )
    for label in out:
        if label not in known:
            known[label] = (sizes or {})[label]
    same = _identified(args, inputs)
    renamed: list[tuple[Hashable, ...]] = [tuple(same.get(label, label) for label in s) for s in inputs]
    out = tuple(same.get(label, label) for label in out)
    kept_args, kept_inputs = _absorb(list(args), renamed, known)
    lost = _lost_labels(kept_inputs, out, {label for s in renamed for label in s})
    factor = size_product(known[label] for label in lost)
    result = _intern(kept_args, kept_inputs, _without_new_ones(kept_inputs, tuple(out), known), known)
    return result if factor.is_one else multiply(as_node(factor), result)


def _lost_labels(
    inputs: list[tuple[Hashable, ...]], out: Sequence[Hashable], before: set[Hashable]
) -> list[Hashable]:
    """Labels that were summed and that no argument has any more: each is a factor."""
    left = {label for s in inputs for label in s} | set(out)
    return [label for label in sorted(before, key=str) if label not in left]


def _without_new_ones(
    inputs: list[tuple[Hashable, ...]], out: tuple[Hashable, ...], known: dict[Hashable, Size]
) -> tuple[Hashable, ...]:
    """A new axis of size 1 is an old one that would be summed, where there is such a one."""
    present = dict.fromkeys(label for labels in inputs for label in labels)
    summed = [label for label in present if label not in out and known[label].is_one]
    new = [label for label in dict.fromkeys(out) if label not in present and known[label].is_one]
    same = dict(zip(new, summed, strict=False))
    return tuple(same.get(label, label) for label in out)


def _identified(args: Sequence[Node], inputs: Sequence[Sequence[Hashable]]) -> dict[Hashable, Hashable]:
    """Labels that an identity matrix among the arguments makes equal: label -> the one kept."""
    same: dict[Hashable, Hashable] = {}
    for arg, labels in zip(args, inputs, strict=True):
        if is_scaled_identity(arg):
            i, j = (same.get(label, label) for label in labels)
            same.update({label: i for label in [*(k for k, v in same.items() if v == j), j] if label != i})
    return same


def is_scaled_identity(node: Node) -> bool:
    """c I: a number repeated along a diagonal."""
    return node.op is CONTRACT and node.params[1] == (0, 0) and not any(node.params[0])


def _absorb(
    args: list[Node], inputs: list[tuple[Hashable, ...]], known: dict[Hashable, Size]
) -> tuple[list[Node], list[tuple[Hashable, ...]]]:
    """Leave out factors 1 and all-ones arrays; look through transposes and repetitions."""
    kept_args: list[Node] = []
    kept: list[tuple[Hashable, ...]] = []
    for arg, labels in zip(args, inputs, strict=True):
        if number(arg) == 1 and len(args) > 1:
            continue
        if is_scaled_identity(arg):
            kept_args.extend(arg.args)
            kept.extend(() for _ in arg.args)
            continue
        if arg.op is CONTRACT and _is_relabelling(arg, alone=len(args) == 1):
            if not arg.args:
                continue
            inner, out, sizes = arg.params
            names: dict[int, Hashable] = dict(zip(out, labels, strict=True))
            for label in inner[0]:
                if label not in names:
                    names[label] = ("summed", len(known))
                    known[names[label]] = sizes[label]
            arg, labels = arg.args[0], tuple(names[i] for i in inner[0])
        kept_args.append(arg)
        kept.append(labels)
    return kept_args, kept


def _is_relabelling(node: Node, alone: bool) -> bool:
    """A contraction that only renames, repeats (or, standing alone, sums) one array's axes."""
    inputs, out, _ = node.params
    if len(node.args) > 1 or len(set(out)) < len(out):
        return False
    if not node.args:
        return True
    return alone or set(inputs[0]) <= set(out)


def _intern(
    args: list[Node],
    inputs: list[tuple[Hashable, ...]],
    out: tuple[Hashable, ...],
    known: dict[Hashable, Size],
) -> Node:
    if len(args) == 1 and inputs[0] == out and len(set(out)) == len(out):
        return args[0]
    order: dict[Hashable, int] = {}
    for label in [label for s in inputs for label in s] + list(out):
        order.setdefault(label, len(order))
    params = (
        tuple(tuple(order[label] for label in s) for s in inputs),
        tuple(order[label] for label in out),
        tuple(known[label] for label in order),
    )
    return make(CONTRACT, tuple(args), params, tuple(known[label] for label in out))


# -- products ---------------------------------------------------------------------------------


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
    flat = [x if x.rank == 1 else Node.operators["reshape"](x, -1) for x in (as_node(a), as_node(b))]
    return contract(flat, ["i", "j"], "ij")


@function("einsum", example="einsum('ij,jk->ik', x, y) | x: n,m | y: m,k")
def einsum(spec: str, *operands: Node) -> Node:
    """NumPy's einsum, explicit or implicit output, with ... for broadcast axes."""
    if not isinstance(spec, str):
        raise OperandError("einsum: the first argument is a text such as 'ij,jk->ik'")
    text = spec.replace(" ", "")
    left, arrow, right = text.partition("->")
    inputs = left.split(",")
    if len(inputs) != len(operands):
        raise OperandError(f"einsum '{spec}' names {len(inputs)} operands, but gets {len(operands)}")
    width = 0
    for labels, operand in zip(inputs, operands, strict=True):
        letters = labels.replace("...", "")
        if not all(c.isalpha() for c in letters):
            raise OperandError(f"einsum: '{labels}' is no list of index letters")
        extra = operand.rank - len(letters)
        if extra < 0 or (extra and "..." not in labels):
            raise OperandError(
                f"einsum: '{labels}' names {len(letters)} axes, but the operand has rank {operand.rank}",
                hint="one letter for each axis; ... stands for those that are left",
            )
        width = max(width, extra)
    ellipsis_labels = [f"…{k}" for k in range(width)]
    full = [_expand_ellipsis(s, o.rank, ellipsis_labels) for s, o in zip(inputs, operands, strict=True)]
    everything = [label for labels in full for label in labels]
    if arrow:
        out = _expand_ellipsis(right, None, ellipsis_labels)
        missing = [label for label in out if label not in everything]
        if missing:
            hint = f"the operands have {', '.join(dict.fromkeys(everything))}"
            raise OperandError(f"einsum: output index '{missing[0]}' occurs in no operand", hint=hint)
    else:
        once = sorted({s for s in everything if everything.count(s) == 1 and s[0] != "…"})
        out = ellipsis_labels + once
    _check_letters(operands, full)
    return contract(operands, full, out)


def _check_letters(operands: Sequence[Node], listed: Sequence[Sequence[str]]) -> None:
    """OperandError where one letter names axes of two sizes, with the axis that would fit."""
    known: dict[str, Size] = {}
    for place, (operand, labels) in enumerate(zip(operands, listed, strict=True), start=1):
        for label, size in zip(labels, operand.shape, strict=True):
            wanted = known.setdefault(label, size)
            if wanted == size:
                continue
            fitting = [a for a, s in enumerate(operand.shape) if s == wanted]
            hint = f"axis {fitting[0]} of operand {place} has size {wanted}" if fitting else None
            raise OperandError(
                f"einsum: the letter {label} names axes of sizes {wanted} and {size}",
                hint=hint or "an axis of another size takes another letter",
                mismatch=(wanted, size),
            )


def _expand_ellipsis(labels: str, rank: int | None, ellipsis_labels: list[str]) -> list[str]:
    if "..." not in labels:
        return list(labels)
    head, _, tail = labels.partition("...")
    count = len(ellipsis_labels) if rank is None else rank - len(head) - len(tail)
    return [*head, *ellipsis_labels[len(ellipsis_labels) - count :], *tail]


# -- axes -------------------------------------------------------------------------------------


@function("transpose", "permute", "permute_dims", example="transpose(x, (1, 0, 2)) | x: k,n,m")
def transpose(x: Node, *axes: Any) -> Node:
    """NumPy's transpose: axes reversed, or in the given order."""
    if len(axes) == 1 and (axes[0] is None or isinstance(axes[0], tuple | list)):
        axes = tuple(axes[0] or ())
    order = [axis_of(static_int(a, "an axis"), x.rank, "transpose") for a in axes]
    order = order or list(reversed(range(x.rank)))
    if sorted(order) != list(range(x.rank)):
        raise OperandError(f"transpose: {tuple(order)} is no order of {x.rank} axes")
    return contract([x], [range(x.rank)], order)


@function("matrix_transpose", example="matrix_transpose(x) | x: k,n,m")
def matrix_transpose(x: Node) -> Node:
    """The last two axes exchanged."""
    return swapaxes(x, -1, -2)


@function("swapaxes", example="swapaxes(x, 0, 2) | x: k,n,m")
def swapaxes(x: Node, axis1: int, axis2: int) -> Node:
    """Two axes exchanged."""
    order = list(range(x.rank))
    i, j = axis_of(axis1, x.rank, "swapaxes"), axis_of(axis2, x.rank, "swapaxes")
    order[i], order[j] = order[j], order[i]
    return contract([x], [range(x.rank)], order)


@function("moveaxis", example="moveaxis(x, 0, -1) | x: k,n,m")
def moveaxis(x: Node, source: Any, destination: Any) -> Node:
    """Axes moved to other places, the rest in order."""
    sources = [axis_of(a, x.rank, "moveaxis") for a in _listed(source)]
    targets = [axis_of(a, x.rank, "moveaxis") for a in _listed(destination)]
    if len(sources) != len(targets):
        raise OperandError("moveaxis: as many destinations as sources")
    order = [a for a in range(x.rank) if a not in sources]
    for target, axis in sorted(zip(targets, sources, strict=True)):
        order.insert(target, axis)
    return contract([x], [range(x.rank)], order)


def _listed(value: Any) -> list[Any]:
    return list(value) if isinstance(value, tuple | list) else [value]


@function("broadcast_to", example="broadcast_to(x, (2, n, 4)) | x: n,1")
def broadcast_to(x: Node | Scalar, shape: Any) -> Node:
    """x repeated along new axes and along axes of size 1."""
    x = as_node(x)
    target = tuple(Size.of(s) for s in _listed(shape))
    if broadcast_shapes(x.shape, target, "broadcast_to") != target:
        raise OperandError(f"{show(x.shape)} does not broadcast to {show(target)}")
    labels: list[Hashable] = []
    for axis, size in enumerate(x.shape, start=len(target) - x.rank):
        labels.append(("one", axis) if size != target[axis] else axis)
    return contract([x], [labels], range(len(target)), dict(enumerate(target)))


# -- sums -------------------------------------------------------------------------------------


@function("sum", example="sum(x, axis=1) | x: n,m")
def sum_(x: Node | Scalar, axis: Any = None, keepdims: bool = False) -> Node:
    """Σ over the given axes (all by default)."""
    x = as_node(x)
    axes = axes_of(axis, x.rank, "sum")
    labels: list[Hashable] = list(range(x.rank))
    out: list[Hashable]
    if keepdims:
        out = [("kept", a) if a in axes else a for a in range(x.rank)]
    else:
        out = [a for a in labels if a not in axes]
    return contract([x], [labels], out, {("kept", a): Size.of(1) for a in axes})


def sum_to(x: Node, shape: Shape) -> Node:
    """Σ over the axes along which an array of `shape` is broadcast to that of x."""
    offset = x.rank - len(shape)
    out: list[Hashable] = []
    for axis, size in enumerate(shape, start=offset):
        out.append(("kept", axis) if size != x.shape[axis] else axis)
    sizes = {label: Size.of(1) for label in out if isinstance(label, tuple)}
    return contract([x], [range(x.rank)], out, sizes)


def count(x: Node, axis: Any = None) -> Node:
    """The number of entries along the axes, as a number in a formula."""
    return as_node(size_product(x.shape[a] for a in axes_of(axis, x.rank, "mean")))


MEAN = Composite("mean", lambda x, axes, keepdims: divide(sum_(x, axes, keepdims), count(x, axes)))


@function("mean", example="mean(x, axis=1) | x: n,m")
def mean(x: Node | Scalar, axis: Any = None, keepdims: bool = False) -> Node:
    """The sum over the axes (all by default), divided by the number of entries."""
    x = as_node(x)
    return MEAN([x], (axes_of(axis, x.rank, "mean"), keepdims))


@function("average", example="average(x, axis=0, weights=w) | x: n,m | w: n positive ; average(x) | x: n,m")
def average(x: Node, axis: int | None = None, weights: Node | None = None, keepdims: bool = False) -> Node:
    """The mean, or Σ w x / Σ w with weights of the shape of x or for one axis."""
    if weights is None:
        return mean(x, axis, keepdims)
    if weights.shape != x.shape:
        if axis is None or weights.rank != 1:
            raise OperandError(
                f"average: weights {show(weights.shape)} for an array {show(x.shape)} need an axis"
            )
        after = x.rank - 1 - axis_of(axis, x.rank, "average")
        weights = Node.operators["reshape"](weights, (weights.shape[0], *[1] * after))
    weights = broadcast_to(weights, x.shape)
    return divide(sum_(multiply(weights, x), axis, keepdims), sum_(weights, axis, keepdims))


def diagonal_block(x: Node, offset: int, what: str) -> Node:
    """The square block (over axes 0 and 1) whose diagonal is the given one of x."""
    if x.rank < 2:
        raise OperandError(f"{what} needs a matrix, not shape {show(x.shape)}")
    rows, columns = x.shape[0] - max(-offset, 0), x.shape[1] - max(offset, 0)
    if (rows - columns).is_at_least(0):
        length = columns
    elif (columns - rows).is_at_least(0):
        length = rows
    else:
        raise OperandError(
            f"{what}: which of {rows} rows and {columns} columns is shorter is not known",
            hint="declare both with one size, or fix them: size n = 3",
            mismatch=(x.shape[0], x.shape[1]),
        )
    first, second = max(-offset, 0), max(offset, 0)
    return Node.operators["getitem"](x, (slice(first, first + length), slice(second, second + length)))


@function("trace", "tr", example="trace(x) | x: n,n ; trace(x, 1) | x: 3,4 ; trace(x) | x: n,n,k")
def trace(x: Node, offset: int = 0) -> Node:
    """Σ_i X_i(i+offset), over axes 0 and 1."""
    block = diagonal_block(x, static_int(offset, "trace: the offset"), "trace")
    rest = range(2, x.rank)
    return contract([block], [(0, 0, *rest)], rest)


@function(
    "diagonal", example="diagonal(x) | x: n,n ; diagonal(x, -1) | x: 4,3,k ; diagonal(x, 0, 1, 2) | x: k,n,n"
)
def diagonal(x: Node, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Node:
    """The diagonal over two axes, which becomes the last axis."""
    block = diagonal_block(
        moveaxis(x, (axis1, axis2), (0, 1)), static_int(offset, "diagonal: the offset"), "diagonal"
    )
    rest = range(2, x.rank)
    return contract([block], [(0, 0, *rest)], (*rest, 0))


@function("diag", example="diag(x) | x: n ; diag(x, -1) | x: n ; diag(x, 1) | x: 4,3")
def diag(x: Node, k: int = 0) -> Node:
    """The matrix with a vector on its k-th diagonal, or the k-th diagonal of a matrix."""
    if x.rank == 2:
        return diagonal(x, k)
    if x.rank != 1:
        raise OperandError(f"diag needs a vector or a matrix, not shape {show(x.shape)}")
    by = static_int(k, "diag: k")
    square = contract([x], [(0,)], (0, 0))
    return Node.operators["pad"](square, ((max(-by, 0), max(by, 0)), (max(by, 0), max(-by, 0))))


# -- constant arrays --------------------------------------------------------------------------


@function("ones", example="x * ones((n, m)) | x: n,m")
def ones(*shape: Any, dtype: Any = None) -> Node:
    """An array of ones."""
    return full(_shape(shape), 1)


@function("zeros", example="x + zeros((n, m)) | x: n,m")
def zeros(*shape: Any, dtype: Any = None) -> Node:
    """An array of zeros."""
    return full(_shape(shape), 0)


@function("full", example="x * full((n, m), 2) | x: n,m")
def full(shape: Any, fill_value: Node | Scalar) -> Node:
    """An array with one number in every entry."""
    sizes = _shape((shape,))
    value = as_node(fill_value)
    if value.rank:
        raise OperandError("full repeats a number, not an array")
    if not sizes:
        return value
    labels = list(range(len(sizes)))
    if number(value) == 1:
        return contract([], [], labels, dict(enumerate(sizes)))
    return contract([value], [()], labels, dict(enumerate(sizes)))


def _shape(given: tuple[Any, ...]) -> Shape:
    while len(given) == 1 and isinstance(given[0], tuple | list):
        given = tuple(given[0])
    for size in given:
        if not isinstance(size, int | Size):
            raise OperandError(f"a shape is made of sizes; {size} is none")
    return tuple(Size.of(s) for s in given)


@function("ones_like", example="x * ones_like(x) | x: n,m")
def ones_like(x: Node | Scalar, dtype: Any = None) -> Node:
    """An array of ones in the shape of x."""
    return full(as_node(x).shape, 1)


@function("zeros_like", "empty_like", example="x + zeros_like(x) | x: n,m")
def zeros_like(x: Node | Scalar, dtype: Any = None) -> Node:
    """An array of zeros in the shape of x."""
    return full(as_node(x).shape, 0)


@function("full_like", example="x * full_like(x, 2) | x: n,m")
def full_like(x: Node | Scalar, fill_value: Node | Scalar) -> Node:
    """An array with one number in every entry, in the shape of x."""
    return full(as_node(x).shape, fill_value)


@function("eye", "identity", example="x @ eye(m) | x: n,m")
def eye(n: Any, m: Any = None) -> Node:
    """The identity matrix: I_ij = δ_ij."""
    if m is not None and Size.of(m) != Size.of(n):
        raise OperandError("eye: only the square identity")
    return contract([], [], (0, 0), {0: Size.of(n)})


def is_zero(node: Node) -> bool:
    """Known to be zero in every entry."""
    if node.op is CONSTANT:
        return number(node) == 0
    return node.op is CONTRACT and any(number(a) == 0 for a in node.args)


Node.operators.update(matmul=matmul, transpose=transpose, sum_to=sum_to, ones_like=ones_like)
