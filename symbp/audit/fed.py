"""Attributes that a pair uses and never sets: whoever holds the layer puts data there, or a gradient.

`self.output = self.sigmoid(self.input)` takes its input from an attribute; `self.dloss_dout *
slope` its upstream gradient.  Only attributes of which the text asks nothing (whether they are
there, whether they hold) and that no method on the way sets are of this kind.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache

from symbp.audit.arguments import parameters_of
from symbp.audit.find import Pair, methods_of
from symbp.audit.names import TARGET, UPSTREAM, says_gradient
from symbp.audit.vocabulary import BIAS, WEIGHT
from symbp.lang.code.values import Class, Function, Instance

DATA = re.compile(r"^(?:x|in|inp|inputs?|data|input_?(?:data|value|values|array)|a_?prev)$", re.I)


def fed_to_forward(pair: Pair, built: Instance) -> list[str]:
    """Attributes out of which forward takes its data, right answers or weights."""
    names = _unset_by_all(built, pair.function)
    return [n for n in names if any(p.match(n.strip("_")) for p in (DATA, TARGET, WEIGHT, BIAS))]


def fed_to_backward(pair: Pair, built: Instance) -> list[str]:
    """Attributes out of which backward takes upstream gradients, where it has no argument for them."""
    if parameters_of(pair.back, True):
        return []
    names = [n for n in _unset_by_all(built, pair.back) if not DATA.match(n.strip("_"))]
    return [n for n in names if UPSTREAM.match(n.strip("_")) or says_gradient(n)]


def kept_by_caller(pair: Pair, built: Instance, arguments: Mapping[str, object]) -> list[str]:
    """Attributes of backward that another method sets, under the name of an argument of forward."""
    reached = _reached(built.kind, pair.function)
    kept = {n for f in every_method(built.kind) if f not in reached for n in set_by(f)}
    return [n for n in _unset(built, pair.back) if n in arguments and n in kept]


def every_method(kind: Class) -> list[Function]:
    """The methods of a class and of its bases, those that are overridden as well."""
    return [f for base in kind.lineage for f in base.attributes.values() if isinstance(f, Function)]


def _unset_by_all(built: Instance, start: Function) -> list[str]:
    """Attributes that a method reads, and that no method of the class sets."""
    known = {n for f in every_method(built.kind) for n in set_by(f)}
    return [n for n in _unset(built, start) if n not in known]


def _unset(built: Instance, start: Function) -> list[str]:
    """Attributes that a method reads, and that neither it nor the constructor has set."""
    names = _only_read(built.kind, start)
    return [n for n in names if built.attributes.get(n) is None and not _is_of_class(built.kind, n)]


def _is_of_class(kind: Class, name: str) -> bool:
    return any(name in base.attributes for base in kind.lineage)


@lru_cache(maxsize=256)
def _read_only(functions: tuple[Function, ...]) -> tuple[str, ...]:
    """What these functions read of self in the order of their lines, and never set or ask for."""
    read: dict[str, None] = {}
    other: set[str] = set()
    for function in functions:
        for node in _nodes(function):
            match node:
                case ast.Attribute(value=ast.Name(id="self"), attr=name, ctx=ast.Load()):
                    read.setdefault(name)
                case ast.Attribute(value=ast.Name(id="self"), attr=name):
                    other.add(name)
                case ast.If(test=test) | ast.IfExp(test=test) | ast.While(test=test) | ast.Assert(test=test):
                    other.update(_of_self(test))
                case ast.Call(func=ast.Name(id="hasattr" | "getattr" | "isinstance"), args=given):
                    other.update(n for g in given for n in _of_self(g))
                    other.update(str(g.value) for g in given if isinstance(g, ast.Constant))
    return tuple(n for n in read if n not in other)


def _only_read(kind: Class, start: Function) -> tuple[str, ...]:
    return _read_only(tuple(_reached(kind, start)))


def _reached(kind: Class, start: Function) -> list[Function]:
    """A method with those of the same object that it calls, and that these call."""
    methods = methods_of(kind)
    found = [start]
    for function in found:
        names = [n for node in _nodes(function) if isinstance(node, ast.Call) for n in _of_self(node.func)]
        found += [m for n in names if (m := methods.get(n)) is not None and m not in found]
    return found


def set_by(function: Function) -> Iterator[str]:
    """The attributes that a method sets to something else than None."""
    for node in _nodes(function):
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant) and node.value.value is None:
            continue
        if isinstance(node, ast.stmt | ast.NamedExpr | ast.comprehension):
            targets = getattr(node, "targets", [getattr(node, "target", None)])
            yield from (n for t in targets if t is not None for n in _of_self(t))


def _of_self(node: ast.AST) -> Iterator[str]:
    for part in ast.walk(node):
        match part:
            case ast.Attribute(value=ast.Name(id="self"), attr=name):
                yield name


def _nodes(function: Function) -> list[ast.AST]:
    body = function.body if isinstance(function.body, list) else [function.body]
    nodes = [n for s in body for n in ast.walk(s)]
    return sorted(nodes, key=lambda n: (getattr(n, "lineno", 0), getattr(n, "col_offset", 0)))
