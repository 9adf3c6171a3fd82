"""Derivatives that are given as a Jacobian: what they give for an upstream gradient is compared.

`np.diag(p) - np.outer(p, p)` has one row for each entry of the output; so may each sample, and so
may the whole output taken in one line.
"""

from __future__ import annotations

from dataclasses import replace
from functools import reduce

from symbp.algebra.node import Node, leaf
from symbp.algebra.size import Size
from symbp.audit.reading import Reading
from symbp.ops.axes import swapaxes
from symbp.ops.products import matmul
from symbp.ops.structure.reshaping import reshape


def with_jacobian(reading: Reading) -> list[Reading]:
    """The reading with J and with Jᵀ applied to an upstream gradient; itself where no J is claimed."""
    if not reading.slope or len(reading.outputs) != 1 or len(reading.claims) != 1:
        return [reading]
    output, (claim,) = reading.outputs[0][0], reading.claims
    matrix = _matrix(claim.node, output, claim.of)
    if matrix is None:
        return [reading]
    upstream = leaf("upstream", output.shape)
    lead = matrix.shape[:-2]
    row = reshape(upstream, (*lead, Size.of(1), matrix.shape[-2]))
    found = []
    for jacobian in (matrix, swapaxes(matrix, -1, -2)):
        if jacobian.shape == matrix.shape:
            node = reshape(matmul(row, jacobian), claim.of.shape)
            seeds = [(output, upstream)]
            found.append(replace(reading, outputs=seeds, claims=[replace(claim, node=node)], loss=False))
    return found


def _matrix(claimed: Node, output: Node, of: Node) -> Node | None:
    """The claim as one Jacobian, or as one for each sample; None where it has the shape of neither."""
    if not output.rank or not of.rank or claimed.shape == of.shape:
        return None
    whole = _count(output), _count(of)
    if claimed.shape == (*output.shape, *of.shape):
        return reshape(claimed, whole)
    if claimed.shape == whole:
        return claimed
    lead, rows, columns = output.shape[:-1], output.shape[-1], of.shape[-1]
    if of.shape[:-1] == lead and claimed.shape == (*lead, rows, columns):
        return claimed
    return None


def _count(node: Node) -> Size:
    return reduce(lambda a, b: a * b, node.shape)
