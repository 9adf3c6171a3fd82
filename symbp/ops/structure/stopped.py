"""Values that are passed on without their gradient."""

from __future__ import annotations

from collections.abc import Sequence

from symbp.algebra.node import Node, make
from symbp.ops.registry import function
from symbp.ops.structure.structural import Array, SizeOf, Structural


class Detach(Structural):
    """The same values, without a gradient.  params: "idle" where the slope would not show anyway."""

    name = "stop_gradient"

    def adjoints(self, node: Node, upstream: Node) -> Sequence[Node | None]:
        return [None]

    def apply(self, node: Node, arrays: Sequence[Array], size: SizeOf) -> Array:
        return arrays[0]


STOP_GRADIENT = Detach()


@function("stop_gradient", "detach", example="stop_gradient(x) * x | x: n,m")
def stop_gradient(x: Node) -> Node:
    """x as a constant: no gradient flows through it."""
    return make(STOP_GRADIENT, (x,), (), x.shape, x.dtype)


def without_slope(x: Node) -> Node:
    """x where its slope does not show: what fills places that are never taken, or a shift that cancels."""
    return make(STOP_GRADIENT, (x,), ("idle",), x.shape, x.dtype)
