"""What is remarked below a derivation: sums over samples, values that several equations use."""

from __future__ import annotations

from collections.abc import Iterable

from symbp.algebra.node import Node, topological
from symbp.calculus.derivation import Gradient, NamedAdjoint
from symbp.emit import formula
from symbp.emit.chains import ONES
from symbp.emit.document import Section
from symbp.emit.document_writer import Writer
from symbp.emit.formula import Formula
from symbp.emit.phrases import Phrases
from symbp.emit.recurrence import chain_over_time
from symbp.emit.wording import Words, worded
from symbp.lang.names import Name


def sum_note(writer: Writer, gradient: Gradient, phrases: Phrases) -> str:
    """ "sum over the batch" for 1ᵀ δ."""
    value = gradient.value
    if value.op.name != "contract" or len(value.args) != 1:
        return ""
    inputs, out, sizes = value.params
    summed = [sizes[i] for i in inputs[0] if i not in out]
    if not summed:
        return ""
    return phrases["sum over the batch"] if writer.letters.batch in summed else ""


def fork_note(writer: Writer, found: NamedAdjoint | Gradient, phrases: Phrases) -> str:
    if len(found.terms) < 2:
        return ""
    return phrases["paths"].format(count=len(found.terms))


def remarks(writer: Writer, sections: Iterable[Section], phrases: Phrases) -> Iterable[Words]:
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
