"""Kronecker deltas solved: products with the identity matrix, and sums over diagonals."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from itertools import combinations

from symbp.algebra.node import Node
from symbp.algebra.size import Size
from symbp.laws.law import Laws, registering
from symbp.ops.arithmetic import ADD, MULTIPLY, SUBTRACT, add, multiply, subtract
from symbp.ops.contract import CONTRACT, contract
from symbp.ops.structure.slices import GETITEM, take_key

LAWS: Laws = {}
law = registering(LAWS)

Labels = tuple[Hashable, ...]


def is_identity(node: Node) -> bool:
    """δ_ij, or δ over several pairs of axes: δ_ik δ_jl."""
    if node.op is not CONTRACT or node.args or node.rank % 2:
        return False
    out = node.params[1]
    half = len(out) // 2
    return half > 0 and out[:half] == out[half:] and len(set(out)) == half


def is_diagonal(node: Node) -> bool:
    """A contraction with a Kronecker delta in its result."""
    return node.op is CONTRACT and len(set(node.params[1])) < node.rank


class Renaming:
    """Labels that a delta has made equal."""

    def __init__(self) -> None:
        self.to: dict[Hashable, Hashable] = {}

    def __call__(self, label: Hashable) -> Hashable:
        while label in self.to:
            label = self.to[label]
        return label

    def equate(self, a: Hashable, b: Hashable) -> None:
        a, b = self(a), self(b)
        if a != b:
            self.to[b] = a

    def all(self, labels: Sequence[Hashable]) -> Labels:
        return tuple(self(label) for label in labels)


@law("I A = A", CONTRACT)
def _solve_deltas(node: Node) -> Node | None:
    """Σ_j δ_ij A_jk = A_ik; where both indices stay, δ_ij a_i = diag(a)_ij."""
    inputs, out, sizes = node.params
    for k, arg in enumerate(node.args):
        if len(node.args) < 2 or not is_identity(arg):
            continue
        same = Renaming()
        half = len(inputs[k]) // 2
        for a, b in zip(inputs[k][:half], inputs[k][half:], strict=True):
            same.equate(a, b)
        rest = [a for m, a in enumerate(node.args) if m != k]
        labels = [same.all(s) for m, s in enumerate(inputs) if m != k]
        left = {label for s in labels for label in s}
        if all(same(i) in left for i in inputs[k]):
            return contract(rest, labels, same.all(out), dict(enumerate(sizes)))
    return None


@law("Σ_j (A ⊙ I)_ij = A_ii", CONTRACT)
def _solve_entrywise_deltas(node: Node) -> Node | None:
    """A factor A ⊙ I is A with one index for both axes where the sum leaves that index somewhere."""
    inputs, out, sizes = node.params
    for k, arg in enumerate(node.args):
        if arg.op is not MULTIPLY or arg.rank != 2 or len(inputs[k]) != 2:
            continue
        units = [m for m, factor in enumerate(arg.args) if factor.rank == 2 and is_identity(factor)]
        if not units or arg.args[1 - units[0]].shape != arg.shape or set(inputs[k]) <= set(out):
            continue
        same = Renaming()
        same.equate(*inputs[k])
        args = [*node.args[:k], arg.args[1 - units[0]], *node.args[k + 1 :]]
        return contract(args, [same.all(s) for s in inputs], same.all(out), dict(enumerate(sizes)))
    return None


@law("Σ_j δ_ij a_j = a_i", CONTRACT)
def _merge_diagonal(node: Node) -> Node | None:
    """A diagonal array that is renamed, summed, traced, or one factor of a product."""
    inputs, out, sizes = node.params
    for k, inner in enumerate(node.args):
        if not is_diagonal(inner) or len(inner.args) != 1:
            continue
        same = Renaming()
        named: dict[Hashable, Hashable] = {}
        for own, label in zip(inner.params[1], inputs[k], strict=True):
            if own in named:
                same.equate(named[own], label)
            named.setdefault(own, label)
        known: dict[Hashable, Size] = dict(enumerate(sizes))
        for own in inner.params[0][0]:
            if own not in named:
                named[own] = ("inner", own)
                known[named[own]] = inner.params[2][own]
        args = [*node.args[:k], inner.args[0], *node.args[k + 1 :]]
        labels = [same.all(s) for s in inputs]
        labels[k] = same.all([named[own] for own in inner.params[0][0]])
        left = {label for s in labels for label in s}
        if all(same(label) in left or label in out for label in inputs[k]):
            return contract(args, labels, same.all(out), known)
    return None


@law("a scalar times I", CONTRACT)
def _scalar_diagonal(node: Node) -> Node | None:
    inputs, out, sizes = node.params
    if len(node.args) != 1 or inputs[0] or not is_diagonal(node):
        return None
    return multiply(node.args[0], contract([], [], out, dict(enumerate(sizes))))


@law("a(D - B) = aD - aB for diagonal D", CONTRACT)
def _distribute_over_diagonal(node: Node) -> Node | None:
    inputs, out, sizes = node.params
    for k, arg in enumerate(node.args):
        if arg.op not in (ADD, SUBTRACT) or not any(is_diagonal(term) for term in arg.args):
            continue
        parts: list[Node] = []
        for term in arg.args:
            labels = [*inputs[:k], _term_labels(term, arg, inputs[k]), *inputs[k + 1 :]]
            args = [*node.args[:k], term, *node.args[k + 1 :]]
            kept = {label for s in labels for label in s}
            if any(label not in kept and label not in out for label in inputs[k]):
                break
            parts.append(contract(args, labels, out, dict(enumerate(sizes))))
        else:
            build = add if arg.op is ADD else subtract
            return build(parts[0], parts[1])
    return None


@law("axes of size 1 left out", CONTRACT)
def _unit_axes(node: Node) -> Node | None:
    """x[:, None] as a factor is x where the new axis is neither kept nor shared."""
    inputs, out, sizes = node.params
    for k, arg in enumerate(node.args):
        if arg.op is not GETITEM or arg.args[0].rank + arg.params[0].count(None) != arg.rank:
            continue
        if (
            take_key(arg.args[0], tuple(part for part in arg.params[0] if part is not None))
            is not arg.args[0]
        ):
            continue
        elsewhere = {label for m, s in enumerate(inputs) if m != k for label in s} | set(out)
        new = [label for label, part in zip(inputs[k], arg.params[0], strict=True) if part is None]
        if len(node.args) < 2 or any(label in elsewhere for label in new):
            continue
        args = [*node.args[:k], arg.args[0], *node.args[k + 1 :]]
        labels = [*inputs[:k], [i for i in inputs[k] if i not in new], *inputs[k + 1 :]]
        return contract(args, labels, out, dict(enumerate(sizes)))
    return None


@law("equal factors in the order of the result", CONTRACT)
def _order_equal_factors(node: Node) -> Node | None:
    """a_j a_i = a_i a_j: of two equal factors the one with the earlier axes stands first."""
    inputs, out, sizes = node.params

    def places(labels: Sequence[int]) -> list[int]:
        return [out.index(label) if label in out else len(out) for label in labels]

    for k, m in combinations(range(len(node.args)), 2):
        if node.args[k] is node.args[m] and places(inputs[m]) < places(inputs[k]):
            labels = list(inputs)
            labels[k], labels[m] = inputs[m], inputs[k]
            return contract(node.args, labels, out, dict(enumerate(sizes)))
    return None


def _term_labels(term: Node, whole: Node, labels: Sequence[Hashable]) -> Labels:
    """Labels of a term that broadcasts to the whole; what it repeats gets labels of its own."""
    skipped = whole.rank - term.rank
    return tuple(
        label if size == whole.shape[axis + skipped] else ("one", axis)
        for axis, (label, size) in enumerate(zip(labels[skipped:], term.shape, strict=True))
    )
