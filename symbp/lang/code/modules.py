"""Python files: their functions and classes, called on nodes without running the file.

Of a file's outermost statements only imports, definitions and plain assignments are read; what
cannot be read is remembered under its name and raised where the name is used.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field
from typing import Any

from symbp.algebra.node import Node
from symbp.errors import OperandError, SymbpError, UnknownNameError, UnsupportedError
from symbp.lang.code.arrays import Array
from symbp.lang.code.interpreter import Interpreter
from symbp.lang.code.machine import MISFITS, Frame, Unset
from symbp.lang.code.objects import get_attribute
from symbp.lang.code.operators import truth
from symbp.lang.code.source import PLAIN, Source, parse_python, target_names
from symbp.lang.code.values import (
    BEHIND,
    Class,
    Function,
    Imported,
    Instance,
    Method,
    Namespace,
    Scope,
    Unreadable,
    placed,
    plain,
)


@dataclass(frozen=True)
class Module:
    """What a file defines.  `random` collects the leaves that stand for random numbers."""

    source: Source
    scope: Scope
    random: list[Node] = field(default_factory=list)
    unset: Unset = field(default_factory=Unset)
    beside: Mapping[tuple[str, str], Imported] = field(default_factory=dict)
    """What this module and those beside it import: (importing text, name) -> module."""

    @property
    def functions(self) -> dict[str, Function]:
        return {n: v for n, v in self.scope.names.items() if isinstance(v, Function)}

    @property
    def classes(self) -> dict[str, Class]:
        return {n: v for n, v in self.scope.names.items() if isinstance(v, Class)}

    @property
    def unreadable(self) -> dict[str, SymbpError]:
        """Names that could not be read, with the reason."""
        return {n: v.error for n, v in self.scope.names.items() if isinstance(v, Unreadable)}


def read_module(
    text: str,
    source: str = "<text>",
    beside: Mapping[tuple[str, str], Imported] | None = None,
    scope: Scope | None = None,
    unknown: Callable[[str], Any] = lambda name: None,
) -> Module:
    """The definitions of a Python file.  ParseError where it is no Python.

    `beside` are the modules that the file and those that it imports may import: by the name of the
    importing text and the name that it calls them (`layers`, `common.layers`, `..utils`).  `scope`
    is where the definitions go; modules that import each other are made known to each other by it.
    `unknown` gives a value for a name of the file whose value cannot be read (a size that comes out
    of a data set), or None.

    >>> module = read_module("def double(x):\\n    return 2 * x")
    >>> list(module.functions)
    ['double']
    """
    written = Source.of(text, source)
    module = Module(written, scope or Scope(), beside=beside or {})
    interpreter = _interpreter(module)
    stack: list[ast.stmt | _Otherwise] = list(reversed(parse_python(written).body))
    while stack:
        statement = stack.pop()
        match statement:
            case ast.Import() | ast.ImportFrom():
                for alias in statement.names:
                    single = copy(statement)
                    single.names = [alias]
                    _read(interpreter, single, [(alias.asname or alias.name).split(".")[0]])
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                _read(interpreter, statement, [name])
            case ast.Assign(targets=targets):
                names = [n for t in targets for n in target_names(t)]
                _read(interpreter, statement, names)
                for name in names:
                    value = unknown(name) if isinstance(module.scope.names.get(name), Unreadable) else None
                    if value is not None:
                        module.scope.names[name] = value
            case ast.AugAssign(target=ast.Name(id=name)) if not isinstance(
                module.scope.names.get(name), Array
            ):
                _read(interpreter, statement, [name])
            case ast.AnnAssign(target=target):
                _read(interpreter, statement, list(target_names(target)))
            case ast.Try(body=body, handlers=handlers):
                for handler in reversed(handlers):
                    stack.extend(_Otherwise(s) for s in reversed(handler.body))
                stack.extend(reversed(body))
            case ast.If(test=test, body=body, orelse=orelse) if not _is_of_scripts(test):
                stack.extend(reversed(_taken(interpreter, test, body, orelse)))
            case ast.For():
                _give_on(module, statement)
            case _Otherwise(statement=other) if _sets_unreadable(module, other):
                stack.append(other)
    return module


@dataclass(frozen=True)
class _Otherwise:
    """A statement of another branch: read where the first one could not be, or does not define its names."""

    statement: ast.stmt


def _is_of_scripts(test: ast.expr) -> bool:
    """`__name__ == "__main__"`: what follows is not for those who import the file."""
    return any(isinstance(n, ast.Name) and n.id == "__name__" for n in ast.walk(test))


def _taken(
    interpreter: Interpreter, test: ast.expr, body: list[ast.stmt], orelse: list[ast.stmt]
) -> list[ast.stmt | _Otherwise]:
    """The branch of an outermost `if`; both where the test is not known, as after os.getenv."""
    try:
        return [*(body if truth(interpreter.evaluate(test)) else orelse)]
    except (SymbpError, OperandError, *MISFITS):
        return [*body, *map(_Otherwise, orelse)]


def _give_on(module: Module, loop: ast.For) -> None:
    """`for name in dir(xp): globals()[name] = getattr(xp, name)` gives on all that a module has."""
    pieces = list(ast.walk(loop))
    stores = [n.value for n in pieces if isinstance(n, ast.Subscript) and isinstance(n.ctx, ast.Store)]
    if not any(isinstance(v, ast.Call) and getattr(v.func, "id", "") == "globals" for v in stores):
        return
    for name in (n.id for n in ast.walk(loop.iter) if isinstance(n, ast.Name)):
        found = module.scope.names.get(name)
        if isinstance(found, Namespace):
            module.scope.names[BEHIND] = found


def _sets_unreadable(module: Module, statement: ast.stmt) -> bool:
    if isinstance(statement, ast.FunctionDef | ast.ClassDef):
        names = [statement.name]
    elif isinstance(statement, ast.Assign):
        names = [n for t in statement.targets for n in target_names(t)]
    elif isinstance(statement, ast.Import | ast.ImportFrom):
        names = [a.asname or a.name for a in statement.names]
    else:
        return False
    known = module.scope.names
    return any(n not in known or isinstance(known[n], Unreadable) for n in names)


def _interpreter(module: Module) -> Interpreter:
    found = Interpreter(Frame(module.scope, module.source), bare_is_numpy=False)
    found.random, found.unset = module.random, module.unset
    found.beside = module.beside
    return found


def _read(interpreter: Interpreter, statement: ast.stmt, names: list[str]) -> None:
    try:
        interpreter.run_statement(statement)
    except SymbpError as error:
        for name in names:
            interpreter.frame.scope.names[name] = Unreadable(error)


# -- calls --------------------------------------------------------------------------------------


def interpret_function(
    module: Module, name: str, arguments: Sequence[Any] = (), named: Mapping[str, Any] | None = None
) -> Any:
    """What a function of the file returns, with arrays as nodes.  SymbpError with its place.

    Arguments are nodes, exact numbers, texts, lists, dicts, objects, or `Array` where two
    arguments share one array.

    >>> module = read_module("def double(x):\\n    return 2 * x")
    >>> interpret_function(module, "double", [3])
    6
    """
    if name not in module.scope.names:
        raise UnknownNameError(
            f"{module.source.name} defines no {name}",
            hint=f"it defines {', '.join(module.scope.names) or 'nothing'}",
        )
    return plain(_call(module, module.scope.names[name], arguments, named))


def construct(
    module: Module, kind: str, arguments: Sequence[Any] = (), named: Mapping[str, Any] | None = None
) -> Instance:
    """An object of a class of the file, as its constructor leaves it."""
    found = _class(module, kind)
    instance = _call(module, found, arguments, named)
    assert isinstance(instance, Instance)
    return instance


def interpret_method(
    module: Module,
    kind: str,
    method: str,
    self_object: Instance | None = None,
    arguments: Sequence[Any] = (),
    named: Mapping[str, Any] | None = None,
    after_statement: Callable[[], None] | None = None,
    finished: dict[str, Any] | None = None,
) -> Any:
    """What a method returns, with arrays as nodes; what it leaves on the object stays there.

    Without `self_object` a new object is constructed without arguments.  `after_statement` is
    called after each statement that is read; `finished` gets the names that the method has set.
    """
    found = _class(module, kind)
    receiver = self_object if self_object is not None else construct(module, kind)
    try:
        function = get_attribute(receiver, method)
    except OperandError:
        raise UnknownNameError(
            f"the class {found.name} has no method {method}",
            hint="name a method of the class or of its bases",
        ) from None
    return plain(_call(module, function, arguments, named, after_statement, finished))


def interpret_value(module: Module, callee: Any, arguments: Sequence[Any] = ()) -> Any:
    """What a function, a method or a class of the file gives when it is called; objects stay objects."""
    return plain(_call(module, callee, arguments, None))


def _class(module: Module, name: str) -> Class:
    found = module.scope.names.get(name)
    if isinstance(found, Unreadable):
        raise found.error
    if not isinstance(found, Class):
        raise UnknownNameError(
            f"{module.source.name} defines no class {name}",
            hint=f"it defines {', '.join(module.scope.names) or 'nothing'}",
        )
    return found


def _call(
    module: Module,
    callee: Any,
    arguments: Sequence[Any],
    named: Mapping[str, Any] | None,
    after_statement: Callable[[], None] | None = None,
    finished: dict[str, Any] | None = None,
) -> Any:
    if isinstance(callee, Unreadable):
        raise callee.error
    interpreter = _interpreter(module)
    interpreter.after_statement = after_statement
    given = [_arriving(a) for a in arguments]
    by_name = {k: _arriving(v) for k, v in (named or {}).items()}
    line = _line_of(callee)
    nowhere = ast.Constant(None, lineno=line, col_offset=0, end_lineno=line + 1, end_col_offset=0)
    try:
        result = interpreter.call(callee, given, by_name, nowhere)
        if finished is not None:
            finished.update(interpreter.finished)
        return result
    except OperandError as error:
        raise UnsupportedError(error.reason, module.source.place(nowhere), hint=error.hint or PLAIN) from None
    except RecursionError:
        raise UnsupportedError(
            "calls are nested too deeply to be read",
            hint="call fewer functions inside each other, or name the inner parts",
        ) from None


def _line_of(callee: Any) -> int:
    """The first line of a function's body."""
    function = callee.function if isinstance(callee, Method) else callee
    body = function.body if isinstance(function, Function) else []
    return body[0].lineno if isinstance(body, list) and body else 1


def _arriving(value: Any) -> Any:
    """An argument: nodes get places of their own, everything else stays the object that it is."""
    return placed(value) if _holds_node(value) else value


def _holds_node(value: Any) -> bool:
    if isinstance(value, dict):
        return any(_holds_node(v) for v in value.values())
    if isinstance(value, list | tuple):
        return any(_holds_node(v) for v in value)
    return isinstance(value, Node)
