"""The pass that takes the gradients of several weights from one product after the loop."""

from __future__ import annotations

from symbp.algebra.node import Node, replace
from symbp.emit.fast.column import Exchange
from symbp.emit.fast.columns import products_of_columns
from symbp.emit.fast.joint import Joint, mapped, noted
from symbp.ops.scan import SCAN


def join_gradients(joint: Joint) -> Joint:
    """xᵀ δ₁ and xᵀ δ₂ are columns of xᵀ [δ₁ δ₂], where the loop puts δ₁ and δ₂ side by side."""
    if not any(node.op is SCAN for node in joint.order()):
        return joint
    count = 0
    while (exchange := products_of_columns(joint.order())) is not None:
        joint = _exchanged(joint, exchange)
        count += 1
    return noted(joint, "join_gradients", f"{count} groups of products")


def _exchanged(joint: Joint, exchange: Exchange) -> Joint:
    order = joint.order()
    done: dict[Node, Node] = dict(zip(order, replace(order, exchange), strict=True))
    return mapped(joint, done)
