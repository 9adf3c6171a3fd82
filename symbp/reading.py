"""Text in, derivation out: what every command needs, and nothing more."""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, TypeAlias

from symbp.calculus.derivation import Derivation, derive_program
from symbp.emit.shown import ShownDerivation, shown
from symbp.errors import UnsupportedError
from symbp.lang.program import Program
from symbp.lang.tex_commands import looks_like_latex
from symbp.lazy import lazy_module
from symbp.uncollected import uncollected

if TYPE_CHECKING:
    from symbp.lang.sympy_model import SympyModel

sympy_model = lazy_module("symbp.lang.sympy_model")

READERS = {
    "equations": ("symbp.lang.read", "read_equations"),
    "latex": ("symbp.lang.tex_read", "read_latex"),
    "numpy": ("symbp.lang.numpy_source", "read_numpy"),
}
"""Language -> the function that reads it, loaded when a text in it comes."""
_CODE = re.compile(r"^\s*(?:def|class|import|from|for|if|while|return)\b[^=]*$", re.M)
"""A line that stands in Python code only."""
_DOCUMENT = re.compile(r"\\begin\{|\$\$|\\\[|\\frac|\$[^$\n]*\\")
"""What stands in LaTeX only."""
Model: TypeAlias = "str | SympyModel | Program | Derivation"


def parse(text: str | SympyModel, language: str = "auto", source: str = "<text>", **keywords: Any) -> Program:
    """A model from its text (docs/language.md), in equations, LaTeX or NumPy code.

    A model may also be made of SymPy's own objects, as {name: expression} or as the loss alone.
    `language` is equations, latex, numpy or auto; `source` is what errors call the text.  The
    keywords say what the text leaves open: `shapes` ({"W": "d, k"}), `params` (names), `loss` (a name),
    `outputs` ({name: upstream gradient}), `assume` ({"T": "onehot"}), `constants`, `sizes`.
    SymbpError, with its place, for what cannot be used.

    >>> parse("L = Σ (y − W x)²", params=["W"])
    <Program of L with y, W, x>
    >>> program = parse("y = np.tanh(x @ W); L = y.sum()", "numpy", shapes={"x": "n, d", "W": "d, k"})
    >>> program.loss.rhs
    sum(y)
    """
    if not isinstance(text, str):
        built: Program = sympy_model.from_sympy_model(text, **keywords)
        return built
    if language == "auto":
        language = language_of(text)
    if language not in READERS:
        raise UnsupportedError(f"models in {language} cannot be read", hint="write equations: L = Σ (y − ŷ)²")
    program: Program = _function(*READERS[language])(text, source, **keywords)
    if program.equalities:
        _function("symbp.evidence.chains", "refuse_unequal")(program)
    return program


def _function(module: str, name: str) -> Any:
    """A function of a module that is loaded now."""
    return getattr(importlib.import_module(module), name)


def language_of(text: str) -> str:
    """What a text is written in: Python where a line is code, LaTeX where it has commands or $."""
    if _CODE.search(text) and not _DOCUMENT.search(text):
        return "numpy"
    return "latex" if looks_like_latex(text) else "equations"


@uncollected
def derive(model: Model, wrt: Iterable[str] | None = None, **keywords: Any) -> ShownDerivation:
    """The gradients of all parameters, or of the names in `wrt` (inputs and intermediates, too).

    The keywords are those of `parse`.  Each gradient has the shape of what it is taken by.
    SymbpError for a model that cannot be used; ClaimError for a name without a gradient.

    >>> d = derive("h = σ(Wx+b); L = Σ(y−h)²")
    >>> list(d.gradients)
    ['W', 'b']
    """
    if isinstance(model, Derivation):
        return shown(model if wrt is None else derive_program(model.program, wrt))
    program = model if isinstance(model, Program) else parse(model, **keywords)
    return shown(derive_program(program, wrt))
