"""A contraction as a chain of matrix products, where its labels allow one.

Matrices are edges between labels, vectors are ends.  A path from one label of the result to the
other is a product, a closed path is a trace, a vector on a label that goes on is a diagonal
matrix, a label that nothing ends is summed by a vector of ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from symbp.algebra.node import Node
from symbp.algebra.size import Size
from symbp.emit import formula
from symbp.emit.formula import Formula, hadamard, transposed, turns
from symbp.emit.latex_scripts import with_subscript
from symbp.emit.letters import Letters

ONES = formula.atom("1", r"\mathbf{1}")
SINGLE = formula.atom("1", "1")
"""The vector of one entry 1, which a product does not need."""
IDENTITY = formula.atom("I", "I")


@dataclass(frozen=True)
class Factor:
    """One argument: its labels (one for a vector, two for a matrix) and how it is written."""

    labels: tuple[int, ...]
    written: Formula


def diagonal(vector: Formula) -> Formula:
    """The diagonal matrix of a vector."""
    return replace(formula.call(formula.function_name("diag"), [vector]), symmetric=True)


class NoChainError(Exception):
    """The labels form no chains."""


def chain(node: Node, factors: list[Factor], letters: Letters) -> Formula | None:
    """The matrix notation of a contraction with these factors, None where there is none."""
    _, out, sizes = node.params
    if not out and len(factors) <= 2 and all(f.labels for f in factors):
        whole = _inner(factors)
        if whole is not None:
            return whole
    if (
        len(factors) == 1
        and len(out) > 2
        and sorted(out) == sorted(factors[0].labels)
        and len(set(out)) == len(out)
    ):
        return _permuted(factors[0], out)
    return _in_order(factors, out, sizes, letters) or _turned(factors, out, sizes, letters)


def _in_order(
    factors: list[Factor], out: tuple[int, ...], sizes: Sequence[Size], letters: Letters
) -> Formula | None:
    try:
        bound, stripped, inner = _without_batch(factors, out, sizes, letters)
        written = _written(stripped, inner, sizes)
    except NoChainError:
        return None
    return formula.big_sum(bound, written) if bound else written


def _turned(
    factors: list[Factor], out: tuple[int, ...], sizes: Sequence[Size], letters: Letters
) -> Formula | None:
    """transpose(A B, 0 2 1 3), where the leading axes of the factors are not those of the result."""
    if len(out) <= 2:
        return None
    lead = next((f.labels[:-2] for f in factors if len(f.labels) > 2), ())
    kept = [i for i in lead if i in out]
    inner = (*kept, *(i for i in out if i not in kept))
    written = None if inner == out else _in_order(factors, inner, sizes, letters)
    if written is None:
        return None
    order = " ".join(str(inner.index(i)) for i in out)
    return formula.call(formula.function_name("transpose"), [written], [order])


def _permuted(factor: Factor, out: tuple[int, ...]) -> Formula:
    """Axes in another order: a transpose of the last two, or else transpose(A, 0 2 1 3)."""
    labels = factor.labels
    if out == (*labels[:-2], labels[-1], labels[-2]):
        return transposed(factor.written)
    order = " ".join(str(labels.index(i)) for i in out)
    return formula.call(formula.function_name("transpose"), [factor.written], [order])


# -- leading axes ---------------------------------------------------------------------------------


def _without_batch(
    factors: list[Factor], out: tuple[int, ...], sizes: Sequence[Size], letters: Letters
) -> tuple[list[Formula], list[Factor], tuple[int, ...]]:
    """Leading axes left away: those of the result silently, summed ones as Σ_b X_b Y_b."""
    batch: list[int] = []
    if len(factors) == 1 and len(factors[0].labels) > 2 and factors[0].labels[-len(out) :] == out:
        batch += factors[0].labels[: -len(out)]
    for factor in factors:
        batch += [i for i in factor.labels[:-2] if i not in batch]
    if len(out) > 2:
        batch += [i for i in out[:-2] if i not in batch]
    if not batch:
        return [], factors, out
    kept = [i for i in out if i in batch]
    _check_batch(factors, out, batch, kept)
    summed = {i: letters.new(sizes[i]) for i in batch if i not in out}
    stripped = []
    for factor in factors:
        lead = [i for i in factor.labels if i in batch]
        if list(factor.labels[: len(lead)]) != lead or len(set(lead)) < len(lead):
            raise NoChainError
        written = factor.written
        under = [summed[i] for i in lead if i in summed]
        if under:
            inner = formula.fit(written, ())
            subscript = ",".join(u.text for u in under)
            text = f"{inner.text}_{subscript}" if len(subscript) == 1 else f"{inner.text}_{{{subscript}}}"
            latex = with_subscript(inner.latex, "".join(u.latex for u in under))
            written = Formula(text, latex)
        stripped.append(Factor(factor.labels[len(lead) :], written))
    return list(summed.values()), stripped, out[len(kept) :]


def _check_batch(factors: list[Factor], out: tuple[int, ...], batch: list[int], kept: list[int]) -> None:
    """NoChainError unless every array has all kept axes in front, as the result has, or none."""
    if not kept:
        return
    inner = len(out) - len(kept)
    if len(kept) < len(batch) or list(out[: len(kept)]) != kept or not 1 <= inner <= 2:
        raise NoChainError
    for factor in factors:
        lead = list(factor.labels[: len(kept)])
        if lead != kept and set(factor.labels) & set(kept):
            raise NoChainError


# -- chains ---------------------------------------------------------------------------------------


def _written(factors: list[Factor], out: tuple[int, ...], sizes: Sequence[Size]) -> Formula:
    if len(out) > 2 or any(len(f.labels) > 2 for f in factors):
        raise NoChainError
    numbers = [f.written for f in factors if not f.labels]
    arrays = [f for f in factors if f.labels]
    if not out and arrays:
        short = _inner(arrays)
        if short is not None:
            return _with_numbers(numbers, [], short)
    traced = [f for f in arrays if _is_trace(f, arrays, out)]
    numbers += [formula.call(formula.function_name("trace"), [f.written]) for f in traced]
    arrays = _merged([f for f in arrays if f not in traced], turn=bool(out))
    if not arrays and len(out) == 2 and out[0] == out[1]:
        return _with_numbers(numbers, [], IDENTITY)
    out, column = _squeezed(out, arrays, sizes)
    walker = _Walker(arrays, out, sizes)
    main = walker.result(row=not column)
    return _with_numbers(numbers, walker.scalars(), main)


def _with_numbers(numbers: list[Formula], scalars: list[Formula], main: Formula | None) -> Formula:
    parts = [*numbers, *scalars]
    if main is None:
        main = parts.pop() if parts else formula.number(1)
    for part in reversed(parts):
        main = formula.scaled(part, main)
    return main


def _is_trace(factor: Factor, arrays: list[Factor], out: tuple[int, ...]) -> bool:
    """Σ_i A_ii, where nothing else has the label i."""
    label = factor.labels[0]
    if factor.labels != (label, label) or label in out:
        return False
    return sum(label in a.labels for a in arrays) == 1


def _inner(arrays: list[Factor]) -> Formula | None:
    """Σ A, ‖A‖², aᵀ b, ⟨A, B⟩: numbers from whole arrays."""
    first = arrays[0].labels
    if len(set(first)) < len(first) or any(sorted(a.labels) != sorted(first) for a in arrays):
        return None
    if len(arrays) == 1:
        return formula.big_sum([], arrays[0].written)
    if len(first) == 1:
        left = hadamard([a.written for a in arrays[:-1]])
        return formula.matrix_product([transposed(left), arrays[-1].written])
    if len(arrays) != 2 or any(a.labels != first for a in arrays):
        return None
    if arrays[0].written.text == arrays[1].written.text:
        return formula.power(formula.enclosed("‖", arrays[0].written, "‖", r"\|", r"\|"), formula.number(2))
    pair = formula.listed([a.written for a in arrays])
    return formula.enclosed("⟨", pair, "⟩", r"\langle", r"\rangle")


def _merged(arrays: list[Factor], turn: bool) -> list[Factor]:
    """Arrays with the same labels are multiplied entry by entry; A_ii is the vector diag(A).

    With `turn`, B_ji beside A_ij is Bᵀ; without, the two close a trace.
    """
    grouped: dict[tuple[int, ...], list[Formula]] = {}
    for factor in arrays:
        labels, written = factor.labels, factor.written
        if len(labels) == 2 and labels[0] == labels[1]:
            labels, written = labels[:1], formula.call(formula.function_name("diag"), [written])
        if turn and labels[::-1] in grouped and len(labels) == 2:
            labels, written = labels[::-1], transposed(written)
        grouped.setdefault(labels, []).append(written)
    return [Factor(labels, hadamard(parts)) for labels, parts in grouped.items()]


def _squeezed(
    out: tuple[int, ...], arrays: list[Factor], sizes: Sequence[Size]
) -> tuple[tuple[int, ...], bool]:
    """An axis of size 1 that no array has: (n, 1) is a column, (1, n) a row."""
    used = {i for a in arrays for i in a.labels}
    kept = tuple(i for i in out if i in used or not sizes[i].is_one)
    return kept, len(out) == 2 and len(kept) == 1 and kept[0] == out[0]


class _Walker:
    """Walks the paths of a contraction over matrices (edges) and vectors (ends)."""

    def __init__(self, arrays: list[Factor], out: tuple[int, ...], sizes: Sequence[Size]) -> None:
        self.matrices = [a for a in arrays if len(a.labels) == 2]
        self.vectors: dict[int, Formula] = {a.labels[0]: a.written for a in arrays if len(a.labels) == 1}
        self.out = out
        self.labels = list(dict.fromkeys([*(i for a in arrays for i in a.labels), *out]))
        for label in self.labels:
            through = self._edges(label) + out.count(label)
            if through > 2:
                raise NoChainError
            if through == 1 and label not in self.vectors:
                self.vectors[label] = SINGLE if sizes[label].is_one else ONES

    def _edges(self, label: int) -> int:
        return sum(label in m.labels for m in self.matrices)

    def result(self, row: bool) -> Formula | None:
        """The part that carries the indices of the result; None for a number."""
        if not self.out:
            return None
        if len(self.out) == 2 and self.out[0] == self.out[1]:
            (label,) = set(self.out)
            vector = self.vectors.pop(label, None)
            if vector is None or self._edges(label):
                raise NoChainError
            return diagonal(vector)
        first, end = self._walk(self.out[0])
        if len(self.out) == 1:
            if row and end is ONES and turns(_reversed(first)) < turns(first):
                return formula.matrix_product([transposed(ONES), *_reversed(first)])
            return _product([*first, end or ONES])
        if end is None:
            return formula.matrix_product(first)
        second, other_end = self._walk(self.out[1])
        if other_end is None:
            raise NoChainError
        between = [end] if other_end is SINGLE else [end, transposed(other_end)]
        return _product([*first, *between, *_reversed(second)])

    def scalars(self) -> list[Formula]:
        """Traces and aᵀ A b that remain, as numbers."""
        found = []
        while self.vectors or self.matrices:
            ends = [i for i in self.labels if i in self.vectors and self._edges(i) <= 1]
            if ends:
                start = ends[0]
                if not self._edges(start):
                    found.append(formula.big_sum([], self.vectors.pop(start)))
                    continue
                opening = self.vectors.pop(start)
                middle, end = self._walk(start)
                if end is None:
                    raise NoChainError
                start_with = [] if opening is SINGLE else [transposed(opening)]
                found.append(_product([*start_with, *middle, end]))
            else:
                found.append(self._trace())
        return found

    def _trace(self) -> Formula:
        first = self.matrices[0]
        start, following = first.labels
        parts = self._diagonal(start)
        self.matrices.remove(first)
        parts.append(first.written)
        rest, end = self._walk(following, stop=start)
        if end is not None:
            raise NoChainError
        return formula.call(formula.function_name("trace"), [formula.matrix_product([*parts, *rest])])

    def _diagonal(self, label: int) -> list[Formula]:
        vector = self.vectors.pop(label, None)
        return [] if vector is None else [diagonal(vector)]

    def _walk(self, label: int, stop: int | None = None) -> tuple[list[Formula], Formula | None]:
        """Matrices from a label on, and the vector at the end; None where another end is open."""
        parts: list[Formula] = []
        while True:
            onward = next((m for m in self.matrices if label in m.labels), None)
            if onward is None:
                if label == stop:
                    return parts, None
                if label in self.out and parts:
                    return parts + self._diagonal(label), None
                return parts, self.vectors.pop(label, None)
            parts += self._diagonal(label)
            self.matrices.remove(onward)
            straight = onward.labels[0] == label
            parts.append(onward.written if straight else transposed(onward.written))
            label = onward.labels[1] if straight else onward.labels[0]
            if label == stop:
                return parts, None


def _product(parts: list[Formula]) -> Formula:
    """A product without the vectors of one entry 1."""
    return formula.matrix_product([p for p in parts if p is not SINGLE] or [ONES])


def _reversed(parts: list[Formula]) -> list[Formula]:
    return [transposed(p) for p in reversed(parts)]
