"""A derivation as lines: the model, the adjoints and the gradients."""

from __future__ import annotations

from collections.abc import Iterable

from symbp.algebra.node import Node
from symbp.algebra.size import Size
from symbp.calculus.derivation import Derivation, Gradient
from symbp.emit import formula
from symbp.emit.document import Document, Line, Section, keyed
from symbp.emit.document_writer import Writer, shape_formula
from symbp.emit.formula import Formula
from symbp.emit.forward_lines import forward_lines, model_lines, pending_recurrences, recurrence_lines
from symbp.emit.phrases import Phrases
from symbp.emit.recurrence import at_time, whole_part
from symbp.emit.remarks import fork_note, remarks, sum_note
from symbp.emit.wording import worded


def derivation_document(derivation: Derivation, form: str, phrases: Phrases) -> Document:
    """Model, forward pass, adjoints and gradients."""
    writer = Writer(derivation)
    sections = (
        Section(worded(phrases["model"]), tuple(model_lines(derivation, phrases)), "model"),
        Section(worded(phrases["forward"]), tuple(forward_lines(writer, form, phrases)), "forward"),
        Section(worded(phrases["backward"]), tuple(_adjoint_lines(writer, form, phrases)), "backward"),
        Section(worded(phrases["gradients"]), tuple(_gradient_lines(writer, form, phrases)), "gradients"),
    )
    kept = tuple(s for s in sections if s.lines)
    return Document(derivation.program.source, kept, tuple(remarks(writer, kept, phrases)), derivation)


def _backward_steps(
    writer: Writer, value: Node, done: set[Node], form: str, phrases: Phrases
) -> Iterable[Line]:
    for recurrence in pending_recurrences(writer, value, done):
        yield from recurrence_lines(writer, recurrence, form, phrases)


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
        lines[0] = Line(first.left, first.right, first.shape, fork_note(writer, adjoint, phrases))
        yield from keyed(lines, adjoint.name)
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
            filter(None, [sum_note(writer, gradient, phrases), fork_note(writer, gradient, phrases)])
        )
        lines[0] = Line(first.left, first.right, first.shape, note)
        yield from keyed(lines, gradient.name)


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
