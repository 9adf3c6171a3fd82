"""The whole story in one screen: text in; gradients, evidence, explanations and code out."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from symbp.calculus.derivation import Derivation, derive_program
from symbp.lang.program import Program
from symbp.lang.read import read_equations

Model = str | Program | Derivation


def parse(text: str, language: str = "auto", source: str = "<text>", **keywords: Any) -> Program:
    """Read a model (INTERFACE: parse); the keywords say what the text leaves open.

    Raises SymbpError with the place of what cannot be used.
    """
    return read_equations(text, source, **keywords)


def derive(model: Model, wrt: Iterable[str] | None = None, **keywords: Any) -> Derivation:
    """The gradients of all parameters, or of the names in `wrt`.

    >>> d = derive("h = σ(Wx+b); L = Σ(y−h)²")
    >>> list(d.gradients)
    ['W', 'b']
    """
    if isinstance(model, Derivation):
        return model if wrt is None else derive_program(model.program, wrt)
    program = model if isinstance(model, Program) else parse(model, **keywords)
    return derive_program(program, wrt)
