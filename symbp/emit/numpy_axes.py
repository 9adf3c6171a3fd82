"""Axes of an array in NumPy: in another order, new ones of size 1, sums over some; einsum over any."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from symbp.algebra.size import Size
from symbp.emit.numpy_text import ATOM, POWER, Piece, call, tuple_text

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


def expand(piece: Piece, shared: Labels, out: Labels) -> Piece:
    """New axes of size 1 for the labels of the output that are lacking (leading ones are left out)."""
    first = out.index(shared[0])
    keys = [":" if label in shared else "None" for label in out[first:]]
    if "None" not in keys:
        return piece
    text = f"{piece.at(ATOM)}[{', '.join(keys)}]"
    return Piece(text, ATOM, piece.kind, len(keys), piece.weight)


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


def einsum(operands: Sequence[Operand], out: Labels) -> Piece:
    order = dict.fromkeys(label for x in operands for label in x.labels)
    letter = {label: LETTERS[k] for k, label in enumerate(order)}
    spec = ",".join("".join(letter[label] for label in x.labels) for x in operands)
    spec += "->" + "".join(letter[label] for label in out)
    weight = sum(x.piece.weight for x in operands) + 1
    return call("np.einsum", [f'"{spec}"', *(x.piece.text for x in operands)], len(out), weight)
