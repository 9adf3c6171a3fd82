"""The graph pass that leaves out the upper half of products with triangles.

T vanishes above its diagonal: causal attention, tril(x).  Its upper rows meet the first half of the
columns only, so Σₖ T[q, k] y[k] is done for the upper rows with half of the columns and for the lower rows
with all of them; Σ over q likewise.  What T is made of, and what it is multiplied with, is worked out for
these two parts only: a quarter of the entries and of the products is never touched.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from symbp.algebra.node import Node, make, rebuild
from symbp.algebra.size import Size
from symbp.emit.fast.joint import Joint, mapped, noted
from symbp.emit.numpy_balance import BALANCED
from symbp.ops.arithmetic import ADD, DIVIDE, MULTIPLY, NEGATIVE, SUBTRACT, add
from symbp.ops.attention import MASKED_SOFTMAX
from symbp.ops.contract import CONTRACT, contract
from symbp.ops.registry import Elementwise
from symbp.ops.structure.joining import concatenate
from symbp.ops.structure.positions import Key, Take
from symbp.ops.structure.slices import put_zeros, take_key
from symbp.ops.structure.triangles import TRIANGLE

Axes = tuple[int | None, int | None]
"""Which axes of an array are those of the rows and of the columns of a triangle."""
NEITHER: Axes = (None, None)


@dataclass(frozen=True)
class Part:
    """Rows `start` … `start + rows - 1` of a triangle, with the first columns."""

    start: Size
    rows: Size
    columns: Size


def triangles_by_halves(joint: Joint) -> Joint:
    """Products with triangles, unless something needs the triangle as a whole."""
    whole: set[Node] = set()
    if all(node.op is not TRIANGLE for node in joint.order()):
        return noted(joint, "triangles_by_halves", "0 products with triangles")
    while True:
        halves = Halves(joint, whole)
        after = mapped(joint, halves.exchanged())
        after = replace(after, names={**halves.names(), **after.names})
        needed = {node for node in after.order() if node in halves.sources}
        if not needed:
            return noted(after, "triangles_by_halves", f"{halves.count} products with triangles")
        whole |= needed


@dataclass
class Halves:
    """The triangles of a graph, and parts of what is made of them."""

    joint: Joint
    whole: set[Node]
    """Triangles that stay as they are."""
    triangles: dict[Node, tuple[int, int]] = field(default_factory=dict)
    """Array -> axes of rows and of columns; where the column is larger than the row, it is 0."""
    sources: set[Node] = field(default_factory=set)
    touched: set[Node] = field(default_factory=set)
    """What depends on a triangle."""
    made: dict[tuple[Node, Axes, Part], Node] = field(default_factory=dict)
    count: int = 0

    def __post_init__(self) -> None:
        for node in self.joint.order():
            axes = self._source(node)
            if axes is not None:
                self.sources.add(node)
            axes = self._passed_on(node) if axes is None else axes
            if axes is not None:
                self.triangles[node] = axes
            if axes is not None or any(a in self.touched for a in node.args):
                self.touched.add(node)

    def exchanged(self) -> dict[Node, Node]:
        """Each node with what becomes of it."""
        done: dict[Node, Node] = {}
        for node in self.joint.order():
            after = self._by_halves(node, done)
            self.count += after is not None
            done[node] = rebuild(node, tuple(done[a] for a in node.args)) if after is None else after
        return done

    def names(self) -> dict[Node, str]:
        """The parts by the names of what they are parts of."""
        found: dict[Node, str] = {}
        for (node, axes, part), made in self.made.items():
            if node in self.joint.names and axes != NEITHER and made.args:
                side = "upper" if part.start == 0 else "lower"
                found.setdefault(made, f"{self.joint.names[node]}_{side}")
        return found

    # -- triangles --------------------------------------------------------------------------------

    def _source(self, node: Node) -> tuple[int, int] | None:
        """softmax under a causal mask, or a triangle times an array."""
        if node.op not in (MASKED_SOFTMAX, MULTIPLY) or node.rank < 2 or node in self.whole:
            return None
        last = node.rank - 1
        for mask in node.args:
            if mask.op is not TRIANGLE or mask.shape != node.shape[-2:] or mask.shape[0] != mask.shape[1]:
                continue
            if mask.shape[0].is_one or (node.op is MASKED_SOFTMAX and node.params != (last,)):
                continue
            kind, k = mask.params
            if kind == "lower" and (k == 0 or (k < 0 and node.op is MULTIPLY)):
                return last - 1, last
            if kind == "upper" and k >= 0:
                return last, last - 1
        return None

    def _passed_on(self, node: Node) -> tuple[int, int] | None:
        """What is made of a triangle entry by entry, or by exchanging its axes, may be one."""
        if node.op is CONTRACT and len(node.args) == 1 and node.args[0] in self.triangles:
            (labels,), out, _ = node.params
            q, k = (labels[axis] for axis in self.triangles[node.args[0]])
            return (out.index(q), out.index(k)) if q in out and k in out else None
        factors = node.args[:1] if node.op in (DIVIDE, BALANCED) else node.args
        found = [self.triangles[a] for a in factors if a in self.triangles and a.shape == node.shape]
        if node.op in (MULTIPLY, DIVIDE, NEGATIVE, BALANCED):
            return found[0] if found else None
        if node.op in (ADD, SUBTRACT):
            return found[0] if len(found) == 2 and found[0] == found[1] else None
        return None

    # -- products ---------------------------------------------------------------------------------

    def _by_halves(self, node: Node, done: Mapping[Node, Node]) -> Node | None:
        """A product with a triangle that adds up over its rows or over its columns, in two parts."""
        if node.op is not CONTRACT or len(node.args) != 2 or not node.rank:
            return None
        inputs, out, _ = node.params
        for triangle, labels, others in zip(node.args, inputs, inputs[::-1], strict=True):
            if triangle not in self.triangles or len(set(labels)) < len(labels):
                continue
            q, k = (labels[axis] for axis in self.triangles[triangle])
            size = triangle.shape[self.triangles[triangle][0]]
            if q in out and k not in out and k in others and q not in others:
                parts = [self._product(node, (q, k), part, done) for part in halves(size)]
                return concatenate(parts, out.index(q))
            if k in out and q not in out and q in others and k not in others:
                upper, lower = (self._product(node, (q, k), part, done) for part in halves(size))
                axis = out.index(k)
                return add(lower, put_zeros(upper, _key(node.shape, axis, upper.shape[axis]), node.shape))
        return None

    def _product(self, node: Node, labels: tuple[int, int], part: Part, done: Mapping[Node, Node]) -> Node:
        """One of the two parts."""
        inputs, out, sizes = node.params
        args = [
            self.part_of(arg, _places(axes, labels), part, done)
            for arg, axes in zip(node.args, inputs, strict=True)
        ]
        return contract(args, inputs, out, dict(enumerate(sizes)))

    # -- parts ------------------------------------------------------------------------------------

    def part_of(self, root: Node, axes: Axes, part: Part, done: Mapping[Node, Node]) -> Node:
        """A part of an array, worked out from parts as far as triangles are in it."""
        stack = [(root, axes)]
        while stack:
            node, where = stack[-1]
            if (node, where, part) in self.made:
                stack.pop()
                continue
            needs = self._needs(node, where)
            missing = [(a, w) for a, w in needs or () if (a, w, part) not in self.made]
            if missing:
                stack.extend(missing)
                continue
            stack.pop()
            args = None if needs is None else [self.made[a, w, part] for a, w in needs]
            self.made[node, where, part] = (
                _taken(done[node], where, part) if args is None else _again(node, args)
            )
        return self.made[root, axes, part]

    def _needs(self, node: Node, axes: Axes) -> list[tuple[Node, Axes]] | None:
        """The parts of its arguments that a part is made of; None where it is cut out of the whole."""
        if axes == NEITHER or not node.args or (node not in self.touched and None in axes):
            return None
        if node.op is CONTRACT:
            return self._contracted(node, axes)
        of_rows = node.op in (BALANCED, MASKED_SOFTMAX) and node in self.triangles
        if isinstance(node.op, Elementwise) or (of_rows and node.params == axes[1:]):
            return [(a, _aligned(a, node, axes)) for a in node.args]
        return None

    def _contracted(self, node: Node, axes: Axes) -> list[tuple[Node, Axes]] | None:
        """Rows and columns are those of the arguments; sums along rows need the columns of a triangle."""
        inputs, out, _ = node.params
        if any(len(set(labels)) < len(labels) for labels in (*inputs, out)):
            return None
        known = {label for labels in inputs for label in labels}
        q, k = (None if axis is None else out[axis] for axis in axes)
        k = self._summed_columns(node, q) if k is None else k
        if q not in known or k not in known:
            return None
        return [(a, _places(labels, (q, k))) for a, labels in zip(node.args, inputs, strict=True)]

    def _summed_columns(self, node: Node, q: int | None) -> int | None:
        """The index of the columns that a sum along the rows of a triangle adds up."""
        inputs, out, _ = node.params
        for arg, labels in zip(node.args, inputs, strict=True):
            if arg in self.triangles:
                rows, columns = (labels[axis] for axis in self.triangles[arg])
                if rows == q and columns not in out:
                    return int(columns)
        return None


def halves(size: Size) -> tuple[Part, Part]:
    """The upper rows with as many columns, the lower rows with all columns."""
    half = (size + 1) // 2
    return Part(Size.of(0), half, half), Part(half, size - half, size)


def _places(labels: Iterable[int], pair: tuple[int | None, int | None]) -> Axes:
    """The axes that have those labels."""
    found = list(labels)
    first, second = (found.index(label) if label in found else None for label in pair)
    return first, second


def _aligned(arg: Node, node: Node, axes: Axes) -> Axes:
    """The axes of an argument that meet those of the result; none where it is broadcast along them."""
    behind = node.rank - arg.rank
    places = [None if axis is None or axis < behind else axis - behind for axis in axes]
    first, second = (None if p is None or arg.shape[p].is_one else p for p in places)
    return first, second


def _key(shape: tuple[Size, ...], axis: int, length: Size, start: Size | int = 0) -> Key:
    """Some neighbouring entries of one axis, all of the others."""
    parts = [Take(Size.of(0), 1, size) for size in shape]
    parts[axis] = Take(Size.of(start), 1, length)
    return tuple(parts)


def _taken(node: Node, axes: Axes, part: Part) -> Node:
    """The part cut out of the whole."""
    q, k = axes
    if q is not None:
        node = take_key(node, _key(node.shape, q, part.rows, part.start))
    return node if k is None else take_key(node, _key(node.shape, k, part.columns))


def _again(node: Node, args: list[Node]) -> Node:
    """The same operation on parts."""
    if node.op is CONTRACT:
        inputs, out, sizes = node.params
        return contract(args, inputs, out, dict(enumerate(sizes)))
    if isinstance(node.op, Elementwise):
        return node.op(*args)
    return make(node.op, tuple(args), node.params, args[0].shape, node.dtype)
