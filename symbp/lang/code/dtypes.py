"""NumPy's dtypes: of an array only whether it holds truth values, integers or other numbers is known."""

from __future__ import annotations

from typing import Any

from symbp.algebra.node import Node
from symbp.lang.code.source import NotReadError
from symbp.lang.code.values import Builtin, Opaque

NAMES = {"bool": "bool_", "int": "int64", "real": "float64"}
KINDS = {
    "integer": "int", "signedinteger": "int", "floating": "float", "inexact": "float", "number": "intfloat",
    "bool_": "bool", "generic": "intfloatbool",
}  # fmt: skip
LETTERS = {"b": "bool", "i": "int", "u": "int", "f": "float"}


def dtype_of(node: Node) -> Opaque:
    """The dtype of an array."""
    return Opaque(NAMES.get(node.dtype, "float64"))


def kind_of(dtype: Any) -> str:
    """int, float or bool.  NotReadError where it is neither."""
    name = dtype.text if isinstance(dtype, Opaque) else getattr(dtype, "name", dtype)
    bare = str(name).removeprefix("u").rstrip("0123456789_")
    if bare in ("double", "single", "half"):
        return "float"
    if bare not in ("int", "float", "bool"):
        raise NotReadError(f"what {name} is as a dtype is not known")
    return bare


def is_kind_of(dtype: Any, base: Any) -> bool:
    """np.issubdtype: whether a dtype is one of a kind (np.integer, np.floating, int, …)."""
    name = base.text if isinstance(base, Opaque) else base.name if isinstance(base, Builtin) else str(base)
    return kind_of(dtype) in (KINDS[name] if name in KINDS else kind_of(base))


def dtype_attribute(dtype: Opaque, name: str) -> Any:
    """dtype.type, dtype.kind, dtype.name; None where it is no dtype, or has no such attribute."""
    if dtype.text not in NAMES.values():
        return None
    if name == "type":
        return dtype
    if name == "kind":
        return next(letter for letter, kind in LETTERS.items() if kind == kind_of(dtype))
    return dtype.text.rstrip("_") if name == "name" else None
