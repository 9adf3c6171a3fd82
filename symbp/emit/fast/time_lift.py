"""One formula of a step for all steps at once: the same operations with time as the first axis."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from symbp.algebra.node import Node, make, rebuild, size_value, topological
from symbp.algebra.size import Size
from symbp.calculus.batch import RULES as STRUCTURAL
from symbp.errors import UnsupportedError
from symbp.ops.arithmetic import ADD, multiply, total
from symbp.ops.contract import CONTRACT, contract
from symbp.ops.registry import Elementwise
from symbp.ops.structure.gathering import GATHER, SCATTER
from symbp.ops.structure.indexing import getitem

TIME = "time"


class Lift:
    """Nodes of a step as arrays over time.  UnsupportedError where an operation has no such form.

    `along` are nodes whose arrays over time are known, `beside` what is the same at each step.
    """

    def __init__(self, along: Mapping[Node, Node], beside: Mapping[Node, Node], length: Size) -> None:
        self.along, self.beside, self.length = dict(along), dict(beside), length

    def fill(self, roots: Iterable[Node]) -> None:
        """Work out everything below the roots."""
        for node in topological(roots, stop=lambda n: n in self.along or n in self.beside):
            if node in self.along or node in self.beside:
                continue
            known = rebuild(node, tuple(self.beside.get(a, a) for a in node.args))
            if any(a in self.along for a in node.args):
                self.along[node] = self._lifted(known)
            elif node.is_leaf:
                raise UnsupportedError(f"{node} is known in one step only")
            else:
                self.beside[node] = known

    def _lifted(self, node: Node) -> Node:
        front = (self.length,)
        name = node.op.name
        if isinstance(node.op, Elementwise):
            args = [_aligned(self.along[a], node.rank) if a in self.along else a for a in node.args]
            built: Node = node.op(*args)
        elif name in AXES:
            params = AXES[name](node.params)
            built = make(node.op, (self.along[node.args[0]],), params, (*front, *node.shape), node.dtype)
        elif node.op is GATHER:
            built = self._gathered(node)
        elif node.op in STRUCTURAL and node.op is not SCATTER:
            built = STRUCTURAL[node.op](node, self.along, front)
        else:
            raise UnsupportedError(f"{name} has no form for all steps at once")
        if built.shape != (*front, *node.shape):
            raise UnsupportedError(f"{name} gives another shape for all steps at once")
        return built

    def _gathered(self, node: Node) -> Node:
        """Rows of one table by the numbers of all steps."""
        table, *indices = node.args
        if table in self.along or node.params[1] != 0 or len(indices) != 1:
            raise UnsupportedError("an array of each step with numbers of each step")
        args = (table, self.along[indices[0]])
        return make(GATHER, args, node.params, (self.length, *node.shape), node.dtype)

    def summed(self, term: Node) -> Node:
        """The sum of a term over all steps."""
        if term.op is ADD and all(a.shape == term.shape for a in term.args):
            return total([self.summed(a) for a in term.args])
        if term.op is CONTRACT:
            self.fill(term.args)
            if any(a in self.along for a in term.args):
                return self._summed_product(term)
        if term.op is SCATTER and term.params[1] == 0:
            self.fill(term.args)
            if all(a in self.along for a in term.args):
                return make(SCATTER, tuple(self.along[a] for a in term.args), term.params, term.shape)
        self.fill([term])
        if term in self.beside:
            return multiply(size_value(self.length), self.beside[term])
        axes = list(range(term.rank))
        return contract([self.along[term]], [[TIME, *axes]], axes)

    def _summed_product(self, term: Node) -> Node:
        """Time is one more index that is summed over."""
        inputs, out, sizes = term.params
        args = [self.along.get(a, self.beside.get(a, a)) for a in term.args]
        labels = [
            [TIME, *own] if a in self.along else list(own) for a, own in zip(term.args, inputs, strict=True)
        ]
        return contract(args, labels, list(out), dict(enumerate(sizes)))


def _aligned(x: Node, rank: int) -> Node:
    """Axes of size 1 after time, so that the others stand right-aligned in `rank`."""
    missing = rank - (x.rank - 1)
    return getitem(x, (slice(None), *[None] * missing, ...)) if missing else x


def _moved(axes: int | tuple[int, ...]) -> int | tuple[int, ...]:
    return axes + 1 if isinstance(axes, int) else tuple(a + 1 for a in axes)


Params = tuple[object, ...]
AXES: dict[str, Callable[..., Params]] = {
    **{
        name: lambda p: (_moved(p[0]), *p[1:])
        for name in ("softmax", "log_softmax", "logsumexp", "mean", "max", "min", "prod", "var", "length")
    },
    "onehot": lambda p: p,
}
"""Operations whose first parameter is an axis, or that have none: what becomes of the parameters."""
