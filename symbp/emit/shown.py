"""A derivation that shows itself: in a notebook, as LaTeX, as text."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from functools import cached_property

from symbp.calculus.derivation import Derivation
from symbp.emit.derivation_page import render_derivation, render_equations, render_fragment
from symbp.emit.graph import graph_svg
from symbp.emit.steps import Step, derivation_steps
from symbp.errors import SymbpError


@dataclass(frozen=True, repr=False)
class ShownDerivation(Derivation):
    """What `symbp.derive` returns: a Derivation with ways to print it.

    >>> from symbp import derive
    >>> derive("L = ‖y − W x‖²")
    <Derivation of L by W>
    """

    def __repr__(self) -> str:
        of = ", ".join(name for name, _ in self.program.outputs)
        return f"<Derivation of {of} by {', '.join(g.name.text for g in self.results)}>"

    def __str__(self) -> str:
        return self.text()

    @cached_property
    def steps(self) -> tuple[Step, ...]:
        """How each δ and each gradient is worked out, from the loss backwards."""
        return derivation_steps(self)

    def text(self, form: str = "matrix") -> str:
        """As `symbp derive` prints it; `form` is matrix, index or both.

        >>> from symbp import derive
        >>> print(derive("L = ‖y − W x‖²").text().split("\\n\\n")[2])
        Gradients
          ∂L/∂W = 2 (W x − y) xᵀ    n_y × n_x
        """
        return render_derivation(self, form)

    def latex(self, form: str = "matrix") -> str:
        """Aligned blocks to paste into a paper."""
        return render_derivation(self, form, "latex")

    def markdown(self, form: str = "matrix") -> str:
        """A page of Markdown with formulas in LaTeX."""
        return render_derivation(self, form, "markdown")

    def _repr_markdown_(self) -> str:
        return self.markdown()

    def _repr_html_(self) -> str | None:
        """MathML, where latex2mathml is installed; a notebook takes another form where it is not."""
        try:
            return render_fragment(self)
        except SymbpError:
            return None

    def _repr_svg_(self) -> str:
        return graph_svg(self)

    def _repr_latex_(self) -> str:
        return render_equations(self)


def shown(derivation: Derivation) -> ShownDerivation:
    """The same derivation, able to print itself."""
    if isinstance(derivation, ShownDerivation):
        return derivation
    fields = {f.name: getattr(derivation, f.name) for f in dataclasses.fields(derivation)}
    return ShownDerivation(**fields)
