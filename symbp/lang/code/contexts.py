"""What frameworks with functions forward and backward offer to keep arrays from one to the other.

PyTorch's `ctx.save_for_backward` and `ctx.saved_tensors`, which many others have as well: on a context
that both functions are given, or on the object itself where its base class is not in the text.
"""

from __future__ import annotations

import ast
from functools import lru_cache

from symbp.lang.code.source import Source
from symbp.lang.code.values import Class, Function, Instance, Scope

TEXT = """class ctx:
    def save_for_backward(self, *arrays):
        self.saved_tensors = self.saved_values = self.saved_variables = arrays
"""


@lru_cache(maxsize=1)
def _keeping() -> dict[str, Function]:
    (written,) = ast.parse(TEXT).body
    assert isinstance(written, ast.ClassDef)
    source = Source.of(TEXT, "<context>")
    return {
        f.name: Function(f.name, f.args, list(f.body), Scope(), source, {})
        for f in written.body
        if isinstance(f, ast.FunctionDef)
    }


def context() -> Instance:
    """A new context, as forward and backward are given one."""
    return Instance(Class("ctx", (), dict(_keeping())))


def kept_by_base(kind: Class, name: str) -> Function | None:
    """A method of this kind that a base class outside of the text has."""
    unread = any(not isinstance(base, Class) for one in kind.lineage for base in one.bases)
    return _keeping().get(name) if unread else None
