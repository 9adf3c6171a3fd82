"""Functions of the language applied to values."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from fractions import Fraction
from typing import Any

from symbp.algebra.node import Node, as_node, leaf
from symbp.errors import OperandError, ParseError, Place
from symbp.lang import labelled, syntax
from symbp.lang.identity import Identity
from symbp.lang.labelled import Labelled
from symbp.lang.labelled_sums import over_index
from symbp.lang.scope import Scope
from symbp.lang.unknown import unknown_name
from symbp.lang.values import MatrixBars, Row, Series, lifted, node_of, unlabelled
from symbp.ops import catalogue
from symbp.ops.determinants import logdet
from symbp.ops.registry import Elementwise, Function
from symbp.ops.unspecified import unspecified

UNSPECIFIED = "unspecified:"
"""Begins what a call of a function that the text does not define calls."""
OVER = "over:"
"""Begins what a call of a function over an index calls: over:max:j."""


def call(
    function: str, arguments: list[Any], named: dict[str, Any], place: Place, known: Callable[[], list[str]]
) -> Any:
    """A function of the language applied to values."""
    primes = len(function) - len(function.rstrip("'"))
    if function.startswith(UNSPECIFIED):
        return _of_unspecified(unspecified(function.rstrip("'")[len(UNSPECIFIED) :], primes), arguments)
    if function.startswith(OVER):
        name, _, index = function[len(OVER) :].partition(":")
        return _over_index(name, index, arguments)
    found = catalogue.find(function.rstrip("'"))
    if found is None:
        raise unknown_name(function, place, [*known(), *catalogue.names()], "function")
    if function in ("log", "ln") and len(arguments) == 1 and isinstance(arguments[0], MatrixBars):
        return logdet(arguments[0].node)
    if any(isinstance(a, Labelled) for a in arguments):
        return _applied_to_entries(function, found, arguments, named, primes)
    arguments = [_argument(a) for a in arguments]
    named = {k: _argument(v) for k, v in named.items()}
    if "dim" in named and "dim" not in found.signature.parameters:
        named["axis"] = named.pop("dim")
    if "keepdim" in named:
        named["keepdims"] = named.pop("keepdim")
    try:
        found.signature.bind(*arguments, **named)
    except TypeError as error:
        raise ParseError(f"{function}: {error}", place, hint=f"it is {found.usage}") from None
    try:
        result = found.build(*arguments, **named)
    except (TypeError, AttributeError, IndexError, ValueError) as error:
        reason = f"{function} cannot take {_described([*arguments, *named.values()], str(error))}"
        raise ParseError(reason, place, hint=f"it is {found.usage}") from None
    return catalogue.derivative(result, primes) if primes else result


def _over_index(name: str, index: str, arguments: list[Any]) -> Any:
    if len(arguments) != 1:
        raise OperandError(
            f"{name} over an index takes one argument", hint=f"write {name}_{index} of one argument"
        )
    return unlabelled(over_index(name, index, lifted(arguments[0])))


def _of_unspecified(op: Elementwise, arguments: list[Any]) -> Any:
    """A function that the text does not define, of one argument."""
    if len(arguments) != 1:
        raise OperandError(
            f"{op.name}, which is not defined here, takes one argument",
            hint=f"define it before: {op.name}(u, v) = …",
        )
    (value,) = arguments
    if isinstance(value, Labelled):
        return labelled.applied(op.name, op, [value], True)
    return op(node_of(value))


def _applied_to_entries(
    function: str, found: Function, arguments: list[Any], named: dict[str, Any], primes: int
) -> Labelled:
    if named:
        raise OperandError(
            f"{function} of something with an index takes no named arguments",
            hint="take the function of the whole array, then its entries",
        )
    probe = [leaf(f"u{k}", ()) for k in range(len(arguments))]
    try:
        works_on_numbers = isinstance(found.build(*probe).op, Elementwise)
    except (OperandError, TypeError, AttributeError):
        works_on_numbers = False

    def build(*nodes: Node) -> Node:
        return catalogue.derivative(found.build(*nodes), primes)

    return labelled.applied(function, build, [lifted(a) for a in arguments], works_on_numbers)


def _described(values: list[Any], error: str) -> str:
    """What it is that a function cannot take; Python's own words where they speak of the language."""
    if not any(word in error for word in ("object", "literal", "instance")):
        return f"these arguments ({error})"
    texts = [f"the text {value!r}" for value in values if isinstance(value, str)]
    numbers = ["a number" for value in values if isinstance(value, int | Fraction)]
    lists = ["a list" for value in values if isinstance(value, list | tuple)]
    return next(iter([*texts, *lists, *numbers]), "these arguments") + " here"


def _argument(value: Any) -> Any:
    if isinstance(value, Row | Series):
        return value.node
    if isinstance(value, Fraction):
        return as_node(value)
    if isinstance(value, Identity | MatrixBars):
        return node_of(value)
    if isinstance(value, tuple | list):
        return type(value)(_argument(v) for v in value)
    return value


def method(piece: syntax.Method, of: Callable[[syntax.Syntax], Any], scope: Scope) -> Any:
    receiver = of(piece.receiver)
    place = piece.place.within("." + piece.name)
    if piece.arguments is None:
        if piece.name == "shape":
            return tuple(node_of(receiver).shape)
        if piece.name in ("size", "ndim"):
            node = node_of(receiver)
            return node.rank if piece.name == "ndim" else catalogue.entry_count(node)
        known = ["T", "mT", "ndim", "shape", "size"]
        near = difflib.get_close_matches(piece.name, known, n=1)
        hint = f"did you mean .{near[0]}?" if near else "it has ." + ", .".join(known)
        raise ParseError(f"an array has no .{piece.name}", place, hint=hint)
    arguments = [node_of(receiver), *(of(a) for a in piece.arguments)]
    return call(piece.name, arguments, {k: of(v) for k, v in piece.named}, place, scope.known)
