"""A contraction of two arrays in NumPy: @ with .T where that is enough, np.tensordot, batched products."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from symbp.algebra.size import Size
from symbp.emit.numpy_axes import Labels, Operand, Sizes, einsum, expand, permuted, sum_piece
from symbp.emit.numpy_text import ATOM, MATMUL, POWER, Piece, call, multiplied, tuple_text


def spell_pair(page: Sizes, a: Operand, b: Operand, out: Labels, sizes: Sequence[Size]) -> Piece:
    if len(set(a.labels)) < len(a.labels) or len(set(b.labels)) < len(b.labels):
        return einsum([a, b], out)
    roles = _roles(a.labels, b.labels, out)
    if not roles.summed:
        return _outer(a, b, out)
    if not roles.batch:
        return _unbatched(page, a, b, out, sizes)
    if len(roles.summed) == len(roles.left) == len(roles.right) == 1:
        return _batched(a, b, out, roles)
    if not roles.left and not roles.right:
        return _row_dots(a, b, out)
    return einsum([a, b], out)


@dataclass(frozen=True, slots=True)
class _Roles:
    """Which labels are summed, shared with the output, or of one side only."""

    summed: Labels
    batch: Labels
    left: Labels
    right: Labels


def _roles(a: Labels, b: Labels, out: Labels) -> _Roles:
    return _Roles(
        tuple(x for x in a if x in b and x not in out),
        tuple(x for x in out if x in a and x in b),
        tuple(x for x in out if x in a and x not in b),
        tuple(x for x in out if x in b and x not in a),
    )


def _outer(a: Operand, b: Operand, out: Labels) -> Piece:
    if len(a.labels) == len(b.labels) == 1 and a.labels != b.labels:
        first, second = (a, b) if out == a.labels + b.labels else (b, a)
        weight = first.piece.weight + second.piece.weight + 1
        return call("np.outer", [first.piece.text, second.piece.text], 2, weight)
    pieces = []
    for x in (a, b):
        shared = tuple(label for label in out if label in x.labels)
        piece = x.ordered(shared)
        pieces.append(expand(piece, shared, out) if shared else piece)
    return multiplied(pieces[0], pieces[1], len(out))


def matmul(a: Piece, b: Piece, rank: int) -> Piece:
    left = a.text if a.level == MATMUL else a.at(POWER)
    return Piece(f"{left} @ {b.at(POWER)}", MATMUL, "array", rank, a.weight + b.weight + 1)


def _unbatched(page: Sizes, a: Operand, b: Operand, out: Labels, sizes: Sequence[Size]) -> Piece:
    roles = _roles(a.labels, b.labels, out)
    if not out and len(a.labels) > 1:
        product = multiplied(a.piece, b.ordered(a.labels), len(a.labels))
        return sum_piece(product, range(len(a.labels)), len(a.labels))
    if len(roles.summed) == 1:
        for first, second in ((a, b), (b, a)):
            found = _plain_matmul(first, second, out, roles.summed[0])
            if found is not None:
                return found
    for first, second in ((a, b), (b, a)):
        found = _flattened(page, first, second, out, sizes)
        if found is not None:
            return found
    return _tensordot(a, b, out)


def _plain_matmul(a: Operand, b: Operand, out: Labels, k: int) -> Piece | None:
    """a @ b with at most a .T on matrices, where the output has the labels of a first."""
    rest = tuple(x for x in a.labels if x != k) + tuple(x for x in b.labels if x != k)
    if rest != out or len(b.labels) > 2:
        return None
    if len(a.labels) == 2 and a.labels[0] == k:
        if len(b.labels) == 1:
            return matmul(b.piece, a.piece, 1)
        a = Operand(permuted(a.piece, [1, 0]), (a.labels[1], k))
    if a.labels[-1] != k:
        return None
    if len(b.labels) == 2 and b.labels[1] == k:
        if len(a.labels) == 1:
            return matmul(b.piece, a.piece, 1)
        b = Operand(permuted(b.piece, [1, 0]), (k, b.labels[0]))
    return matmul(a.piece, b.piece, len(out))


def _flattened(page: Sizes, a: Operand, b: Operand, out: Labels, sizes: Sequence[Size]) -> Piece | None:
    """Several summed axes as one: A.reshape(-1, d).T @ B.reshape(-1, h)."""
    roles = _roles(a.labels, b.labels, out)
    if len(roles.left) != 1 or len(roles.right) != 1 or out != roles.left + roles.right:
        return None
    order = tuple(x for x in a.labels if x in roles.summed)
    if order != tuple(x for x in b.labels if x in roles.summed):
        return None
    left = _as_matrix(page, a, order, sizes, rows_first=True)
    right = _as_matrix(page, b, order, sizes, rows_first=False)
    return None if left is None or right is None else matmul(left, right, 2)


def _as_matrix(
    page: Sizes, x: Operand, order: Labels, sizes: Sequence[Size], rows_first: bool
) -> Piece | None:
    """x with its summed axes as one; those come last in a left factor, first in a right one."""
    (own,) = [label for label in x.labels if label not in order]
    size = page.size(sizes[own])
    if x.labels == (*order, own):
        wide = Piece(f"{x.piece.at(ATOM)}.reshape(-1, {size})", ATOM, "array", 2, x.piece.weight)
        return permuted(wide, [1, 0]) if rows_first else wide
    if x.labels == (own, *order):
        wide = Piece(f"{x.piece.at(ATOM)}.reshape({size}, -1)", ATOM, "array", 2, x.piece.weight)
        return wide if rows_first else permuted(wide, [1, 0])
    return None


def _tensordot(a: Operand, b: Operand, out: Labels) -> Piece:
    summed = [x for x in a.labels if x in b.labels and x not in out]
    axes = [tuple_text(str(x.labels.index(label)) for label in summed) for x in (a, b)]
    weight = a.piece.weight + b.piece.weight + 1
    made = tuple(x for x in a.labels + b.labels if x not in summed)
    arguments = [a.piece.text, b.piece.text, f"axes=({axes[0]}, {axes[1]})"]
    return Operand(call("np.tensordot", arguments, len(out), weight), made).ordered(out)


def _batched(a: Operand, b: Operand, out: Labels, roles: _Roles) -> Piece:
    """matmul over the last two axes, batch axes first."""
    (k,), (i,), (j,) = roles.summed, roles.left, roles.right
    if out.index(j) < out.index(i):
        a, b, i, j = b, a, j, i
    batch = tuple(x for x in out if x in roles.batch)
    product = matmul(_last_two(a, (*batch, i, k)), _last_two(b, (*batch, k, j)), len(out))
    return Operand(product, (*batch, i, j)).ordered(out)


def _last_two(x: Operand, wanted: Labels) -> Piece:
    """Axes in the wanted order; .swapaxes where only the last two differ."""
    if x.labels[:-2] == wanted[:-2] and x.labels != wanted:
        text = f"{x.piece.at(ATOM)}.swapaxes(-1, -2)"
        return replace(x.piece, text=text, level=ATOM, product=None)
    return x.ordered(wanted)


def _row_dots(a: Operand, b: Operand, out: Labels) -> Piece:
    """Σ over some axes of an elementwise product."""
    if set(a.labels) != set(b.labels):
        return einsum([a, b], out)
    product = multiplied(a.piece, b.ordered(a.labels), len(a.labels))
    summed = [axis for axis, label in enumerate(a.labels) if label not in out]
    rest = tuple(label for label in a.labels if label in out)
    return Operand(sum_piece(product, summed, len(a.labels)), rest).ordered(out)
