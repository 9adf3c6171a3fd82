"""Attributes of objects and classes, and how arguments meet parameters."""

from __future__ import annotations

from typing import Any

from symbp.lang.code.contexts import kept_by_base
from symbp.lang.code.methods import value_attribute
from symbp.lang.code.numpy_functions import builtin_attribute, namespace_attribute
from symbp.lang.code.operators import describe
from symbp.lang.code.source import NotReadError
from symbp.lang.code.values import (
    BEHIND,
    Builtin,
    Class,
    Function,
    Imported,
    Instance,
    Method,
    Namespace,
    Super,
    Unreadable,
    ValueMethod,
)

READABLE_DUNDERS = {
    "__init__",
    "__call__",
    "__class__",
    "__name__",
    "__getitem__",
    "__len__",
    "__subclasses__",
    "__setitem__",
    "__iter__",
    "__enter__",
    "__exit__",
}
NOTHING = Builtin("pass")
"""What `super().__init__` means where the base class is not in the text."""


def is_dunder(name: str) -> bool:
    """Belongs to Python itself: `__class__`, but not the private name `__step` of a class."""
    return name.startswith("__") and name.endswith("__")


def get_attribute(value: Any, name: str) -> Any:
    """value.name; a property comes back as a Method that is still to be called."""
    if is_dunder(name) and name not in READABLE_DUNDERS:
        raise NotReadError(f"{name} is not read")
    match value:
        case Instance():
            return _of_instance(value, name)
        case Class():
            return _of_class(value, name)
        case Super(after=after, receiver=receiver):
            return _of_super(after, receiver, name)
        case Imported(name=module, names=names):
            if name not in names and BEHIND in names:
                return get_attribute(names[BEHIND], name)
            if name not in names:
                raise NotReadError(f"the module {module} has no {name}")
            return get_attribute(found, name) if isinstance(found := names[name], Unreadable) else found
        case Namespace():
            return namespace_attribute(value, name)
        case Builtin():
            return builtin_attribute(value, name)
        case Function() if name == "__name__":
            return value.name
        case Unreadable(error=error):
            raise error
    if name.startswith("__"):
        raise NotReadError(f"{name} is not read")
    return value_attribute(value, name)


def _of_instance(value: Instance, name: str) -> Any:
    if name in value.attributes:
        return value.attributes[name]
    if name == "__class__":
        return value.kind
    try:
        return bind(value.kind.find(name), value)
    except KeyError:
        kept = kept_by_base(value.kind, name)
        if kept is not None:
            return Method(kept, value)
        raise NotReadError(f"{describe(value)} has no attribute {name}") from None


def _of_class(value: Class, name: str) -> Any:
    if name == "__name__":
        return value.name
    if name == "__subclasses__":
        return ValueMethod(value, name)
    try:
        found = value.find(name)
    except KeyError:
        raise NotReadError(f"the class {value.name} has no attribute {name}") from None
    return Method(found, value) if isinstance(found, Function) and found.kind == "class" else found


def _of_super(after: Class, receiver: Any, name: str) -> Any:
    kind = receiver.kind if isinstance(receiver, Instance) else receiver
    try:
        lineage: Class = kind
        return bind(lineage.find(name, after), receiver)
    except KeyError:
        if name == "__init__":
            return NOTHING
        raise NotReadError(f"no base class of {after.name} in this text has {name}") from None


def bind(found: Any, receiver: Any) -> Any:
    """A class attribute as an attribute of an object."""
    if not isinstance(found, Function) or found.kind == "static":
        return found
    if found.kind == "class" and isinstance(receiver, Instance):
        return Method(found, receiver.kind)
    return Method(found, receiver)


def is_property(value: Any) -> bool:
    return isinstance(value, Method) and value.function.kind == "property"


def set_attribute(value: Any, name: str, new: Any) -> None:
    """value.name = new.  OperandError where that is not read."""
    if is_dunder(name):
        raise NotReadError(f"{name} cannot be set")
    if isinstance(value, Instance | Class):
        value.attributes[name] = new
        return
    raise NotReadError(f"an attribute of {describe(value)} cannot be set")


def bind_arguments(function: Function, arguments: list[Any], named: dict[str, Any]) -> dict[str, Any]:
    """The parameters of a function with their values.  OperandError where they do not fit."""
    given = function.arguments
    positional = [p.arg for p in (*given.posonlyargs, *given.args)]
    bound = dict(function.defaults)
    bound.update(zip(positional, arguments, strict=False))
    extra = arguments[len(positional) :]
    if extra and given.vararg is None:
        raise NotReadError(f"{function.name} takes {len(positional)} arguments, not {len(arguments)}")
    if given.vararg is not None:
        bound[given.vararg.arg] = tuple(extra)
    names = {*positional, *(p.arg for p in given.kwonlyargs)}
    rest: dict[str, Any] = {}
    for name, value in named.items():
        if name in positional[: len(arguments)]:
            raise NotReadError(f"{function.name} is given {name} twice")
        if name not in names and given.kwarg is None:
            raise NotReadError(f"{function.name} has no argument {name}")
        (bound if name in names else rest)[name] = value
    if given.kwarg is not None:
        bound[given.kwarg.arg] = rest
    for name in [*positional, *(p.arg for p in given.kwonlyargs)]:
        if name not in bound:
            raise NotReadError(f"{function.name} needs the argument {name}")
    return bound
