"""The objects of the mathematics: arrays as expressions.

A `Node` is one operation applied to other nodes.  Equal nodes are the same object (hash
consing), so common subexpressions are shared, comparison is `is`, memo tables are dictionaries
keyed by node, and nothing recurses over depth.  What an operation means stands in `symbp.ops`.

Why not `sympy.Expr` itself: SymPy evaluates on construction (X - X loses its shape, 2*(X + b)
distributes, sqrt(x**2*y) becomes Abs(x)*sqrt(y)) and costs 0.1 ms a node.  Users see SymPy all
the same: `symbp.algebra.sympy_view` converts both ways.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any, ClassVar, TypeAlias
from weakref import WeakValueDictionary

from symbp.algebra.size import Size

Shape: TypeAlias = tuple[Size, ...]
Scalar: TypeAlias = int | Fraction | Size


class Operation:
    """What a node does.  The subclasses in `symbp.ops` say it by an index equation."""

    name: str = "?"

    def adjoints(self, node: Node, upstream: Node) -> Sequence[Node | None]:
        """For each argument the gradient contribution; None where there is none."""
        raise NotImplementedError(f"{self.name} has no derivative")

    def definition(self, node: Node) -> Node | None:
        """The same value from simpler operations; None for a primitive."""
        return None

    def __repr__(self) -> str:
        return f"<operation {self.name}>"


class Node:
    """One array: an operation, its arguments, its static parameters, its shape.

    `dtype` is "real", "int" (indices, classes) or "bool" (masks); only real nodes carry
    gradients.  Nodes are made by the functions of `symbp.ops`, not by calling the class.
    """

    __slots__ = ("__weakref__", "_meaning", "args", "dtype", "op", "params", "shape")

    op: Operation
    args: tuple[Node, ...]
    params: tuple[Any, ...]
    shape: Shape
    dtype: str
    _meaning: Node | None

    operators: ClassVar[dict[str, Callable[..., Node]]] = {}
    """What +, @ and the others mean; filled in by `symbp.ops`."""

    @property
    def rank(self) -> int:
        return len(self.shape)

    @property
    def is_leaf(self) -> bool:
        return isinstance(self.op, Leaf)

    @property
    def meaning(self) -> Node | None:
        """The same value from simpler operations, worked out once; None for a primitive."""
        try:
            return self._meaning
        except AttributeError:
            self._meaning = self.op.definition(self)
            return self._meaning

    @property
    def name(self) -> str:
        """The name of a leaf."""
        name: str = self.params[0]
        return name

    def __repr__(self) -> str:
        if self.op is CONSTANT:
            return str(self.params[0])
        inside = ", ".join(a.name if a.is_leaf else f"<{a.op.name}>" for a in self.args)
        label = self.name if self.is_leaf else f"{self.op.name}({inside})"
        return f"{label}[{', '.join(map(str, self.shape))}]"

    def __copy__(self) -> Node:
        return self  # equal nodes are one

    def __deepcopy__(self, memo: object) -> Node:
        return self

    def __add__(self, other: Node | Scalar) -> Node:
        return self.operators["add"](self, other)

    def __radd__(self, other: Scalar) -> Node:
        return self.operators["add"](other, self)

    def __sub__(self, other: Node | Scalar) -> Node:
        return self.operators["subtract"](self, other)

    def __rsub__(self, other: Scalar) -> Node:
        return self.operators["subtract"](other, self)

    def __mul__(self, other: Node | Scalar) -> Node:
        return self.operators["multiply"](self, other)

    def __rmul__(self, other: Scalar) -> Node:
        return self.operators["multiply"](other, self)

    def __truediv__(self, other: Node | Scalar) -> Node:
        return self.operators["divide"](self, other)

    def __rtruediv__(self, other: Scalar) -> Node:
        return self.operators["divide"](other, self)

    def __pow__(self, other: Node | Scalar) -> Node:
        return self.operators["power"](self, other)

    def __matmul__(self, other: Node) -> Node:
        return self.operators["matmul"](self, other)

    def __neg__(self) -> Node:
        return self.operators["negative"](self)

    def __getitem__(self, key: Any) -> Node:
        return self.operators["getitem"](self, key)

    __iter__ = None

    @property
    def T(self) -> Node:
        return self.operators["transpose"](self)


_interned: WeakValueDictionary[Any, Node] = WeakValueDictionary()


def make(
    op: Operation,
    args: tuple[Node, ...],
    params: tuple[Any, ...],
    shape: Shape,
    dtype: str = "real",
) -> Node:
    """The node for these parts: the existing one where there is one."""
    key = (op, args, params, shape, dtype)
    node = _interned.get(key)
    if node is None:
        node = Node()
        node.op, node.args, node.params, node.shape, node.dtype = op, args, params, shape, dtype
        _interned[key] = node
    return node


class Leaf(Operation):
    """A named array: an input, a parameter, an upstream gradient.  params: name, facts."""

    name = "leaf"


class Adjoint(Leaf):
    """The gradient of the output by an intermediate, under a name.  params: name, facts."""

    name = "adjoint"


class Constant(Operation):
    """An exact number.  params: a Fraction."""

    name = "constant"


class SizeValue(Operation):
    """A size used as a number (1/n).  params: a Size."""

    name = "size"


class Symbolic(Operation):
    """A fixed irrational number.  params: its name ("pi")."""

    name = "symbolic"


LEAF, ADJOINT = Leaf(), Adjoint()
CONSTANT, SIZE, SYMBOLIC = Constant(), SizeValue(), Symbolic()


def leaf(name: str, shape: Iterable[Size], dtype: str = "real", facts: Iterable[str] = ()) -> Node:
    """A named array.  `facts` are words such as "onehot" that laws may use."""
    return make(LEAF, (), (name, tuple(sorted(facts))), tuple(shape), dtype)


def adjoint_leaf(name: str, shape: Shape, known: Sequence[str] = ()) -> Node:
    """The name of a gradient that is worked out once and used under that name, with what is known of it."""
    return make(ADJOINT, (), (name, tuple(known)), shape)


def constant(value: int | Fraction) -> Node:
    return make(CONSTANT, (), (Fraction(value),), ())


def size_value(size: Size) -> Node:
    return constant(size.constant) if size.is_constant else make(SIZE, (), (size,), ())


def symbolic(name: str) -> Node:
    return make(SYMBOLIC, (), (name,), ())


PI = symbolic("pi")


def as_node(value: Node | Scalar) -> Node:
    if isinstance(value, Node):
        return value
    if isinstance(value, Size):
        return size_value(value)
    return constant(value)


def number(node: Node) -> Fraction | None:
    """The value of a constant node, else None."""
    return node.params[0] if node.op is CONSTANT else None


def facts(node: Node) -> tuple[str, ...]:
    """What is known of a leaf."""
    return node.params[1] if node.is_leaf else ()


def topological(roots: Iterable[Node], stop: Callable[[Node], bool] | None = None) -> list[Node]:
    """All nodes below the roots, arguments first, in an order that depends on nothing but them.

    Below a node for which `stop` holds nothing is visited.
    """
    order: list[Node] = []
    seen: set[Node] = set()
    stack: list[Node | None] = [*reversed(list(roots))]
    while stack:
        node = stack.pop()
        if node is None:  # the node below it on the stack has all its arguments in the order
            order.append(stack.pop())  # type: ignore[arg-type]
            continue
        if node in seen:
            continue
        seen.add(node)
        if not node.args or (stop is not None and stop(node)):
            order.append(node)
            continue
        stack += (node, None)
        stack += [a for a in node.args[::-1] if a not in seen]
    return order


def rebuild(node: Node, args: tuple[Node, ...]) -> Node:
    """The same operation on other arguments of the same shapes."""
    return node if args == node.args else make(node.op, args, node.params, node.shape, node.dtype)


def replace(roots: Iterable[Node], mapping: Mapping[Node, Node]) -> list[Node]:
    """The roots with nodes exchanged for others of the same shape."""
    roots = list(roots)
    done: dict[Node, Node] = dict(mapping)
    for node in topological(roots, stop=lambda n: n in mapping):
        if node not in done:
            done[node] = rebuild(node, tuple(done[a] for a in node.args))
    return [done[r] for r in roots]


def leaves(roots: Iterable[Node]) -> Iterator[Node]:
    return (n for n in topological(roots) if n.is_leaf)
