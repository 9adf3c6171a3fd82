"""A derivation as sections of formulas: what every printed form has in common."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from symbp.algebra.node import Node, topological
from symbp.algebra.size import Size
from symbp.calculus.derivation import Derivation, Gradient, NamedAdjoint
from symbp.emit import formula
from symbp.emit.chains import ONES
from symbp.emit.formula import Formula, Words, worded
from symbp.emit.index_parts import Turned, named_transposes
from symbp.emit.letters import Letters, size_formula
from symbp.emit.matrix_notation import MatrixNotation
from symbp.emit.phrases import Phrases
from symbp.emit.recurrence import Recurrence, at_time, chain_over_time, scans, whole_part
from symbp.emit.simpler import simpler
from symbp.lang.names import Name
from symbp.lang.program import Program
from symbp.ops.scan import PART

FORMS = ("matrix", "index", "both")


EQUAL = ("=", "=")
MEMBER = (":", r"\in")


@dataclass(frozen=True)
class Line:
    """left = right[0] = right[1] …, with the shape and a remark beside it."""

    left: Formula
    right: tuple[Formula, ...]
    shape: Formula | None = None
    note: str = ""
    key: str = ""
    """The identifier that the line is about."""
    sign: tuple[str, str] = EQUAL


@dataclass(frozen=True)
class Section:
    title: Words
    lines: tuple[Line, ...]
    kind: str


@dataclass(frozen=True)
class Document:
    title: str
    sections: tuple[Section, ...]
    notes: tuple[Words, ...] = ()
    derivation: Derivation | None = None


def title(document: Document, phrases: Phrases) -> str:
    """The name of the model's file; where it has none, what the document is."""
    if document.title.startswith("<"):
        return phrases["derivation"]
    words = Path(document.title).stem.replace("_", " ")
    return words[:1].upper() + words[1:]


class Writer:
    """Formulas of one derivation: names, letters, and the symbol of the loss."""

    def __init__(self, derivation: Derivation) -> None:
        self.derivation = derivation
        self.names: dict[Node, Name] = {**derivation.program.names, **derivation.names}
        texts = {n.text for n in self.names.values()}
        self.recurrences = self._recurrences()
        self.letters = Letters(texts | set(derivation.program.size_letters), batch_size(derivation.program))
        self.letters.taken |= {r.body.letter for r in self.recurrences}
        loss = derivation.program.loss
        free = next(c for c in ("L", "ℓ", "J", "loss") if c not in texts)
        self.loss = (
            formula.symbol(loss.name) if loss is not None else formula.atom(free, _LOSS.get(free, free))
        )

    @cached_property
    def turned(self) -> Turned:
        return named_transposes(self.names)

    def notation(self, letters: Letters | None = None) -> MatrixNotation:
        """A notation with these letters, or with all that are free."""
        return MatrixNotation(self.names, letters or self.letters.copy(), self.turned)

    def _recurrences(self) -> list[Recurrence]:
        """All recurrences, forward and backward; what their steps are written with gets names."""
        derivation = self.derivation
        roots = [*derivation.program.roots, *derivation.forward.roots]
        roots += [a.value for a in derivation.adjoints] + [g.value for g in derivation.results]
        found = [Recurrence(node, self.names) for node in scans(roots)]
        for recurrence in found:
            for node, name in recurrence.all_names().items():
                self.names.setdefault(node, name)
        return found

    def matrix(self, node: Node) -> Formula:
        return self.notation().formula(node)

    def entries(self, name: Formula, node: Node) -> tuple[Formula, Formula]:
        return self.notation().entries(name, node)

    def value(self, node: Node) -> Formula:
        """A gradient: by its name where it is a name, else written out."""
        return formula.symbol(self.names[node]) if node in self.names else self.matrix(node)

    def derivative(self, name: Name) -> Formula:
        return formula.derivative(self.loss, formula.symbol(name))

    def line(self, left: Formula, node: Node, form: str, middle: Iterable[Formula] = ()) -> list[Line]:
        """The equation of a node in matrix notation, in index notation, or both."""
        lines = []
        between = tuple(middle)
        if form in ("matrix", "both"):
            right = [self.value(node) if between else self.matrix(node)]
            shorter = simpler(node, self.names) if between else None
            if shorter is not None:
                right.append(self.value(shorter))
            lines.append(Line(left, (*between, *right), shape_formula(node.shape)))
        if form == "index" or (form == "both" and node.shape):
            head, entry = self.entries(left, node)
            lines.append(Line(head, (entry,), None if form == "both" else shape_formula(node.shape)))
        return lines


_LOSS = {"ℓ": r"\ell", "loss": r"\mathrm{loss}"}


def batch_size(program: Program) -> Size | None:
    """The size of the leading axis of the data, where no parameter has it."""
    of_parameters = {s for v in program.parameters for s in v.shape}
    for variable in program.data:
        if len(variable.shape) > 1:
            size = variable.shape[0]
            return None if size in of_parameters or size.is_constant else size
    return None


def shape_formula(shape: Iterable[Size]) -> Formula:
    sizes = [formula.fit(size_formula(s), (formula.SCALED,)) for s in shape]
    if not sizes:
        return formula.atom("1", "1")
    return formula.atom(" × ".join(s.text for s in sizes), r" \times ".join(s.latex for s in sizes))


def derivation_document(derivation: Derivation, form: str, phrases: Phrases) -> Document:
    """Model, forward pass, adjoints and gradients."""
    writer = Writer(derivation)
    sections = (
        Section(worded(phrases["model"]), tuple(_model_lines(derivation, phrases)), "model"),
        Section(worded(phrases["forward"]), tuple(forward_lines(writer, form, phrases)), "forward"),
        Section(worded(phrases["backward"]), tuple(_adjoint_lines(writer, form, phrases)), "backward"),
        Section(worded(phrases["gradients"]), tuple(_gradient_lines(writer, form, phrases)), "gradients"),
    )
    kept = tuple(s for s in sections if s.lines)
    return Document(derivation.program.source, kept, tuple(_notes(writer, kept, phrases)), derivation)


# -- lines ----------------------------------------------------------------------------------------


def _model_lines(derivation: Derivation, phrases: Phrases) -> Iterable[Line]:
    """One line for each run of variables of one shape and role."""
    program = derivation.program
    groups = itertools.groupby(program.variables, lambda v: (v.shape, v.role, v.node.params[1]))
    for (shape, role, facts), run in groups:
        variables = list(run)
        if role == "const":
            for v in variables:
                value = formula.number(program.constants[v.name.ascii])
                yield Line(formula.symbol(v.name), (value,), None, phrases[role], v.name.ascii)
            continue
        words = ", ".join([phrases[role], *map(phrases.fact, facts)])
        left = formula.listed([formula.symbol(v.name) for v in variables])
        yield Line(left, (shape_formula(shape),), None, words, variables[0].name.ascii, MEMBER)


def forward_lines(writer: Writer, form: str, phrases: Phrases) -> Iterable[Line]:
    """The equations in order, each after the parts of it that got names."""
    derivation = writer.derivation
    place = {n: i for i, n in enumerate(topological([*derivation.forward.roots]))}
    hidden = sorted(derivation.hidden, key=lambda h: place.get(h.node, -1))
    stable = {e.name.ascii: e.node for e in derivation.forward.equations}
    shown = 0
    told: set[Node] = set()
    for equation in derivation.program.equations:
        node = stable[equation.name.ascii]
        while shown < len(hidden) and place.get(hidden[shown].node, -1) <= place[node]:
            yield from _keyed(
                writer.line(formula.symbol(hidden[shown].name), hidden[shown].node, form), hidden[shown].name
            )
            shown += 1
        left = formula.symbol(equation.name)
        if node.op is PART:
            yield from _step_lines(writer, node, told, form, phrases)
            continue
        if writer.names.get(equation.node) is not equation.name and equation.node in writer.names:
            yield Line(
                left,
                (formula.symbol(writer.names[equation.node]),),
                shape_formula(node.shape),
                "",
                equation.name.ascii,
            )
            continue
        lines = writer.line(left, equation.node, form)
        if node is not equation.node and form != "index":
            steady = writer.matrix(node)
            if steady.text != lines[0].right[0].text:
                lines[0] = Line(left, (*lines[0].right, steady), lines[0].shape)
        yield from _keyed(lines, equation.name)


def _step_lines(writer: Writer, node: Node, told: set[Node], form: str, phrases: Phrases) -> Iterable[Line]:
    """One equation of a recurrence: its start, parts of it with names that were not `told` yet, the step."""
    (number,) = node.params
    written = next(r for r in writer.recurrences if r.scan is node.args[0])
    backward = [r for r in writer.recurrences if r.body.derivative_of is node.args[0]]
    body, name = written.body, written.part_name(number)
    if number < len(body.states):
        start = writer.value(node.args[0].args[number])
        left = formula.symbol(at_time(name, written.first - written.onward))
        yield Line(left, (start,), shape_formula(body.states[number].shape), "", name.ascii)
    span = _span(phrases, written, written.first, written.last)
    values = set(body.values)
    inside = topological([body.values[number]], stop=lambda n: n in values and n is not body.values[number])
    hidden = {of: z for r in backward for of, z in r.hidden().items()}
    for part in inside:
        if part in hidden and part not in told:
            told.add(part)
            left = formula.symbol(at_time(hidden[part], written.now))
            yield from _keyed(_noted(writer.line(left, part, form), span), hidden[part])
    left = formula.symbol(at_time(name, written.now))
    yield from _keyed(_noted(writer.line(left, body.values[number], form), span), name)


def _span(phrases: Phrases, recurrence: Recurrence, first: Size, last: Size) -> str:
    """t = 1 … T."""
    ends = [str(size).replace(" ", "") for size in (first, last)]
    words = phrases["at time" if first == last else "time"]
    return words.format(letter=recurrence.body.letter, first=ends[0], last=ends[1])


def _noted(lines: list[Line], note: str) -> list[Line]:
    return [Line(i.left, i.right, i.shape, note, i.key, i.sign) for i in lines]


def recurrence_lines(writer: Writer, recurrence: Recurrence, form: str, phrases: Phrases) -> Iterable[Line]:
    """The backward recurrence: δ[t] from δ[t+1]."""
    for step in recurrence.lines():
        if step.beyond is not None:
            zero, shape = formula.number(0), shape_formula(step.value.shape)
            yield Line(formula.symbol(step.beyond), (zero,), shape, "", step.name.ascii)
        note = _span(phrases, recurrence, step.first, step.last)
        lines = writer.line(formula.symbol(step.name), step.value, form, [writer.derivative(step.of)])
        yield from _keyed(_noted(lines, note), step.name)


def pending_recurrences(writer: Writer, value: Node, done: set[Node]) -> Iterable[Recurrence]:
    """The backward recurrences that a formula needs and that were not written yet."""
    for node in scans([value]):
        if node not in done and node.params[0].derivative_of is not None:
            done.add(node)
            yield next(r for r in writer.recurrences if r.scan is node)


def _backward_steps(
    writer: Writer, value: Node, done: set[Node], form: str, phrases: Phrases
) -> Iterable[Line]:
    for recurrence in pending_recurrences(writer, value, done):
        yield from recurrence_lines(writer, recurrence, form, phrases)


def _keyed(lines: Iterable[Line], name: Name) -> Iterable[Line]:
    return [Line(i.left, i.right, i.shape, i.note, name.ascii, i.sign) for i in lines]


def _adjoint_lines(writer: Writer, form: str, phrases: Phrases) -> Iterable[Line]:
    program = writer.derivation.program
    for out, upstream in program.outputs:
        if upstream is not None:
            name = program.equation(out).name
            given = formula.symbol(program.variable(upstream).name)
            yield Line(
                writer.derivative(name),
                (given,),
                shape_formula(program.equation(out).node.shape),
                phrases["given"],
            )
    done: set[Node] = set()
    for adjoint in writer.derivation.adjoints:
        yield from _backward_steps(writer, adjoint.value, done, form, phrases)
        lines = writer.line(
            formula.symbol(adjoint.name), adjoint.value, form, [writer.derivative(writer.names[adjoint.of])]
        )
        first = lines[0]
        lines[0] = Line(first.left, first.right, first.shape, _fork_note(writer, adjoint, phrases))
        yield from _keyed(lines, adjoint.name)
    for gradient in writer.derivation.results:
        yield from _backward_steps(writer, gradient.value, done, form, phrases)


def _gradient_lines(writer: Writer, form: str, phrases: Phrases) -> Iterable[Line]:
    for gradient in writer.derivation.results:
        left = writer.derivative(gradient.name)
        if gradient.is_zero:
            zero = formula.number(0)
            note = phrases["no dependence"]
            yield Line(left, (zero,), shape_formula(gradient.of.shape), note, gradient.name.ascii)
            continue
        lines = _gradient_equation(writer, gradient, left, form)
        first = lines[0]
        note = "; ".join(
            filter(None, [_sum_note(writer, gradient, phrases), _fork_note(writer, gradient, phrases)])
        )
        lines[0] = Line(first.left, first.right, first.shape, note)
        yield from _keyed(lines, gradient.name)


def _gradient_equation(writer: Writer, gradient: Gradient, left: Formula, form: str) -> list[Line]:
    lines = []
    steps = whole_part(gradient.value, writer.names)
    if steps is not None and gradient.value not in writer.names:
        name = at_time(gradient.name, Size.letter(steps[0].text))
        return writer.line(writer.derivative(name), steps[1], form)
    if form in ("matrix", "both"):
        lines.append(Line(left, (writer.value(gradient.value),), shape_formula(gradient.of.shape)))
    if form == "index" or (form == "both" and gradient.of.shape):
        head, entry = writer.entries(left, gradient.value)
        under = formula.indexed(formula.symbol(gradient.name), _indices_of(writer, gradient.value))
        head = formula.derivative(writer.loss, under) if gradient.of.shape else left
        lines.append(Line(head, (entry,), None if form == "both" else shape_formula(gradient.of.shape)))
    return lines


def _indices_of(writer: Writer, node: Node) -> list[Formula]:
    return writer.notation().index().free_indices(node)


# -- remarks --------------------------------------------------------------------------------------


def _sum_note(writer: Writer, gradient: Gradient, phrases: Phrases) -> str:
    """ "sum over the batch" for 1ᵀ δ."""
    value = gradient.value
    if value.op.name != "contract" or len(value.args) != 1:
        return ""
    inputs, out, sizes = value.params
    summed = [sizes[i] for i in inputs[0] if i not in out]
    if not summed:
        return ""
    return phrases["sum over the batch"] if writer.letters.batch in summed else ""


def _fork_note(writer: Writer, found: NamedAdjoint | Gradient, phrases: Phrases) -> str:
    if len(found.terms) < 2:
        return ""
    return phrases["paths"].format(count=len(found.terms))


def _notes(writer: Writer, sections: Iterable[Section], phrases: Phrases) -> Iterable[Words]:
    text = "\n".join(r.text for s in sections for line in s.lines for r in line.right)
    yield worded(phrases["layout"])
    if "⊙" in text:
        yield worded(phrases["entrywise"], dot=formula.atom("⊙", r"\odot"))
    elif "²" in text or "(" in text:
        yield worded(phrases["entrywise functions"])
    if "1ᵀ" in text or " 1)" in text or text.endswith(" 1"):
        a = formula.atom("A", "A")
        rows = formula.matrix_product([formula.transposed(ONES), a])
        yield worded(phrases["ones"], one=ONES, A=a, rows=rows, columns=formula.matrix_product([a, ONES]))
    if "[i" in text and "0" in text:
        yield worded(phrases["from zero"])
    if "∂⁺" in text:
        yield worded(phrases["direct"], partial=formula.atom("∂⁺", r"\partial^{+}"))
    yield from _reuse_notes(writer, phrases)


def _reuse_notes(writer: Writer, phrases: Phrases) -> Iterable[Words]:
    """Which δ is used more than once."""
    derivation = writer.derivation
    users: dict[Node, list[Formula]] = {a.leaf: [] for a in derivation.adjoints}
    formulas = [(formula.symbol(a.name), a.value) for a in derivation.adjoints]
    begun = {r.scan: r.starts_with() for r in writer.recurrences if r.forward is not r.scan}
    formulas += [(formula.symbol(name), start) for scan, name in begun.items() for start in scan.args]
    formulas += [(writer.derivative(g.name), g.value) for g in derivation.results]
    for shown, value in formulas:
        for node in topological([value], stop=lambda n: n in writer.names or n in begun):
            if node in users and shown not in users[node]:
                users[node].append(shown)
    for adjoint in derivation.adjoints:
        used = users[adjoint.leaf]
        if len(used) > 1:
            yield worded(phrases["reused"], name=formula.symbol(adjoint.name), users=used)
    over_time: dict[Name, list[Formula]] = {}
    for gradient in derivation.results:
        _, steps = chain_over_time(gradient.value, writer.names) or (None, [])
        for delta, _ in steps:
            over_time.setdefault(delta, []).append(writer.derivative(gradient.name))
    for delta, used in over_time.items():
        if len(used) > 1:
            yield worded(phrases["reused"], name=formula.symbol(delta), users=used)
