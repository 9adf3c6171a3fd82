"""Canonical texts of atoms, terms and polynomials: the same exactly where they differ by names.

Terms that differ by renaming bound indices get one text: each connected component by colour
refinement with individualisation (McKay 1981).  A text lists the sizes of the bound indices and
all factors with the bound indices numbered, so two terms with one text are the same up to
renaming whatever the refinement did; a bad one costs time, or misses an equality, never soundness.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from symbp.algebra.node import Node
from symbp.algebra.size import Size
from symbp.evidence.index_terms import Affine, Digit, IndexAtom, Ix
from symbp.evidence.polynomials import (
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
    split_components,
)

MOST_BRANCHES = 400
"""Orders of bound indices that are tried for one canonical text."""


class Writer:
    """Canonical texts of atoms, terms and polynomials.

    `names` give the texts of free indices.  Nodes and sizes are written by numbers that this
    writer hands out, so a text says nothing outside its own comparison.
    """

    def __init__(self, symmetric: Callable[[Node], bool], budget: Budget) -> None:
        self._symmetric = symmetric
        self._budget = budget
        self._nodes: dict[Node, int] = {}
        self._branches = 0
        self._cache: dict[tuple[Any, ...], str] = {}
        self._kept: list[Atom] = []
        """Atoms whose id is a key of the cache: they must not be freed before it."""

    def node(self, node: Node) -> str:
        return f"t{self._nodes.setdefault(node, len(self._nodes))}"

    def affine(self, affine: Affine, names: Mapping[Ix, str]) -> str:
        if affine.single is not None:
            return self.index(affine.single, names)
        parts = []
        for atom, coefficient in affine.terms:
            text = self.index(atom, names)
            parts.append(text if coefficient.is_one else f"({coefficient}){text}")
        parts.sort()
        if affine.const.terms or not parts:
            parts.append(f"{{{affine.const}}}")
        return "+".join(parts)

    def index(self, atom: IndexAtom, names: Mapping[Ix, str]) -> str:
        if isinstance(atom, Ix):
            return names.get(atom) or f"?{atom.serial}"
        if isinstance(atom, Digit):
            return f"digit({self.affine(atom.value, names)};{atom.stride};{atom.size})"
        return f"{self.node(atom.node)}[{','.join(self.affine(p, names) for p in atom.at)}]"

    def atom(self, atom: Atom, names: Mapping[Ix, str]) -> str:
        match atom:
            case Access(node=node, at=at):
                places = [self.affine(p, names) for p in at]
                if len(places) == 2 and self._symmetric(node):
                    places.sort()
                return f"{self.node(node)}[{','.join(places)}]"
            case Letter(name=name):
                return f"#{{{name}}}"
        used = atom.indices
        relevant = tuple(sorted((i.serial, names[i]) for i in used if i in names))
        key = (id(atom), relevant)
        if key not in self._cache:
            self._cache[key] = self._compound(atom, names)
            self._kept.append(atom)
        return self._cache[key]

    def _compound(self, atom: Atom, names: Mapping[Ix, str]) -> str:
        match atom:
            case Exp(exponent=poly):
                return f"exp({self.poly(poly, names)})"
            case Base(poly=poly):
                return f"({self.poly(poly, names)})"
            case Step(poly=poly):
                return f"step({self.poly(poly, names)})"
            case Function(name=name, arguments=arguments):
                return f"{name}({';'.join(self.poly(p, names) for p in arguments)})"
            case Delta(affine=affine):
                both = sorted((self.affine(affine, names), self.affine(affine.times(Size.of(-1)), names)))
                return f"delta({both[0]})"
            case AtLeastZero(affine=affine):
                return f"atleast0({self.affine(affine, names)})"
        raise TypeError(atom)

    def factor(self, factor: Factor, names: Mapping[Ix, str]) -> str:
        atom, exponent = factor
        text = self.atom(atom, names)
        return text if exponent == 1 else f"{text}^{exponent}"

    def poly(self, poly: Poly, names: Mapping[Ix, str]) -> str:
        return "+".join(sorted(f"{t.coefficient}*{self.term(t, names)}" for t in poly)) or "0"

    def term(self, term: Term, names: Mapping[Ix, str]) -> str:
        """The text of a term without its coefficient."""
        self._budget.spend(len(term.factors))
        if not term.bound:
            return "*".join(sorted(self.factor(f, names) for f in term.factors)) or "1"
        free, components = split_components(term)
        texts = [self.factor(f, names) for f in free]
        texts += [self.component(bound, factors, names) for bound, factors in components]
        return "*".join(sorted(texts)) or "1"

    def component(self, bound: list[Ix], factors: list[Factor], names: Mapping[Ix, str]) -> str:
        """The text of one connected sum: the least over the orders that refinement leaves open."""
        colours = {i: str(i.size) for i in bound}
        inside = {i: [f for f in factors if i in f[0].indices] for i in bound}
        self._branches = 0
        best = self._individualise(bound, factors, inside, dict(names), colours)
        return f"sum{{{best}}}"

    def _refine(
        self,
        bound: list[Ix],
        inside: Mapping[Ix, list[Factor]],
        names: dict[Ix, str],
        colours: dict[Ix, str],
    ) -> dict[Ix, str]:
        seen_at_once = sum(len(factors) for factors in inside.values())
        while True:
            self._budget.spend(seen_at_once)
            coloured = {**names, **{i: f"<{c}>" for i, c in colours.items()}}
            texts = {}
            for i in bound:
                seen = {**coloured, i: "*"}
                texts[i] = colours[i] + "|" + "|".join(sorted(self.factor(f, seen) for f in inside[i]))
            ranks = {text: f"{k:03d}" for k, text in enumerate(sorted(set(texts.values())))}
            new = {i: ranks[texts[i]] for i in bound}
            if len(ranks) in (len(bound), len(set(colours.values()))):
                return new
            colours = new

    def _individualise(
        self,
        bound: list[Ix],
        factors: list[Factor],
        inside: Mapping[Ix, list[Factor]],
        names: dict[Ix, str],
        colours: dict[Ix, str],
    ) -> str:
        refined = (
            self._refine(bound, inside, names, colours) if len(bound) > 1 else dict.fromkeys(bound, "000")
        )
        classes: dict[str, list[Ix]] = {}
        for i in bound:
            classes.setdefault(refined[i], []).append(i)
        open_class = next((classes[c] for c in sorted(classes) if len(classes[c]) > 1), None)
        if open_class is None:
            order = sorted(bound, key=lambda i: refined[i])
            depth = _depth(factors, names)
            inner = {**names, **{i: f"b{depth + k}" for k, i in enumerate(order)}}
            sizes = ",".join(str(i.size) for i in order)
            return f"{sizes}:" + "*".join(sorted(self.factor(f, inner) for f in factors))
        self._branches += len(open_class)
        if self._branches > MOST_BRANCHES:
            raise GivenUp("too symmetric a sum")
        return min(
            self._individualise(bound, factors, inside, names, {**refined, i: refined[i] + "!"})
            for i in open_class
        )


def _depth(factors: list[Factor], names: Mapping[Ix, str]) -> int:
    """The first number for bound indices that no index around these factors has."""
    used: set[Ix] = set()
    for atom, _ in factors:
        used |= atom.indices
    return max((int(names[i][1:]) + 1 for i in used if names.get(i, "")[:1] == "b"), default=0)
