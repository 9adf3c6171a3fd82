"""Operations on tensors that carry their own way back: `out._backward = _backward`, a function inside.

The tensors are objects of the file's own class, or of ours where that class is not in the text; their
data are leaves, and what the function inside leaves as their gradients are the claims.
"""

from __future__ import annotations

import ast
from typing import Any

from symbp.algebra.node import Node, leaf
from symbp.audit.arguments import parameters_of
from symbp.audit.choices import NOTHING, NoValue
from symbp.audit.fed import set_by
from symbp.audit.find import Pair
from symbp.audit.reading import Claim, Reading
from symbp.audit.values import Values
from symbp.errors import UnsupportedError
from symbp.lang.code.arrays import Array
from symbp.lang.code.modules import Module, interpret_value, read_module
from symbp.lang.code.values import Class, Function, Instance, Method, Unreadable
from symbp.ops.constant_arrays import full

DATA, GRADIENT = ("data", "value", "_data", "val", "array"), ("grad", "gradient", "_grad")
OPERANDS = ("n, d", "d, h", "number")
"""What the other operand may be: of the same shape, a matrix to multiply with, a plain number."""
BROADCAST = ("n, d", "d", "n, 1")
"""Operands of which NumPy makes the same shape."""
STAND_IN = """import numpy as np
class {name}:
    def __init__(self, data, *rest, **named):
        self.data = data
        self.grad = np.zeros_like(data)
        self.requires_grad = True
"""


def read_closure(pair: Pair, module: Module, values: Values) -> Reading:
    """One interpretation.  SymbpError, OperandError or NoValue where it cannot be read."""
    known = dict(module.scope.names)
    try:
        return _Reader(pair, module, values).read()
    finally:
        module.scope.names.update(known)


class _Reader:
    def __init__(self, pair: Pair, module: Module, values: Values) -> None:
        self.pair, self.module, self.values = pair, module, values
        self.function = pair.function
        self.leaves: dict[str, Node] = {}

    def read(self) -> Reading:
        kind = self._tensors()
        wanted = parameters_of(self.function, False)
        operands = {name: self._operand(kind, name, default, at) for at, (name, default) in enumerate(wanted)}
        given = list(operands.values())
        is_bound = self.function.kind == "function" and self.pair.owner == kind.name and bool(given)
        callee: Any = Method(self.function, given.pop(0)) if is_bound else self.function
        out = interpret_value(self.module, callee, given)
        if not isinstance(out, Instance) or self.pair.backward not in out.attributes:
            raise UnsupportedError(
                f"{self.function.name} returns no tensor with its way back",
                hint=f"let it return the object that has {self.pair.backward}",
            )
        value = _array(out, DATA)
        upstream = leaf("upstream", value.shape)
        out.attributes[_name(out, GRADIENT)] = Array(upstream)
        interpret_value(self.module, out.attributes[self.pair.backward], [])
        claims = [
            Claim(f"{n}.grad", f"{n}.data", _array(operands[n], GRADIENT), node, "attribute")
            for n, node in self.leaves.items()
        ]
        return Reading([(value, upstream)], claims, {f"{n}.data": v for n, v in self.leaves.items()}, {})

    def _tensors(self) -> Class:
        """The class of the result; one of ours where the text says nothing of it."""
        names = self.module.scope.names
        body = self.function.body if isinstance(self.function.body, list) else []
        calls = [n.func for s in body for n in ast.walk(s) if isinstance(n, ast.Call)]
        called = [f.id for f in calls if isinstance(f, ast.Name)]
        for name in [*([self.pair.owner] if self.pair.owner else []), *called]:
            found = names.get(name)
            if isinstance(found, Class) and _is_tensor(found):
                return found
        for name in called:
            if isinstance(names.get(name), Unreadable):
                ours = read_module(STAND_IN.format(name=name), "<stand-in>").classes[name]
                names[name] = ours
                return ours
        raise NoValue(self.function.name)

    def _operand(self, kind: Class, name: str, default: Any, at: int) -> Any:
        if default is not NOTHING:
            return default
        shape = "n, d" if not at else str(self.values.choices.pick("operands given", OPERANDS))
        if shape == "number":
            return 3
        if at and shape == "n, d":
            shape = str(self.values.choices.pick(f"shape of {name}", BROADCAST))
        self.leaves[name] = self.values.array(name, shape)
        return tensor(kind, self.leaves[name], self.module)


def tensor(kind: Class, node: Node, module: Module) -> Instance:
    """A tensor of this class that holds an array and a gradient of zeros."""
    made = interpret_value(module, kind, [node])
    assert isinstance(made, Instance)
    _array(made, DATA)
    made.attributes[_name(made, GRADIENT)] = Array(full(node.shape, 0))
    if "requires_grad" in made.attributes:
        made.attributes["requires_grad"] = True
    return made


def _is_tensor(kind: Class) -> bool:
    """A class whose constructor sets data and a gradient."""
    methods = [f for one in kind.lineage for f in one.attributes.values() if isinstance(f, Function)]
    kept = {n for f in methods if f.name == "__init__" for n in set_by(f)}
    return bool(kept & set(DATA)) and bool(kept & set(GRADIENT))


def _name(tensor: Instance, names: tuple[str, ...]) -> str:
    found = next((n for n in names if n in tensor.attributes), None)
    if found is None:
        raise NoValue(names[0])
    return found


def _array(tensor: Instance, names: tuple[str, ...]) -> Node:
    found = tensor.attributes[_name(tensor, names)]
    if not isinstance(found, Array):
        raise NoValue(names[0])
    return found.node
