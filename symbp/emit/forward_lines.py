"""The lines of a derivation that say what the model is."""

from __future__ import annotations

import itertools
from collections.abc import Iterable

from symbp.algebra.node import Node, topological
from symbp.algebra.size import Size
from symbp.calculus.derivation import Derivation
from symbp.emit import formula
from symbp.emit.document import MEMBER, Line, keyed, noted
from symbp.emit.document_writer import Writer, shape_formula
from symbp.emit.phrases import Phrases
from symbp.emit.recurrence import Recurrence, at_time, scans
from symbp.ops.scan import PART


def model_lines(derivation: Derivation, phrases: Phrases) -> Iterable[Line]:
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
            yield from keyed(
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
        yield from keyed(lines, equation.name)


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
            yield from keyed(noted(writer.line(left, part, form), span), hidden[part])
    left = formula.symbol(at_time(name, written.now))
    yield from keyed(noted(writer.line(left, body.values[number], form), span), name)


def _span(phrases: Phrases, recurrence: Recurrence, first: Size, last: Size) -> str:
    """t = 1 … T."""
    ends = [str(size).replace(" ", "") for size in (first, last)]
    words = phrases["at time" if first == last else "time"]
    return words.format(letter=recurrence.body.letter, first=ends[0], last=ends[1])


def recurrence_lines(writer: Writer, recurrence: Recurrence, form: str, phrases: Phrases) -> Iterable[Line]:
    """The backward recurrence: δ[t] from δ[t+1]."""
    for step in recurrence.lines():
        if step.beyond is not None:
            zero, shape = formula.number(0), shape_formula(step.value.shape)
            yield Line(formula.symbol(step.beyond), (zero,), shape, "", step.name.ascii)
        note = _span(phrases, recurrence, step.first, step.last)
        lines = writer.line(formula.symbol(step.name), step.value, form, [writer.derivative(step.of)])
        yield from keyed(noted(lines, note), step.name)


def pending_recurrences(writer: Writer, value: Node, done: set[Node]) -> Iterable[Recurrence]:
    """The backward recurrences that a formula needs and that were not written yet."""
    for node in scans([value]):
        if node not in done and node.params[0].derivative_of is not None:
            done.add(node)
            yield next(r for r in writer.recurrences if r.scan is node)
