"""Functions of Python's own modules on the values of interpreted code: copy, itertools, functools."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

from symbp.lang.code.arrays import Array
from symbp.lang.code.methods import as_list
from symbp.lang.code.source import NotReadError
from symbp.lang.code.values import DEEPEST_LIST, LONGEST_LIST, Callback, Instance, Partial

LONGEST = 10_000


def shallow_copy(value: Any) -> Any:
    """copy.copy(value)."""
    match value:
        case Array():
            return Array(value.node)
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


MODULE_TABLE: dict[str, Callable[..., Any]] = {
    "copy.copy": shallow_copy,
    "copy.deepcopy": deep_copy,
    "itertools.product": _product,
    "itertools.chain": _chain,
    "functools.partial": lambda function, *given, **named: Partial(function, list(given), named),
}
