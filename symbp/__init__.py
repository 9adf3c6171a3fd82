"""Backpropagation from equations: derived, checked, explained, and emitted as NumPy.

>>> import symbp
>>> d = symbp.derive("h = σ(Wx+b); L = Σ(y−h)²")
>>> list(d.gradients)
['W', 'b']
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from symbp.calculus.derivation import Derivation
    from symbp.errors import SymbpError
    from symbp.evidence.verdict import Report
    from symbp.lang.program import Program
    from symbp.pipeline import check, generate, hessian, hvp, verify
    from symbp.reading import derive, parse

__version__ = "0.1.0"

_HOME = {
    "parse": "symbp.reading",
    "derive": "symbp.reading",
    "check": "symbp.pipeline",
    "generate": "symbp.pipeline",
    "hessian": "symbp.pipeline",
    "hvp": "symbp.pipeline",
    "verify": "symbp.pipeline",
    "Program": "symbp.lang.program",
    "Derivation": "symbp.calculus.derivation",
    "Report": "symbp.evidence.verdict",
    "SymbpError": "symbp.errors",
}
"""Public name -> the module it lives in, imported at the first use: `symbp --help` needs none."""

__all__ = [
    "Derivation",
    "Program",
    "Report",
    "SymbpError",
    "__version__",
    "check",
    "derive",
    "generate",
    "hessian",
    "hvp",
    "parse",
    "verify",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'symbp' has no attribute '{name}'")
    value = getattr(importlib.import_module(_HOME[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOME})
