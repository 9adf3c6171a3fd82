"""Functions of Python's own modules on the values of interpreted code: copy, itertools, functools."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

from symbp.lang.code.arrays import Array
from symbp.lang.code.methods import as_list
from symbp.lang.code.operators import binary
from symbp.lang.code.source import NotReadError
from symbp.lang.code.values import (
    DEEPEST_LIST,
    LONGEST_LIST,
    Callback,
    Class,
    Defaulting,
    Instance,
    Partial,
)

LONGEST = 10_000


def shallow_copy(value: Any) -> Any:
    """copy.copy(value)."""
    match value:
        case Array():
            return Array(value.node)
        case Defaulting(factory=factory):
            return Defaulting(factory, value)
        case list() | dict():
            return value.copy()
        case Instance(kind=kind, attributes=attributes):
            return Instance(kind, dict(attributes))
    return value


def deep_copy(value: Any, known: dict[int, Any] | None = None, depth: int = 0) -> Any:
    """copy.deepcopy(value): objects that are reached twice stay one object."""
    known = {} if known is None else known
    if depth > DEEPEST_LIST:
        raise NotReadError("objects are nested too deeply to be copied")
    if id(value) in known:
        return known[id(value)]
    found: Any = tuple(deep_copy(v, known, depth + 1) for v in value) if isinstance(value, tuple) else value
    if isinstance(value, Array | list | dict | Instance):
        found = known[id(value)] = shallow_copy(value)
    if isinstance(value, list):
        found[:] = [deep_copy(v, known, depth + 1) for v in value]
    elif isinstance(value, dict):
        found.update({k: deep_copy(v, known, depth + 1) for k, v in value.items()})
    elif isinstance(value, Instance):
        found.attributes.update({k: deep_copy(v, known, depth + 1) for k, v in value.attributes.items()})
    return found


def _product(*lists: Any, repeat: int = 1) -> list[Any]:
    items = [as_list(v, LONGEST) for v in lists] * repeat
    count = 1
    for item in items:
        count *= len(item)
        if count > LONGEST_LIST:
            raise NotReadError(f"more than {LONGEST_LIST} items are not supported")
    return list(itertools.product(*items))


def _chain(*lists: Any) -> list[Any]:
    return [item for value in lists for item in as_list(value, LONGEST)]


def reduced(function: Any, items: Any, initial: list[Any], call: Callback) -> Any:
    """functools.reduce(function, items, *initial)."""
    listed = [*initial, *as_list(items, LONGEST)]
    if not listed:
        raise NotReadError("reduce needs an item")
    total = listed[0]
    for item in listed[1:]:
        total = call(function, [total, item], {})
    return total


def _named_tuple(name: Any, fields: Any, **named: Any) -> Class:
    """collections.namedtuple: a class whose objects are tuples with names."""
    listed = fields.replace(",", " ").split() if isinstance(fields, str) else as_list(fields, LONGEST)
    if named or not all(isinstance(f, str) for f in listed):
        raise NotReadError("namedtuple is read for a name and its fields")
    return Class(str(name), (), fields=tuple(listed), is_tuple=True)


def _field(*, default: Any = None, default_factory: Any = None, **named: Any) -> Any:
    """dataclasses.field: the default of a field, or what makes one for each object."""
    return default if default_factory is None else Defaulting(default_factory)


def _default_dict(factory: Any = None, *items: Any) -> dict[Any, Any]:
    return Defaulting(factory, *items) if factory is not None else dict(*items)


def _accumulated(items: Any) -> list[Any]:
    found: list[Any] = []
    for item in as_list(items, LONGEST):
        found.append(binary("+", found[-1], item) if found else item)
    return found


MODULE_TABLE: dict[str, Callable[..., Any]] = {
    "copy.copy": shallow_copy,
    "copy.deepcopy": deep_copy,
    "itertools.product": _product,
    "itertools.chain": _chain,
    "itertools.accumulate": _accumulated,
    "collections.OrderedDict": lambda items=(), **named: {**dict(items), **named},
    "collections.defaultdict": _default_dict,
    "collections.namedtuple": _named_tuple,
    "dataclasses.field": _field,
    "operator.add": lambda a, b: binary("+", a, b),
    "operator.sub": lambda a, b: binary("-", a, b),
    "operator.mul": lambda a, b: binary("*", a, b),
    "operator.matmul": lambda a, b: binary("@", a, b),
    "functools.partial": lambda function, *given, **named: Partial(function, list(given), named),
}
