"""Classes as rows of zeros with a one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from symbp.algebra.node import Node, as_node, make
from symbp.algebra.size import Size
from symbp.errors import OperandError
from symbp.ops.registry import function
from symbp.ops.structure.integer_arrays import integer_array
from symbp.ops.structure.structural import Array, SizeOf, Structural
from symbp.ops.structure.whole_numbers import whole


class OneHot(Structural):
    """T[…, c] = δ(i[…], c).  params: the number of classes."""

    name = "onehot"

    def apply(self, node: Node, arrays: Sequence[Array], size: SizeOf) -> Array:
        return np.asarray(arrays[0][..., None] == np.arange(size(node.shape[-1])), np.int64)


ONEHOT = OneHot()


@function("onehot", "one_hot", example="x * onehot(ids, m) | x: n,m | ids: n index:m")
def onehot(i: Any, k: Any) -> Node:
    """The matrix with a 1 in column i of each row: T_rc = δ(i_r, c)."""
    classes = integer_array(tuple(i)) if isinstance(i, list | tuple) else whole(as_node(i))
    if classes is None:
        raise OperandError("onehot needs integer classes", hint="declare them with: assume NAME: index k")
    count = Size.of(k)
    if count.is_constant and count.constant < 1:
        raise OperandError(f"onehot: the number of classes is at least 1, not {count}")
    return make(ONEHOT, (classes,), (), (*classes.shape, Size.of(k)))
