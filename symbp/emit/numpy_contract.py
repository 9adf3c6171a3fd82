"""How a contraction is written in NumPy: @, .T, np.sum, np.outer, np.tensordot, np.einsum.

Contractions come here with at most two arguments, and with two only those labels that are shared
or in the output (symbp.emit.numpy_lower sees to it).  Matrix products in the operand order of the
wanted output are preferred, since they run at the speed of BLAS.
"""

from __future__ import annotations

from collections.abc import Sequence

from symbp.algebra.node import Node
from symbp.algebra.size import Size
from symbp.emit.numpy_axes import Labels, Operand, Sizes, einsum, expand, kept_sum, sum_piece
from symbp.emit.numpy_products import spell_pair
from symbp.emit.numpy_text import Piece, call, multiplied, tuple_text


def spell_contract(page: Sizes, node: Node, pieces: Sequence[Piece]) -> Piece:
    """The NumPy expression of a contraction node."""
    inputs, out, sizes = node.params
    operands = [Operand(page.real(p), labels) for p, labels in zip(pieces, inputs, strict=True)]
    if any(p.kind == "bool" for p in pieces) and not all(p.kind == "bool" for p in pieces):
        operands = [Operand(p, labels) for p, labels in zip(pieces, inputs, strict=True)]
    if len(operands) == 2:
        return spell_pair(page, operands[0], operands[1], out, sizes)
    if len(operands) > 2:
        return einsum(operands, out)
    distinct = tuple(dict.fromkeys(out))
    if not operands:
        if len(out) == 2 and len(distinct) == 1:
            return call("np.eye", [page.size(sizes[out[0]]), f"dtype={page.dtype()}"], 2, 1)
        base = _filled(page, None, [sizes[label] for label in distinct])
    else:
        base = _single(page, operands[0], distinct, sizes)
    return base if distinct == out else _kronecker(page, base, distinct, out, sizes)


def _single(page: Sizes, x: Operand, out: Labels, sizes: Sequence[Size]) -> Piece:
    if len(set(x.labels)) < len(x.labels):
        x = _diagonal(x, out)
    summed = [axis for axis, label in enumerate(x.labels) if label not in out]
    if summed and _keeps_axes(x.labels, out, sizes):
        return kept_sum(x.piece, summed, len(out))
    if summed:
        rest = tuple(label for label in x.labels if label in out)
        x = Operand(sum_piece(x.piece, summed, len(x.labels)), rest)
    shared = tuple(label for label in out if label in x.labels)
    piece = x.ordered(shared)
    if shared == out:
        return piece
    return _repeated(page, piece, shared, out, sizes)


def _keeps_axes(labels: Labels, out: Labels, sizes: Sequence[Size]) -> bool:
    """Each summed axis stays as one of size 1."""
    return len(labels) == len(out) and all(
        own == label or (own not in out and label not in labels and sizes[label].is_one)
        for own, label in zip(labels, out, strict=True)
    )


def _diagonal(x: Operand, out: Labels) -> Operand:
    if len(x.labels) == 2:
        if x.labels[0] in out:
            piece = call("np.diagonal", [x.piece.text], 1, x.piece.weight + 1)
            return Operand(piece, x.labels[:1])
        return Operand(call("np.trace", [x.piece.text], 0, x.piece.weight + 1), ())
    wanted = tuple(label for label in dict.fromkeys(x.labels) if label in out)
    return Operand(einsum([x], wanted), wanted)


def _repeated(page: Sizes, piece: Piece, shared: Labels, out: Labels, sizes: Sequence[Size]) -> Piece:
    """The value repeated along the labels of the output that it lacks."""
    new = [label for label in out if label not in shared]
    if not shared:
        return _filled(page, piece, [sizes[label] for label in out])
    expanded = expand(piece, shared, out)
    if all(sizes[label].is_one for label in new):
        return expanded
    shape = tuple_text(page.size(sizes[label]) for label in out)
    return call("np.broadcast_to", [expanded.text, shape], len(out), piece.weight + 1)


def _filled(page: Sizes, value: Piece | None, shape: Sequence[Size]) -> Piece:
    """np.zeros, np.ones or np.full."""
    sizes = tuple_text(page.size(s) for s in shape)
    dtype = f"dtype={page.dtype()}"
    if value is None or value.value == 1:
        return call("np.ones", [sizes, dtype], len(shape), 1)
    if value.value == 0:
        return call("np.zeros", [sizes, dtype], len(shape), 1)
    return call("np.full", [sizes, value.text, dtype], len(shape), value.weight + 1)


def _kronecker(page: Sizes, base: Piece, distinct: Labels, out: Labels, sizes: Sequence[Size]) -> Piece:
    """Labels that the output has twice: np.diag of a vector, else a product with identities."""
    if len(distinct) == 1 and len(out) == 2:
        return call("np.diag", [base.text], 2, base.weight + 1)
    unique: list[int] = []
    pairs: list[tuple[int, int]] = []
    for label in out:
        fresh = label if label not in unique else max(out) + 1 + len(pairs)
        if fresh != label:
            pairs.append((label, fresh))
        unique.append(fresh)
    piece = expand(base, distinct, tuple(unique))
    for label, copy in pairs:
        eye = call("np.eye", [page.size(sizes[label]), f"dtype={page.dtype()}"], 2, 1)
        order = (label, copy) if unique.index(label) < unique.index(copy) else (copy, label)
        piece = multiplied(piece, expand(eye, order, tuple(unique)), len(out))
    return piece
