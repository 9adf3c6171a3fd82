"""Derivatives of names on the way: ∂p_i/∂z_j = p_i (δ_ij − p_j), ∂h/∂z = h ⊙ (1 − h), ∂z/∂x = W.

With indices, one entry is differentiated; its place is an integer that nothing is known of.  Without
them a lecture leaves open which way the factor is multiplied: the claim is right if one of the usual
ways gives what the chain rule gives for every upstream gradient.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from symbp.algebra.node import Node, adjoint_leaf, as_node, leaf
from symbp.calculus.reverse import sweep
from symbp.errors import OperandError
from symbp.evidence.cases import compare_in_case
from symbp.evidence.verdict import REFUTED, UNDECIDED, Verdict
from symbp.lang.numpy_claim import Claimed
from symbp.lang.program import Program
from symbp.ops.arithmetic import multiply
from symbp.ops.axes import transpose
from symbp.ops.constant_arrays import zeros_like
from symbp.ops.products import matmul, outer

Way = tuple[str, Node]


def local_verdict(claim: Claimed, program: Program) -> Verdict:
    """The verdict on a claimed derivative of a name that is not the loss."""
    of, by = program.nodes[claim.of], program.nodes[claim.target]
    if any(claim.indices):
        return _of_entries(claim, of, by, program)
    if not of.shape:
        return compare_in_case(claim, claim.node, _adjoint(of, as_node(1), by), program)
    return _of_arrays(claim, of, by, program)


def second_verdict(claim: Claimed, program: Program) -> Verdict:
    """The verdict on a claimed ∂²L/∂w∂v; which of both gives the rows is left open where v is not w."""
    of, by, again = (program.nodes[name] for name in (claim.of, claim.target, claim.again))
    if of.shape:
        return Verdict(UNDECIDED, "shapes", f"second derivatives are those of a number, {claim.of} is none")
    slope = _adjoint(of, as_node(1), by)
    if any(claim.indices):
        return _of_entries(claim, slope, again, program)
    first: Verdict | None = None
    for node in (claim.node, _transposed(claim.node)) if by is not again else (claim.node,):
        if node.shape == (*by.shape, *again.shape):
            rows = tuple(f"row {k}" for k in range(by.rank))
            columns = tuple(f"column {k}" for k in range(again.rank))
            verdict = _of_entries(replace(claim, node=node, indices=(rows, columns)), slope, again, program)
            if verdict.is_right:
                return verdict
            first = first or verdict
    shape = ", ".join(map(str, (*by.shape, *again.shape)))
    return first or Verdict(REFUTED, "shape", f"the second derivative has shape ({shape})")


def _adjoint(of: Node, seed: Node, by: Node) -> Node:
    found = sweep([(of, seed)], [by]).adjoints
    return found[by] if by in found else zeros_like(by)


def _of_entries(claim: Claimed, of: Node, by: Node, program: Program) -> Verdict:
    """∂f_j/∂x_i: entry j of f differentiated by all of x, and entry i of that."""
    above, below = claim.indices
    at = {
        label: leaf(f"at_{label}", (), "int", (f"index {size}",))
        for label, size in zip(above, of.shape, strict=True)
    }
    value = _picked(of, [at[label] for label in above])
    true = _adjoint(value, as_node(1), by)
    true = _picked(true, [at.get(label) for label in below])
    labels = tuple(dict.fromkeys(above + below))
    places = [at.get(label) for label in labels]
    claimed, true = _picked(claim.node, places), _in_order(true, [x for x in below if x not in at], labels)
    where = claim.where
    if where is not None and where.shape:
        where = _picked(where, places)
    return compare_in_case(claim, claimed, true, program, where)


def _picked(node: Node, places: Sequence[Node | None]) -> Node:
    """The entries at some places; a whole axis where there is none."""
    for axis in reversed(range(len(places))):
        if (place := places[axis]) is not None:
            node = node[(*[slice(None)] * axis, place)]
    return node


def _in_order(node: Node, labels: Sequence[str], wanted: Sequence[str]) -> Node:
    order = [label for label in wanted if label in labels]
    axes = [labels.index(label) for label in order]
    return node if axes == sorted(axes) else transpose(node, tuple(axes))


def _of_arrays(claim: Claimed, of: Node, by: Node, program: Program) -> Verdict:
    """Whether some usual way of multiplying the factor gives the chain rule for every upstream gradient."""
    upstream = adjoint_leaf(f"d{claim.of}", of.shape)
    true = _adjoint(of, upstream, by)
    first: Verdict | None = None
    for way, node in _ways(claim.node, upstream):
        if node.shape != true.shape:
            continue
        verdict = compare_in_case(claim, node, true, program)
        if verdict.is_right:
            return replace(verdict, detail=f"{verdict.detail}; the chain rule multiplies it as {way}")
        first = first or replace(verdict, detail=f"{verdict.detail}, multiplied as {way}")
    if first is not None:
        return first
    reason = f"its shape fits no way to multiply it with the derivative by {claim.of}"
    return Verdict(REFUTED if claim.node.rank else UNDECIDED, "shapes", reason)


def _ways(factor: Node, upstream: Node) -> Iterator[Way]:
    """What the derivative of the loss by x may be, from G = ∂L/∂f and the factor C = ∂f/∂x."""
    if factor.shape == upstream.shape or not factor.shape:
        yield "G ⊙ C", multiply(upstream, factor)
    for name, left, right in (
        ("Cᵀ G", _transposed(factor), upstream),
        ("C G", factor, upstream),
        ("G C", upstream, factor),
        ("G Cᵀ", upstream, _transposed(factor)),
    ):
        try:
            yield name, matmul(left, right)
        except OperandError:
            continue
    if factor.rank == upstream.rank == 1:
        yield "G Cᵀ", outer(upstream, factor)
        yield "C Gᵀ", outer(factor, upstream)


def _transposed(node: Node) -> Node:
    return transpose(node) if node.rank == 2 else node
