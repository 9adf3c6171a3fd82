"""Python's expressions, interpreted over nodes."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any, ClassVar

from symbp.algebra.node import PI, facts
from symbp.errors import OperandError, UnsupportedError
from symbp.lang.code.arrays import Array
from symbp.lang.code.branches import chosen
from symbp.lang.code.calls import Calls
from symbp.lang.code.items import get_item
from symbp.lang.code.machine import CALL, MISFITS
from symbp.lang.code.methods import as_list
from symbp.lang.code.numpy_functions import ALIASES, MODULES, TYPES
from symbp.lang.code.numpy_special import SPECIAL
from symbp.lang.code.objects import get_attribute, is_property
from symbp.lang.code.operators import SIGNS, binary, compare, truth, unary
from symbp.lang.code.python_functions import LONGEST_LOOP, NAMES, Generated
from symbp.lang.code.source import PLAIN, NotReadError, decimal, spine
from symbp.lang.code.texts import formatted
from symbp.lang.code.values import (
    Builtin,
    Defaulting,
    Function,
    Instance,
    Namespace,
    Opaque,
    Scope,
    Unreadable,
    bounded,
)
from symbp.lang.names import identifier
from symbp.lang.unknown import unknown_name
from symbp.ops import catalogue
from symbp.ops.compare import logical_and, logical_or, not_equal

_identifier = lru_cache(maxsize=4096)(identifier)
JOINED_BY_INDEX = {"c_": "column_stack", "r_": "concatenate"}
"""np.c_[a, b] and np.r_[a, b]."""
INDEX_ITSELF = {"s_", "index_exp"}
"""np.s_[1:, 0] is the index."""


class Expressions(Calls):
    """Evaluates expressions in the current frame.  Every error has its place."""

    def evaluate(self, node: ast.expr) -> Any:
        """The value of an expression."""
        self.count_step(node)
        handler = self.handlers.get(type(node))
        if handler is None:
            raise UnsupportedError("this kind of expression is not read", self.place(node), hint=PLAIN)
        try:
            return handler(self, node)
        except OperandError as error:
            raise self.explained(error, node) from None
        except MISFITS as error:
            raise self.misfit(error, node) from None

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
        spelled = _identifier(name)
        if spelled != name and spelled in self.frame.scope.names:
            return self.frame.scope.names[spelled]
        if name in MODULES:
            return Namespace(MODULES[name])
        if name == "pi":
            return Array(PI)
        if name == "Ellipsis":
            return Ellipsis
        if name in NAMES:
            return Builtin(name)
        if catalogue.find(name) is not None or name in SPECIAL or name in ALIASES:
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

    def _set(self, node: ast.Set) -> Any:
        return self.call(Builtin("set"), [self._items(node.elts)], {}, node)

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
        mask: Any = None
        for at, item in enumerate(node.values):
            value = self.evaluate(item)
            if isinstance(value, Array) and value.rank == 0 and value.dtype == "real" and mask is None:
                return self._of_number(value, node.values[at + 1 :], node)
            if self.may_choose(value):
                combine = logical_or if stops_at else logical_and
                mask = value if mask is None else Array(combine(mask.node, value.node))
            elif (mask is not None or item is not node.values[-1]) and truth(value) == stops_at:
                return value
        return value if mask is None else mask

    def _of_number(self, value: Array, rest: list[ast.expr], node: ast.BoolOp) -> Any:
        """`rate or 0.1`: a number, or what follows where it is 0; turned round for `and`."""
        is_or = isinstance(node.op, ast.Or)
        if not rest or (is_or and {"positive", "unit"} & set(facts(value.node))):
            return value
        last = len(rest) == 1
        other = self.evaluate(rest[0] if last else ast.copy_location(ast.BoolOp(node.op, rest), node))
        test = not_equal(value.node, 0)
        return chosen(test, value, other) if is_or else chosen(test, other, value)

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
        if self.may_choose(test):
            return chosen(test.node, self.evaluate(node.body), self.evaluate(node.orelse))
        return self.evaluate(node.body if truth(test) else node.orelse)

    def _subscript(self, node: ast.Subscript) -> Any:
        value = self.evaluate(node.value)
        key = self.evaluate(node.slice)
        if isinstance(value, Builtin) and value.name in JOINED_BY_INDEX:
            pieces = list(key) if isinstance(key, tuple) else [key]
            return self.call(Builtin(JOINED_BY_INDEX[value.name], "numpy"), [pieces], {}, node)
        if isinstance(value, Builtin) and value.name in INDEX_ITSELF:
            return key
        return self.item(value, key, node)

    def item(self, value: Any, key: Any, node: ast.expr) -> Any:
        """value[key], which an object or a defaultdict makes up itself."""
        if isinstance(value, Instance) and not value.kind.is_tuple:
            return self.call(get_attribute(value, "__getitem__"), [key], {}, node)
        if isinstance(value, Defaulting) and not isinstance(key, list | dict | Array) and key not in value:
            value[key] = self.call(value.factory, [], {}, node)
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
                form = "" if part.format_spec is None else str(self.evaluate(part.format_spec))
                parts.append(formatted(self.evaluate(part.value), form))
        return str(bounded("".join(parts)))

    def _named(self, node: ast.NamedExpr) -> Any:
        value = self.evaluate(node.value)
        scope = self.frame.scope
        while scope.is_comprehension and scope.outside is not None:
            scope = scope.outside
        outer, self.frame.scope = self.frame.scope, scope
        try:
            self.bind_target(node.target, value)
        finally:
            self.frame.scope = outer
        return value

    def _lambda(self, node: ast.Lambda) -> Function:
        return self.function("lambda", node.args, node.body)

    def _yield(self, node: ast.Yield | ast.YieldFrom) -> None:
        if self.frame.yielded is None:
            raise NotReadError("yield stands outside a function")
        value = None if node.value is None else self.evaluate(node.value)
        items = [value] if isinstance(node, ast.Yield) else as_list(value, LONGEST_LOOP)
        self.frame.yielded.extend(items)
        bounded(self.frame.yielded)

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
        self.frame.scope = Scope({}, outer, is_comprehension=True)
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
        for item in self.items_of(self.evaluate(first.iter), first.iter):
            self.bind_target(first.target, item)
            if all(truth(self.evaluate(test)) for test in first.ifs):
                self._loop(rest, make, found)

    def _call(self, node: ast.Call) -> Any:
        self.count_step(node, CALL)
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

    handlers: ClassVar[dict[type[ast.AST], Callable[[Any, Any], Any]]] = {
        ast.Constant: _constant,
        ast.Name: _name,
        ast.Tuple: _tuple,
        ast.List: _list,
        ast.Dict: _dict,
        ast.Set: _set,
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
        ast.Yield: _yield,
        ast.YieldFrom: _yield,
    }
