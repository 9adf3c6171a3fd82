"""A shorter polynomial for the same array: −(y − 1) ⊙ ŷ − y ⊙ σ(−z) is ŷ − y.

What is computed keeps its digits where ŷ is near 1; the shorter form is the one that books show.
Only the laws of rings are used, and σ(−z) = 1 − σ(z).
"""

from __future__ import annotations

from collections.abc import Container, Iterable
from fractions import Fraction

from symbp.algebra.node import Node, as_node, number, rebuild, topological
from symbp.ops.arithmetic import ADD, MULTIPLY, NEGATIVE, SUBTRACT, add, multiply, negative, subtract

Polynomial = dict[tuple[int, ...], Fraction]
"""Numbers of factors, in order -> coefficient."""
RING = (ADD, SUBTRACT, NEGATIVE, MULTIPLY)
MOST_NODES = 40
MOST_TERMS = 24


def simpler(node: Node, named: Container[Node]) -> Node | None:
    """The same array with half the operations on named ones or less; None where there is no such form."""
    around: list[Node] = []
    while node.op is NEGATIVE or (node.op is MULTIPLY and node.shape and not node.args[0].shape):
        around.append(node)
        node = node.args[-1]
    found = _shorter(node, named)
    for outer in reversed(around):
        found = None if found is None else rebuild(outer, (*outer.args[:-1], found))
    return found


def _shorter(node: Node, named: Container[Node]) -> Node | None:
    def is_atom(n: Node) -> bool:
        return n is not node and (n in named or n.op not in RING)

    nodes = topological([node], stop=is_atom)
    if node.op not in RING or len(nodes) > MOST_NODES:
        return None
    atoms: dict[Node, int] = {}
    values: dict[Node, Polynomial] = {}
    for n in nodes:
        parts = None if is_atom(n) else [values[a] for a in n.args]
        value = _atom(n, named, atoms, node) if parts is None else _combined(n, parts)
        if value is None:
            return None
        values[n] = value
    result = _written(values[node], list(atoms))
    is_short = 2 * _length(result, atoms) <= _length(node, atoms)
    return result if is_short and result.shape == node.shape else None


def _atom(n: Node, named: Container[Node], atoms: dict[Node, int], whole: Node) -> Polynomial | None:
    """A number, an array as large as the whole, or 1 − σ(z) for σ(−z) where σ(z) has a name."""
    value = number(n)
    if value is not None:
        return {(): value} if value else {}
    if n.shape != whole.shape:
        return None
    if n not in named and n.op.name == "sigmoid" and n.args[0].op is NEGATIVE:
        opposite = rebuild(n, n.args[0].args)
        if opposite in named:
            return {(): Fraction(1), (atoms.setdefault(opposite, len(atoms)),): Fraction(-1)}
    return {(atoms.setdefault(n, len(atoms)),): Fraction(1)}


def _combined(n: Node, parts: list[Polynomial]) -> Polynomial | None:
    if n.op is not MULTIPLY:
        sign = 1 if n.op is ADD else -1
        last = [(m, sign * c) for m, c in parts[-1].items()]
        return _collected([*(parts[0].items() if len(parts) > 1 else ()), *last])
    a, b = parts
    if len(a) * len(b) > MOST_TERMS:
        return None
    return _collected((tuple(sorted((*s, *t))), c * d) for s, c in a.items() for t, d in b.items())


def _collected(terms: Iterable[tuple[tuple[int, ...], Fraction]]) -> Polynomial:
    found: Polynomial = {}
    for monomial, coefficient in terms:
        found[monomial] = found.get(monomial, Fraction(0)) + coefficient
    return {m: c for m, c in found.items() if c}


def _written(terms: Polynomial, atoms: list[Node]) -> Node:
    """Positive terms first; within a sign the longer ones first."""
    result: Node | None = None
    for monomial, coefficient in sorted(terms.items(), key=lambda t: (t[1] < 0, -len(t[0]), t[0])):
        size = abs(coefficient)
        term = None if size == 1 and monomial else as_node(size)
        for k in monomial:
            term = atoms[k] if term is None else multiply(term, atoms[k])
        assert term is not None
        if result is None:
            result = negative(term) if coefficient < 0 else term
        else:
            result = subtract(result, term) if coefficient < 0 else add(result, term)
    return as_node(0) if result is None else result


def _length(node: Node, atoms: Container[Node]) -> int:
    """How many operations stand in the formula, without what is inside atoms."""
    counts: dict[Node, int] = {}
    for n in topological([node], stop=lambda n: n in atoms):
        counts[n] = 0 if n in atoms else 1 + sum(counts[a] for a in n.args) if n.args else 0
    return counts[node]
