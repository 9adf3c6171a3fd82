"""Which adjoints are too short to deserve a name."""

from __future__ import annotations

from symbp.algebra.node import Node
from symbp.laws.patterns import is_scalar_number, repeated, scaled
from symbp.ops.arithmetic import MULTIPLY
from symbp.ops.constant_arrays import is_zero
from symbp.ops.contract import CONTRACT


def is_trivial(adjoint: Node) -> bool:
    """Too short to deserve a name: a name itself, a number, a repeated number, the identity."""
    inner = repeated(adjoint)
    base = scaled(adjoint if inner is None else inner)[1]
    if base.op is MULTIPLY and is_scalar_number(base.args[0]):
        base = base.args[1]
    is_identity = base.op is CONTRACT and not base.args
    return base.is_leaf or is_scalar_number(base) or is_zero(base) or is_identity
