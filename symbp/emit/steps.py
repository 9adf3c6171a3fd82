"""A derivation step by step: local derivatives, chain rule, substitution, laws, results.

Detail 1 is the results, 2 adds the chain rule of each step, 3 adds the derivatives of the
functions, every local derivative with its Kronecker deltas, and the substitution.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from symbp.algebra.node import Node, topological
from symbp.calculus.derivation import Derivation, Gradient, NamedAdjoint
from symbp.emit import formula
from symbp.emit.derivation_lines import derivation_document
from symbp.emit.document import Document, Line, Section
from symbp.emit.document_writer import Writer, shape_formula
from symbp.emit.factorization import Factorizer, LocalDerivative, dotted
from symbp.emit.formula import Formula
from symbp.emit.forward_lines import pending_recurrences, recurrence_lines
from symbp.emit.phrases import Phrases
from symbp.emit.printed import columns
from symbp.emit.recurrence import chain_over_time
from symbp.emit.scalar_steps import scalar_derivation
from symbp.emit.wording import worded
from symbp.lang.names import Name
from symbp.ops.registry import Elementwise
from symbp.ops.scan import PART

DETAILS = (1, 2, 3)


@dataclass(frozen=True)
class Step:
    """How one δ or one gradient is worked out."""

    key: str
    """The identifier of what the derivative is taken by."""
    symbol: Formula
    """δ₂, or ∂L/∂W₁ itself."""
    derivative: Formula
    """∂L/∂z₂."""
    chain: Formula | None
    """The chain rule as a product of named factors; None where the paths are too many to print."""
    factors: tuple[LocalDerivative, ...]
    substitution: tuple[Formula, ...]
    """The chain rule by entries: as a sum of products, then with the local derivatives put in."""
    index: tuple[Formula, Formula]
    """The result by entries."""
    matrix: Formula
    """The result in matrix notation."""
    name: str
    """The identifier of the result: dz2 for δ₂, W1 for ∂L/∂W₁."""
    shape: Formula
    laws: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.symbol.text} = {self.matrix.text}"


def derivation_steps(derivation: Derivation) -> tuple[Step, ...]:
    """One step for each δ and each short ∂L/∂q, from the loss backwards, then one for each gradient."""
    stepper = _Stepper(derivation)
    return tuple(stepper.step(f) for f in _found(derivation))


def _found(derivation: Derivation) -> list[NamedAdjoint | Gradient]:
    """What gets a step, in order."""
    place = {node: i for i, node in enumerate(topological(derivation.forward.roots))}
    between: list[NamedAdjoint | Gradient] = [*derivation.adjoints, *derivation.passing]
    between.sort(key=lambda f: -place[f.of])
    return [*between, *(g for g in derivation.results if not g.is_zero)]


class _Stepper:
    def __init__(self, derivation: Derivation) -> None:
        self.derivation = derivation
        self.factorizer = Factorizer(derivation, hidden=True)
        self.writer: Writer = self.factorizer.writer
        self.deltas = {a.of: a for a in derivation.adjoints}
        self.known = {*self.deltas, *(g.of for g in derivation.passing)}

    def step(self, found: NamedAdjoint | Gradient) -> Step:
        name = self.factorizer.named[found.of] if isinstance(found, NamedAdjoint) else found.name
        derivative = self.writer.derivative(name)
        symbol = formula.symbol(found.name) if isinstance(found, NamedAdjoint) else derivative
        routes = self.factorizer.routes(found.of, self.known)
        timed = chain_over_time(found.value, self.writer.names)
        chain = self._chain_over_time(name, *timed) if timed else self._chain(routes) if routes else None
        factors = {
            step: self.factorizer.local(*step)
            for route in (routes or () if timed is None else ())
            for step in itertools.pairwise(route)
        }
        substitution = self._substitution(found.of, routes[0]) if routes and len(routes) == 1 else ()
        return Step(
            name.ascii,
            symbol,
            derivative,
            chain,
            tuple(factors.values()),
            substitution,
            self._index(found, symbol),
            self.writer.value(found.value)
            if isinstance(found, Gradient)
            else self.writer.matrix(found.value),
            found.name.ascii,
            shape_formula(found.of.shape),
            self._laws(found.value),
        )

    # -- parts ----------------------------------------------------------------------------------

    def _upper(self, node: Node) -> Formula | None:
        """What a path begins with: ∂L/∂h as it is known already; nothing for the loss itself."""
        if node in self.known or self.derivation.program.loss is None:
            return self.writer.derivative(self.factorizer.named[node])
        return None

    def _chain(self, routes: list[list[Node]]) -> Formula:
        products = []
        for route in routes:
            factors = [self.factorizer.local(a, b).symbol for a, b in itertools.pairwise(route)]
            first = self._upper(route[0])
            products.append(dotted([first, *factors] if first is not None else factors))
        result = products[0]
        for product in products[1:]:
            result = formula.add(result, product)
        return result

    def _chain_over_time(self, by: Name, time: Formula, between: list[tuple[Name, Name]]) -> Formula:
        """Σ_t ∂L/∂z[t] · ∂z[t]/∂W, one product for each z that has W."""
        terms = [
            dotted([self.writer.derivative(z), formula.derivative(formula.symbol(z), formula.symbol(by))])
            for _, z in between
        ]
        total = terms[0]
        for term in terms[1:]:
            total = formula.add(total, term)
        return formula.big_sum([time], total)

    def _substitution(self, target: Node, route: list[Node]) -> tuple[Formula, ...]:
        """Σ δ[i,j] ∂z[i,j]/∂W[k,l], then with the values of the local derivatives."""
        if self._upper(route[0]) is None or not target.shape or any(node.op is PART for node in route):
            return ()
        notation = self.writer.notation().index()
        bottom = notation.free_indices(target)
        indices = [notation.free_indices(route[0])]
        notation.letters.release()
        indices += [*(notation.free_indices(node) for node in route[1:-1]), bottom]
        left, right = [self._start(route[0], indices[0])], [self._start(route[0], indices[0])]
        for (of, by), top, below in zip(itertools.pairwise(route), indices, indices[1:], strict=False):
            symbol, value = self.factorizer.entries_at(of, by, top, below, notation.letters)
            left.append(symbol)
            right.append(formula.fit(value, (formula.SCALED, formula.POWER)))
        bound = [i for level in indices[:-1] for i in level if not i.text.isdigit()]
        return tuple(
            formula.big_sum(bound, _spaced(parts)) if bound else _spaced(parts) for parts in (left, right)
        )

    def _start(self, node: Node, indices: list[Formula]) -> Formula:
        delta = self.deltas.get(node)
        if delta is not None:
            return formula.indexed(formula.symbol(delta.name), indices)
        name = self.factorizer.named[node]
        return formula.derivative(self.writer.loss, formula.indexed(formula.symbol(name), indices))

    def _index(self, found: NamedAdjoint | Gradient, symbol: Formula) -> tuple[Formula, Formula]:
        if isinstance(found, NamedAdjoint):
            return self.writer.entries(symbol, found.value)
        notation = self.writer.notation().index()
        indices = notation.free_indices(found.value)
        lower = formula.indexed(formula.symbol(found.name), indices)
        return formula.derivative(self.writer.loss, lower), notation.entry(found.value, indices)

    def _laws(self, value: Node) -> tuple[str, ...]:
        below = topological([value], stop=lambda n: n in self.writer.names and n is not value)
        trail = self.derivation.trail
        return tuple(dict.fromkeys(law for node in below for law in trail.get(node, ())))


def _spaced(parts: list[Formula]) -> Formula:
    result = parts[0]
    for part in parts[1:]:
        result = formula.scaled(result, part)
    return result


# -- the document -----------------------------------------------------------------------------------


def steps_document(
    derivation: Derivation, detail: int, phrases: Phrases, verdicts: Mapping[str, str] | None = None
) -> Document:
    """Model and forward pass, then each step, the update rule and the remarks."""
    plain = derivation_document(derivation, "matrix", phrases)
    if detail == 1:
        return plain
    opening = [s for s in plain.sections if s.kind in ("model", "forward")]
    functions = _function_sections(derivation, phrases) if detail == 3 else ()
    steps = _step_sections(derivation, detail, phrases, verdicts or {})
    zero = [
        line for s in plain.sections if s.kind == "gradients" for line in s.lines if line.right[0].text == "0"
    ]
    rest = [Section(worded(phrases["gradients"]), tuple(zero), "gradients")] if zero else []
    updates = tuple(_update_lines(derivation))
    update = [Section(worded(phrases["update"]), updates, "update")] if updates else []
    return Document(plain.title, (*opening, *functions, *steps, *rest, *update), plain.notes, derivation)


def _step_sections(
    derivation: Derivation, detail: int, phrases: Phrases, verdicts: Mapping[str, str]
) -> Iterable[Section]:
    """A section for each step, and for each backward recurrence before the first step that needs it."""
    writer, done = Writer(derivation), set[Node]()
    for found, step in zip(_found(derivation), derivation_steps(derivation), strict=True):
        for recurrence in pending_recurrences(writer, found.value, done):
            form = "both" if detail == 3 else "matrix"
            lines = tuple(recurrence_lines(writer, recurrence, form, phrases))
            yield Section(worded(phrases["backward recurrence"]), lines, "step")
        yield _step_section(step, detail, phrases, verdicts)


def _step_section(step: Step, detail: int, phrases: Phrases, verdicts: Mapping[str, str]) -> Section:
    lines: list[Line] = []
    if step.chain is not None and step.chain.text != step.derivative.text:
        lines.append(Line(step.derivative, (step.chain,), None, phrases["chain rule"], step.key))
    if detail == 3:
        short = [f for f in step.factors if _teaches(f, step)]
        lines += [Line(f.left, (f.right,), None, _survivors(f, phrases), step.key) for f in short]
        if step.substitution and columns(step.substitution[-1].text) <= LONGEST:
            lines.append(Line(step.index[0], step.substitution, None, phrases["substituted"], step.key))
        note = phrases["laws"].format(laws=", ".join(map(phrases.law, step.laws))) if step.laws else ""
        if step.shape.text != "1" and columns(step.index[1].text) <= LONGEST:
            lines.append(Line(step.index[0], (step.index[1],), None, note, step.key))
    lines.append(Line(step.symbol, (step.matrix,), step.shape, verdicts.get(step.key, ""), step.name))
    whole = step.symbol == step.derivative
    title = worded("{name}", name=step.symbol if whole else formula.equation(step.symbol, step.derivative))
    return Section(title, tuple(lines), "step")


def _teaches(factor: LocalDerivative, step: Step) -> bool:
    """Short enough to read, and not the result of the step itself."""
    same = (factor.left.text, factor.right.text) == (step.symbol.text, step.matrix.text)
    same = same or _numbered(factor.right.text) == _numbered(step.index[1].text)
    return not same and factor.left != factor.right and columns(factor.right.text) <= LONGEST


def _numbered(entry: str) -> str:
    """An entry with its indices numbered, so that X[i,j] and X[j,l] are the same."""
    order: dict[str, str] = {}
    return _INDICES.sub(
        lambda m: "[" + ",".join(order.setdefault(i, str(len(order))) for i in m.group(1).split(",")) + "]",
        entry,
    )


_INDICES = re.compile(r"\[([a-z](?:,[a-z])*)\]")


_DELTA = re.compile(r"δ\[(\w+),(\w+)\]")
LONGEST = 110
"""Longer entries teach nothing: the matrix form stands alone."""


def _survivors(factor: LocalDerivative, phrases: Phrases) -> str:
    """ "only i = k survives" for each Kronecker delta that stands in every term."""
    if " + " in factor.right.text or " − " in re.sub(r"\(1 − [^()]*\)", "", factor.right.text):
        return phrases["local derivative"]
    pairs = dict.fromkeys(f"{b} = {a}" for a, b in _DELTA.findall(factor.right.text))
    return phrases["survive"].format(pairs=", ".join(pairs)) if pairs else phrases["local derivative"]


def _function_sections(derivation: Derivation, phrases: Phrases) -> Iterable[Section]:
    """The derivatives of the functions that the model applies entry by entry."""
    names = [
        n.op.name
        for n in topological(derivation.forward.roots)
        if isinstance(n.op, Elementwise) and len(n.args) == 1
    ]
    for name in dict.fromkeys(names):
        found = scalar_derivation(name)
        if found is None:
            continue
        left = formula.atom(f"d/dx {found.symbol.text}", rf"\frac{{d}}{{dx}} {found.symbol.latex}")
        same = formula.atom("", "{}")
        lines = [Line(found.symbol, (found.definition,), None, phrases["definition"])]
        for number, step in enumerate(found.steps):
            lines.append(Line(left if number == 0 else same, (step.written,), None, phrases[step.rule]))
        yield Section(worded(phrases["derivative of"], name=found.symbol), tuple(lines), "function")


def _update_lines(derivation: Derivation) -> Iterable[Line]:
    writer = Writer(derivation)
    rate = formula.atom("η", r"\eta")
    for gradient in derivation.results:
        if gradient.is_zero or gradient.of not in derivation.program.parameter_nodes:
            continue
        name = formula.symbol(gradient.name)
        new = formula.subtract(name, formula.scaled(rate, writer.derivative(gradient.name)))
        yield Line(name, (new,), None, "", gradient.name.ascii, ("←", r"\leftarrow"))
