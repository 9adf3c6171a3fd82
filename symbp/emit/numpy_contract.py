"""How a contraction is written in NumPy: @, .T, np.sum, np.outer, np.tensordot, np.einsum.

Contractions come here with at most two arguments, and with two only those labels that are shared
or in the output (symbp.emit.numpy_lower sees to it).  Matrix products in the operand order of the
wanted output are preferred, since they run at the speed of BLAS.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from symbp.algebra.node import Node
from symbp.algebra.size import Size
from symbp.emit.numpy_text import ATOM, MATMUL, POWER, Piece, call, multiplied, tuple_text

Labels = tuple[int, ...]
LETTERS = "ijklmnopqrstuvwxyzabcdefgh"


class Sizes(Protocol):
    """What the writing of a function body offers."""

    def size(self, size: Size) -> str: ...

    def dtype(self) -> str: ...

    def real(self, piece: Piece) -> Piece: ...


@dataclass(frozen=True, slots=True)
class Operand:
    """An argument with the label of each axis."""

    piece: Piece
    labels: Labels

    def ordered(self, wanted: Sequence[int]) -> Piece:
        """The axes in the wanted order."""
        wanted = tuple(wanted)
        if self.labels == wanted:
            return self.piece
        return permuted(self.piece, [self.labels.index(label) for label in wanted])


def permuted(piece: Piece, order: Sequence[int]) -> Piece:
    """Axes in another order: .T for matrices, .transpose(…) beyond."""
    if list(order) == list(range(len(order))):
        return piece
    text = piece.at(ATOM)
    if len(order) == 2:
        return Piece(f"{text}.T", ATOM, piece.kind, 2, piece.weight)
    axes = ", ".join(map(str, order))
    return Piece(f"{text}.transpose({axes})", ATOM, piece.kind, piece.rank, piece.weight)


def spell_contract(page: Sizes, node: Node, pieces: Sequence[Piece]) -> Piece:
    """The NumPy expression of a contraction node."""
    inputs, out, sizes = node.params
    operands = [Operand(page.real(p), labels) for p, labels in zip(pieces, inputs, strict=True)]
    if any(p.kind == "bool" for p in pieces) and not all(p.kind == "bool" for p in pieces):
        operands = [Operand(p, labels) for p, labels in zip(pieces, inputs, strict=True)]
    if len(operands) == 2:
        return _pair(page, operands[0], operands[1], out, sizes)
    if len(operands) > 2:
        return _einsum(operands, out)
    distinct = tuple(dict.fromkeys(out))
    if not operands:
        if len(out) == 2 and len(distinct) == 1:
            return call("np.eye", [page.size(sizes[out[0]]), f"dtype={page.dtype()}"], 2, 1)
        base = _filled(page, None, [sizes[label] for label in distinct])
    else:
        base = _single(page, operands[0], distinct, sizes)
    return base if distinct == out else _kronecker(page, base, distinct, out, sizes)


# -- one argument -----------------------------------------------------------------------------


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


def sum_piece(piece: Piece, axes: Sequence[int], rank: int) -> Piece:
    """A sum over axes, over everything where all are named."""
    arguments = [f"axis={axes_text(axes)}"] if len(axes) < rank else []
    return reduction("sum", piece, arguments, rank - len(axes))


def kept_sum(piece: Piece, axes: Sequence[int], rank: int) -> Piece:
    """A sum over axes that stay as axes of size 1."""
    return reduction("sum", piece, [f"axis={axes_text(axes)}", "keepdims=True"], rank)


def reduction(name: str, piece: Piece, arguments: Sequence[str], rank: int) -> Piece:
    """x.sum(axis=0) of a name or a power, np.sum(expression) else; the method is a microsecond faster."""
    if piece.level >= POWER and piece.kind == "array" and piece.rank:
        function = f"{piece.at(ATOM)}.{name}"
        return call(function, arguments, rank, piece.weight + 1)
    return call(f"np.{name}", [piece.text, *arguments], rank, piece.weight + 1)


def axes_text(axes: Sequence[int]) -> str:
    return str(axes[0]) if len(axes) == 1 else tuple_text(map(str, axes))


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
    return Operand(_einsum([x], wanted), wanted)


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


def expand(piece: Piece, shared: Labels, out: Labels) -> Piece:
    """New axes of size 1 for the labels of the output that are lacking (leading ones are left out)."""
    first = out.index(shared[0])
    keys = [":" if label in shared else "None" for label in out[first:]]
    if "None" not in keys:
        return piece
    text = f"{piece.at(ATOM)}[{', '.join(keys)}]"
    return Piece(text, ATOM, piece.kind, len(keys), piece.weight)


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


# -- two arguments ----------------------------------------------------------------------------


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


def _pair(page: Sizes, a: Operand, b: Operand, out: Labels, sizes: Sequence[Size]) -> Piece:
    if len(set(a.labels)) < len(a.labels) or len(set(b.labels)) < len(b.labels):
        return _einsum([a, b], out)
    roles = _roles(a.labels, b.labels, out)
    if not roles.summed:
        return _outer(a, b, out)
    if not roles.batch:
        return _unbatched(page, a, b, out, sizes)
    if len(roles.summed) == len(roles.left) == len(roles.right) == 1:
        return _batched(a, b, out, roles)
    if not roles.left and not roles.right:
        return _row_dots(a, b, out)
    return _einsum([a, b], out)


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
        return _einsum([a, b], out)
    product = multiplied(a.piece, b.ordered(a.labels), len(a.labels))
    summed = [axis for axis, label in enumerate(a.labels) if label not in out]
    rest = tuple(label for label in a.labels if label in out)
    return Operand(sum_piece(product, summed, len(a.labels)), rest).ordered(out)


def _einsum(operands: Sequence[Operand], out: Labels) -> Piece:
    order = dict.fromkeys(label for x in operands for label in x.labels)
    letter = {label: LETTERS[k] for k, label in enumerate(order)}
    spec = ",".join("".join(letter[label] for label in x.labels) for x in operands)
    spec += "->" + "".join(letter[label] for label in out)
    weight = sum(x.piece.weight for x in operands) + 1
    return call("np.einsum", [f'"{spec}"', *(x.piece.text for x in operands)], len(out), weight)
