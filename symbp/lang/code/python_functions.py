"""Python's own functions on the values of interpreted code: range, len, zip, int, max, …"""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np

from symbp.algebra.node import Node, number
from symbp.algebra.size import Size
from symbp.lang.code.arrays import Array
from symbp.lang.code.dtypes import is_kind_of
from symbp.lang.code.methods import as_list
from symbp.lang.code.operators import binary, compare, describe, truth
from symbp.lang.code.python_modules import MODULE_TABLE, reduced
from symbp.lang.code.source import NotReadError
from symbp.lang.code.texts import text_of
from symbp.lang.code.values import (
    Builtin,
    Callback,
    Class,
    Infinite,
    Instance,
    Opaque,
    bounded,
    plain,
    size_of,
)
from symbp.lang.values import is_static, node_of, static
from symbp.ops.compare import maximum, minimum
from symbp.ops.structure.integer_arrays import ARANGE, arange

LONGEST_LOOP = 10_000
IGNORED = {"print", "exit", "quit", "display"}


class Generated(list[Any]):
    """What a generator expression yields."""


def call_python(name: str, arguments: list[Any], named: dict[str, Any], call: Callback) -> Any:
    """The result of Python's function `name`; NotImplemented where it is not one of these."""
    if name in IGNORED:
        return None
    if name in TABLE:
        return bounded(TABLE[name](*arguments, **named))
    if name == "functools.reduce":
        return reduced(arguments[0], arguments[1], arguments[2:], call)
    if name in ("map", "filter", "sorted"):
        return _with_function(name, arguments, named, call)
    return NotImplemented


def _range(*bounds: Any) -> Any:
    """A range; over an open size the array of its numbers, which is an index but no loop."""
    known = [static(plain(b)) for b in bounds]
    ends = [size_of(b) if isinstance(b, Size) else b for b in known]
    if not ends or not all(isinstance(b, int | Size) for b in ends) or (len(ends) == 3 and ends[2] == 0):
        raise NotReadError("range needs known integers")
    if any(isinstance(b, Size) for b in ends):
        return Array(arange(*ends))
    numbers = [e for e in ends if isinstance(e, int)]
    result = range(*numbers)
    if max(abs(e) for e in numbers) > 10**9 or len(result) > LONGEST_LOOP:
        raise NotReadError(f"a loop over more than {LONGEST_LOOP} items is not read")
    return result


def _list(items: Any = ()) -> Any:
    if isinstance(items, Array) and items.node.op is ARANGE and not items.shape[0].is_constant:
        return items
    return as_list(items, LONGEST_LOOP)


def _len(value: Any) -> Any:
    if isinstance(value, Array):
        if value.rank == 0:
            raise NotReadError("a number has no length")
        return size_of(value.shape[0])
    if isinstance(value, list | tuple | dict | str | range):
        return len(value)
    raise NotReadError(f"{describe(value)} has no length")


def _int(value: Any = 0) -> Any:
    if isinstance(value, Opaque):
        return value
    value = static(plain(value))
    if isinstance(value, int | Size):
        return size_of(value) if isinstance(value, Size) else int(value)
    if isinstance(value, Fraction):
        return int(value)
    if isinstance(value, str) and value.strip().lstrip("+-").isdigit() and len(value) < 1000:
        return int(value)
    if isinstance(value, Node):
        return _int_of_node(value)
    raise NotReadError(f"int of {describe(value)} is not known beforehand")


def _int_of_node(value: Node) -> Any:
    exact = number(value)
    if exact is not None:
        return int(exact)
    if value.op.name == "sqrt" and (inside := number(value.args[0])) is not None and inside >= 0:
        return math.isqrt(int(inside))
    if value.dtype in ("int", "bool"):
        return Array(value)
    raise NotReadError("int of a number that depends on the sizes or on the data is not known beforehand")


def _float(value: Any = 0) -> Any:
    if isinstance(value, Array | Opaque | Infinite):
        return value
    if isinstance(value, str):
        word = value.strip().lower()
        if word.lstrip("+-") in ("inf", "infinity"):
            return Infinite(-1 if word.startswith("-") else 1)
        if word.lstrip("+-") == "nan":
            raise NotReadError(f"{value} is no number that equations can hold")
        return Fraction(value) if len(value) < 50 and "e" not in value.lower() else _int(value)
    return Fraction(value) if isinstance(value, int) else value


def _sum(items: Any, start: Any = 0) -> Any:
    total = start
    for item in as_list(items, LONGEST_LOOP):
        is_first = isinstance(total, int) and total == 0
        is_mask = isinstance(item, Array) and item.node.dtype == "bool"
        if is_first and not is_mask:
            total = Array(item.node) if isinstance(item, Array) else item
        else:
            total = binary("+", total, item)
    return total


def _extreme(name: str) -> Callable[..., Any]:
    sign, node_function = (">", maximum) if name == "max" else ("<", minimum)

    def extreme(*given: Any, **named: Any) -> Any:
        items = as_list(given[0], LONGEST_LOOP) if len(given) == 1 else list(given)
        if named.get("key") is not None or not items:
            raise NotReadError(f"{name} needs numbers")
        best = items[0]
        for item in items[1:]:
            if isinstance(best, Array) or isinstance(item, Array):
                best = Array(node_function(node_of(plain(best)), node_of(plain(item))))
            elif truth(compare(sign, item, best)):
                best = item
        return best

    return extreme


def _abs(value: Any) -> Any:
    if is_static(value) and not isinstance(value, Size):
        return abs(value)
    return value if isinstance(value, Size) else NotImplemented


def _round(value: Any, digits: int = 0) -> Any:
    if isinstance(value, int | Fraction):
        return round(value, digits) if digits else round(value)
    raise NotReadError("round of an array carries no gradient and is not read")


def _isinstance(value: Any, kinds: Any) -> bool:
    listed = kinds if isinstance(kinds, tuple) else (kinds,)
    return any(_is_of(value, kind) for kind in listed)


def _is_of(value: Any, kind: Any) -> bool:
    if isinstance(kind, Class):
        return isinstance(value, Instance) and kind in value.kind.lineage
    name = kind.name if isinstance(kind, Builtin) else getattr(kind, "text", "")
    types: dict[str, Any] = {
        "int": int | Size, "integer": int | Size, "float": Fraction, "floating": Fraction,
        "number": int | Fraction | Size, "str": str, "list": list, "tuple": tuple, "dict": dict,
        "bool": bool, "ndarray": Array,
    }  # fmt: skip
    if name not in types:
        raise NotReadError(f"whether this is of type {name or describe(kind)} is not known")
    if name == "ndarray" and isinstance(value, Array):
        return value.rank > 0
    if name in ("float", "floating", "number") and isinstance(value, Array):
        return value.rank == 0
    return isinstance(value, types[name]) and not (
        isinstance(value, bool) and name in ("int", "integer", "number")
    )


def _issubclass(kind: Any, base: Any) -> bool:
    if isinstance(kind, Class) and isinstance(base, Class):
        return base in kind.lineage
    if isinstance(kind, Opaque):
        return is_kind_of(kind, base)
    raise NotReadError("issubclass is read for classes of the text and for dtypes")


def _zip(*lists: Any, strict: bool = False) -> list[Any]:
    return list(zip(*(as_list(v, LONGEST_LOOP) for v in lists), strict=strict))


def _distinct(items: Any) -> list[Any]:
    """A set, as the list of its items."""
    listed = as_list(items, LONGEST_LOOP)
    if not all(isinstance(item, int | str | tuple | Instance) for item in listed):
        raise NotReadError("a set is read for numbers and texts only")
    return list(dict.fromkeys(listed))


def _next(items: Any, *default: Any) -> Any:
    if not isinstance(items, Generated):
        raise NotReadError("next is read for generators only")
    if not items and default:
        return default[0]
    if not items:
        raise NotReadError("the generator has ended")
    return items.pop(0)


def _reversed(items: Any) -> list[Any]:
    return as_list(items, LONGEST_LOOP)[::-1]


def _hasattr(value: Any, name: str) -> bool:
    if isinstance(value, Class):
        return any(name in kind.attributes for kind in value.lineage)
    if isinstance(value, Array):
        return hasattr(np.ndarray, name)
    if value is None or isinstance(value, int | str | list | tuple | dict):
        return hasattr(type(value), name)
    if not isinstance(value, Instance):
        raise NotReadError("hasattr is read for the attributes of objects only")
    return name in value.attributes or any(name in kind.attributes for kind in value.kind.lineage)


def _setattr(value: Any, name: str, new: Any) -> None:
    if name.startswith("__") or not isinstance(value, Instance):
        raise NotReadError("setattr is read for the attributes of objects only")
    value.attributes[name] = new


def _type(value: Any) -> Any:
    """The class of an object; of other values the name that a type has in the text."""
    if isinstance(value, Instance):
        return value.kind
    if isinstance(value, Array):
        return Opaque("ndarray") if value.rank else Builtin("float")
    names = {Fraction: "float", Size: "int"}
    name = names.get(type(value), type(value).__name__)
    return Builtin(name) if name in TABLE else Opaque(name)


def _with_function(name: str, arguments: list[Any], named: dict[str, Any], call: Callback) -> list[Any]:
    if name == "sorted":
        items = as_list(arguments[0], LONGEST_LOOP)
        key = named.get("key")
        keys = [call(key, [item], {}) if key is not None else item for item in items]
        if not all(isinstance(k, int | Fraction | str) for k in keys):
            raise NotReadError("sorted needs numbers or texts")
        order = sorted(range(len(items)), key=lambda k: keys[k], reverse=truth(named.get("reverse", False)))
        return [items[k] for k in order]
    function, *lists = arguments
    rows = zip(*(as_list(v, LONGEST_LOOP) for v in lists), strict=False)
    if name == "map":
        return [call(function, list(row), {}) for row in rows]
    return [
        row[0] for row in rows if truth(call(function, list(row), {}) if function is not None else row[0])
    ]


TABLE: dict[str, Callable[..., Any]] = {
    **MODULE_TABLE,
    "range": _range,
    "xrange": _range,
    "len": _len,
    "int": _int,
    "float": _float,
    "bool": lambda value=False: truth(value),
    "str": lambda value="": text_of(value),
    "list": _list,
    "tuple": lambda items=(): tuple(as_list(items, LONGEST_LOOP)),
    "set": lambda items=(): _distinct(items),
    "dict": lambda items=(), **named: {**dict(items), **named},
    "enumerate": lambda items, start=0: list(enumerate(as_list(items, LONGEST_LOOP), start)),
    "zip": _zip,
    "reversed": _reversed,
    "iter": lambda items: Generated(as_list(items, LONGEST_LOOP)),
    "next": _next,
    "sum": _sum,
    "max": _extreme("max"),
    "min": _extreme("min"),
    "abs": _abs,
    "round": _round,
    "any": lambda items: any(truth(i) for i in as_list(items, LONGEST_LOOP)),
    "all": lambda items: all(truth(i) for i in as_list(items, LONGEST_LOOP)),
    "isinstance": _isinstance,
    "issubclass": _issubclass,
    "hasattr": _hasattr,
    "setattr": _setattr,
    "type": _type,
    "slice": lambda *ends: slice(*ends),
    "divmod": lambda a, b: (binary("//", a, b), binary("%", a, b)),
    "callable": lambda value: (
        not isinstance(value, Array | int | Fraction | str | list | tuple | dict | None.__class__)
    ),
}
NAMES = frozenset(TABLE) | IGNORED | {"map", "filter", "sorted", "getattr", "functools.reduce"}
