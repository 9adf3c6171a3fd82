"""Python's statements, interpreted over nodes: read, never executed.

Loops have lengths that are known beforehand, every loop and the whole are bounded, and nothing
of the outside world can be reached: names mean what this package says, and nothing else.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

from symbp.algebra.node import Node
from symbp.errors import OperandError, ParseError, SymbpError, UnsupportedError
from symbp.lang.code.arrays import Array, ItemView
from symbp.lang.code.branches import (
    changes_names_only,
    changes_places_only,
    chosen,
    merged,
    returns,
    without_continue,
)
from symbp.lang.code.definitions import Definitions
from symbp.lang.code.dtypes import written
from symbp.lang.code.items import change_item, fit, set_item
from symbp.lang.code.machine import MISFITS, Frame
from symbp.lang.code.matching import matched
from symbp.lang.code.methods import as_list
from symbp.lang.code.objects import get_attribute, set_attribute
from symbp.lang.code.operators import SIGNS, binary, describe, truth
from symbp.lang.code.python_functions import LONGEST_LOOP, Generated
from symbp.lang.code.source import PLAIN, NotReadError, is_generator, target_names
from symbp.lang.code.values import Instance, Method, Opaque, Scope, plain
from symbp.lang.values import node_of
from symbp.ops.compare import logical_and, logical_not

Watch = Callable[[str, Any, ast.stmt], None]
"""Told of every name that the outermost statements set or change: name, value, statement."""


@dataclass(frozen=True)
class Returned:
    """A function body that has come to its return."""

    value: Any


BREAK, CONTINUE = "break", "continue"


class Interpreter(Definitions):
    """Runs statements.  SymbpError, with its place, for everything that is not read."""

    def __init__(self, frame: Frame, watch: Watch | None = None, bare_is_numpy: bool = True) -> None:
        super().__init__(frame, bare_is_numpy)
        self.watch = watch
        self.outermost = frame
        self.rest: list[ast.stmt] | None = None
        """What follows the current statement in the body of its function."""

    def run(self, statements: list[ast.stmt], is_body: bool = False) -> Any:
        """Statements in order; Returned, BREAK or CONTINUE where they end early."""
        for at, statement in enumerate(statements):
            self.rest = statements[at + 1 :] if is_body else None
            result = self.run_statement(statement)
            if result is not None:
                return result
        return None

    def run_statement(self, statement: ast.stmt) -> Any:
        self.count_step(statement)
        handler = self.statements.get(type(statement))
        if handler is None:
            raise UnsupportedError("this kind of statement is not read", self.place(statement), hint=PLAIN)
        try:
            result = handler(self, statement)
            if self.after_statement is not None:
                self.after_statement()
            return result
        except OperandError as error:
            raise self.explained(error, statement) from None
        except MISFITS as error:
            raise self.misfit(error, statement) from None
        except RecursionError:
            raise ParseError(
                "this is nested too deeply to be read",
                self.place(statement),
                hint="call fewer functions inside each other, or name the inner parts",
            ) from None

    def run_body(self, body: list[ast.stmt] | ast.expr) -> Any:
        if isinstance(body, ast.expr):
            return self.evaluate(body)
        if is_generator(body):
            self.frame.yielded = Generated()
            self.run(body, is_body=True)
            return self.frame.yielded
        result = self.run(body, is_body=True)
        return result.value if isinstance(result, Returned) else None

    # -- assignment ---------------------------------------------------------------------------

    def _assign(self, statement: ast.Assign) -> None:
        value = self.evaluate(statement.value)
        for target in statement.targets:
            self.bind_target(target, value)
        self._tell(statement.targets, statement)

    def _annotated(self, statement: ast.AnnAssign) -> None:
        if statement.value is not None:
            self.bind_target(statement.target, self.evaluate(statement.value))
            self._tell([statement.target], statement)

    def _tell(self, targets: list[ast.expr], statement: ast.stmt) -> None:
        if self.watch is None or self.frame is not self.outermost:
            return
        for target in targets:
            for name in target_names(target):
                if name in self.frame.scope.names:
                    self.watch(name, self.frame.scope.names[name], statement)

    def bind_target(self, target: ast.expr, value: Any) -> None:
        if self.predicate is not None and self._is_set(target):
            value = chosen(self.predicate, value, self._old_value(target))
        match target:
            case ast.Name(id=name):
                self._bind_name(name, value)
            case ast.Tuple(elts=targets) | ast.List(elts=targets):
                self._unpack(targets, value)
            case ast.Attribute(value=owner, attr=name):
                self._set_attribute(self.evaluate(owner), name, value, target)
            case ast.Subscript(value=owner, slice=key):
                container = self.evaluate(owner)
                if isinstance(container, Instance):
                    setter = get_attribute(container, "__setitem__")
                    self.call(setter, [self.evaluate(key), value], {}, target)
                else:
                    set_item(container, self.evaluate(key), value)
            case _:
                raise NotReadError("this cannot be assigned to")

    def _set_attribute(self, owner: Any, name: str, value: Any, node: ast.expr) -> None:
        """owner.name = value, through the setter of a property where there is one."""
        kinds = owner.kind.lineage if isinstance(owner, Instance) else []
        setter = next((k.setters[name] for k in kinds if name in k.setters), None)
        if setter is not None:
            self.call(Method(setter, owner), [value], {}, node)
        else:
            set_attribute(owner, name, value)

    def _is_set(self, target: ast.expr) -> bool:
        """A place that holds something already; what only a branch sets is the branch's own."""
        if isinstance(target, ast.Name):
            return target.id in self.frame.scope.known()
        if isinstance(target, ast.Attribute) and isinstance(owner := self.evaluate(target.value), Instance):
            kinds = owner.kind.lineage
            return target.attr in owner.attributes or any(target.attr in k.attributes for k in kinds)
        return isinstance(target, ast.Attribute | ast.Subscript)

    def _old_value(self, target: ast.expr) -> Any:
        """What a place holds before a branch that may not be taken."""
        old = self.evaluate(target)
        return Array(old.node) if isinstance(old, Array) else old

    def _bind_name(self, name: str, value: Any) -> None:
        scope: Scope = self.frame.scope
        if name in self.frame.shared:
            while scope.outside is not None:
                scope = scope.outside
        elif name in self.frame.enclosing:
            scope = scope.outside or scope
            while name not in scope.names and scope.outside is not None:
                scope = scope.outside
        scope.names[name] = value

    def _unpack(self, targets: list[ast.expr], value: Any) -> None:
        items = as_list(value, LONGEST_LOOP)
        starred = [k for k, t in enumerate(targets) if isinstance(t, ast.Starred)]
        if starred:
            at, after = starred[0], len(targets) - starred[0] - 1
            if len(items) < len(targets) - 1:
                raise NotReadError(f"{len(items)} values for {len(targets)} names")
            middle = items[at : len(items) - after]
            items = [*items[:at], middle, *items[len(items) - after :]]
            targets = [t.value if isinstance(t, ast.Starred) else t for t in targets]
        if len(items) != len(targets):
            raise NotReadError(f"{len(items)} values for {len(targets)} names")
        for target, item in zip(targets, items, strict=True):
            self.bind_target(target, item)

    def _augmented(self, statement: ast.AugAssign) -> None:
        sign = SIGNS[type(statement.op)]
        if self.predicate is not None:
            self._augmented_perhaps(statement, sign, self.predicate)
            return
        match statement.target:
            case ast.Subscript(value=owner, slice=key):
                self._augment_item(self.evaluate(owner), self.evaluate(key), sign, statement)
            case ast.Attribute(value=owner, attr=name):
                container = self.evaluate(owner)
                old = self.evaluate(statement.target)
                new = self._augment(old, sign, self.evaluate(statement.value))
                self._set_attribute(container, name, new, statement.target)
            case ast.Name(id=name):
                old = self.evaluate(ast.copy_location(ast.Name(name, ast.Load()), statement.target))
                self._bind_name(name, self._augment(old, sign, self.evaluate(statement.value)))
        self._tell([statement.target], statement)

    def _augmented_perhaps(self, statement: ast.AugAssign, sign: str, predicate: Node) -> None:
        """target sign= value where the data say so: still in place, for all who share the array."""
        target, value = statement.target, self.evaluate(statement.value)
        shared = self.evaluate(target) if not isinstance(target, ast.Subscript) else None
        if not isinstance(shared, Array) or shared.rank == 0:
            self.bind_target(target, binary(sign, self._old_value(target), value))
            return
        new = chosen(predicate, binary(sign, Array(shared.node), value), Array(shared.node))
        shared.assign(written(shared, fit(new.node, shared.shape)))

    def _augment_item(self, container: Any, key: Any, sign: str, statement: ast.AugAssign) -> None:
        value = self.evaluate(statement.value)
        if isinstance(container, Array):
            change_item(container, key, sign, value)
        else:
            old = self.item(container, key, statement.target)
            set_item(container, key, self._augment(old, sign, value))

    def _augment(self, old: Any, sign: str, value: Any) -> Any:
        """old sign= value: in place for arrays and lists, else a new value."""
        if isinstance(old, list) and sign == "+":
            old += as_list(value, LONGEST_LOOP)
            return old
        new = binary(sign, old, value)
        if not isinstance(old, Array) or (old.rank == 0 and not isinstance(old, ItemView)):
            return new
        node = node_of(plain(new))
        if node.shape != old.shape:
            raise NotReadError(f"in place, {describe(new)} does not go into {describe(old)}")
        old.assign(written(old, fit(node, old.shape)))
        return old

    def _delete(self, statement: ast.Delete) -> None:
        for target in statement.targets:
            match target:
                case ast.Name(id=name):
                    self.frame.scope.names.pop(name, None)
                case ast.Subscript(value=owner, slice=key):
                    container = self.evaluate(owner)
                    if not isinstance(container, dict | list):
                        raise NotReadError(f"an item of {describe(container)} cannot be deleted")
                    del container[self.evaluate(key)]
                case _:
                    raise NotReadError("this cannot be deleted")

    # -- loops and branches -------------------------------------------------------------------

    def _for(self, statement: ast.For) -> Any:
        body = without_continue(statement.body)
        for item in self.items_of(self.evaluate(statement.iter), statement.iter):
            self.bind_target(statement.target, item)
            result = self.run(body)
            if isinstance(result, Returned):
                return result
            if result == BREAK:
                return None
            self.count_step(statement)
        return self.run(statement.orelse)

    def _while(self, statement: ast.While) -> Any:
        for _ in range(LONGEST_LOOP):
            if not truth(self.evaluate(statement.test)):
                return self.run(statement.orelse)
            result = self.run(statement.body)
            if isinstance(result, Returned):
                return result
            if result == BREAK:
                return None
        place = self.place(statement.test)
        raise UnsupportedError(
            f"this loop has not ended after {LONGEST_LOOP} rounds",
            place,
            hint="loop over range with a known number of rounds",
        )

    def _if(self, statement: ast.If) -> Any:
        rest = self.rest
        try:
            test = self.evaluate(statement.test)
            branches = [*statement.body, *statement.orelse]
            if self.may_choose(test) and self.predicate is None and changes_names_only(branches):
                return self._both(statement, test.node, rest)
            if self.may_choose(test) and changes_places_only(branches):
                return self._under_condition(statement, test.node)
            holds = truth(test)
        except (OperandError, SymbpError):
            if all(_only_complains(s) for s in statement.body) and not statement.orelse:
                return None
            raise
        return self.run(statement.body if holds else statement.orelse)

    def _both(self, statement: ast.If, test: Node, rest: list[ast.stmt] | None) -> Any:
        """Both branches of a test that depends on the data."""
        if returns(statement):
            return self._both_to_the_end(statement, test, rest)
        before = self.frame.scope.names
        names = []
        for branch in (statement.body, statement.orelse):
            self.frame.scope.names = dict(before)
            self.run(branch)
            names.append(self.frame.scope.names)
        self.frame.scope.names = before
        before.update(merged(test, names[0], names[1]))
        for name in [n for n in before if n not in names[0] or n not in names[1]]:
            del before[name]
        return None

    def _under_condition(self, statement: ast.If, test: Node) -> None:
        """Both branches of a test on the data: each place takes its new value where the test holds."""
        outer = self.predicate
        try:
            for branch, holds in ((statement.body, test), (statement.orelse, logical_not(test))):
                self.predicate = holds if outer is None else logical_and(outer, holds)
                self.run(branch)
        finally:
            self.predicate = outer

    def _both_to_the_end(self, statement: ast.If, test: Node, rest: list[ast.stmt] | None) -> Returned:
        """Both branches up to their return, with what follows where a branch has none."""
        always = isinstance(statement.body[-1], ast.Return)
        if rest is None or not (always or changes_names_only(rest)):
            raise NotReadError("whether this returns depends on the data")
        before = self.frame.scope.names
        values = []
        for branch in (statement.body, statement.orelse):
            self.frame.scope.names = dict(before)
            result = self.run([*branch, *rest], is_body=True)
            values.append(result.value if isinstance(result, Returned) else None)
        return Returned(chosen(test, values[0], values[1]))

    def _match(self, statement: ast.Match) -> Any:
        value = self.evaluate(statement.subject)
        for case in statement.cases:
            names = matched(case.pattern, value, self.evaluate)
            if names is None:
                continue
            self.frame.scope.names.update(names)
            if case.guard is None or truth(self.evaluate(case.guard)):
                return self.run(case.body)
        return None

    def _return(self, statement: ast.Return) -> Returned:
        return Returned(None if statement.value is None else self.evaluate(statement.value))

    def _expression(self, statement: ast.Expr) -> None:
        if isinstance(statement.value, ast.Constant):
            return
        self.evaluate_statement(statement.value)
        self.note_changed(statement)

    def note_changed(self, statement: ast.Expr) -> None:
        """Tell of the name that a call may have changed: `a.fill(0)`, `np.add.at(a, i, v)`."""
        if isinstance(statement.value, ast.Call):
            function = statement.value.func
            targets = [function.value] if isinstance(function, ast.Attribute) else []
            self._tell([*targets, *statement.value.args[:1]], statement)

    def evaluate_statement(self, value: ast.expr) -> Any:
        """The value of an expression that is a whole statement."""
        try:
            return self.evaluate(value)
        except RecursionError:
            raise ParseError(
                "this is nested too deeply to be read",
                self.place(value),
                hint="call fewer functions inside each other, or name the inner parts",
            ) from None

    def _raise(self, statement: ast.Raise) -> None:
        raise UnsupportedError(
            "the code raises an error here",
            self.place(statement),
            hint="give values that do not lead here, or leave the check out",
        )

    def _with(self, statement: ast.With) -> Any:
        entered: list[Instance] = []
        for item in statement.items:
            context = self.evaluate(item.context_expr)
            given: Any = context
            if isinstance(context, Instance):
                entered.append(context)
                given = self.call(get_attribute(context, "__enter__"), [], {}, item.context_expr)
            elif not isinstance(context, Opaque):
                raise NotReadError("this context is not read")
            if item.optional_vars is not None:
                self.bind_target(item.optional_vars, given)
        result = self.run(statement.body)
        for context in reversed(entered):
            self.call(get_attribute(context, "__exit__"), [None] * 3, {}, statement.items[0].context_expr)
        return result

    def _try(self, statement: ast.Try) -> Any:
        result = self.run([*statement.body, *statement.orelse])
        last = self.run(statement.finalbody)
        return result if last is None else last

    def _nothing(self, statement: ast.stmt) -> None:
        return None

    statements: ClassVar[dict[type[ast.AST], Callable[[Any, Any], Any]]] = {
        ast.Assign: _assign,
        ast.AnnAssign: _annotated,
        ast.AugAssign: _augmented,
        ast.Delete: _delete,
        ast.For: _for,
        ast.While: _while,
        ast.If: _if,
        ast.Return: _return,
        ast.Break: lambda self, statement: BREAK,
        ast.Continue: lambda self, statement: CONTINUE,
        ast.Expr: _expression,
        ast.Raise: _raise,
        ast.Assert: _nothing,
        ast.Pass: _nothing,
        ast.With: _with,
        ast.Match: _match,
        ast.Try: _try,
        ast.FunctionDef: Definitions.define_statement,
        ast.ClassDef: Definitions.class_statement,
        ast.Import: Definitions.import_statement,
        ast.ImportFrom: Definitions.import_from_statement,
        ast.Global: Definitions.global_statement,
        ast.Nonlocal: Definitions.global_statement,
    }


def _only_complains(statement: ast.stmt) -> bool:
    """A statement that computes nothing: raise, assert, print, a warning."""
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
        function = statement.value.func
        name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
        return name in ("print", "warn", "warning", "info", "debug")
    return isinstance(statement, ast.Raise | ast.Assert | ast.Pass)
