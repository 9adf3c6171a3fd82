"""Random expressions, rewritten (equal by construction) and mutated (mostly different).

Expressions are typed by shape; every rule builds nodes as the language does.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from random import Random
from typing import Any

from symbp.algebra.node import Node, Shape, leaf, number, replace, size_value, topological
from symbp.algebra.size import Size, product
from symbp.ops.catalogue import find
from symbp.ops.registry import Elementwise

N, M, ONE = Size.letter("n"), Size.letter("m"), Size.of(1)


def f(name: str, *arguments: Any, **named: Any) -> Node:
    """A function of the language by its name."""
    function = find(name)
    assert function is not None, name
    result: Node = function.build(*arguments, **named)
    return result


LEAVES = [
    leaf("X", (N, M)),
    leaf("Y", (N, M)),
    leaf("A", (N, N)),
    leaf("B", (N, N)),
    leaf("S", (N, N), facts=["symmetric"]),
    leaf("W", (M, N)),
    leaf("C", (M, M)),
    leaf("u", (N,)),
    leaf("v", (M,)),
    leaf("w", (M,)),
    leaf("s", ()),
    leaf("P", (N, M), facts=["positive"]),
    leaf("T", (N, M), facts=["onehot"]),
    leaf("K", (N, M), facts=["mask"]),
    leaf("G", (N, N), facts=["causal"]),
    leaf("e", (M,), facts=["pm1"]),
    leaf("t", (N, M), facts=["prob"]),
]
INDEX = leaf("i", (N,), "int", ["index m"])
SIZES = (N, M)


class Generator:
    """Random nodes of given shapes."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)

    def node(self, shape: Shape, depth: int) -> Node:
        options = [x for x in LEAVES if x.shape == shape]
        if depth <= 0:
            return self.random.choice(options) if options else f("broadcast_to", LEAVES[10], shape)
        rules: list[Callable[[Shape, int], Node]] = [self.ring, self.ring, self.function, self.moved]
        rules.append({0: self.scalar, 1: self.vector, 2: self.matrix}[len(shape)])
        return self.random.choice(rules)(shape, depth - 1)

    def ring(self, shape: Shape, depth: int) -> Node:
        other = self.random.choice([shape, shape, shape[1:], ()])
        a, b = self.node(shape, depth), self.node(other, depth - 1)
        return f(self.random.choice(["add", "subtract", "multiply", "multiply"]), a, b)

    def function(self, shape: Shape, depth: int) -> Node:
        kind = self.random.randrange(14)
        x = self.node(shape, depth)
        match kind:
            case 0:
                return f("negative", x)
            case 1:
                return x * Fraction(self.random.choice([2, 3, -1, 4, 6]), self.random.choice([1, 1, 5]))
            case 2:
                return x ** self.random.choice([2, 3])
            case 3 | 4 | 5:
                return f(self.random.choice(["sigmoid", "tanh", "relu", "abs", "exp", "sin"]), x)
            case 6:
                return f(
                    "where", f("greater", x, self.node(shape, depth - 1)), x, self.node(shape, depth - 1)
                )
            case 7:
                return f("maximum", x, self.node(shape, depth - 1))
            case 8 | 9:
                return x / self.positive(shape, depth - 1)
            case 10:
                return f("sqrt", self.positive(shape, depth))
            case 11:
                return f("log", self.positive(shape, depth))
            case 12:
                return f("softmax", x, axis=-1) if shape else x
        return f("greater", x, 0) * x

    def positive(self, shape: Shape, depth: int) -> Node:
        kind = self.random.randrange(4)
        if kind == 0 and shape == (N, M):
            return LEAVES[11]
        x = self.node(shape, depth)
        if kind == 1:
            return x * x + 1
        if kind == 2:
            return f("exp", x)
        return f("sigmoid", x) + Fraction(1, 2)

    def moved(self, shape: Shape, depth: int) -> Node:
        x = self.node(shape, depth)
        if not shape:
            return x
        axis = self.random.randrange(len(shape))
        match self.random.randrange(7):
            case 0:
                return f("cumsum", x, axis=axis)
            case 1:
                return f(
                    "concatenate",
                    [_cut(x, axis, 0, 1), _cut(self.node(shape, depth - 1), axis, 1, None)],
                    axis,
                )
            case 2:
                return _cut(
                    f("pad", x, [(1, 1) if a == axis else (0, 0) for a in range(len(shape))]), axis, 0, -2
                )
            case 3:
                return f("flip", x, axis)
            case 4 if len(shape) == 2:
                return f("reshape", f("reshape", x, (product(shape),)), shape)
            case 5:
                return f("roll", x, 1, axis)
        return f("max", x, axis=axis, keepdims=True) + x

    def matrix(self, shape: Shape, depth: int) -> Node:
        a, b = shape
        inner = self.random.choice(SIZES)
        match self.random.randrange(5):
            case 0 | 1:
                return self.node((a, inner), depth) @ self.node((inner, b), depth - 1)
            case 2:
                return self.node((b, a), depth).T
            case 3:
                return f("outer", self.node((a,), depth), self.node((b,), depth))
        return f("einsum", "ik,jk->ij", self.node((a, inner), depth), self.node((b, inner), depth - 1))

    def vector(self, shape: Shape, depth: int) -> Node:
        (a,) = shape
        inner = self.random.choice(SIZES)
        match self.random.randrange(6):
            case 0:
                return f("sum", self.node((a, inner), depth), axis=1)
            case 1:
                return f("mean", self.node((inner, a), depth), axis=0)
            case 2:
                return self.node((a, inner), depth) @ self.node((inner,), depth)
            case 3:
                return f("diagonal", self.node((a, a), depth))
            case 4 if a == N:
                return self.node((N, M), depth)[(f("arange", N), INDEX)]
        return f("max", self.node((a, inner), depth), axis=1)

    def scalar(self, shape: Shape, depth: int) -> Node:
        a, b = self.random.choice(SIZES), self.random.choice(SIZES)
        match self.random.randrange(5):
            case 0 | 1:
                return f("sum", self.node((a, b), depth))
            case 2:
                return f("trace", self.node((a, a), depth))
            case 3:
                return self.node((a,), depth) @ self.node((a,), depth)
        return f("mean", self.node((a,), depth))


def _cut(x: Node, axis: int, start: int, stop: int | None) -> Node:
    return x[tuple(slice(start, stop) if a == axis else slice(None) for a in range(x.rank))]


# -- equal by construction ----------------------------------------------------------------------


def rewritten(root: Node, random: Random, steps: int = 3, leaves: Sequence[Node] = LEAVES) -> Node:
    """The same value, written in another way at a few random places."""
    for _ in range(steps):
        node = random.choice([n for n in topological([root]) if n.dtype == "real"])
        new = _rewriting(node, random, leaves)
        if new is not None and new.shape == node.shape and new.dtype == node.dtype:
            (root,) = replace([root], {node: new})
    return root


def _rewriting(node: Node, random: Random, leaves: Sequence[Node]) -> Node | None:
    name, args = node.op.name, node.args
    own = _of_operation(name, args, node, random)
    return own if own is not None and random.random() < 0.8 else _of_anything(node, random, leaves)


def _of_operation(name: str, args: tuple[Node, ...], node: Node, random: Random) -> Node | None:
    match name:
        case "add" | "multiply":
            return _of_ring(name, *args, random)
        case "subtract":
            return f("negative", args[1]) + args[0]
        case "divide":
            return args[0] * args[1] ** -1
        case "negative":
            return args[0] * -1
        case "sigmoid":
            return random.choice([1 - f("sigmoid", -args[0]), 1 / (1 + f("exp", -args[0]))])
        case "tanh":
            return 2 * f("sigmoid", 2 * args[0]) - 1
        case "relu":
            return args[0] * f("greater", args[0], 0)
        case "abs":
            return f("maximum", args[0], -args[0])
        case "maximum":
            return f("where", f("greater", args[1], args[0]), args[1], args[0])
        case "exp":
            return f("exp", args[0] * Fraction(1, 2)) ** 2
        case "sqrt":
            return args[0] / f("sqrt", args[0])
        case "log":
            return -f("log", 1 / args[0])
        case "softmax":
            power = f("exp", args[0])
            return power / f("sum", power, axis=-1, keepdims=True)
        case "max":
            axes, keepdims = node.params
            return -f("min", -args[0], axis=axes, keepdims=keepdims)
        case "power" if number(args[1]) is not None:
            return args[0] * args[0] ** ((number(args[1]) or 0) - 1)
        case "contract" if len(args) == 2 and node.rank == 2:
            return f("transpose", f("transpose", node))
    return None


def _of_ring(name: str, a: Node, b: Node, random: Random) -> Node:
    if name == "multiply" and b.op.name in ("add", "subtract") and random.random() < 0.6:
        return f(b.op.name, a * b.args[0], a * b.args[1])
    if a.op.name == name and random.random() < 0.5:
        return f(name, a.args[0], f(name, a.args[1], b))
    return f(name, b, a)


def _of_anything(x: Node, random: Random, leaves: Sequence[Node]) -> Node | None:
    same = [n for n in leaves if n.dtype == "real" and (not n.shape or n.shape == x.shape)]
    other = random.choice(same) if same else x
    match random.randrange(9):
        case 0:
            return f("negative", f("negative", x))
        case 1:
            return (x + other) - other
        case 2:
            return (x * 3) / 3
        case 3 if x.rank == 2:
            return x.T.T
        case 4 if x.rank:
            return f("reshape", f("reshape", x, (product(x.shape),)), x.shape)
        case 5 if x.rank and not x.shape[0].is_constant:
            return f("concatenate", [x[:1], x[1:]], 0)
        case 6 if x.rank:
            return f("sum", f("expand_dims", x, 0), axis=0)
        case 7 if x.rank == 2:
            return f("eye", x.shape[0]) @ x
        case 8 if x.rank == 2:
            return f("einsum", "ij->ij", x)
    return None


# -- different, most of the time ----------------------------------------------------------------


def mutated(root: Node, random: Random, leaves: Sequence[Node] = LEAVES) -> Node:
    """The expression with one operation, factor, axis or leaf exchanged."""
    for _ in range(20):
        node = random.choice([n for n in topological([root]) if n.dtype == "real"])
        new = _mutation(node, random, leaves)
        if new is not None and new.shape == node.shape and new is not node and new.dtype == node.dtype:
            (changed,) = replace([root], {node: new})
            return changed
    return f("negative", root)


def _mutation(node: Node, random: Random, leaves: Sequence[Node]) -> Node | None:
    name, args = node.op.name, node.args
    swapped = {"add": "subtract", "subtract": "add", "sigmoid": "tanh", "relu": "abs", "sin": "tanh"}
    match random.randrange(8):
        case 0 if name in swapped:
            return f(swapped[name], *args)
        case 1 if isinstance(node.op, Elementwise) and len(args) == 2:
            return f(name, args[1], args[0]) if find(name) is not None else None
        case 2 if node.rank == 2 and node.shape[0] == node.shape[1]:
            return node.T
        case 3 if name in ("multiply", "divide", "add") and args[0].shape == node.shape:
            return args[0]
        case 4:
            return node * random.choice([Fraction(1, 2), 2, -1, Fraction(2001, 2000)])
        case 5 if node.is_leaf:
            same = [n for n in leaves if n.shape == node.shape and n.dtype == "real" and n is not node]
            return random.choice(same) if same else None
        case 6 if node.rank:
            return f("roll", node, 1, random.randrange(node.rank))
        case 7 if node.rank:
            return node / size_value(node.shape[-1])
    return None


def pair(seed: int) -> tuple[Node, Node, bool]:
    """Two expressions of one shape, and whether they are equal by construction."""
    generator = Generator(seed)
    random = generator.random
    shape = random.choice([(N, M), (N, N), (N,), (M,), ()])
    a = generator.node(shape, random.choice([1, 2, 2, 3]))
    b = rewritten(a, random)
    equal = random.random() < 0.5
    return a, (b if equal else mutated(b, random)), equal
