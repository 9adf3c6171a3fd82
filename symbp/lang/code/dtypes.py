"""NumPy's dtypes: of an array only whether it holds truth values, integers or other numbers is known."""

from __future__ import annotations

from typing import Any

from symbp.algebra.node import Node
from symbp.lang.code.arrays import Array
from symbp.lang.code.source import NotReadError
from symbp.lang.code.values import Builtin, Opaque, plain
from symbp.lang.values import static
from symbp.ops.arithmetic import multiply
from symbp.ops.compare import not_equal
from symbp.ops.ufuncs import trunc

NAMES = {"bool": "bool_", "int": "int64", "real": "float64"}
KINDS = {
    "integer": "int", "signedinteger": "int", "floating": "float", "inexact": "float", "number": "intfloat",
    "bool_": "bool", "generic": "intfloatbool",
}  # fmt: skip
CREATING = {
    "zeros", "ones", "full", "empty", "zeros_like", "ones_like", "full_like", "empty_like", "array",
    "asarray", "asanyarray", "ascontiguousarray", "copy", "eye", "identity", "arange",
}  # fmt: skip
"""Functions that make arrays, whose dtype may be given."""
LETTERS = {"b": "bool", "i": "int", "u": "int", "f": "float"}


def dtype_of(array: Array) -> Opaque:
    """The dtype of an array."""
    return Opaque(NAMES.get(array.dtype, "float64"))


def cast(node: Node, dtype: str) -> Node:
    """Numbers as an array of a dtype holds them: cut off where it holds integers, else compared with 0."""
    if dtype == "bool" and node.dtype != "bool":
        return not_equal(node, 0)
    if dtype == "int" and node.dtype == "real":
        return trunc(node)
    return multiply(node, 1) if dtype != "bool" and node.dtype == "bool" else node


def written(array: Array, node: Node) -> Node:
    """A value as it is written into an array."""
    return node if array.dtype == "real" else cast(node, array.dtype)


def created(name: str, arguments: list[Any], dtype: Any) -> str:
    """What the array that a function makes holds: "real", "int" or "bool"; "" where that is not known."""
    if name not in CREATING:
        return ""
    if dtype is not None:
        return held_by(dtype)
    if name in ("zeros_like", "ones_like", "empty_like", "full_like") and arguments:
        return arguments[0].dtype if isinstance(arguments[0], Array) else ""
    if name == "full" and len(arguments) > 1:
        return _of_value(arguments[1])
    return ""


def held_by(dtype: Any, array: Array | None = None) -> str:
    """What an array of a dtype holds; where the dtype is not known, what the array held before."""
    try:
        kind = kind_of(dtype)
    except NotReadError:
        return array.dtype if array is not None else ""
    return "real" if kind == "float" else kind


def _of_value(value: Any) -> str:
    """What NumPy makes of one value."""
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, Array):
        return value.dtype
    return "int" if isinstance(static(plain(value)), int) else "real"


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
