"""Methods that a user calls between the constructor and forward: `layer.initialize(shape)`."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping

from symbp.lang.code.values import Function, Instance

PREPARES = re.compile(
    r"^_?(?:init\w*|build|compile|setup|set_up|prepare|reset_param\w*|create_(?:weights|param)\w*)$"
)


def preparations(methods: Mapping[str, Function], built: Instance) -> Iterator[str]:
    """Methods that make what an object has not yet got, and that none of its methods calls."""
    called = {name for method in methods.values() for name in _called(method)}
    for name, method in methods.items():
        if PREPARES.match(name) and name not in called and _missing(method, built):
            yield name


def _missing(method: Function, built: Instance) -> bool:
    """Whether a method sets attributes that the object has not, or only as None."""
    own = (_own(node) for node in _nodes(method))
    return any(n is not None and isinstance(n.ctx, ast.Store) and _lacks(built, n.attr) for n in own)


def _lacks(built: Instance, attribute: str) -> bool:
    return built.attributes.get(attribute) is None


def _called(method: Function) -> Iterator[str]:
    for node in _nodes(method):
        own = _own(node.func) if isinstance(node, ast.Call) else None
        if own is not None:
            yield own.attr


def _own(node: ast.AST) -> ast.Attribute | None:
    """`self.NAME`; None where it is something else."""
    is_own = isinstance(node, ast.Attribute) and getattr(node.value, "id", "") == "self"
    return node if is_own and isinstance(node, ast.Attribute) else None


def _nodes(method: Function) -> Iterator[ast.AST]:
    body = method.body if isinstance(method.body, list) else [method.body]
    for statement in body:
        yield from ast.walk(statement)
