"""What the index equations of all operations are written with: requests, deltas, named transposes."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from typing import Protocol

from symbp.algebra.node import Node
from symbp.algebra.size import Size
from symbp.emit import formula
from symbp.emit.formula import Formula
from symbp.emit.letters import Letters, size_formula
from symbp.lang.names import Name

Request = tuple[Node, tuple[Formula, ...]]
Rule = Generator[Request, Formula, Formula]
"""Asks for entries of arguments and returns the entry of a node."""

Turned = dict[Node, tuple[Node, tuple[int, ...]]]

ZERO = formula.number(0)


class Notation(Protocol):
    """What a rule may ask of the notation that it writes for."""

    letters: Letters
    turned: Turned
    unit: tuple[Node, tuple[Formula, ...]] | None
    unit_axes: dict[Node, tuple[int | None, ...]]


def done(result: Formula) -> Rule:
    yield from ()
    return result


def aligned(indices: tuple[Formula, ...], arg: Node) -> tuple[Formula, ...]:
    """The indices of a broadcast argument: the last ones, 0 along axes of size 1."""
    own = indices[len(indices) - arg.rank :] if arg.rank else ()
    return tuple(ZERO if size.is_one else index for index, size in zip(own, arg.shape, strict=True))


def plus(a: Formula, b: Formula) -> Formula:
    if a.text == "0":
        return b
    return a if b.text == "0" else formula.add(a, b)


def minus(a: Formula, b: Formula) -> Formula:
    return a if b.text == "0" else formula.subtract(a, b)


def times(step: int | Size, index: Formula) -> Formula:
    return index if step == 1 else formula.scaled(size_formula(Size.of(step)), index)


def product(factors: Sequence[Formula]) -> Formula:
    if not factors:
        return formula.number(1)
    result = factors[0]
    for factor in factors[1:]:
        result = formula.scaled(result, factor)
    return result


def kronecker(a: Formula, b: Formula) -> Formula:
    """δ_ij."""
    plain = len(a.latex) == 1 and len(b.latex) == 1
    return formula.atom(f"δ[{a.text},{b.text}]", rf"\delta_{{{a.latex}{'' if plain else ','}{b.latex}}}")


def condition(left: Formula, sign: str, latex_sign: str, right: Formula) -> Formula:
    return formula.iverson(formula.relation(left, sign, latex_sign, right))


def by_name(node: Node, turned: Turned) -> tuple[list[Node], list[tuple[int, ...]]]:
    """The arguments of a contraction and their labels, with named transposes by their names."""
    args, inputs = [], []
    for arg, labels in zip(node.args, node.params[0], strict=True):
        named, order = turned.get(arg, (arg, ()))
        if named is node or not order:
            args.append(arg)
            inputs.append(tuple(labels))
        else:
            args.append(named)
            inputs.append(tuple(labels[axis] for axis in order))
    return args, inputs


def named_transposes(names: Mapping[Node, Name]) -> Turned:
    """Nameless node -> the named transpose of it, and the order of its axes there."""
    found: Turned = {}
    for node in names:
        if node.op.name != "contract" or len(node.args) != 1 or node.args[0] in names:
            continue
        inputs, out, _ = node.params
        if sorted(out) == list(inputs[0]) == list(range(len(out))):
            found.setdefault(node.args[0], (node, tuple(out)))
    return found
