"""Layers and activations of our own, for code that is given its layers or its activation by the user.

What they have to offer is read off the calls: `layer.forward(x)` and `layer.backward(grad)` ask for a
layer, `activation(z)` and `activation.derivative(z)` for a function and its slope, `functions[0]` and
`functions[1]` for two functions.  A layer multiplies by a matrix, so that the order of layers counts.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from symbp.audit.find import BACKWARD, FORWARD, SLOPE
from symbp.audit.names import RATE
from symbp.audit.vocabulary import SAYS_SLOPE
from symbp.lang.code.modules import Module, construct, read_module
from symbp.lang.code.values import Builtin, Function

FUNCTION = """
    def {name}(self, x, *rest, **named):
        self.x = x
        self.y = {value}
        return self.y
"""
FLAGGED = """
    def {name}(self, x, {flag}=False):
        if {flag}:
            return {slope}
        return {value}
"""
SLOPE_OF = """
    def {name}(self, x, *rest, **named):
        return {slope}
"""
BACK = """
    def {name}(self, grad, *rest, **named):
        x = self.{at}
        return grad * ({slope})
"""
LAYER_FORWARD = """
    def {name}(self, x, *rest, **named):
        if self.W is None:
            self.W = np.random.randn(x.shape[-1], x.shape[-1])
        self.x = x
        self.z = np.matmul(x, self.W)
        return np.sin(self.z)
"""
LAYER_BACK = """
    def {name}(self, grad, *rest, **named):
        dz = grad * np.cos(self.z)
        m = self.W.shape[0]
        self.dW = np.dot(self.x.reshape(-1, m).T, dz.reshape(-1, m))
        return np.dot(dz, self.W.T)
"""
HEAD = """import numpy as np
class {kind}:
    def __init__(self):
        self.W = None
"""
BY_ARGUMENT, BY_VALUE = ("np.sin(x)", "np.cos(x)"), ("np.tanh(x)", "1 - x**2")
"""A function with its slope in terms of its argument, and one with its slope in terms of its value."""


@dataclass(frozen=True)
class Asked:
    """What code asks of an argument, or of each item of it."""

    forward: tuple[str, ...] = ()
    backward: tuple[str, ...] = ()
    slope: tuple[str, ...] = ()
    of_items: bool = False
    """It is looped over: a list of such things."""
    numbered: bool = False
    """Its items 0 and 1 are taken, and nothing else."""
    flag: str = ""
    """The argument under which a function gives its slope: `activation(z, derivative=True)`."""

    @property
    def is_complete(self) -> bool:
        """There is a way forward and one back."""
        return bool(self.forward and (self.backward or self.slope or self.flag))


def asked_of(functions: Iterable[Function], name: str) -> Asked:
    """What the functions ask of an argument (also as `self.NAME`)."""
    return _asked(tuple(functions), name)


@lru_cache(maxsize=1024)
def _asked(functions: tuple[Function, ...], name: str) -> Asked:
    called: dict[str, bool] = {}
    taken: set[Any] = set()
    flag = ""
    for function in functions:
        body = function.body if isinstance(function.body, list) else [function.body]
        nodes = [n for s in body for n in ast.walk(s)]
        items = {v for n in nodes for v in _loop_names(n, name)}
        for node in nodes:
            match node:
                case ast.Subscript(value=owner, slice=ast.Constant(value=int(at))) if _is(owner, name):
                    taken.add(at)
                case ast.Call(
                    func=callee, keywords=[ast.keyword(arg=str(word), value=ast.Constant(value=True))]
                ) if _is(callee, name) and SAYS_SLOPE.search(word):
                    flag = word
                    called.setdefault("__call__", False)
                case ast.Call(func=callee) if (of_item := _is_item(callee, name, items)) or _is(callee, name):
                    called["__call__"] = of_item
                case ast.Call(func=ast.Attribute(value=owner, attr=method), args=given) if (
                    of_item := _is_item(owner, name, items)
                ) or _is(owner, name):
                    if method_role(method) == "backward" and not _is_upstream_alone(given):
                        return Asked()
                    called[method] = of_item or called.get(method, False)
    roles = {role: tuple(m for m in called if method_role(m) == role) for role in ROLES}
    return Asked(
        roles["forward"],
        roles["backward"],
        roles["slope"],
        any(called.values()),
        taken == {0, 1} and not called,
        flag,
    )


ROLES = ("forward", "backward", "slope")


def method_role(name: str) -> str | None:
    """Whether a method of this name goes forward, goes back, or gives a slope; None for all others."""
    if name == "__call__" or name in FORWARD:
        return "forward"
    return "backward" if name in BACKWARD else "slope" if name in SLOPE else None


def _is(node: ast.AST, name: str) -> bool:
    match node:
        case ast.Name(id=found):
            return found == name
        case ast.Attribute(value=ast.Name(id="self"), attr=found):
            return found.strip("_") == name.strip("_")
    return False


def _is_item(node: ast.AST, name: str, items: set[str]) -> bool:
    """A name that a loop over the argument sets, or an item that is taken by its number."""
    match node:
        case ast.Name(id=found):
            return found in items
        case ast.Subscript(value=owner):
            return _is(owner, name)
    return False


def _loop_names(node: ast.AST, name: str) -> Iterable[str]:
    """The names that a loop gives to the items of an argument."""
    if not isinstance(node, ast.For | ast.comprehension):
        return []
    iterated, target = node.iter, node.target
    while True:
        match iterated:
            case ast.Call(func=ast.Name(id="reversed" | "list" | "iter"), args=[inner, *_]):
                iterated = inner
            case ast.Call(func=ast.Name(id="enumerate"), args=[inner, *_]):
                iterated = inner
                target = target.elts[-1] if isinstance(target, ast.Tuple) else target
            case ast.Subscript(value=inner, slice=ast.Slice()):
                iterated = inner
            case _:
                return [target.id] if _is(iterated, name) and isinstance(target, ast.Name) else []


def _is_upstream_alone(given: list[ast.expr]) -> bool:
    """One argument, or a learning rate behind it: nothing that has to be guessed."""
    rest = [getattr(g, "id", getattr(g, "attr", "")) for g in given[1:]]
    return len(given) >= 1 and all(RATE.match(word) for word in rest)


# -- what is passed -------------------------------------------------------------------------------


def stand_in(asked: Asked, is_function: bool, by_value: bool = False) -> Any:
    """What an argument is given of which this is asked: an object, two of them in a list, or two functions.

    `is_function` asks for a function of each entry; `by_value` for one whose slope takes the value.
    """
    if asked.numbered:
        return (Builtin("sin", "numpy"), Builtin("cos", "numpy"))
    module = _module(asked, is_function, by_value)
    made = [construct(module, "StandIn") for _ in range(2 if asked.of_items else 1)]
    return made if asked.of_items else made[0]


@lru_cache(maxsize=256)
def _module(asked: Asked, is_function: bool, by_value: bool) -> Module:
    return read_module(text_of(asked, is_function, by_value), "<stand-in>")


def text_of(asked: Asked, is_function: bool, by_value: bool) -> str:
    """The class of a stand-in, as Python."""
    pieces = [HEAD.format(kind="StandIn")]
    if not is_function and not asked.slope and not asked.flag:
        pieces += [LAYER_FORWARD.format(name=n) for n in asked.forward]
        pieces += [LAYER_BACK.format(name=n) for n in asked.backward]
        return "".join(pieces)
    value, slope = BY_VALUE if by_value else BY_ARGUMENT
    if asked.flag:
        pieces += [FLAGGED.format(name=n, value=value, slope=slope, flag=asked.flag) for n in asked.forward]
        return "".join(pieces)
    pieces += [FUNCTION.format(name=n, value=value) for n in asked.forward]
    pieces += [SLOPE_OF.format(name=n, slope=slope) for n in asked.slope]
    pieces += [BACK.format(name=n, slope=slope, at="y" if by_value else "x") for n in asked.backward]
    return "".join(pieces)
