"""Scalar expressions of SymPy: entries of arrays at indices, sums over them, functions of both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import sympy
from sympy.matrices import expressions as matrices
from sympy.matrices.expressions.matexpr import MatrixElement
from sympy.tensor.indexed import Idx, Indexed, IndexedBase

from symbp.algebra.node import Node, Shape, as_node
from symbp.algebra.size import Size
from symbp.errors import ModelError
from symbp.lang.from_sympy import scalar_operation, size_of
from symbp.lang.sympy_names import SympyNames
from symbp.ops.arithmetic import multiply
from symbp.ops.contract import contract
from symbp.ops.determinants import det
from symbp.ops.diagonals import trace
from symbp.ops.structure.indexing import getitem

Index: TypeAlias = sympy.Symbol
Limits: TypeAlias = Mapping[sympy.Basic, tuple[sympy.Expr, sympy.Expr]]
"""Index -> lowest and highest value."""


@dataclass(frozen=True)
class Entries:
    """A node whose first axes are free indices; with none it is an ordinary array."""

    node: Node
    indices: tuple[Index, ...] = ()


class EntryReader(SympyNames):
    """Reads what has free indices; a product of entries under a Sum becomes one contraction."""

    def __init__(self, *names: Any) -> None:
        super().__init__(*names)
        self.origins: dict[str, list[Size]] = {}

    def matrix(self, part: Any, limits: Limits) -> Node:
        """The node of an expression of whole matrices."""
        raise NotImplementedError

    def entries(self, part: sympy.Basic, limits: Limits) -> Entries:
        if isinstance(part, matrices.MatrixExpr):
            return Entries(self.matrix(part, limits))
        if isinstance(part, matrices.Trace):
            return Entries(trace(self.matrix(part.arg, limits)))
        if isinstance(part, matrices.Determinant):
            return Entries(det(self.matrix(part.arg, limits)))
        if isinstance(part, MatrixElement):
            return self._element(self.matrix(part.parent, limits), [part.i, part.j], None, limits)
        if isinstance(part, Indexed):
            return self._indexed(part, limits)
        if isinstance(part, sympy.Sum):
            return self._sum(part, limits)
        if isinstance(part, Idx):
            raise ModelError(
                f"the index {part} stands alone as a number",
                hint="indices count the entries of an IndexedBase: x[i]",
            )
        if isinstance(part, sympy.Symbol):
            return self._symbol(part, limits)
        if part.is_Mul:
            return self._product([self.entries(a, limits) for a in part.args], None)
        args, indices = _aligned([self.entries(a, limits) for a in part.args])
        return Entries(scalar_operation(part, args), indices)

    def _symbol(self, symbol: sympy.Symbol, limits: Limits) -> Entries:
        if symbol in limits:
            raise ModelError(
                f"the index {symbol} stands alone as a number",
                hint="indices count the entries of an IndexedBase: x[i]",
            )
        if symbol.name in self.size_letters and symbol.name not in self.values:
            return Entries(as_node(Size.letter(symbol.name)))
        return Entries(self.named(symbol.name, ()))

    def _indexed(self, part: Indexed, limits: Limits) -> Entries:
        base: IndexedBase = part.base
        spelling = str(base.label)
        ranges = [_limits_of(i, limits) for i in part.indices]
        if base.shape is None and spelling not in self.defined and not all(map(_is_bare, part.indices)):
            raise ModelError(
                f"the sizes of {spelling} do not follow from {part}; give IndexedBase a shape",
                hint='such as IndexedBase("x", shape=(n,))',
            )
        node = self.values.get(spelling)
        if node is None:
            node = self.named(spelling, _shape_of(part, ranges))
        lows = [Size.of(0) if r is None else size_of(r[0]) for r in ranges]
        origins = self.origins.setdefault(spelling, lows)
        return self._element(node, list(part.indices), origins, limits)

    def _element(
        self, node: Node, subscripts: list[sympy.Expr], origins: list[Size] | None, limits: Limits
    ) -> Entries:
        """node[i, j + 1, 0]: slices, then the free indices in order, a repeated one a diagonal."""
        if len(subscripts) != node.rank:
            raise ModelError(
                f"{len(subscripts)} indices for an array of rank {node.rank}",
                hint=f"give it {node.rank} indices",
            )
        keys: list[Any] = []
        free: list[Index] = []
        for axis, subscript in enumerate(subscripts):
            origin = origins[axis] if origins else Size.of(0)
            index = _index_of(subscript, limits)
            if index is None:
                keys.append(size_of(subscript) - origin)
            else:
                keys.append(_range_of(subscript, index, origin, limits))
                free.append(index)
        node = getitem(node, tuple(keys))
        unique = tuple(dict.fromkeys(free))
        return Entries(contract([node], [free], unique), unique)

    def _sum(self, part: sympy.Sum, limits: Limits) -> Entries:
        inner = dict(limits)
        for index, low, high in part.limits:
            inner[index] = (low, high)
        factors = part.function.args if part.function.is_Mul else (part.function,)
        found = [self.entries(f, inner) for f in factors]
        unused: list[sympy.Expr] = []
        bound = [index for index, _, _ in part.limits]
        for index, low, high in part.limits:
            if not any(index in f.indices for f in found):
                unused.append(size_expression_of(low, high))
        product = self._product(found, set(bound))
        for length in unused:
            product = Entries(multiply(size_of(length), product.node), product.indices)
        return product

    def _product(self, factors: list[Entries], bound: set[Index] | None) -> Entries:
        """Π factors, summed over `bound`: numbers in front, the rest one contraction."""
        numbers = [f.node for f in factors if not f.indices]
        arrays = [f for f in factors if f.indices]
        if not arrays:
            return Entries(multiplied(numbers))
        union = tuple(dict.fromkeys(i for f in arrays for i in f.indices))
        out = tuple(i for i in union if i not in (bound or ()))
        if bound is None and all(f.indices == union for f in arrays):
            core = multiplied([f.node for f in arrays])
        else:
            core = contract([f.node for f in arrays], [f.indices for f in arrays], out)
        return Entries(multiply(multiplied(numbers), core) if numbers else core, out)


def size_expression_of(low: sympy.Expr, high: sympy.Expr) -> sympy.Expr:
    """How many values an index takes."""
    return sympy.expand(high - low + 1)


def _length(low: sympy.Expr, high: sympy.Expr) -> Size:
    return size_of(size_expression_of(low, high))


def _limits_of(index: sympy.Basic, limits: Limits) -> tuple[sympy.Expr, sympy.Expr] | None:
    if index in limits:
        return limits[index]
    if isinstance(index, Idx) and index.lower is not None and index.upper is not None:
        return index.lower, index.upper
    return None


def _shape_of(part: Indexed, ranges: Sequence[tuple[sympy.Expr, sympy.Expr] | None]) -> Shape:
    """The sizes of an array: its own, else how far its indices run."""
    if part.base.shape is not None:
        return tuple(map(size_of, part.base.shape))
    missing = [str(i) for i, r in zip(part.indices, ranges, strict=True) if r is None]
    if missing:
        raise ModelError(
            f"the range of {missing[0]} in {part} is not known; use Idx or give a shape",
            hint='such as Idx("i", n)',
        )
    return tuple(_length(*r) for r in ranges if r is not None)


def _index_of(subscript: sympy.Expr, limits: Limits) -> Index | None:
    """The index of i and i + 1, None for a number."""
    symbols = [s for s in subscript.free_symbols if s in limits or isinstance(s, Idx)]
    if not symbols and not subscript.is_Symbol:
        return None
    index = symbols[0] if symbols else subscript
    if len(symbols) > 1 or sympy.expand(subscript - index).has(index):
        raise ModelError(
            f"the index {subscript} is no index plus a number",
            hint="an index is i, i + 1 or a number",
        )
    return index


def _range_of(subscript: sympy.Expr, index: Index, origin: Size, limits: Limits) -> slice:
    """The entries that a subscript runs over, counted from where the array begins."""
    bounds = _limits_of(index, limits)
    if bounds is None:
        return slice(None)
    start = size_of(sympy.expand(bounds[0] + subscript - index)) - origin
    return slice(start, start + _length(*bounds))


def _is_bare(index: sympy.Basic) -> bool:
    return isinstance(index, sympy.Symbol | Idx)


def multiplied(nodes: list[Node]) -> Node:
    result = nodes[0]
    for node in nodes[1:]:
        result = multiply(result, node)
    return result


def _aligned(parts: list[Entries]) -> tuple[list[Node], tuple[Index, ...]]:
    """All parts over the union of their indices; numbers stay numbers."""
    union = tuple(dict.fromkeys(i for p in parts for i in p.indices))
    sizes: dict[Any, Size] = {i: s for p in parts for i, s in zip(p.indices, p.node.shape, strict=False)}
    nodes = [
        p.node if p.indices in (union, ()) else contract([p.node], [p.indices], union, sizes) for p in parts
    ]
    return nodes, union
