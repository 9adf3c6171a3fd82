"""Python's expressions, interpreted over nodes."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, ClassVar

from symbp.algebra.node import PI, Node, leaf
from symbp.algebra.size import Size
from symbp.errors import OperandError, Place, ShapeError, SymbpError, UnsupportedError
from symbp.lang.code.arrays import Array
from symbp.lang.code.items import call_ufunc, get_item
from symbp.lang.code.methods import as_list, call_method
from symbp.lang.code.numpy_functions import MODULES, SPECIAL, TYPES, call_numpy
from symbp.lang.code.objects import NOTHING, bind_arguments, get_attribute, is_property
from symbp.lang.code.operators import SIGNS, binary, compare, describe, truth, unary
from symbp.lang.code.python_functions import LONGEST_LOOP, NAMES, Generated, call_python
from symbp.lang.code.source import NotReadError, Source, decimal, spine
from symbp.lang.code.values import (
    Builtin,
    Class,
    Function,
    Instance,
    Masked,
    Method,
    Namespace,
    Opaque,
    Scope,
    Super,
    Ufunc,
    Unreadable,
    ValueMethod,
    bounded,
    plain,
)
from symbp.lang.evaluate import node_of, unknown_name
from symbp.ops import catalogue
from symbp.ops.compare import logical_and, where

MOST_STEPS = 200_000
DEEPEST_CALLS = 40
NUMPY_FIRST = {"sum", "max", "min", "abs", "round", "any", "all"}
MISFITS = (
    ArithmeticError,
    LookupError,
    TypeError,
    ValueError,
    AttributeError,
    NotImplementedError,
    AssertionError,
)


@dataclass
class Frame:
    """One call of a function of the text: its names, and where it stands."""

    scope: Scope
    source: Source
    function: Function | None = None
    receiver: Any = None
    shared: set[str] = field(default_factory=set)
    """Names that `global` makes those of the whole text."""


class Expressions:
    """Evaluates expressions in the current frame.  Every error has its place."""

    def __init__(self, frame: Frame, bare_is_numpy: bool = True) -> None:
        self.frame = frame
        self.bare_is_numpy = bare_is_numpy
        self.steps = 0
        self.depth = 0
        self.random: list[Node] = []

    # -- places and limits --------------------------------------------------------------------

    def place(self, node: ast.AST) -> Place:
        return self.frame.source.place(node)

    def count_step(self, node: ast.AST) -> None:
        self.steps += 1
        if self.steps > MOST_STEPS:
            raise UnsupportedError(f"more than {MOST_STEPS} steps are not read", self.place(node))

    def explained(self, error: OperandError, node: ast.AST) -> SymbpError:
        """An operation's error with its place and with what its operands are."""
        if isinstance(error, NotReadError):
            return UnsupportedError(error.reason, self.place(node), list(error.facts), error.hint)
        facts = list(error.facts)
        if isinstance(node, ast.BinOp):
            facts += [fact for fact in map(self._fact, (node.left, node.right)) if fact]
        return ShapeError(error.reason, self.place(node), facts, error.hint)

    def _fact(self, node: ast.expr) -> str:
        if not isinstance(node, ast.Name):
            return ""
        value = self.frame.scope.names.get(node.id)
        return f"{node.id}[{', '.join(map(str, value.shape))}]" if isinstance(value, Array) else ""

    # -- evaluation ---------------------------------------------------------------------------

    def evaluate(self, node: ast.expr) -> Any:
        """The value of an expression."""
        self.count_step(node)
        handler = self.handlers.get(type(node))
        if handler is None:
            raise UnsupportedError("this kind of expression is not read", self.place(node))
        try:
            return handler(self, node)
        except OperandError as error:
            raise self.explained(error, node) from None
        except MISFITS as error:
            raise UnsupportedError(f"this cannot be read ({error})", self.place(node)) from None

    def _constant(self, node: ast.Constant) -> Any:
        if isinstance(node.value, float):
            return decimal(node, self.frame.source)
        if node.value is None or node.value is Ellipsis or isinstance(node.value, bool | int | str):
            return bounded(node.value)
        raise NotReadError("a number of this kind is not read")

    def _name(self, node: ast.Name) -> Any:
        try:
            value = self.frame.scope.find(node.id)
        except KeyError:
            value = self._outside(node)
        if isinstance(value, Unreadable):
            raise value.error
        return value

    def _outside(self, node: ast.Name) -> Any:
        """What a name means that the text does not set."""
        name = node.id
        if name in MODULES:
            return Namespace(MODULES[name])
        if name == "pi":
            return Array(PI)
        if name in NAMES:
            return Builtin(name)
        if catalogue.find(name) is not None or name in SPECIAL or name == "empty":
            return Builtin(name, "numpy")
        if name == "super":
            return Builtin(name)
        if name in TYPES or name in ("object", "complex", "Exception", "ValueError", "NotImplementedError"):
            return Opaque(name)
        known = [*self.frame.scope.known(), *catalogue.names(), *sorted(NAMES)]
        raise unknown_name(name, self.place(node), known)

    def _tuple(self, node: ast.Tuple) -> tuple[Any, ...]:
        return tuple(self._items(node.elts))

    def _list(self, node: ast.List) -> list[Any]:
        return self._items(node.elts)

    def _items(self, nodes: list[ast.expr]) -> list[Any]:
        items: list[Any] = []
        for item in nodes:
            if isinstance(item, ast.Starred):
                items += as_list(self.evaluate(item.value), LONGEST_LOOP)
            else:
                items.append(self.evaluate(item))
        return items

    def _dict(self, node: ast.Dict) -> dict[Any, Any]:
        found: dict[Any, Any] = {}
        for key, value in zip(node.keys, node.values, strict=True):
            if key is None:
                found.update(self.evaluate(value))
            else:
                found[self.evaluate(key)] = self.evaluate(value)
        return found

    def _binary(self, node: ast.BinOp) -> Any:
        first, operations = spine(node)
        value = self.evaluate(first)
        for operation in operations:
            right = self.evaluate(operation.right)
            try:
                value = binary(SIGNS[type(operation.op)], value, right)
            except OperandError as error:
                raise self.explained(error, operation) from None
        return value

    def _unary(self, node: ast.UnaryOp) -> Any:
        return unary(node.op, self.evaluate(node.operand))

    def _and_or(self, node: ast.BoolOp) -> Any:
        stops_at = isinstance(node.op, ast.Or)
        value: Any = None
        for item in node.values:
            value = self.evaluate(item)
            if item is not node.values[-1] and truth(value) == stops_at:
                return value
        return value

    def _compare(self, node: ast.Compare) -> Any:
        left = self.evaluate(node.left)
        result: Any = True
        for operator, item in zip(node.ops, node.comparators, strict=True):
            right = self.evaluate(item)
            step = compare(SIGNS[type(operator)], left, right)
            if step is False:
                return False
            if isinstance(step, Array):
                result = Array(logical_and(result.node, step.node)) if isinstance(result, Array) else step
            left = right
        return result

    def _conditional(self, node: ast.IfExp) -> Any:
        test = self.evaluate(node.test)
        if isinstance(test, Array) and test.rank == 0:
            yes, no = (node_of(plain(self.evaluate(side))) for side in (node.body, node.orelse))
            return Array(where(test.node, yes, no))
        return self.evaluate(node.body if truth(test) else node.orelse)

    def _subscript(self, node: ast.Subscript) -> Any:
        value = self.evaluate(node.value)
        key = self.evaluate(node.slice)
        if isinstance(value, Instance):
            return self.call(get_attribute(value, "__getitem__"), [key], {}, node)
        return get_item(value, key)

    def _slice(self, node: ast.Slice) -> slice:
        return slice(*(None if p is None else self.evaluate(p) for p in (node.lower, node.upper, node.step)))

    def _attribute(self, node: ast.Attribute) -> Any:
        found = get_attribute(self.evaluate(node.value), node.attr)
        return self.call(found, [], {}, node) if is_property(found) else found

    def _joined_text(self, node: ast.JoinedStr) -> str:
        parts: list[str] = []
        for part in node.values:
            if isinstance(part, ast.Constant):
                parts.append(str(part.value))
            elif isinstance(part, ast.FormattedValue):
                value = self.evaluate(part.value)
                parts.append(str(value) if isinstance(value, int | str | Size) else "…")
        return str(bounded("".join(parts)))

    def _named(self, node: ast.NamedExpr) -> Any:
        value = self.evaluate(node.value)
        self.frame.scope.names[node.target.id] = value
        return value

    def _lambda(self, node: ast.Lambda) -> Function:
        return self.function("lambda", node.args, node.body)

    def function(
        self, name: str, arguments: ast.arguments, body: list[ast.stmt] | ast.expr, kind: str = "function"
    ) -> Function:
        """A function of the text, with its defaults as they are now."""
        plain_names = [p.arg for p in (*arguments.posonlyargs, *arguments.args)]
        values = [self.evaluate(d) for d in arguments.defaults]
        defaults = dict(zip(plain_names[len(plain_names) - len(values) :], values, strict=True))
        for parameter, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
            if default is not None:
                defaults[parameter.arg] = self.evaluate(default)
        return Function(name, arguments, body, self.frame.scope, self.frame.source, defaults, None, kind)

    # -- comprehensions -----------------------------------------------------------------------

    def _list_of(self, node: ast.ListComp) -> list[Any]:
        return list(self._comprehension(node.generators, lambda: self.evaluate(node.elt)))

    def _generated(self, node: ast.GeneratorExp) -> Generated:
        return Generated(self._comprehension(node.generators, lambda: self.evaluate(node.elt)))

    def _dict_of(self, node: ast.DictComp) -> dict[Any, Any]:
        def pair() -> tuple[Any, Any]:
            return self.evaluate(node.key), self.evaluate(node.value)

        return dict(self._comprehension(node.generators, pair))

    def _comprehension(self, loops: list[ast.comprehension], make: Callable[[], Any]) -> Iterator[Any]:
        outer = self.frame.scope
        self.frame.scope = Scope({}, outer)
        found: list[Any] = []
        try:
            self._loop(loops, make, found)
        finally:
            self.frame.scope = outer
        return iter(found)

    def _loop(self, loops: list[ast.comprehension], make: Callable[[], Any], found: list[Any]) -> None:
        if not loops:
            found.append(bounded(make()))
            return
        first, *rest = loops
        for item in as_list(self.evaluate(first.iter), LONGEST_LOOP):
            self.bind_target(first.target, item)
            if all(truth(self.evaluate(test)) for test in first.ifs):
                self._loop(rest, make, found)

    # -- calls --------------------------------------------------------------------------------

    def _call(self, node: ast.Call) -> Any:
        callee = self.evaluate(node.func)
        arguments = self._items(node.args)
        named: dict[str, Any] = {}
        for keyword in node.keywords:
            value = self.evaluate(keyword.value)
            if keyword.arg is not None:
                named[keyword.arg] = value
            else:
                named.update(value)
        return self.call(callee, arguments, named, node)

    def call(self, callee: Any, arguments: list[Any], named: dict[str, Any], node: ast.expr) -> Any:
        """A value called like a function."""
        match callee:
            case Builtin(path=""):
                return self._call_bare(callee, arguments, named, node)
            case Builtin():
                return self._call_numpy(callee, arguments, named, node)
            case Function():
                return self._invoke(callee, arguments, named, None, node)
            case Method(function=function, receiver=receiver):
                return self._invoke(function, [receiver, *arguments], named, receiver, node)
            case ValueMethod(receiver=receiver, name=name):
                language = self._language_call(node)
                return bounded(call_method(receiver, name, arguments, named, language))
            case Ufunc():
                return call_ufunc(callee, arguments)
            case Class():
                return self._construct(callee, arguments, named, node)
            case Instance():
                method = (
                    "__call__" if any("__call__" in k.attributes for k in callee.kind.lineage) else "forward"
                )
                return self.call(get_attribute(callee, method), arguments, named, node)
            case Opaque(text=text):
                if text in TYPES and arguments:
                    return self._call_numpy(Builtin("asarray", "numpy"), arguments[:1], {}, node)
                return callee
        raise NotReadError(f"{describe(callee)} is no function")

    def _language_call(self, node: ast.expr) -> Callable[[str, list[Any], dict[str, Any]], Any]:
        return lambda name, values, named: self._call_numpy(Builtin(name, "numpy"), values, named, node)

    def _call_bare(self, callee: Builtin, arguments: list[Any], named: dict[str, Any], node: ast.expr) -> Any:
        if callee is NOTHING:
            return None
        if callee.name == "super":
            return self._super(arguments)
        if callee.name in NUMPY_FIRST and self._is_numpy_call(callee.name, arguments, named):
            return self._call_numpy(Builtin(callee.name, "numpy"), arguments, named, node)
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
        if isinstance(first, list | tuple) and self.bare_is_numpy and len(arguments) == 1:
            return any(isinstance(item, Array) and item.rank > 0 for item in first)
        return False

    def _call_numpy(
        self, callee: Builtin, arguments: list[Any], named: dict[str, Any], node: ast.expr
    ) -> Any:
        return call_numpy(callee, arguments, named, self.place(node), self.frame.scope.known, self.fresh)

    def fresh(self, kind: str, shape: tuple[Size, ...], dtype: str) -> Array:
        """A leaf for random numbers."""
        drawn = leaf(f"random_{len(self.random) + 1}", shape, dtype)
        self.random.append(drawn)
        return Array(drawn)

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
            self.frame = outer
            self.depth -= 1

    def _construct(
        self, kind: Class, arguments: list[Any], named: dict[str, Any], node: ast.expr
    ) -> Instance:
        instance = Instance(kind)
        try:
            initialiser = kind.find("__init__")
        except KeyError:
            return instance
        self._invoke(initialiser, [instance, *arguments], named, instance, node)
        return instance

    # -- what statements do -------------------------------------------------------------------

    def run_body(self, body: list[ast.stmt] | ast.expr) -> Any:
        """The result of a function's body."""
        raise NotImplementedError

    def bind_target(self, target: ast.expr, value: Any) -> None:
        """target = value."""
        raise NotImplementedError

    handlers: ClassVar[dict[type[ast.AST], Callable[[Any, Any], Any]]] = {
        ast.Constant: _constant,
        ast.Name: _name,
        ast.Tuple: _tuple,
        ast.List: _list,
        ast.Dict: _dict,
        ast.BinOp: _binary,
        ast.UnaryOp: _unary,
        ast.BoolOp: _and_or,
        ast.Compare: _compare,
        ast.IfExp: _conditional,
        ast.Subscript: _subscript,
        ast.Slice: _slice,
        ast.Attribute: _attribute,
        ast.JoinedStr: _joined_text,
        ast.NamedExpr: _named,
        ast.Lambda: _lambda,
        ast.ListComp: _list_of,
        ast.GeneratorExp: _generated,
        ast.DictComp: _dict_of,
        ast.Call: _call,
    }
