"""A second derivative as one line: ∂²L/∂z∂z = diag(p) − p pᵀ."""

from __future__ import annotations

import json
from collections.abc import Mapping

from symbp.algebra.node import Node
from symbp.calculus.second import SecondDerivative
from symbp.emit.letters import Letters
from symbp.emit.matrix_notation import MatrixNotation
from symbp.lang.names import Name


def render_second(found: SecondDerivative, loss: Name, by: Name, format: str) -> str:
    """The Hessian of the loss by one array, in text, LaTeX, Markdown or JSON."""
    names: Mapping[Node, Name] = {n: name for n, name in found.names.items() if n is not found.node}
    formula = MatrixNotation(names, Letters(name.text for name in names.values())).formula(found.node)
    head = rf"\frac{{\partial^2 {loss.latex}}}{{\partial {by.latex} \partial {by.latex}}}"
    if format == "latex":
        return rf"\[ {head} = {formula.latex} \]" + "\n"
    if format == "markdown":
        return f"$$\n{head} = {formula.latex}\n$$\n"
    if format == "json":
        record = {"loss": loss.ascii, "by": by.ascii, "text": formula.text, "latex": formula.latex}
        return json.dumps(record, ensure_ascii=False, indent=2) + "\n"
    shape = " × ".join(map(str, found.node.shape))
    return f"∂²{loss}/∂{by}∂{by} = {formula.text}    {shape}\n"
