"""A gradient in one formula over the names that the author of the model gave."""

from __future__ import annotations

from symbp.algebra.node import topological
from symbp.calculus.derivation import Derivation
from symbp.emit.document_writer import Writer
from symbp.emit.index_parts import named_transposes
from symbp.emit.matrix_notation import MatrixNotation
from symbp.laws.tidier import Tidier
from symbp.ops.scan import SCAN

LONGEST = 100
"""Characters of a formula that is read at a glance."""


def on_paper(derivation: Derivation, name: str) -> str | None:
    """∂L/∂W = 2 (W x − y) xᵀ, by identifier; None where it is long, or goes through a recurrence.

    KeyError where nothing is differentiated by that name.

    >>> from symbp import derive
    >>> on_paper(derive("h = σ(W x); L = ‖y − h‖²"), "W")
    '∂L/∂W = 2 ((h − y) ⊙ h ⊙ (1 − h)) xᵀ'
    """
    node = Tidier(set(topological(derivation.forward.roots)))(derivation.full(name))
    if any(n.op is SCAN for n in topological([node])):
        return None
    writer, names = Writer(derivation), derivation.program.names
    notation = MatrixNotation(names, writer.letters.copy(), named_transposes(names))
    text = f"{writer.derivative(derivation.gradient(name).name).text} = {notation.formula(node).text}"
    return text if len(text) <= LONGEST else None
