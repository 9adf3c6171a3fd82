"""What the conditions of a claim mean in its model: entries, values of leaves, a region of all values."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from symbp.algebra.node import Node, as_node, facts, leaf
from symbp.algebra.size import Size
from symbp.errors import OperandError, SymbpError
from symbp.lang.labelled import Labelled
from symbp.lang.labelled_heads import filled, kronecker
from symbp.lang.numpy_claim import Claimed
from symbp.lang.tex_cases import Case
from symbp.lang.tex_commands import SIGNS
from symbp.lang.tex_scan import Lexeme
from symbp.ops.arithmetic import multiply, subtract
from symbp.ops.compare import COMPARISONS
from symbp.ops.constant_arrays import full, is_zero

Read = Callable[[tuple[Lexeme, ...], Mapping[str, Size]], Node]
"""The array that a formula means, with an axis for each index whose size is given."""


def in_case(
    claim: Claimed, cases: Sequence[Case], sizes: Mapping[str, Size], read: Read, nodes: Mapping[str, Node]
) -> Claimed:
    """The claim with the conditions under which it is made; `sizes` are those of its indices."""
    claim = replace(claim, case=", ".join(case.text for case in cases))
    for case in cases:
        try:
            claim = _with(claim, case, sizes, read, nodes)
        except (SymbpError, OperandError):
            claim = replace(claim, in_words=True)
    return claim


def _with(
    claim: Claimed, case: Case, sizes: Mapping[str, Size], read: Read, nodes: Mapping[str, Node]
) -> Claimed:
    """OperandError for a condition that has no meaning here."""
    if case.relation is not None:
        i, relation, j = case.relation
        equal = filled(_equal(i, j, sizes, nodes), sizes)
        return _where(claim, equal if relation == "=" else subtract(as_node(1), equal))
    if case.name is not None:
        return _instead(claim, nodes.get(case.name.key), read(case.value, {}))
    if case.sides is None:
        raise OperandError("a condition in words")
    left, sign, right = case.sides
    a, b = (_side(part, sizes, read) for part in (left, right))
    if a.is_leaf and is_zero(b) and SIGNS[sign][1] == ">":
        return _instead(claim, a, leaf(a.name, a.shape, a.dtype, [*facts(a), "positive"]))
    region = COMPARISONS[SIGNS[sign][1]](a, b)
    if region.shape not in ((), claim.node.shape):
        raise OperandError("a condition on other entries than those of the claim")
    return _where(claim, region)


def _equal(i: str, j: str, sizes: Mapping[str, Size], nodes: Mapping[str, Node]) -> Labelled:
    """δ_ij; where j is a given index, the vector that stands for it."""
    for index, other in ((i, j), (j, i)):
        if index in sizes and other not in sizes and other in nodes and nodes[other].shape == (sizes[index],):
            return Labelled(nodes[other], (index,))
    return kronecker(i, j, sizes)


def _side(part: tuple[Lexeme, ...], sizes: Mapping[str, Size], read: Read) -> Node:
    """One side of a comparison: a number for all entries, or one for each."""
    try:
        return read(part, {})
    except SymbpError:
        return read(part, sizes)


def _where(claim: Claimed, region: Node) -> Claimed:
    return replace(claim, where=region if claim.where is None else multiply(claim.where, region))


def _instead(claim: Claimed, node: Node | None, value: Node) -> Claimed:
    if node is None or not node.is_leaf or value.shape not in ((), node.shape):
        raise OperandError("a condition on what is no leaf")
    if value.shape != node.shape:
        value = full(node.shape, value.params[0])
    return replace(claim, instead={**claim.instead, node: value})
