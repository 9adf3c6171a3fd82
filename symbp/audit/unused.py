"""Losses whose backward takes an argument and does not use it: nothing comes after a loss.

`def backward(self, loss)` is handed the value of the loss, `def backward(self, dout)` the upstream
gradient, which is one.  A loss that is a single number and whose gradients all do without it is read
so; what is scaled afterwards would need it, and the row says that it is not used.
"""

from __future__ import annotations

from dataclasses import replace

from symbp.algebra.node import leaves
from symbp.audit.reading import Reading
from symbp.ops.constant_arrays import full


def with_unused_upstream(reading: Reading) -> Reading:
    """The reading with an upstream gradient of one where no claim depends on that of a single number."""
    if reading.loss or not reading.claims or any(out.rank for out, _ in reading.outputs):
        return reading
    used = set(leaves([c.node for c in reading.claims]))
    given = [up for _, up in reading.outputs if up.is_leaf]
    if not given or any(up in used for up in given):
        return reading
    seeds = [(out, full(out.shape, 1)) for out, _ in reading.outputs]
    return replace(reading, outputs=seeds, loss=True, unused=", ".join(up.name for up in given))
