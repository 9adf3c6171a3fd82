"""Attributes and methods of arrays, lists, dicts and texts."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

from symbp.algebra.size import Size, product
from symbp.lang.code.arrays import Array
from symbp.lang.code.dtypes import cast, dtype_attribute, dtype_of, held_by, kind_of, written
from symbp.lang.code.items import fit, get_item
from symbp.lang.code.masked import over_mask
from symbp.lang.code.operators import compare, describe, truth
from symbp.lang.code.source import NotReadError
from symbp.lang.code.texts import filled_in
from symbp.lang.code.values import Class, Instance, Masked, Opaque, ValueMethod, bounded, plain, size_of
from symbp.lang.code.views import shape_view, transposed_view
from symbp.lang.values import node_of
from symbp.ops.catalogue import entry_count
from symbp.ops.structure.reshaping import reshape

NodeCall = Callable[[str, list[Any], dict[str, Any]], Any]
"""A function of the language by its name, on plain values."""


def value_attribute(value: Any, name: str) -> Any:
    """value.name for what is no object of the text.  OperandError where there is none."""
    if isinstance(value, Array):
        match name:
            case "T":
                return transposed_view(value, tuple(reversed(range(value.rank))))
            case "shape":
                return tuple(size_of(s) for s in value.shape)
            case "ndim":
                return value.rank
            case "size":
                return entry_count(value.node)
            case "strides":
                return tuple(size_of(product(value.shape[k + 1 :])) for k in range(value.rank))
            case "itemsize":
                return 1
            case "dtype":
                return dtype_of(value)
            case "real":
                return value
        return ValueMethod(value, name)
    if isinstance(value, int | Fraction | Size) and name in ("astype", "item", "copy"):
        return ValueMethod(value, name)
    if isinstance(value, Opaque) and (found := dtype_attribute(value, name)) is not None:
        return found
    if isinstance(value, list | tuple | dict | str | Masked | Opaque):
        return ValueMethod(value, name)
    raise NotReadError(f"{describe(value)} has no .{name}")


def call_method(value: Any, name: str, arguments: list[Any], named: dict[str, Any], call: NodeCall) -> Any:
    """value.name(arguments)."""
    match value:
        case Array():
            return _array_method(value, name, arguments, named, call)
        case list():
            return _list_method(value, name, arguments)
        case tuple():
            return (
                _list_method(list(value), name, arguments)
                if name in ("index", "count")
                else _none(value, name)
            )
        case dict():
            return _dict_method(value, name, arguments, named)
        case str():
            return _text_method(value, name, arguments, named)
        case Masked() if name in ("sum", "mean"):
            return Array(over_mask(name, value, arguments, named))
        case int() | Fraction() | Size():
            return value if not isinstance(value, Fraction) else _cast_number(value, name, arguments)
        case Class():
            return list(value.subclasses)
        case Opaque():
            return Opaque(f"{value.text}.{name}")
    return _none(value, name)


def _none(value: Any, name: str) -> Any:
    raise NotReadError(f"{describe(value)} has no method {name}")


# -- arrays -------------------------------------------------------------------------------------


def _array_method(
    array: Array, name: str, arguments: list[Any], named: dict[str, Any], call: NodeCall
) -> Any:
    match name:
        case "copy" | "flatten" | "conj":
            flat = shape_view(array, "ravel", arguments, named) if name == "flatten" else array
            return Array(flat.node, array.dtype)
        case "astype":
            held = held_by(named.get("dtype", arguments[0] if arguments else None), array)
            return Array(cast(array.node, held), held)
        case "reshape" | "ravel" | "squeeze" | "transpose" | "swapaxes" | "view":
            return shape_view(array, name, arguments, named)
        case "fill":
            array.assign(written(array, fit(node_of(plain(arguments[0])), array.shape)))
            return None
        case "item" if arguments:
            key = arguments[0] if len(arguments) == 1 and isinstance(arguments[0], tuple) else arguments
            at = shape_view(array, "ravel", [], {}) if len(key) == 1 < array.rank else array
            return get_item(at, tuple(key))
        case "item" if array.rank == 0 or all(s.is_one for s in array.shape):
            return Array(reshape(array.node, ()))
        case "tolist":
            return array
    return call(name, [array, *arguments], named)


def _cast_number(value: Fraction, name: str, arguments: list[Any]) -> Any:
    """A known number, cut off where it becomes an integer."""
    if name != "astype" or not arguments:
        return value
    return int(value) if kind_of(arguments[0]) == "int" else value


# -- lists, dicts, texts ------------------------------------------------------------------------


def _list_method(items: list[Any], name: str, arguments: list[Any]) -> Any:
    match name, arguments:
        case "append", [item]:
            items.append(item)
            return bounded(items) and None
        case "extend", [more]:
            items.extend(more)
            return bounded(items) and None
        case "insert", [int() as at, item]:
            items.insert(at, item)
            return bounded(items) and None
        case "pop", [] | [int()]:
            if not items:
                raise NotReadError("pop from an empty list")
            return items.pop(*arguments)
        case "reverse", []:
            items.reverse()
            return None
        case "clear", []:
            items.clear()
            return None
        case "copy", []:
            return list(items)
        case "count", [wanted]:
            return sum(truth(compare("==", item, wanted)) for item in items)
        case "index", [wanted]:
            for at, item in enumerate(items):
                if item is wanted or truth(compare("==", item, wanted)):
                    return at
            raise NotReadError(f"{describe(wanted)} is not in the list")
    raise NotReadError(f"a list has no method {name} with these arguments")


def _dict_method(items: dict[Any, Any], name: str, arguments: list[Any], named: dict[str, Any]) -> Any:
    match name, arguments:
        case "get", [key] | [key, _]:
            return items.get(key, arguments[1] if len(arguments) > 1 else None)
        case "items", []:
            return list(items.items())
        case "keys", []:
            return list(items)
        case "values", []:
            return list(items.values())
        case "copy", []:
            return dict(items)
        case "clear", []:
            items.clear()
            return None
        case "update", [] | [dict()]:
            items.update(*arguments, **named)
            return None
        case "setdefault", [key, default]:
            return items.setdefault(key, default)
        case "pop", [key] | [key, _]:
            if key not in items and len(arguments) == 1:
                raise NotReadError(f"the dict has no key {key!r}")
            return items.pop(key, *arguments[1:])
    raise NotReadError(f"a dict has no method {name} with these arguments")


def _text_method(text: str, name: str, arguments: list[Any], named: dict[str, Any]) -> Any:
    match name, arguments:
        case (("lower" | "upper" | "strip" | "title"), []):
            return str(getattr(text, name)())
        case (("startswith" | "endswith"), [str() as part]):
            return bool(getattr(text, name)(part))
        case "join", [list() | tuple() as pieces] if all(isinstance(p, str) for p in pieces):
            return bounded(text.join(pieces))
        case "split", []:
            return text.split()
        case "split", [str() as mark] if mark:
            return text.split(mark)
        case "replace", [str() as old, str() as new] if old:
            return bounded(text.replace(old, new))
        case "format", _:
            return filled_in(text, arguments, named)
        case "zfill", [int() as width] if width < 1000:
            return text.zfill(width)
    raise NotReadError(f"a text has no method {name} with these arguments")


def as_list(value: Any, longest: int) -> list[Any]:
    """What a loop over a value goes through.  OperandError where its length is not known."""
    if isinstance(value, Array):
        if value.rank == 0:
            raise NotReadError("a number cannot be looped over")
        count = value.shape[0]
        if not count.is_constant:
            raise NotReadError(
                f"a loop needs a known length, and {count} is open", hint=f"fix it: size {count} = 3"
            )
        _check_length(count.constant, longest)
        return [get_item(value, k) for k in range(count.constant)]
    if isinstance(value, Instance) and value.kind.is_tuple:
        return list(value.attributes.values())
    if isinstance(value, dict | str | range | list | tuple):
        _check_length(len(value), longest)
        return list(value)
    raise NotReadError(f"{describe(value)} cannot be looped over")


def _check_length(length: int, longest: int) -> None:
    if length > longest:
        raise NotReadError(f"a loop over {length} items is longer than {longest}, the most that is read")
