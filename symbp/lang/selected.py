"""Entries chosen by a mask: x[m], of which nobody knows how many there are.

They can be worked on entry by entry and summed; the number of entries is the sum of the mask.  What
comes of them is written with the whole array and the mask: sum(x[m]) is Σ m x.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from symbp.algebra.node import Node, facts
from symbp.errors import OperandError
from symbp.ops.arithmetic import divide
from symbp.ops.compare import where
from symbp.ops.contract import sum_
from symbp.ops.registry import Elementwise, show

MASKS = {"mask", "binary", "causal", "onehot"}
REDUCTIONS = {"sum", "mean", "average"}
HINT = "sum or mean them, or keep the whole array: where(mask, x, 0)"


@dataclass(frozen=True)
class Selected:
    """The entries of `node` where `mask` holds; both have one shape."""

    node: Node
    mask: Node


def as_mask(key: Any) -> Node | None:
    """A key that is a mask: a comparison, or an array that is assumed to be one."""
    if isinstance(key, Node) and (key.dtype == "bool" or MASKS & set(facts(key))):
        return key
    return None


def select(node: Node, mask: Node) -> Selected:
    """x[mask].  OperandError where the shapes differ."""
    if mask.shape != node.shape:
        raise OperandError(f"a mask of shape {show(mask.shape)} does not fit an array of {show(node.shape)}")
    return Selected(node, mask)


def together(values: list[Any]) -> Node:
    """The mask that all selections among the values share."""
    masks = {v.mask: None for v in values if isinstance(v, Selected)}
    if len(masks) != 1:
        raise OperandError("entries that different masks select do not go together")
    (mask,) = masks
    for value in values:
        if isinstance(value, Node) and value.shape:
            raise OperandError(f"selected entries beside a whole array {show(value.shape)}", hint=HINT)
    return mask


def bare(value: Any) -> Any:
    return value.node if isinstance(value, Selected) else value


def combined(values: list[Any], build: Callable[..., Any]) -> Selected:
    """An operation on selected entries: the same on the whole arrays."""
    mask = together(values)
    return Selected(build(*(bare(v) for v in values)), mask)


def applied(function: str, build: Callable[..., Any], values: list[Any], named: dict[str, Any]) -> Any:
    """A function of selected entries: entry by entry, or their sum or mean."""
    if function in REDUCTIONS and len(values) == 1 and not named:
        (chosen,) = values
        total = sum_(where(chosen.mask, chosen.node, 0))
        return total if function == "sum" else divide(total, sum_(where(chosen.mask, 1, 0)))
    result = combined(values, lambda *nodes: build(*nodes, **named))
    if not isinstance(result.node.op, Elementwise):
        raise OperandError(f"{function} of entries that a mask selects", hint=HINT)
    return result
