"""How code uses an argument: what an array, a flag, a dictionary or a function is told by."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from symbp.lang.code.values import Function

DRAWS = {"rand", "random", "uniform", "random_sample", "ranf", "sample"}
ARRAY_ATTRIBUTES = {"shape", "T", "ndim", "reshape", "dot", "copy", "sum", "transpose", "astype"}
ARRAY_FUNCTIONS = {"dot", "matmul", "pad", "einsum", "exp", "zeros_like", "maximum"}
IsIt = Callable[[ast.AST], bool]
"""Whether a node is the argument that is asked about."""


@dataclass(frozen=True)
class Usage:
    """How a function uses one of its arguments."""

    keys: tuple[str, ...] = ()
    strings: tuple[str, ...] = ()
    is_array: bool = False
    is_called: bool = False
    is_flag: bool = False
    is_index: bool = False
    is_list: bool = False
    """Looped over, or asked for its length."""
    is_told: bool = False
    """Its methods are called for what they do, as `self.model.backward(grads)`."""
    is_set: bool = False
    """Attributes of it are set, or arrays are left with it: a context for backward."""
    is_count: bool = False
    """So many parts, or turns of a loop."""
    is_indexed: bool = False
    """Its entries are taken by their number."""
    numbered: tuple[str, ...] = ()
    """Keys to which numbers are put: `name["W" + str(i)]`."""
    unpacked: tuple[str, ...] = ()
    """The names that its entries are given: `height, width = name`."""


def usage_of(functions: Iterable[Function], name: str) -> Usage:
    """How an argument is used in these functions (also as `self.NAME`)."""
    return _usage(tuple(functions), name)


@lru_cache(maxsize=1024)
def _usage(functions: tuple[Function, ...], name: str) -> Usage:
    def is_it(node: ast.AST) -> bool:
        return (isinstance(node, ast.Name) and node.id == name) or (
            isinstance(node, ast.Attribute)
            and node.attr.strip("_") == name.strip("_")
            and getattr(node.value, "id", "") == "self"
        )

    said: dict[str, dict[str, None]] = {"key": {}, "number": {}, "string": {}, "unpacked": {}}
    marks: set[str] = set()
    for node in _nodes(functions):
        kind, words = _words(node, is_it)
        if kind:
            said[kind] |= dict.fromkeys(words)
        else:
            marks.add("set" if _is_left_with(node, name) else _mark(node, is_it))
    return Usage(
        keys=tuple(said["key"]),
        strings=tuple(said["string"]),
        is_array="array" in marks,
        is_called="called" in marks,
        is_flag="flag" in marks,
        is_index="index" in marks,
        is_list="list" in marks,
        is_told="told" in marks,
        is_set="set" in marks,
        is_count="count" in marks,
        is_indexed="indexed" in marks,
        numbered=tuple(said["number"]),
        unpacked=tuple(said["unpacked"]),
    )


def _nodes(functions: Iterable[Function]) -> Iterator[ast.AST]:
    for function in functions:
        body = function.body if isinstance(function.body, list) else [function.body]
        yield from (node for statement in body for node in ast.walk(statement))


def _words(node: ast.AST, is_it: IsIt) -> tuple[str, list[str]]:
    """The keys that a node looks up or puts numbers to, the texts it compares with, the names it gives."""
    match node:
        case ast.Assign(targets=[ast.Tuple(elts=items)], value=owner) if is_it(owner):
            names = [e.id for e in items if isinstance(e, ast.Name)]
            return ("unpacked", names) if len(names) == len(items) else ("", [])
        case ast.Subscript(value=owner, slice=ast.Constant(value=str(key))) if is_it(owner):
            return "key", [key]
        case ast.Call(func=ast.Attribute(value=owner, attr="get"), args=[ast.Constant(value=str(key)), *_]):
            return ("key", [key]) if is_it(owner) else ("", [])
        case ast.Subscript(value=owner, slice=ast.BinOp(left=ast.Constant(value=str(key)))) if is_it(owner):
            return "number", [key]
        case ast.Subscript(value=owner, slice=ast.JoinedStr(values=[ast.Constant(value=str(key)), *_])):
            return ("number", [key]) if is_it(owner) else ("", [])
        case ast.Compare(left=left, comparators=[ast.Constant(value=str(word))]) if is_it(left):
            return "string", [word]
        case ast.Compare(left=left, comparators=[ast.List(elts=items) | ast.Tuple(elts=items)]):
            constants = [e.value for e in items if isinstance(e, ast.Constant)]
            return ("string", [v for v in constants if isinstance(v, str)]) if is_it(left) else ("", [])
    return "", []


def _is_left_with(node: ast.AST, name: str) -> bool:
    """Whether a node sets an attribute of an argument, or leaves arrays with it."""
    match node:
        case ast.Attribute(value=ast.Name(id=owner), attr=attribute, ctx=context) if owner == name:
            is_read = isinstance(context, ast.Store) or attribute == "save_for_backward"
            return is_read and attribute not in ARRAY_ATTRIBUTES
    return False


def _mark(node: ast.AST, is_it: IsIt) -> str:
    """What a node says of an argument: array, list, told, called, flag, index, or nothing."""
    match node:
        case ast.For(iter=owner) | ast.comprehension(iter=owner) if is_it(_looped(owner)):
            return "list"
        case ast.Call(func=ast.Name(id="len"), args=[owner]) if is_it(owner):
            return "list"
        case ast.Call(func=ast.Name(id="range"), args=[owner]) if is_it(owner):
            return "count"
        case ast.Call(func=ast.Attribute(attr="split" | "array_split"), args=[_, owner, *_]) if is_it(owner):
            return "count"
        case ast.Subscript(value=owner, slice=ast.Constant(value=int())) if is_it(owner):
            return "indexed"
        case ast.Subscript(value=owner, slice=ast.Tuple()) if is_it(owner):
            return "array"
        case ast.Attribute(value=owner, attr=attribute) if attribute in ARRAY_ATTRIBUTES and is_it(owner):
            return "array"
        case ast.BinOp(op=ast.MatMult(), left=left, right=right) if is_it(left) or is_it(right):
            return "array"
        case ast.Call(func=ast.Attribute(attr=name), args=items) if name in ARRAY_FUNCTIONS and any(
            map(is_it, items)
        ):
            return "array"
        case ast.Expr(value=ast.Call(func=ast.Attribute(value=owner))) if is_it(owner):
            return "told"
        case ast.Call(func=callee) if is_it(callee):
            return "called"
        case ast.If(test=ast.UnaryOp(operand=test) | test) | ast.IfExp(test=ast.UnaryOp(operand=test) | test):
            return "flag" if is_it(test) else ""
        case ast.Subscript(slice=ast.Tuple(elts=keys)) if any(map(is_it, keys)):
            return "index"
        case ast.Subscript(slice=key) if is_it(key):
            return "index"
    return ""


def chances_in(functions: Iterable[Function]) -> frozenset[str]:
    """The names and keys with which random numbers are compared, or which a binomial takes."""
    found: set[str] = set()
    for node in _nodes(functions):
        match node:
            case ast.Compare(left=left, comparators=[right]) if _draws(left) != _draws(right):
                found |= _mentioned(right if _draws(left) else left)
            case ast.Call(func=ast.Attribute(attr="binomial"), args=[_, chance, *_]):
                found |= _mentioned(chance)
    return frozenset(found)


def _draws(node: ast.expr) -> bool:
    calls = [n.func for n in ast.walk(node) if isinstance(n, ast.Call)]
    return any(isinstance(c, ast.Attribute) and c.attr in DRAWS for c in calls)


def _mentioned(node: ast.expr) -> set[str]:
    """The names, attributes and keys in an expression."""
    nodes = list(ast.walk(node))
    names = {n.id for n in nodes if isinstance(n, ast.Name)} | {
        n.attr for n in nodes if isinstance(n, ast.Attribute)
    }
    return {*names, *(n.value for n in nodes if isinstance(n, ast.Constant) and isinstance(n.value, str))}


def _looped(iterated: ast.expr) -> ast.expr:
    """What a loop goes over, without slices, enumerate and reversed."""
    while True:
        match iterated:
            case ast.Call(func=ast.Name(id="enumerate" | "reversed" | "list" | "iter"), args=[inner, *_]):
                iterated = inner
            case ast.Subscript(value=inner, slice=ast.Slice()):
                iterated = inner
            case _:
                return iterated
