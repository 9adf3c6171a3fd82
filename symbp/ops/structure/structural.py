"""What all operations that move entries have in common."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from symbp.algebra.node import Node, Operation
from symbp.algebra.size import Size

Array = np.ndarray[Any, Any]
SizeOf = Callable[[Size], int]
"""The number for a size."""


class Structural(Operation):
    """y_o = x_{e(o)}, on arrays of any kind of entry."""

    def apply(self, node: Node, arrays: Sequence[Array], size: SizeOf) -> Array:
        """The result for concrete arrays; `size` gives the numbers for sizes."""
        raise NotImplementedError
