"""How laws read a formula: its number, what it repeats along axes."""

from __future__ import annotations

from fractions import Fraction

from symbp.algebra.node import CONSTANT, SIZE, Node, number
from symbp.ops.arithmetic import ADD, DIVIDE, MULTIPLY, NEGATIVE, POWER, SUBTRACT, multiply, negative
from symbp.ops.contract import CONTRACT
from symbp.ops.structure.indexing import getitem


def scaled(node: Node) -> tuple[Fraction, Node]:
    """node as number · rest."""
    if node.op is NEGATIVE:
        coefficient, rest = scaled(node.args[0])
        return -coefficient, rest
    if node.op is MULTIPLY:
        value = number(node.args[0])
        if value is not None:
            coefficient, rest = scaled(node.args[1])
            return value * coefficient, rest
    return Fraction(1), node


def scale(coefficient: Fraction, node: Node) -> Node:
    """number · node, with 1 and -1 as signs."""
    if coefficient == 1:
        return node
    if coefficient == -1:
        return negative(node)
    return multiply(coefficient, node)


def is_scalar_number(node: Node) -> bool:
    """A quotient or product of numbers and sizes."""
    parts = [node]
    while parts:
        part = parts.pop()
        if part.op in (MULTIPLY, DIVIDE, ADD, SUBTRACT, POWER):
            parts.extend(part.args)
        elif part.op not in (CONSTANT, SIZE):
            return False
    return True


def repeated(node: Node) -> Node | None:
    """x where node only repeats x along axes in a way that broadcasting does too, else None."""
    if node.op is not CONTRACT or len(node.args) != 1:
        return None
    (labels,), out, _ = node.params
    if len(set(out)) < len(out) or len(set(labels)) < len(labels) or not set(labels) <= set(out):
        return None
    at = [out.index(label) for label in labels]
    if at != sorted(at):
        return None
    x = node.args[0]
    if not labels:
        return x
    return getitem(x, tuple(slice(None) if i in at else None for i in range(at[0], len(out))))
