"""Laws of inverses and determinants, which turn them into ones of single matrices.

(AB)⁻¹ = B⁻¹A⁻¹, (Aᵀ)⁻¹ = (A⁻¹)ᵀ, (A⁻¹)⁻¹ = A, det AB = det A det B, det Aᵀ = det A,
det A⁻¹ = 1/det A, det sA = sⁿ det A, A⁻¹b for solve.  They hold for square factors where the left
side exists.
"""

from __future__ import annotations

from collections.abc import Iterable

from symbp.algebra.node import Node, constant, rebuild, size_value, topological
from symbp.ops.arithmetic import MULTIPLY, NEGATIVE, divide, multiply, power
from symbp.ops.axes import matrix_transpose
from symbp.ops.contract import CONTRACT
from symbp.ops.determinants import det
from symbp.ops.inverses import inv
from symbp.ops.products import matmul


def normal_matrices(roots: Iterable[Node]) -> list[Node]:
    """The roots with inverses and determinants taken apart."""
    roots = list(roots)
    done: dict[Node, Node] = {}
    for node in topological(roots):
        done[node] = _rewritten(rebuild(node, tuple(done[a] for a in node.args)))
    return [done[r] for r in roots]


def _rewritten(node: Node) -> Node:
    match node.op.name:
        case "inv":
            return inverse_of(node.args[0])
        case "det":
            return determinant_of(node.args[0])
        case "solve":
            a, b = node.args
            return matmul(inverse_of(a), b)
        case "logdet":
            return Node.operators["log"](determinant_of(node.args[0]))
    return node


def as_product(node: Node) -> tuple[Node, Node] | None:
    """(A, B) where node is the product of two square matrices."""
    if node.op is not CONTRACT or len(node.args) != 2 or node.rank != 2:
        return None
    (left, right), out, _ = node.params
    if len(set(left)) != 2 or len(set(right)) != 2 or len(left) + len(right) != 4 or len(set(out)) < 2:
        return None
    shared = set(left) & set(right)
    if len(shared) != 1 or set(out) != set(left) ^ set(right):
        return None
    (k,) = shared
    factors = []
    for arg, labels in zip(node.args, node.params[0], strict=True):
        free = labels[0] if labels[1] == k else labels[1]
        factors.append((arg, free, labels))
    if factors[0][1] != out[0]:
        factors.reverse()
    (a, _, la), (b, _, lb) = factors
    a = a if la[1] == k else matrix_transpose(a)
    b = b if lb[0] == k else matrix_transpose(b)
    if a.shape[0] != a.shape[1] or b.shape[0] != b.shape[1]:
        return None
    return a, b


def as_transpose(node: Node) -> Node | None:
    """A where node is Aᵀ."""
    if node.op is CONTRACT and len(node.args) == 1 and node.rank == 2 and node.args[0].rank == 2:
        (labels,), out, _ = node.params
        if tuple(reversed(labels)) == out and len(set(out)) == 2:
            return node.args[0]
    return None


def _scaled(node: Node) -> tuple[Node, Node] | None:
    """(s, A) where node is a number s times a matrix A."""
    if node.op is MULTIPLY:
        for s, a in (node.args, node.args[::-1]):
            if not s.shape and a.rank == 2:
                return s, a
    if node.op is NEGATIVE:
        return constant(-1), node.args[0]
    return None


def inverse_of(node: Node) -> Node:
    """The inverse of a square matrix, taken apart (each step makes the matrix smaller)."""
    found = as_product(node)
    if found is not None:
        return matmul(inverse_of(found[1]), inverse_of(found[0]))
    inner = as_transpose(node)
    if inner is not None:
        return matrix_transpose(inverse_of(inner))
    if node.op.name == "inv":
        return node.args[0]
    if _is_identity(node):
        return node
    scaled = _scaled(node)
    if scaled is not None:
        return divide(inverse_of(scaled[1]), scaled[0])
    return inv(node)


def determinant_of(node: Node) -> Node:
    """The determinant of a square matrix, taken apart."""
    found = as_product(node)
    if found is not None:
        return multiply(determinant_of(found[0]), determinant_of(found[1]))
    inner = as_transpose(node)
    if inner is not None:
        return determinant_of(inner)
    if node.op.name == "inv":
        return divide(1, determinant_of(node.args[0]))
    if _is_identity(node):
        return constant(1)
    scaled = _scaled(node)
    if scaled is not None:
        return multiply(power(scaled[0], size_value(node.shape[0])), determinant_of(scaled[1]))
    return det(node)


def _is_identity(node: Node) -> bool:
    return node.op is CONTRACT and not node.args and node.params[1] == (0, 0)
