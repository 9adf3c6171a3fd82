"""Calls: of Python's and NumPy's functions, and of the functions and classes of the text."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

from symbp.algebra.node import leaf
from symbp.algebra.size import Size
from symbp.errors import SymbpError
from symbp.lang.code.arrays import Array
from symbp.lang.code.items import call_ufunc, outer_operands
from symbp.lang.code.machine import Frame, Machine
from symbp.lang.code.methods import as_list, call_method
from symbp.lang.code.numpy_functions import TYPES, call_numpy
from symbp.lang.code.objects import NOTHING, bind_arguments, get_attribute
from symbp.lang.code.operators import describe
from symbp.lang.code.python_functions import LONGEST_LOOP, Generated, call_python
from symbp.lang.code.source import NotReadError
from symbp.lang.code.values import (
    LONGEST_LIST,
    Builtin,
    Class,
    Defaulting,
    Function,
    Instance,
    Masked,
    Method,
    Opaque,
    Partial,
    Scope,
    Super,
    Ufunc,
    ValueMethod,
    Vectorized,
    bounded,
)

DEEPEST_CALLS = 40
NUMPY_FIRST = {"sum", "max", "min", "abs", "round", "any", "all"}
FROM_0_TO_1 = {"rand", "random", "random_sample", "ranf", "sample"}
"""Random numbers that are between 0 and 1."""
CHANGING = {
    "append", "extend", "insert", "pop", "clear", "update", "setdefault", "fill", "sort", "reverse", "remove",
}  # fmt: skip
"""Methods that change their object."""
EXTREMA = {"max": "np.maximum", "amax": "np.maximum", "min": "np.minimum", "amin": "np.minimum"}
"""Functions that take an axis, and those that take two arrays."""
REDUCED = {"add": "sum", "multiply": "prod", "maximum": "max", "minimum": "min"}
"""What np.add.reduce and its like are."""


LOOPING = {
    "list", "tuple", "enumerate", "zip", "reversed", "sum", "max", "min", "sorted", "set", "any", "all",
}  # fmt: skip
"""Functions that go through what they are given."""
ACCUMULATED = {"add": "cumsum", "multiply": "cumprod"}
"""What np.add.accumulate and its like are."""


class Calls(Machine):
    """Calls values like functions."""

    def call(self, callee: Any, arguments: list[Any], named: dict[str, Any], node: ast.expr) -> Any:
        """A value called like a function."""
        if self.predicate is not None and _changes_something(callee, named):
            raise NotReadError("whether this is changed depends on the data")
        match callee:
            case Builtin(path=""):
                return self._call_bare(callee, arguments, named, node)
            case Builtin(name="apply_along_axis") if len(arguments) > 2:
                function, axis, value, *more = arguments
                return self._along_axis(function, axis, value, (more, named), node)
            case Builtin(name=name):
                if name in EXTREMA and any(isinstance(a, Array) for a in arguments[1:2]):
                    raise NotReadError(
                        f"the second argument of np.{name} is an axis; {EXTREMA[name]} compares"
                    )
                return self._call_numpy(callee, arguments, named, node)
            case Function():
                return self._invoke(callee, arguments, named, None, node)
            case Method(function=function, receiver=receiver):
                return self._invoke(function, [receiver, *arguments], named, receiver, node)
            case ValueMethod(receiver=receiver, name=name):
                language = self._language_call(node)
                return bounded(call_method(receiver, name, arguments, named, language))
            case Ufunc(name=name, method="reduce") if name in REDUCED:
                reduced = Builtin(REDUCED[name], "numpy")
                axis = {} if len(arguments) > 1 else {"axis": 0}
                return self._call_numpy(reduced, arguments, {**axis, **named}, node)
            case Ufunc(name=name, method="outer") if len(arguments) == 2:
                return self._call_numpy(Builtin(name, "numpy"), outer_operands(*arguments), named, node)
            case Ufunc(name=name, method="accumulate") if name in ACCUMULATED:
                axis = {} if len(arguments) > 1 else {"axis": 0}
                running = Builtin(ACCUMULATED[name], "numpy")
                return self._call_numpy(running, arguments, {**axis, **named}, node)
            case Ufunc():
                return call_ufunc(callee, arguments)
            case Partial(function=function, arguments=first, named=known):
                return self.call(function, [*first, *arguments], {**known, **named}, node)
            case Vectorized(function=function):
                self.entrywise += 1
                try:
                    return self.call(function, arguments, named, node)
                finally:
                    self.entrywise -= 1
            case Class():
                return self._construct(callee, arguments, named, node)
            case Instance():
                method = (
                    "__call__" if any("__call__" in k.attributes for k in callee.kind.lineage) else "forward"
                )
                return self.call(get_attribute(callee, method), arguments, named, node)
            case Opaque(text=text):
                if text in TYPES and arguments:
                    return self._call_numpy(Builtin("array", "numpy"), arguments[:1], {"dtype": callee}, node)
                return callee
        raise NotReadError(f"{describe(callee)} is no function")

    def items_of(self, value: Any, node: ast.expr) -> list[Any]:
        """What a loop over a value goes through, which an object may say itself."""
        if isinstance(value, Instance) and not value.kind.is_tuple:
            value = self.call(get_attribute(value, "__iter__"), [], {}, node)
        return as_list(value, LONGEST_LOOP)

    def _along_axis(
        self, function: Any, axis: Any, value: Any, rest: tuple[list[Any], dict[str, Any]], node: ast.expr
    ) -> Any:
        """np.apply_along_axis: a function of one row, called on each row along an axis."""
        numpy = self._language_call(node)
        last = numpy("moveaxis", [value, axis, -1], {})
        rows = numpy("reshape", [last, (-1, last.shape[-1])], {})
        found = [self.call(function, [row, *rest[0]], rest[1], node) for row in as_list(rows, LONGEST_LIST)]
        joined = numpy("array", [found], {})
        shape = (*last.shape[:-1], *joined.shape[1:])
        result = numpy("reshape", [joined, shape], {})
        return numpy("moveaxis", [result, -1, axis], {}) if joined.rank > 1 else result

    def _language_call(self, node: ast.expr) -> Callable[[str, list[Any], dict[str, Any]], Any]:
        return lambda name, values, named: self._call_numpy(Builtin(name, "numpy"), values, named, node)

    def _call_bare(self, callee: Builtin, arguments: list[Any], named: dict[str, Any], node: ast.expr) -> Any:
        if callee is NOTHING:
            return None
        if callee.name == "super":
            return self._super(arguments)
        if callee.name == "getattr":
            return self._getattr(*arguments)
        if callee.name == "len" and isinstance(arguments[0], Instance) and not arguments[0].kind.is_tuple:
            return self.call(get_attribute(arguments[0], "__len__"), [], {}, node)
        if callee.name in NUMPY_FIRST and self._is_numpy_call(callee.name, arguments, named):
            return self._call_numpy(Builtin(callee.name, "numpy"), arguments, named, node)
        if callee.name in LOOPING:
            arguments = [self.items_of(a, node) if isinstance(a, Instance) else a for a in arguments]
        if callee.name in EXTREMA and not (self.bare_is_numpy or self.entrywise):
            _refuse_arrays(callee.name, arguments)
        found = call_python(callee.name, arguments, named, lambda f, a, k: self.call(f, a, k, node))
        if found is NotImplemented:
            raise NotReadError(f"{callee.name} cannot take these arguments")
        return found

    def _is_numpy_call(self, name: str, arguments: list[Any], named: dict[str, Any]) -> bool:
        """Whether a bare sum, max, … is NumPy's and not Python's."""
        if not arguments or isinstance(arguments[0], Generated):
            return False
        first = arguments[0]
        if {"axis", "keepdims", "dim", "keepdim"} & named.keys() or isinstance(first, Masked):
            return True
        if isinstance(first, Array):
            whole = first.rank != 0 and (name not in ("max", "min") or len(arguments) == 1 or first.rank > 1)
            return (
                name == "abs"
                or (whole and (self.bare_is_numpy or first.rank == 1))
                or (first.rank == 0 and name in ("sum", "max", "min") and len(arguments) == 1)
            )
        bare_is_numpy = self.bare_is_numpy and not self.frame.source.says_np
        if isinstance(first, list | tuple) and bare_is_numpy and len(arguments) == 1:
            return any(isinstance(item, Array) and item.rank > 0 for item in first)
        return False

    def _call_numpy(
        self, callee: Builtin, arguments: list[Any], named: dict[str, Any], node: ast.expr
    ) -> Any:
        found = call_numpy(callee, arguments, named, self.place(node), self.frame.scope.known, self.fresh)
        is_unset = callee.name in ("empty", "empty_like") and isinstance(found, Array)
        return self._unset(found) if is_unset else found

    def _unset(self, zeros: Array) -> Array:
        """An array that nobody has filled."""
        self.unset.count += 1
        if not self.unset.is_anything or zeros.dtype != "real":
            return zeros
        return Array(leaf(f"unset_{self.unset.count}", zeros.shape))

    def fresh(self, kind: str, shape: tuple[Size, ...], dtype: str) -> Array:
        """A leaf for random numbers."""
        drawn = leaf(f"random_{len(self.random) + 1}", shape, dtype, ["unit"] if kind in FROM_0_TO_1 else ())
        self.random.append(drawn)
        return Array(drawn)

    def _getattr(self, value: Any, name: str, *default: Any) -> Any:
        try:
            return get_attribute(value, name)
        except NotReadError:
            if not default or name.startswith("__"):
                raise
            return default[0]

    def _super(self, arguments: list[Any]) -> Super:
        frame = self.frame
        if len(arguments) == 2 and isinstance(arguments[0], Class):
            return Super(arguments[0], arguments[1])
        if frame.function is None or frame.function.owner is None:
            raise NotReadError("super() stands outside a method")
        return Super(frame.function.owner, frame.receiver)

    def _invoke(
        self,
        function: Function,
        arguments: list[Any],
        named: dict[str, Any],
        receiver: Any,
        node: ast.expr | None,
    ) -> Any:
        """A function of the text, called."""
        if function.kind not in ("function", "static", "class", "property"):
            raise NotReadError(f"{function.name} is decorated with {function.kind}, which is not known")
        if self.predicate is not None and not isinstance(function.body, ast.expr):
            raise NotReadError(f"whether {function.name} is called depends on the data")
        if self.depth >= DEEPEST_CALLS:
            raise NotReadError("calls are nested too deeply to be read")
        bound = bind_arguments(function, arguments, named)
        outer, self.frame = (
            self.frame,
            Frame(Scope(bound, function.scope), function.source, function, receiver),
        )
        self.depth += 1
        try:
            return self.run_body(function.body)
        finally:
            self.finished = self.frame.scope.names
            self.frame = outer
            self.depth -= 1

    def _construct(
        self, kind: Class, arguments: list[Any], named: dict[str, Any], node: ast.expr
    ) -> Instance:
        instance = Instance(kind)
        try:
            initialiser = kind.find("__init__")
        except KeyError:
            instance.attributes.update(self._fields(kind, arguments, named, node))
            if any("__post_init__" in k.attributes for k in kind.lineage):
                self._invoke(kind.find("__post_init__"), [instance], {}, instance, node)
            return instance
        self._invoke(initialiser, [instance, *arguments], named, instance, node)
        return instance

    def _fields(
        self, kind: Class, arguments: list[Any], named: dict[str, Any], node: ast.expr
    ) -> dict[str, Any]:
        """The state of a new object whose class has no constructor: that of its declared fields."""
        given = _of_fields(kind, arguments, named)
        fields = [f for base in reversed(kind.lineage) for f in base.fields]
        found: dict[str, Any] = {}
        for name in fields:
            if name in given:
                found[name] = given[name]
                continue
            default = next((k.attributes[name] for k in kind.lineage if name in k.attributes), None)
            if isinstance(default, Defaulting):
                found[name] = self.call(default.factory, [], {}, node)
            elif default is not None:
                found[name] = default
        return found

    def function(
        self, name: str, arguments: ast.arguments, body: list[ast.stmt] | ast.expr, kind: str = "function"
    ) -> Function:
        """A function of the text, with its defaults as they are now."""
        plain_names = [p.arg for p in (*arguments.posonlyargs, *arguments.args)]
        values = [self._default(d) for d in arguments.defaults]
        defaults = dict(zip(plain_names[len(plain_names) - len(values) :], values, strict=True))
        for parameter, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
            if default is not None:
                defaults[parameter.arg] = self._default(default)
        return Function(name, arguments, body, self.frame.scope, self.frame.source, defaults, None, kind)

    def _default(self, default: ast.expr) -> Any:
        """What an argument is unless said; one that is not understood matters only where it is used."""
        try:
            return self.evaluate(default)
        except SymbpError:
            return Opaque(self.frame.source.written(default))


def _refuse_arrays(name: str, arguments: list[Any]) -> None:
    """Python's own max and min compare numbers: an array with an array is no single truth value."""
    arrays = [a for a in arguments if isinstance(a, Array) and not all(s.is_one for s in a.shape)]
    if len(arguments) > 1 and arrays:
        raise NotReadError(
            f"{name} compares numbers, not {describe(arrays[0])}; {EXTREMA[name]} compares entries"
        )


def _changes_something(callee: Any, named: dict[str, Any]) -> bool:
    """A call that changes one of its arguments."""
    return (
        isinstance(callee, Ufunc)
        or "out" in named
        or (isinstance(callee, ValueMethod) and callee.name in CHANGING)
        or (isinstance(callee, Builtin) and callee.name in ("copyto", "put_along_axis", "setattr", "next"))
    )


def _of_fields(kind: Class, arguments: list[Any], named: dict[str, Any]) -> dict[str, Any]:
    """The state of a new object whose class has no constructor: that of its declared fields."""
    fields = [f for base in reversed(kind.lineage) for f in base.fields]
    if len(arguments) > len(fields) or named.keys() - set(fields):
        raise NotReadError(f"the class {kind.name} has no constructor for these arguments")
    return {**dict(zip(fields, arguments, strict=False)), **named}
