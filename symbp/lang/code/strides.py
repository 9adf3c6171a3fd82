"""Where the entries of an array stand in memory: whether a reshape of it is a view, or a copy."""

from __future__ import annotations

from collections.abc import Sequence

from symbp.algebra.size import Size, product
from symbp.ops.structure.positions import Key

Sizes = Sequence[Size]


def row_major(shape: Sizes) -> tuple[Size, ...]:
    """How many entries lie between neighbours along each axis, row after row.

    >>> [str(s) for s in row_major([Size.of(2), Size.letter("n"), Size.of(3)])]
    ['3*n', '3', '1']
    """
    return tuple(product(shape[k + 1 :]) for k in range(len(shape)))


def of_key(strides: Sizes, key: Key) -> tuple[Size, ...]:
    """The strides of what a key takes."""
    found, axis = [], 0
    for part in key:
        if part is None:
            found.append(Size.of(0))
            continue
        if not part.drop:
            found.append(strides[axis] * part.step)
        axis += 1
    return tuple(found)


def is_row_major(shape: Sizes, strides: Sizes) -> bool:
    """Whether the entries stand row after row, without gaps."""
    long = [(n, s) for n, s in zip(shape, strides, strict=True) if not n.is_one]
    return [s for _, s in long] == list(row_major([n for n, _ in long]))


def reshaped(shape: Sizes, strides: Sizes, target: Sizes) -> tuple[Size, ...] | None:
    """The strides of a view in another shape; None where NumPy has to copy the entries.

    >>> two, three = Size.of(2), Size.of(3)
    >>> reshaped([two, three], [Size.of(1), two], [two * three]) is None  # a transpose
    True
    """
    if is_row_major(shape, strides):
        return row_major(target)
    old = [(n, s) for n, s in zip(shape, strides, strict=True) if not n.is_one]
    new = [n for n in target if not n.is_one]
    found: list[Size] = []
    while old and new:
        group = _group(old, new)
        if group is None:
            return None
        count, parts = group
        if any(old[k][1] != old[k + 1][0] * old[k + 1][1] for k in range(count - 1)):
            return None
        last = old[count - 1][1]
        found += [s * last for s in row_major(new[:parts])]
        del old[:count], new[:parts]
    if old or new:
        return None
    given = iter(found)
    return tuple(Size.of(0) if n.is_one else next(given) for n in target)


def _group(old: Sequence[tuple[Size, Size]], new: Sizes) -> tuple[int, int] | None:
    """How many of the first axes of both sides hold the same number of entries."""
    count, parts = 1, 1
    mine, wanted = old[0][0], new[0]
    while mine != wanted:
        if _is_less(mine, wanted) and count < len(old):
            mine, count = mine * old[count][0], count + 1
        elif _is_less(wanted, mine) and parts < len(new):
            wanted, parts = wanted * new[parts], parts + 1
        else:
            return None
    return count, parts


def _is_less(a: Size, b: Size) -> bool:
    """Known to be less: as a number, or as a factor."""
    return a.constant < b.constant if a.is_constant and b.is_constant else b.divide(a) is not None
