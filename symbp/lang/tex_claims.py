"""Claims in LaTeX: ∂L/∂W = …, ∇_W L = …, with the steps that lead to them and chains of equals."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import reduce
from typing import Any

from symbp.algebra.node import Node, facts, leaf
from symbp.algebra.size import Size
from symbp.errors import ClaimError, ParseError, Place, ShapeError, SymbpError
from symbp.lang.evaluate import evaluate
from symbp.lang.labelled import Labelled
from symbp.lang.labelled_heads import filled
from symbp.lang.names import identifier
from symbp.lang.numpy_claim import Claimed, Step
from symbp.lang.program import Program
from symbp.lang.scope import Scope
from symbp.lang.syntax import Reference, walk
from symbp.lang.tex_case_values import in_case
from symbp.lang.tex_claim_values import ClaimValues
from symbp.lang.tex_derivatives import Derivative, factors
from symbp.lang.tex_document import read_document, span
from symbp.lang.tex_facts import fits
from symbp.lang.tex_labels import own_index
from symbp.lang.tex_model import in_order, parsed
from symbp.lang.tex_names import TexName
from symbp.lang.tex_scan import Part
from symbp.lang.tex_statement import TexStatement
from symbp.lang.tex_statements import TexDocument, read_statements
from symbp.lang.unknown import unknown_name
from symbp.lang.values import node_of
from symbp.ops.arithmetic import multiply
from symbp.ops.constant_arrays import is_zero, zeros_like

Failed = Callable[[TexStatement, SymbpError], None]


def latex_claims(text: str, program: Program, source: str = "<claims>") -> list[Claimed]:
    """All claims of a LaTeX text about a model.  SymbpError with its place.

    Equations whose names the model has are skipped, the other ones are steps on the way.  A chain of
    equals claims each of its parts; a product of derivatives is a claim about the path.

    >>> from symbp.lang.tex_read import read_latex
    >>> net = read_latex(r"z = W x \\\\ L = \\|z - y\\|^2")
    >>> text = r"\\delta = 2 (z - y), \\quad \\frac{\\partial L}{\\partial W} = \\delta x^\\top"
    >>> [(c.target, [s.name for s in c.steps]) for c in latex_claims(text, net)]
    [('W', ['δ', 'dW'])]
    """
    return [
        claim
        for _, found in ClaimReader(_document(text, program, source), program).listed()
        for claim in found
    ]


def _document(text: str, program: Program, source: str) -> TexDocument:
    return read_statements(text, source, known_names(program), True)


def known_names(program: Program) -> set[str]:
    """Identifiers that a model gives a meaning."""
    return {*program.nodes, *program.size_letters}


def latex_claim(target: str, text: str, program: Program) -> Claimed:
    """One claim: a formula for the gradient of `target`, or lines of which the last one gives it."""
    reader = ClaimReader(_document(text, program, f"claim of {target}"), program)
    found = [claim for _, listed in reader.listed() for claim in listed]
    if found:
        return found[-1]
    if not reader.steps:
        return reader.formula(identifier(target), text)
    return Claimed(identifier(target), reader.steps[-1].node, tuple(reader.steps), dict(reader.gradients))


class ClaimReader(ClaimValues):
    """Reads what the statements of a text claim of a model."""

    def __init__(self, document: TexDocument, program: Program) -> None:
        super().__init__(document, program)
        self.statements = [s for s in document.statements if self.matters(s)]
        self.beside = {s.name.key for s in self.statements if s.kind == "equation" and s.name}
        self.on_its_own = False
        """Whether ∂L/∂z is the true gradient in every line, also where a line before claims another."""

    def matters(self, s: TexStatement) -> bool:
        if s.kind in ("equation", "gradient"):
            return s.name is not None and s.name.key not in self.nodes
        return (
            s.kind in ("claim", "factorization") and s.derivative is not None and s.derivative.of is not None
        )

    def listed(self, failed: Failed | None = None) -> Iterator[tuple[TexStatement, list[Claimed]]]:
        """The statements in the order of computing, each with what it claims.

        A statement that cannot be read is an error, or is told to `failed` and left out.
        """
        kept = self.statements
        self.on_its_own = failed is not None
        if failed is not None:
            kept = [s for s in kept if self.tried(self.uses, s, failed) is not None]
        for statement in in_order(kept, self.sets, self.uses):
            found = self.claimed(statement) if failed is None else self.tried(self.claimed, statement, failed)
            yield statement, found or []

    def tried(self, read: Callable[[TexStatement], Any], statement: TexStatement, failed: Failed) -> Any:
        try:
            return read(statement)
        except SymbpError as error:
            failed(statement, error)
            return None

    def formula(self, target: str, text: str) -> Claimed:
        """A text that is nothing but a formula."""
        formulas, _ = read_document(text, f"claim of {target}")
        if len(formulas) != 1:
            place = Place(text, 1, 0, 1, f"claim of {target}")
            raise ParseError(
                f"one formula for the gradient of {target} is needed",
                place,
                hint="write one formula, and nothing beside it",
            )
        expression = parsed(formulas[0].lexemes, self.names, self.functions)
        place = formulas[0].place
        node = node_of(evaluate(expression, Scope(self.look_up(place), self.known, {})))
        self.steps.append(Step(f"d{target}", node, place))
        return Claimed(target, node, tuple(self.steps), dict(self.gradients))

    def sets(self, s: TexStatement) -> str | None:
        if s.kind in ("claim", "factorization"):
            values = [p for p in s.parts if factors(p, self.names) is None]
            return identifier(self.gradient_name(s)) if values else None
        return s.name.key if s.name else None

    def gradient_name(self, s: TexStatement) -> str:
        assert s.derivative is not None
        return s.derivative.spelled

    def uses(self, s: TexStatement) -> set[str]:
        pieces = [p for part in s.parts if self.is_value(part) for p in walk(self.syntax(part))]
        return {identifier(p.name) for p in pieces if isinstance(p, Reference)}

    def is_value(self, part: Part) -> bool:
        return factors(part, self.names) is None

    def claimed(self, s: TexStatement) -> list[Claimed]:
        """What one statement claims; a step claims nothing unless it names a gradient."""
        if s.kind in ("equation", "gradient") and s.name is not None:
            target = s.derivative.by if s.kind == "gradient" and s.derivative else None
            values = [p for p in s.parts if not (target and p is s.parts[0])]
            sides = values or s.parts
            found = [self.value_of(p, s.name) for p in sides]
            self.local[s.name.key] = found[0]
            self.steps.append(Step(s.name.spelled, found[0], s.place))
            if target is None or not values:
                return []
            return [self.claim(target, node, span(p)) for node, p in zip(found, sides, strict=True)]
        assert s.derivative is not None and s.derivative.by is not None
        by, given = s.derivative.by, self.given(s)
        listed = [c for part in s.parts for c in self.part_claims(part, s.derivative, by)]
        if s.name is not None and listed:
            true = self.gradient(s.derivative.spelled, s.place) if self.on_its_own else None
            self.local.setdefault(s.name.key, listed[0].node if true is None else true)
        if s.cases:
            sizes = self.sizes_round(s.derivative, by)
            listed = [in_case(c, s.cases, sizes, self.with_labels, self.nodes) for c in listed]
        return [replace(c, given=given) for c in listed] if given else listed

    def given(self, s: TexStatement) -> dict[Node, Node]:
        """Leaves with the facts that the text beside a claim states: "for symmetric A"."""
        found: dict[Node, list[str]] = {}
        for stated in self.facts:
            node = self.nodes.get(stated.key)
            if node is None or s.formula is None or not stated.holds_for(s.formula.prose):
                continue
            if node.is_leaf and stated.fact not in facts(node) and fits(stated.fact, node.shape):
                found.setdefault(node, list(facts(node))).append(stated.fact)
        return {n: leaf(n.name, n.shape, n.dtype, known) for n, known in found.items()}

    def sizes_round(self, derivative: Derivative, by: TexName) -> dict[str, Size]:
        """The sizes of the indices of a derivative, in the order of the axes that a claim about it has."""
        of = derivative.of
        above = self.sizes_of(of.indices, of) if of is not None and of.indices else {}
        return above | (self.sizes_of(by.indices, by) if by.indices else {})

    def part_claims(self, part: Part, derivative: Derivative, by: TexName) -> list[Claimed]:
        self.check_target(by)
        if derivative.again is not None:
            return [self.second_claim(part, derivative, by, derivative.again)]
        of = self.local_name(derivative)
        path = factors(part, self.names)
        if path is not None:
            way = self.path(path, by)
            return [Claimed(by.key, self.nodes[by.key], (), path=way, of=of, place=span(part))]
        if of:
            return [self.local_claim(part, derivative, by)]
        if any(index in self.names.given for index in by.indices):
            return [self.claim_of_given(part, by)]
        try:
            node = self.value_of(part, by)
        except ShapeError as error:
            return [Claimed(by.key, self.nodes[by.key], (), misfit=error, place=error.place)]
        if not self.on_its_own:
            self.local.setdefault(identifier(derivative.spelled), node)
        self.steps.append(Step(f"d{by.key}", node, span(part)))
        return [self.claim(by, node, span(part))]

    def claim_of_given(self, part: Part, by: TexName) -> Claimed:
        """∂L/∂z_y = …: what all entries would be, where the vector that y stands for is 1."""
        given = [index for index in by.indices if index in self.names.given]
        indices = tuple(own_index(x) if x in given else x for x in by.indices)
        sizes = self.sizes_of(indices, by)
        node = self.with_labels(part, sizes)
        where = [filled(Labelled(self.nodes[identifier(x)], (own_index(x),)), sizes) for x in given]
        claim = self.claim(by, node, span(part))
        return replace(claim, where=reduce(multiply, where), case=f"at {', '.join(given)}")

    def local_name(self, derivative: Derivative) -> str:
        """What is differentiated, where that is a name of the model and not what the model is for.

        ClaimError for what the text sets beside the model: its gradient is not that of the loss.
        """
        of = derivative.of
        if of is None or of.key in self.outputs:
            return ""
        if of.key in self.nodes:
            return of.key
        if of.key in self.beside:
            outputs = ", ".join(sorted(self.outputs))
            reason = f"{of.latex} is no part of the model that gives {outputs}"
            raise ClaimError(reason, of.place, hint="verify each model with its claims on its own")
        return ""

    def second_claim(self, part: Part, derivative: Derivative, by: TexName, again: TexName) -> Claimed:
        """∂²L/∂w∂v = …: a matrix with a row for each entry of w, or entries with the indices of both."""
        self.check_target(again)
        of = derivative.of.key if derivative.of and derivative.of.key in self.nodes else self.loss(part)
        place, gradients, node = span(part), dict(self.gradients), self.nodes[by.key]
        sizes: dict[str, Size] = {}
        if by.indices or again.indices:
            sizes = self.sizes_of(by.indices, by) | self.sizes_of(again.indices, again)
        try:
            node = self.with_labels(part, sizes)
        except ShapeError as error:
            return Claimed(by.key, node, (), of=of, again=again.key, misfit=error, place=error.place)
        indices = (by.indices, again.indices)
        return Claimed(by.key, node, tuple(self.steps), gradients, (), of, indices, place, again.key)

    def loss(self, part: Part) -> str:
        """The only output of the model.  ClaimError where it has none, or several."""
        if len(self.outputs) != 1:
            reason = "what is differentiated twice here is no name of the model"
            known = ", ".join(n.text for n in self.program.names.values())
            raise ClaimError(reason, span(part), hint=f"its names are {known}")
        return next(iter(self.outputs))

    def local_claim(self, part: Part, derivative: Derivative, by: TexName) -> Claimed:
        """∂h/∂z = …, entry by entry where both have indices."""
        assert derivative.of is not None
        indices = derivative.of.indices, by.indices
        sizes: dict[str, Size] = {}
        if any(indices):
            sizes = self.sizes_of(indices[0], derivative.of) | self.sizes_of(indices[1], by)
        labels = tuple(dict.fromkeys(indices[0] + indices[1]))
        node = self.with_labels(part, {label: sizes[label] for label in labels})
        steps = (*self.steps, Step(None, node, span(part)))
        claimed = Claimed(by.key, node, steps, dict(self.gradients), (), derivative.of.key, indices)
        return replace(claimed, place=span(part))

    def claim(self, by: TexName, node: Node, place: Place) -> Claimed:
        self.check_target(by)
        if not node.shape and is_zero(node):
            node = zeros_like(self.nodes[by.key])
        assumed = tuple(f"{said}, which the text does not say" for said in self.stacked.values())
        gradients = dict(self.gradients)
        return Claimed(by.key, node, tuple(self.steps), gradients, place=place, assumed=assumed)

    def check_target(self, by: TexName) -> None:
        if by.key not in self.nodes:
            raise unknown_name(by.spelled, by.place, [n.text for n in self.program.names.values()])

    def path(self, listed: Sequence[Derivative], by: TexName) -> tuple[str, ...]:
        """The names that a product of derivatives goes through."""
        names = [listed[0].of, *(d.by for d in listed)]
        for name, following in zip(names[1:], listed[1:], strict=False):
            if following.of is None or name is None or not self.same(following.of, name):
                reason = f"{following.place.snippet} does not go on where the factor before it ends"
                raise ClaimError(
                    reason,
                    following.place,
                    hint="each factor begins with what the one before it is differentiated by",
                )
        if names[-1] is None or names[-1].key != by.key:
            raise ClaimError(
                f"the product does not end at {by.latex}",
                listed[-1].place,
                hint=f"let the last factor be a derivative by {by.latex}",
            )
        return tuple(n.key for n in names if n is not None)
