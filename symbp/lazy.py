"""Modules that are loaded at their first use: a command pays only for what it asks for.

SymPy takes longer to import than a network takes to derive, and most commands never show a SymPy
object.  This is the standard library's LazyLoader; the import still stands at the top of a file.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
from types import ModuleType


def lazy_module(name: str) -> ModuleType:
    """The module of this name, executed when an attribute of it is first looked at.

    ModuleNotFoundError at once where there is none.
    """
    if name in sys.modules:
        return sys.modules[name]
    spec = importlib.util.find_spec(name)
    if spec is None or spec.loader is None:
        raise ModuleNotFoundError(f"no module named {name!r}", name=name)
    spec.loader = importlib.util.LazyLoader(spec.loader)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def optional_module(name: str) -> ModuleType | None:
    """The module of this name, loaded; None where it is not installed."""
    return importlib.import_module(name) if importlib.util.find_spec(name) is not None else None
