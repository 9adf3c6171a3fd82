"""Which matrices are their own transposes whatever the entries are: Xᵀ A X for a symmetric A, (X Xᵀ)⁻¹.

A product is symmetric where exchanging its two outer indices, and renaming the inner ones, gives its
factors again; entrywise functions, inverses and sums of symmetric matrices are symmetric.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from itertools import count

from symbp.algebra.node import Node, topological
from symbp.ops.arithmetic import ADD
from symbp.ops.axes import matrix_transpose
from symbp.ops.contract import CONTRACT
from symbp.ops.inverses import INVERSE
from symbp.ops.registry import Elementwise

MOST_FACTORS = 6
"""Factors of a product that is looked at; the search for a renaming tries every order of equal ones."""
LARGEST_CONE = 64
"""Square matrices that are looked at, so that long products of them cost no more than short ones."""
_Factor = tuple[Node, tuple[Hashable, ...]]


def is_symmetric(node: Node, is_symmetric_leaf: Callable[[Node], bool]) -> bool:
    """Whether a matrix is symmetric for all values of its leaves; False where it was not seen to be.

    >>> from symbp.algebra.node import leaf
    >>> from symbp.algebra.size import Size
    >>> n, m = Size.letter("n"), Size.letter("m")
    >>> x = leaf("X", (n, m))
    >>> is_symmetric(x.T @ x, lambda leaf: False), is_symmetric(leaf("A", (n, n)), lambda leaf: False)
    (True, False)
    """
    known: dict[Node, bool] = {}
    order = topological([node], stop=lambda n: not _is_square(n))
    if len(order) > LARGEST_CONE:
        return False
    for piece in order:
        if not _is_square(piece):
            known[piece] = not piece.rank
        elif piece.is_leaf:
            known[piece] = is_symmetric_leaf(piece)
        elif piece.op is CONTRACT:
            factors = _factors(piece)
            known |= {n: is_symmetric_leaf(n) for n, _ in factors if n.is_leaf and _is_square(n)}
            known[piece] = _is_symmetric_product(piece, factors, known)
        elif piece.op is INVERSE:
            known[piece] = known[piece.args[0]]
        else:
            known[piece] = _is_symmetric_entrywise(piece, known)
    return known[node]


def _is_symmetric_entrywise(node: Node, known: dict[Node, bool]) -> bool:
    """A function of symmetric matrices and numbers, or A + Aᵀ."""
    if not isinstance(node.op, Elementwise):
        return False
    if all(known[a] for a in node.args):
        return True
    return node.op is ADD and _is_square(node.args[0]) and matrix_transpose(node.args[0]) is node.args[1]


def _is_square(node: Node) -> bool:
    return node.rank == 2 and node.shape[0] == node.shape[1]


def _is_symmetric_product(node: Node, factors: Sequence[_Factor], known: dict[Node, bool]) -> bool:
    out = node.params[1]
    if len(factors) > MOST_FACTORS:
        return False
    start: dict[Hashable, Hashable] = {out[0]: out[1], out[1]: out[0]}
    return _renames(factors, factors, start, known)


def _factors(node: Node) -> list[_Factor]:
    """The factors of a product, those of products in it too, each with its labels."""
    inputs = node.params[0]
    numbers = count()
    opened: list[_Factor] = []
    left: list[_Factor] = list(zip(node.args, inputs, strict=True))
    while left and len(opened) + len(left) <= MOST_FACTORS:
        inner, labels = left.pop()
        if inner.op is not CONTRACT:
            opened.append((inner, labels))
            continue
        inside, shown, _ = inner.params
        names = dict(zip(shown, labels, strict=True))
        if len(names) < len(shown):
            opened.append((inner, labels))
            continue
        number = next(numbers)
        for arg, own in zip(inner.args, inside, strict=True):
            left.append((arg, tuple(names.get(x, ("inner", number, x)) for x in own)))
    return opened + left


def _renames(
    factors: Sequence[_Factor],
    left: Sequence[_Factor],
    names: dict[Hashable, Hashable],
    known: dict[Node, bool],
) -> bool:
    """Whether a renaming of the labels that extends `names` maps the factors onto those that are left."""
    if not factors:
        return True
    (node, labels), *rest = factors
    for k, (other, onto) in enumerate(left):
        if other is node:
            for wanted in _orders(onto, known.get(node, False)):
                extended = _extended(names, labels, wanted)
                if extended is not None and _renames(rest, [*left[:k], *left[k + 1 :]], extended, known):
                    return True
    return False


def _orders(labels: tuple[Hashable, ...], symmetric: bool) -> Iterator[tuple[Hashable, ...]]:
    yield labels
    if symmetric and len(labels) == 2:
        yield labels[::-1]


def _extended(
    names: dict[Hashable, Hashable], labels: Sequence[Hashable], wanted: Sequence[Hashable]
) -> dict[Hashable, Hashable] | None:
    """The renaming with labels -> wanted added; None where it would not be one to one."""
    found = dict(names)
    for a, b in zip(labels, wanted, strict=True):
        if found.setdefault(a, b) != b:
            return None
    return found if len(set(found.values())) == len(found) else None
