"""What a name can stand for while code is interpreted.

Arrays (`arrays.Array`), exact numbers (int, Fraction, Size), texts, tuples, lists, dicts, slices,
None, ranges; and the kinds of this file.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from symbp.algebra.node import Node
from symbp.algebra.size import Size
from symbp.errors import SymbpError
from symbp.lang.code.arrays import Array
from symbp.lang.code.source import NotReadError, Source

LONGEST_LIST = 100_000
DEEPEST_LIST = 64
LONGEST_NUMBER = 8192
LARGEST_SIZE = 10**9
LONGEST_SIZE = 64


class Shown:
    """Shows itself in messages by what it is, never by where it is in memory."""

    def __repr__(self) -> str:
        return f"<{type(self).__name__.lower()} {getattr(self, 'name', '')}".rstrip() + ">"


@dataclass(repr=False)
class Scope(Shown):
    """Names and their values; what is not found here is looked up outside."""

    names: dict[str, Any] = field(default_factory=dict)
    outside: Scope | None = None
    is_comprehension: bool = False

    def find(self, name: str) -> Any:
        """The value of a name.  KeyError where nothing sets it."""
        scope: Scope | None = self
        while scope is not None:
            if name in scope.names:
                return scope.names[name]
            scope = scope.outside
        raise KeyError(name)

    def known(self) -> list[str]:
        scope: Scope | None = self
        found: dict[str, None] = {}
        while scope is not None:
            found.update(dict.fromkeys(scope.names))
            scope = scope.outside
        return list(found)


@dataclass(frozen=True)
class Opaque:
    """Something that is passed around but never looked into: a dtype, a logger, a generator."""

    text: str


@dataclass(frozen=True)
class Namespace:
    """A module of the outside world: `np`, `np.linalg`, `math`."""

    path: str


BEHIND = "*"
"""Under this name a module keeps the module of the outside world whose names it gives on as its own."""


@dataclass(frozen=True, eq=False, repr=False)
class Imported(Shown):
    """A module of the user's own: what it defines, by name."""

    name: str
    names: dict[str, Any]


@dataclass(frozen=True)
class Infinite:
    """±inf, which code puts where a maximum, a softmax or a limit is to take no notice."""

    sign: int

    @property
    def stand_in(self) -> int:
        """What stands for it in arrays: so large that no number that is added to it matters."""
        return self.sign * 10**30


@dataclass(frozen=True)
class Builtin:
    """A function that the text does not define; `path` is "" for a bare name, else "numpy", …"""

    name: str
    path: str = ""


@dataclass(frozen=True, eq=False, repr=False)
class Unreadable(Shown):
    """A name of a module that could not be read; using it raises why."""

    error: SymbpError


@dataclass(frozen=True, eq=False, repr=False)
class Function(Shown):
    """A function, method or lambda of the text."""

    name: str
    arguments: ast.arguments
    body: list[ast.stmt] | ast.expr
    scope: Scope
    source: Source
    defaults: dict[str, Any]
    owner: Class | None = None
    kind: str = "function"
    """"function", "static", "class", "property", or the name of a decorator that is not known."""


@dataclass(frozen=True, eq=False, repr=False)
class Method(Shown):
    """A function with its first argument."""

    function: Function
    receiver: Any


@dataclass(frozen=True, eq=False, repr=False)
class ValueMethod(Shown):
    """A method of an array, list, dict or text: `x.sum`, `items.append`."""

    receiver: Any
    name: str


@dataclass(frozen=True, eq=False, repr=False)
class Partial(Shown):
    """functools.partial: a function with its first arguments."""

    function: Any
    arguments: list[Any]
    named: dict[str, Any]


@dataclass(frozen=True, eq=False, repr=False)
class Vectorized(Shown):
    """np.vectorize(function): called on each entry."""

    function: Any


@dataclass(frozen=True, eq=False)
class Ufunc:
    """A method of a NumPy function: `np.add.at`, `np.maximum.reduce`."""

    name: str
    method: str


@dataclass(eq=False, repr=False)
class Class(Shown):
    """A class of the text."""

    name: str
    bases: tuple[Any, ...]
    attributes: dict[str, Any] = field(default_factory=dict)
    fields: tuple[str, ...] = ()
    """Of a dataclass: its fields in order."""
    subclasses: list[Class] = field(default_factory=list)
    is_tuple: bool = False
    """Whether its objects are tuples of their fields."""
    setters: dict[str, Function] = field(default_factory=dict)
    """What sets a property, by its name."""

    @property
    def lineage(self) -> list[Class]:
        """The class and its bases, in the order in which attributes are looked up."""
        found: list[Class] = []
        stack: list[Class] = [self]
        while stack and len(found) < LONGEST_LIST:
            current = stack.pop()
            if current in found:
                found.remove(current)
            found.append(current)
            stack.extend(base for base in reversed(current.bases) if isinstance(base, Class))
        return found

    def find(self, name: str, after: Class | None = None) -> Any:
        """An attribute of the class or its bases (those after one of them).  KeyError."""
        lineage = self.lineage
        if after is not None:
            lineage = lineage[lineage.index(after) + 1 :] if after in lineage else []
        for kind in lineage:
            if name in kind.attributes:
                return kind.attributes[name]
        raise KeyError(name)


@dataclass(eq=False, repr=False)
class Instance(Shown):
    """An object of a class of the text, with its state."""

    kind: Class
    attributes: dict[str, Any] = field(default_factory=dict)


class Defaulting(dict[Any, Any]):
    """A collections.defaultdict: what is not there is made by a function."""

    def __init__(self, factory: Any, items: Any = ()) -> None:
        super().__init__(items)
        self.factory = factory


@dataclass(frozen=True, eq=False, repr=False)
class Super(Shown):
    """`super()` inside a method: the bases of `after`, for `receiver`."""

    after: Class
    receiver: Any


@dataclass(frozen=True)
class Masked:
    """`x[mask]` for a boolean mask: entries whose number depends on the data.

    `node` has the shape of the mask; only its entries where the mask holds mean anything.
    """

    node: Node
    mask: Node


@dataclass(frozen=True)
class WherePart:
    """The indices along one axis of where a mask holds; together with those of all axes, the mask."""

    mask: Node
    axis: int


Callback = Callable[[Any, list[Any], dict[str, Any]], Any]


def plain(value: Any, depth: int = 0) -> Any:
    """A value without its places: arrays as nodes, inside lists, tuples and dicts too."""
    if isinstance(value, Array):
        return value.node
    if isinstance(value, Infinite):
        return value.stand_in
    if depth > DEEPEST_LIST:
        raise NotReadError("lists are nested too deeply to be read")
    if isinstance(value, list | tuple):
        return type(value)(plain(v, depth + 1) for v in value)
    if isinstance(value, dict):
        return {k: plain(v, depth + 1) for k, v in value.items()}
    if isinstance(value, range):
        return list(value)
    return value


def placed(value: Any) -> Any:
    """A value with places of its own: nodes as arrays, lists and dicts copied."""
    if isinstance(value, Node):
        return Array(value)
    if isinstance(value, list | tuple):
        return type(value)(placed(v) for v in value)
    if isinstance(value, dict):
        return {k: placed(v) for k, v in value.items()}
    return value


def size_of(size: Size) -> int | Size:
    """A size as a plain integer where it is one."""
    return size.constant if size.is_constant else size


def bounded(value: Any) -> Any:
    """The value, unless it is too large to go on with.  OperandError."""
    if isinstance(value, Node):
        for size in value.shape:
            _check_size(size)
    elif isinstance(value, Size):
        _check_size(value)
    elif isinstance(value, int | Fraction):
        if max(value.numerator.bit_length(), value.denominator.bit_length()) > LONGEST_NUMBER:
            raise NotReadError("this number is too large to be written out")
    elif isinstance(value, list | tuple | str) and len(value) > LONGEST_LIST:
        raise NotReadError(f"more than {LONGEST_LIST} items are not supported")
    return value


def _check_size(size: Size) -> None:
    if len(size.terms) > LONGEST_SIZE:
        raise NotReadError("this size is too large to be written out")
    for letters, coefficient in size.terms:
        if abs(coefficient) > LARGEST_SIZE or len(letters) > LONGEST_SIZE:
            raise NotReadError(f"a size beyond {LARGEST_SIZE} is not supported")
