"""Laws of symmetric and invertible matrices, most of which hold because of an assumption.

The name of each law ends with the fact that it needs, so that an explanation can say so.
"""

from __future__ import annotations

from collections.abc import Callable

from symbp.algebra.node import Node, as_node, facts
from symbp.laws.law import Laws, registering
from symbp.ops.compare import ABS, SIGN
from symbp.ops.constant_arrays import eye
from symbp.ops.contract import CONTRACT, contract
from symbp.ops.determinants import DETERMINANT
from symbp.ops.inverses import INVERSE
from symbp.ops.symmetric import is_symmetric

LAWS: Laws = {}
law = registering(LAWS)

SYMMETRIC = frozenset({"symmetric", "spd"})
INVERTIBLE = frozenset({"invertible", "spd", "wellcond"})


def is_assumed_symmetric(leaf: Node) -> bool:
    return bool(SYMMETRIC & set(facts(leaf)))


def is_positive_definite(node: Node) -> bool:
    """A matrix that is assumed symmetric and positive definite, or the inverse of one."""
    while node.op is INVERSE:
        (node,) = node.args
    return "spd" in facts(node)


@law("(X Xᵀ)ᵀ = X Xᵀ", CONTRACT)
def _transpose_of_its_own(node: Node) -> Node | None:
    """A factor that is its own transpose whatever its entries are."""
    return _with_turned(node, lambda leaf: False)


@law("Aᵀ = A (symmetric)", CONTRACT)
def _transpose_of_symmetric(node: Node) -> Node | None:
    """A factor that is its own transpose because of what is assumed."""
    return _with_turned(node, is_assumed_symmetric)


def _with_turned(node: Node, is_symmetric_leaf: Callable[[Node], bool]) -> Node | None:
    """The product with the labels of a symmetric factor turned so that it stands in it as it is."""
    inputs, out, sizes = node.params
    for k, arg in enumerate(node.args):
        labels = inputs[k]
        if len(labels) != 2 or arg.shape[0] != arg.shape[1] or labels != _transposed_there(labels, out):
            continue
        if is_symmetric(arg, is_symmetric_leaf):
            turned = [*inputs[:k], labels[::-1], *inputs[k + 1 :]]
            return contract(node.args, turned, out, dict(enumerate(sizes)))
    return None


def _transposed_there(labels: tuple[int, ...], out: tuple[int, ...]) -> tuple[int, ...]:
    """The order of two labels in which a factor would be written with a transpose sign."""
    a, b = labels
    if a == b:
        return ()
    if a in out and b in out:
        first, second = sorted(labels, key=out.index)
        return (second, first)
    for own, other in ((a, b), (b, a)):
        if own in out:
            return (other, own) if out.index(own) == 0 else (own, other)
    return ()


@law("A A⁻¹ = I (invertible)", CONTRACT)
def _product_with_own_inverse(node: Node) -> Node | None:
    """Two factors A and A⁻¹ over a common index are a Kronecker delta."""
    inputs, out, sizes = node.params
    for i, inverse in enumerate(node.args):
        if inverse.op is not INVERSE or not INVERTIBLE & set(facts(inverse.args[0])):
            continue
        for j, arg in enumerate(node.args):
            if arg is not inverse.args[0] or arg.rank != 2:
                continue
            pair = _delta(inputs[i], inputs[j])
            others = [labels for m, labels in enumerate(inputs) if m not in (i, j)]
            if pair is None or pair[2] in out or any(pair[2] in labels for labels in others):
                continue
            args = [a for m, a in enumerate(node.args) if m not in (i, j)]
            identity = eye(sizes[pair[0]])
            return contract([identity, *args], [pair[:2], *others], out, dict(enumerate(sizes)))
    return None


def _delta(inverse: tuple[int, ...], matrix: tuple[int, ...]) -> tuple[int, int, int] | None:
    """(row, column, summed) where the two labelled factors multiply as A⁻¹A or A A⁻¹."""
    if len({*inverse, *matrix}) != 3:
        return None
    if inverse[1] == matrix[0]:
        return inverse[0], matrix[1], inverse[1]
    if inverse[0] == matrix[1]:
        return matrix[0], inverse[1], inverse[0]
    return None


@law("det A > 0 (spd)", SIGN)
def _sign_of_determinant(node: Node) -> Node | None:
    (x,) = node.args
    return as_node(1) if x.op is DETERMINANT and is_positive_definite(x.args[0]) and not x.shape else None


@law("det A > 0 (spd)", ABS)
def _absolute_determinant(node: Node) -> Node | None:
    (x,) = node.args
    return x if x.op is DETERMINANT and is_positive_definite(x.args[0]) else None
