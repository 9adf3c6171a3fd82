"""The derivative of a composed loss in index form, by the product and chain rules alone.

dT[e]/dT[a] = Π δ(e_t, a_t); sums and products as everyone knows them.  Nothing here knows of
adjoints, of the graph, or of what an operation's gradient is.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from symbp.algebra.node import Node, topological
from symbp.evidence.algebra import Algebra
from symbp.evidence.entries import Translator, free_names
from symbp.evidence.facts import Facts
from symbp.evidence.index_bounds import index_ranges
from symbp.evidence.index_terms import Affine
from symbp.evidence.polynomials import (
    F1,
    Access,
    AtLeastZero,
    Atom,
    Base,
    Budget,
    Delta,
    Exp,
    Factor,
    Function,
    GivenUp,
    Letter,
    Poly,
    Step,
    Term,
    constant,
    fresh,
    monomial,
)
from symbp.evidence.prove import Proof

WORK = 300_000
LARGEST_LOSS = 40
"""Nodes of a loss beyond which its composed form is not tried."""


def proved_by_direct_form(outputs: Sequence[tuple[Node, Node | None]], by: Node, gradient: Node) -> Proof:
    """Whether a gradient equals the derivative of the composed Σ ⟨output, upstream⟩."""
    if len(topological([o for o, _ in outputs])) > LARGEST_LOSS:
        return Proof(False, (), ["the composed loss is too long"])
    known = Facts()
    indices, names = free_names(by.rank, by.shape)
    algebra = Algebra(names, known, Budget(WORK))
    nodes = [n for pair in outputs for n in pair if n is not None]
    translator = Translator(algebra, (), index_ranges([*nodes, gradient]))
    at = [Affine.of(0) if i.size.is_one else Affine.of(i) for i in indices]
    try:
        loss = _loss(translator, outputs)
        direct = derivative(loss, by, at, algebra)
        chain = translator.entry(gradient, at)
        holds = algebra.is_zero(algebra.add(chain, algebra.negate(direct)))
    except GivenUp as reason:
        return Proof(False, (), [str(reason)])
    return Proof(holds, tuple(known.used) if holds else (), ["the composed loss in index form"])


def _loss(translator: Translator, outputs: Sequence[tuple[Node, Node | None]]) -> Poly:
    algebra = translator.algebra
    parts: list[Poly] = []
    for output, upstream in outputs:
        indices, _ = free_names(output.rank, output.shape)
        at = [Affine.of(0) if i.size.is_one else Affine.of(i) for i in indices]
        value = translator.entry(output, at)
        weight = constant(1) if upstream is None else translator.entry(upstream, at)
        parts.append(algebra.total(algebra.multiply(value, weight), indices))
    return algebra.add(*parts)


def derivative(poly: Poly, by: Node, at: Sequence[Affine], algebra: Algebra) -> Poly:
    """∂ poly / ∂ by[at]."""
    terms: list[Term] = []
    for term in poly:
        for k, (atom, power) in enumerate(term.factors):
            inner = _atom_derivative(atom, by, at, algebra)
            if not inner:
                continue
            rest: tuple[Factor, ...] = term.factors[:k] + term.factors[k + 1 :]
            if power != 1:
                rest = (*rest, (atom, power - 1))
            for part in fresh(inner):
                coefficient = term.coefficient * power * part.coefficient
                terms.append(Term(coefficient, term.bound + part.bound, rest + part.factors))
    return algebra.collect(terms)


def _atom_derivative(atom: Atom, by: Node, at: Sequence[Affine], algebra: Algebra) -> Poly:
    match atom:
        case Access(node=node, at=places):
            if node is by:
                deltas = tuple((Delta(p - a), F1) for p, a in zip(places, at, strict=True))
                return (Term(F1, (), deltas),)
            if not node.is_leaf and by in topological([node]):
                raise GivenUp(f"{node.op.name} has no index form")
            return ()
        case Letter() | Step() | Delta() | AtLeastZero():
            return ()
        case Exp(exponent=poly):
            inner = derivative(poly, by, at, algebra)
            return _times_atom(inner, atom)
        case Base(poly=poly):
            return derivative(poly, by, at, algebra)
        case Function(name=name, arguments=arguments):
            return _function_derivative(name, arguments, by, at, algebra)
    raise TypeError(atom)


def _times_atom(poly: Poly, atom: Atom) -> Poly:
    return tuple(Term(t.coefficient, t.bound, (*t.factors, (atom, F1))) for t in poly)


def _function_derivative(
    name: str, arguments: tuple[Poly, ...], by: Node, at: Sequence[Affine], algebra: Algebra
) -> Poly:
    inner = [derivative(p, by, at, algebra) for p in arguments]
    if not any(inner):
        return ()
    x = arguments[0]
    match name:
        case "log":
            outer = _unnormalised_power(x, Fraction(-1))
        case "sin":
            outer = monomial(Function("cos", (x,)))
        case "cos":
            outer = algebra.negate(monomial(Function("sin", (x,))))
        case "arctan":
            outer = algebra.power(algebra.add(constant(1), algebra.multiply(x, x)), Fraction(-1))
        case "arcsin":
            inside = algebra.add(constant(1), algebra.negate(algebra.multiply(x, x)))
            outer = algebra.power(inside, Fraction(-1, 2))
        case "erf":
            bell = algebra.exp(algebra.negate(algebra.multiply(x, x)))
            scale = monomial(Letter("number pi"), Fraction(-1, 2))
            outer = algebra.scale(algebra.multiply(scale, bell), Fraction(2))
        case _:
            raise GivenUp(f"the derivative of {name} is not stated here")
    return tuple(
        Term(s.coefficient * t.coefficient, s.bound + t.bound, s.factors + t.factors)
        for s in fresh(outer)
        for t in inner[0]
    )


def _unnormalised_power(poly: Poly, exponent: Fraction) -> Poly:
    return monomial(Base(poly), exponent)
