"""The formulas of a derivation, in matrix notation, index notation or both."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property

from symbp.algebra.node import Node
from symbp.algebra.size import Size
from symbp.calculus.derivation import Derivation
from symbp.emit import formula
from symbp.emit.document import Line
from symbp.emit.formula import Formula
from symbp.emit.index_parts import Turned, named_transposes
from symbp.emit.letters import Letters, size_formula
from symbp.emit.matrix_notation import MatrixNotation
from symbp.emit.recurrence import Recurrence, scans
from symbp.emit.simpler import simpler
from symbp.lang.names import Name
from symbp.lang.program import Program


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
