"""The table of all functions that an equation may call, and the three kinds of operation.

A declaration registers itself here; that is all that makes it callable from every language,
printable, checkable and tested.
"""

from __future__ import annotations

import functools
import inspect
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from symbp.algebra.node import Node, Operation, Shape, as_node, make
from symbp.algebra.size import Size
from symbp.errors import OperandError

FUNCTIONS: dict[str, Function] = {}
"""Name in an equation -> function.  Filled in by the decorators below."""


@dataclass(frozen=True)
class Function:
    """A function of the language: what it is called and what it builds."""

    name: str
    build: Callable[..., Any]
    signature: inspect.Signature
    example: str | None = None

    @property
    def examples(self) -> list[str]:
        """The calls on which the tests try it, one text each."""
        return [text.strip() for text in (self.example or "").split(";") if text.strip()]

    @property
    def usage(self) -> str:
        """How it is called, with the defaults: sum(x, axis=None, keepdims=False)."""
        text = f"{self.name}{self.signature}".replace("'", "")
        bare = re.sub(r": [^,=)]*(?= =|,|\))| -> .*$", "", text).replace(" = ", "=")
        return re.sub(r"Fraction\((\d+), (\d+)\)", lambda m: f"{int(m[1]) / int(m[2]):g}", bare)

    @property
    def hint(self) -> str | None:
        """How it is called, by its first example: for example inner(x, y) with x: m and y: m."""
        if not self.example:
            return None
        call, *declared = (part.strip() for part in self.examples[0].split("|"))
        return f"for example {call}" + (f" with {' and '.join(declared)}" if declared else "")


BuilderT = TypeVar("BuilderT", bound=Callable[..., Any])


def function(*names: str, example: str | None = None) -> Callable[[BuilderT], BuilderT]:
    """Register a builder under one or more names (its own name where none is given).

    `example` is a call on declared shapes on which the registry-driven tests try it, several
    ones separated by `;`, such as "take(x, i, axis=0) | x: n,m | i: k index:n".  A declaration is a
    name, sizes, and words for what is drawn (positive, unit, above one, prob, spd, index:n, …).
    Write sizes as letters wherever the call allows it: the tests set all letters to 1, too.
    """

    def register(build: BuilderT) -> BuilderT:
        for name in names or (build.__name__,):
            FUNCTIONS[name] = Function(name, build, inspect.signature(build), example)
        return build

    return register


def function_of_dimensions(name: str, examples: Mapping[int, str]) -> Callable[[BuilderT], BuilderT]:
    """Register a builder whose first argument is a number of dimensions, once for each of them.

    The number stands in the name where the braces are: "conv{}d".
    """

    def register(build: BuilderT) -> BuilderT:
        full = inspect.signature(build)
        signature = full.replace(parameters=list(full.parameters.values())[1:])
        for dims, example in examples.items():
            called = name.format(dims)
            FUNCTIONS[called] = Function(called, functools.partial(build, dims), signature, example)
        return build

    return register


def broadcast_shapes(a: Shape, b: Shape, what: str = "elementwise operation") -> Shape:
    """NumPy's rule, right-aligned, with symbolic sizes.  OperandError where it does not hold."""
    longer, shorter = (a, b) if len(a) >= len(b) else (b, a)
    pad = len(longer) - len(shorter)
    result = list(longer[:pad])
    for axis, (x, y) in enumerate(zip(longer[pad:], shorter, strict=True)):
        if x == y or y.is_one:
            result.append(x)
        elif x.is_one:
            result.append(y)
        else:
            raise OperandError(
                f"{what}: shapes {show(a)} and {show(b)} do not broadcast, "
                f"{x} against {y} on axis {axis + pad - len(longer)}",
                mismatch=(x, y),
            )
    return tuple(result)


def show(shape: Shape) -> str:
    return "(" + ", ".join(map(str, shape)) + ("," if len(shape) == 1 else "") + ")"


Partial = Callable[..., "Node | int"]


class Elementwise(Operation):
    """f applied entry by entry, arguments broadcast: y_i = f(a_i, b_i, …).

    `partials[k](*arguments, y)` is ∂f/∂argument k, in terms of the arguments and of the result;
    None where the argument carries no gradient.  `meaning(*arguments)` is f from simpler
    functions, None for the primitive ones that `symbp.evidence` knows by name.
    """

    def __init__(
        self,
        name: str,
        partials: Sequence[Partial | None] | None,
        meaning: Callable[..., Node] | None = None,
        dtype: str = "real",
    ) -> None:
        self.name = name
        self.partials = partials
        self.meaning = meaning
        self.dtype = dtype

    def __call__(self, *arguments: Any) -> Node:
        args = tuple(as_node(a) for a in arguments)
        shape = args[0].shape
        for other in args[1:]:
            if other.shape != shape:
                shape = broadcast_shapes(shape, other.shape, self.name)
        return make(self, args, (), shape, self.dtype)

    def adjoints(self, node: Node, upstream: Node) -> Sequence[Node | None]:
        if self.partials is None:
            raise NotImplementedError
        result: list[Node | None] = []
        for arg, partial in zip(node.args, self.partials, strict=True):
            if partial is None or arg.dtype != "real":
                result.append(None)
                continue
            slope = as_node(partial(*node.args, node))
            result.append(sum_to(Node.operators["multiply"](upstream, slope), arg.shape))
        return result

    def definition(self, node: Node) -> Node | None:
        return None if self.meaning is None else self.meaning(*node.args)


def sum_to(node: Node, shape: Shape) -> Node:
    """The adjoint of broadcasting: sum over the axes along which `shape` was repeated."""
    if node.shape == shape:
        return node
    return Node.operators["sum_to"](node, shape)


class Composite(Operation):
    """An operation that is defined by simpler ones.

    `meaning(*arguments, *params)` builds the definition.  `closed(*arguments, *params, y, g)` may
    state the gradient contributions in the form that reads best; the tests prove that it equals
    what follows from the definition.
    """

    def __init__(
        self,
        name: str,
        meaning: Callable[..., Node],
        closed: Callable[..., Sequence[Node | None]] | None = None,
    ) -> None:
        self.name = name
        self.meaning = meaning
        self.closed = closed

    def __call__(self, args: Sequence[Node], params: tuple[Any, ...] = ()) -> Node:
        defined = self.meaning(*args, *params)
        return make(self, tuple(args), params, defined.shape, defined.dtype)

    def definition(self, node: Node) -> Node | None:
        return self.meaning(*node.args, *node.params)

    def adjoints(self, node: Node, upstream: Node) -> Sequence[Node | None]:
        if self.closed is None:
            raise NotImplementedError
        return self.closed(*node.args, *node.params, node, upstream)


def axis_of(axis: int, rank: int, what: str) -> int:
    """A non-negative axis.  OperandError where it is out of range."""
    if not isinstance(axis, int) or isinstance(axis, bool):
        raise OperandError(f"{what}: an axis is an integer, not {axis!r}")
    if not -rank <= axis < rank:
        hint = f"its axes are 0 to {rank - 1}, or -{rank} to -1" if rank > 1 else "its only axis is 0"
        hint = hint if rank else "a number has no axes"
        raise OperandError(f"{what}: axis {axis} is out of range for an array of rank {rank}", hint=hint)
    return axis % rank


def axes_of(axis: Any, rank: int, what: str) -> tuple[int, ...]:
    """Several axes in increasing order; None means all."""
    if axis is None:
        return tuple(range(rank))
    listed = axis if isinstance(axis, tuple | list) else (axis,)
    axes = sorted(axis_of(a, rank, what) for a in listed)
    if len(set(axes)) < len(axes):
        raise OperandError(f"{what}: an axis is named twice in {tuple(listed)}")
    return tuple(axes)


def whole_number(value: Any, what: str) -> Size:
    """A count of at least 1: a known integer, or a size."""
    if isinstance(value, bool) or not isinstance(value, int | Size) or not Size.of(value).is_at_least(1):
        raise OperandError(f"{what} has to be a positive integer or a size, not {value}")
    return Size.of(value)


def static_int(value: Any, what: str) -> int:
    """An argument that has to be a known integer."""
    if isinstance(value, Size) and value.is_constant:
        return value.constant
    if isinstance(value, bool) or not isinstance(value, int):
        raise OperandError(f"{what} has to be a known integer, not {value}")
    return value
