"""Contractions: out[o…] = Σ_b Π_k args[k][i…], the one form behind @, .T, sum, outer, trace, eye.

Every index is a label with a size.  A label of the output that no argument has repeats the value
along that axis; a label that the output has twice is a Kronecker delta; any other label that the
output lacks is summed.  The class is closed under differentiation: the adjoint of argument k is
the contraction of the upstream gradient and the other arguments to k's own labels.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

from symbp.algebra.node import Node, Operation, as_node, make, number
from symbp.algebra.size import Size
from symbp.algebra.size import product as size_product
from symbp.errors import OperandError
from symbp.ops.arithmetic import multiply

Labels = tuple[int, ...]


class Contract(Operation):
    """params: labels of each argument, labels of the output, size of each label."""

    name = "contract"

    def adjoints(self, node: Node, upstream: Node) -> Sequence[Node | None]:
        inputs, out, sizes = node.params
        named = dict(enumerate(sizes))
        result: list[Node | None] = []
        for k, arg in enumerate(node.args):
            if arg.dtype != "real":
                result.append(None)
                continue
            others = [a for j, a in enumerate(node.args) if j != k]
            labels = [s for j, s in enumerate(inputs) if j != k]
            result.append(contract([upstream, *others], [out, *labels], inputs[k], named))
        return result


CONTRACT = Contract()


def contract(
    args: Sequence[Node],
    inputs: Sequence[Sequence[Hashable]],
    out: Sequence[Hashable],
    sizes: Mapping[Any, Size] | None = None,
) -> Node:
    """The contraction of `args` with these labels.  OperandError where sizes disagree."""
    known: dict[Hashable, Size] = {}
    for arg, labels in zip(args, inputs, strict=True):
        for label, size in zip(labels, arg.shape, strict=True):
            if known.setdefault(label, size) != size:
                raise OperandError(
                    f"index {label} has sizes {known[label]} and {size}",
                    mismatch=(known[label], size),
                )
    for label in out:
        if label not in known:
            known[label] = (sizes or {})[label]
    same = _identified(args, inputs)
    renamed: list[tuple[Hashable, ...]] = [tuple(same.get(label, label) for label in s) for s in inputs]
    out = tuple(same.get(label, label) for label in out)
    kept_args, kept_inputs = _absorb(list(args), renamed, known)
    lost = _lost_labels(kept_inputs, out, {label for s in renamed for label in s})
    factor = size_product(known[label] for label in lost)
    result = _intern(kept_args, kept_inputs, _without_new_ones(kept_inputs, tuple(out), known), known)
    return result if factor.is_one else multiply(as_node(factor), result)


def _lost_labels(
    inputs: list[tuple[Hashable, ...]], out: Sequence[Hashable], before: set[Hashable]
) -> list[Hashable]:
    """Labels that were summed and that no argument has any more: each is a factor."""
    left = {label for s in inputs for label in s} | set(out)
    return [label for label in sorted(before, key=str) if label not in left]


def _without_new_ones(
    inputs: list[tuple[Hashable, ...]], out: tuple[Hashable, ...], known: dict[Hashable, Size]
) -> tuple[Hashable, ...]:
    """A new axis of size 1 is an old one that would be summed, where there is such a one."""
    present = dict.fromkeys(label for labels in inputs for label in labels)
    summed = [label for label in present if label not in out and known[label].is_one]
    new = [label for label in dict.fromkeys(out) if label not in present and known[label].is_one]
    same = dict(zip(new, summed, strict=False))
    return tuple(same.get(label, label) for label in out)


def _identified(args: Sequence[Node], inputs: Sequence[Sequence[Hashable]]) -> dict[Hashable, Hashable]:
    """Labels that an identity matrix among the arguments makes equal: label -> the one kept."""
    same: dict[Hashable, Hashable] = {}
    for arg, labels in zip(args, inputs, strict=True):
        if is_scaled_identity(arg):
            i, j = (same.get(label, label) for label in labels)
            same.update({label: i for label in [*(k for k, v in same.items() if v == j), j] if label != i})
    return same


def is_scaled_identity(node: Node) -> bool:
    """c I: a number repeated along a diagonal."""
    return node.op is CONTRACT and node.params[1] == (0, 0) and not any(node.params[0])


def _absorb(
    args: list[Node], inputs: list[tuple[Hashable, ...]], known: dict[Hashable, Size]
) -> tuple[list[Node], list[tuple[Hashable, ...]]]:
    """Leave out factors 1 and all-ones arrays; look through transposes and repetitions."""
    kept_args: list[Node] = []
    kept: list[tuple[Hashable, ...]] = []
    for arg, labels in zip(args, inputs, strict=True):
        if number(arg) == 1 and len(args) > 1:
            continue
        if is_scaled_identity(arg):
            kept_args.extend(arg.args)
            kept.extend(() for _ in arg.args)
            continue
        if arg.op is CONTRACT and _is_relabelling(arg, alone=len(args) == 1):
            if not arg.args:
                continue
            inner, out, sizes = arg.params
            names: dict[int, Hashable] = dict(zip(out, labels, strict=True))
            for label in inner[0]:
                if label not in names:
                    names[label] = ("summed", len(known))
                    known[names[label]] = sizes[label]
            arg, labels = arg.args[0], tuple(names[i] for i in inner[0])
        kept_args.append(arg)
        kept.append(labels)
    return kept_args, kept


def _is_relabelling(node: Node, alone: bool) -> bool:
    """A contraction that only renames, repeats (or, standing alone, sums) one array's axes."""
    inputs, out, _ = node.params
    if len(node.args) > 1 or len(set(out)) < len(out):
        return False
    if not node.args:
        return True
    return alone or set(inputs[0]) <= set(out)


def _intern(
    args: list[Node],
    inputs: list[tuple[Hashable, ...]],
    out: tuple[Hashable, ...],
    known: dict[Hashable, Size],
) -> Node:
    if len(args) == 1 and inputs[0] == out and len(set(out)) == len(out):
        return args[0]
    order: dict[Hashable, int] = {}
    for label in [label for s in inputs for label in s] + list(out):
        order.setdefault(label, len(order))
    params = (
        tuple(tuple(order[label] for label in s) for s in inputs),
        tuple(order[label] for label in out),
        tuple(known[label] for label in order),
    )
    return make(CONTRACT, tuple(args), params, tuple(known[label] for label in out))
