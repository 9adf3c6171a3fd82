"""A model made of SymPy's own objects, converted to a Program.

MatrixSymbol, sums and products of matrices, Transpose, HadamardProduct, applyfunc, Trace, Inverse,
Determinant; Indexed, matrix entries and Sum; scalar symbols.  A product of entries under a Sum
becomes one contraction.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import sympy
from sympy.matrices import expressions as matrices
from sympy.matrices.expressions.matexpr import MatrixElement
from sympy.tensor.indexed import Idx, Indexed, IndexedBase

from symbp.algebra.node import Node, as_node, leaf
from symbp.algebra.size import Size
from symbp.errors import ModelError
from symbp.lang.declare import Declarations, add_keywords
from symbp.lang.from_sympy import scalar_operation, size_of
from symbp.lang.names import NameTable, identifier
from symbp.lang.program import Equation, Program, Variable
from symbp.ops.arithmetic import add, multiply, power
from symbp.ops.constant_arrays import eye, full
from symbp.ops.contract import contract
from symbp.ops.determinants import det
from symbp.ops.diagonals import diag, trace
from symbp.ops.inverses import inv
from symbp.ops.products import matmul
from symbp.ops.structure.indexing import getitem

Key: TypeAlias = str | sympy.Basic
SympyModel: TypeAlias = Mapping[Any, sympy.Basic] | sympy.Basic
Index: TypeAlias = sympy.Symbol
Limits: TypeAlias = Mapping[sympy.Basic, tuple[sympy.Expr, sympy.Expr]]
"""Index -> lowest and highest value."""

DATA = ("x", "X", "y", "Y", "t", "T")
TARGETS = ("y", "Y", "t", "T")


@dataclass(frozen=True)
class Entries:
    """A node whose first axes are free indices; with none it is an ordinary array."""

    node: Node
    indices: tuple[Index, ...] = ()


def from_sympy_model(
    equations: SympyModel,
    *,
    loss: str | None = None,
    params: Iterable[str] | None = None,
    assume: Mapping[str, str] | None = None,
) -> Program:
    """A Program from {name: expression}, or from the loss alone.

    A name is a text, a Symbol, a MatrixSymbol or an Indexed such as h[i]; a later expression refers
    to it by a symbol of that name.  `loss` is the last equation where none is given.  Without
    `params`, names that begin with x, y or t are data and all others are parameters.  `assume` holds
    facts by name, such as {"A": "spd"}.
    ModelError for an object that has no counterpart.
    """
    listed = {"L": equations} if isinstance(equations, sympy.Basic) else dict(equations)
    if not listed:
        raise ModelError("the model has no equation", hint='give at least the loss: {"L": …}')
    try:
        return _Reader(params, assume or {}).read(listed, loss)
    except RecursionError:
        raise ModelError(
            "a SymPy expression is nested too deeply; name parts of it",
            hint='give parts of it names: {"h": …, "L": …}',
        ) from None


class _Reader:
    def __init__(self, params: Iterable[str] | None, assume: Mapping[str, str]) -> None:
        declared = Declarations()
        add_keywords(declared, assume=assume)
        self.facts = declared.facts
        self.params = None if params is None else {identifier(p) for p in params}
        self.table = NameTable()
        self.values: dict[str, Node] = {}
        self.origins: dict[str, list[Size]] = {}
        self.variables: list[Variable] = []
        self.equations: list[Equation] = []
        self.defined: set[str] = set()

    def read(self, listed: Mapping[Any, sympy.Basic], loss: str | None) -> Program:
        self.defined = {_spelling(key) for key in listed}
        self.size_letters = _size_letters(listed)
        for key, expression in listed.items():
            self._equation(key, sympy.sympify(expression, strict=True))
        unknown = sorted(self.facts.keys() - {v.name.ascii for v in self.variables})
        if unknown:
            known = ", ".join(v.name.text for v in self.variables)
            raise ModelError(f"nothing is called {unknown[0]}", hint=f"facts are assumed of {known}")
        last = identifier(loss) if loss is not None else self.equations[-1].name.ascii
        if last not in {e.name.ascii for e in self.equations}:
            raise ModelError(
                f"{loss} is no equation of the model",
                hint=f"its equations are {', '.join(e.name.text for e in self.equations)}",
            )
        program = Program(tuple(self.variables), tuple(self.equations), ((last, None),), source="<sympy>")
        value = program.equation(last).node
        if value.shape:
            raise ModelError(
                f"the loss {last} is no number, its shape is {tuple(map(str, value.shape))}",
                hint="sum or average its entries",
            )
        names = program.names
        named = tuple(Equation(e.name, e.node, names=names) for e in program.equations)
        return Program(program.variables, named, program.outputs, source="<sympy>")

    def _equation(self, key: Key, expression: sympy.Basic) -> None:
        spelling = _spelling(key)
        wanted = tuple(key.indices) if isinstance(key, Indexed) else ()
        limits = {i: (i.lower, i.upper) for i in wanted if isinstance(i, Idx) and i.lower is not None}
        found = self._entries(expression, limits)
        if set(found.indices) != set(wanted):
            loose = [str(i) for i in found.indices if i not in wanted]
            raise ModelError(
                f"{spelling}: the index {', '.join(loose)} is neither summed nor on the left",
                hint=f"put it on the left, or sum over it: Sum(…, ({loose[0]}, 0, n - 1))"
                if loose
                else "use every index of the left side",
            )
        node = found.node
        if wanted:
            node = contract([node], [found.indices], wanted)
        elif len(node.shape) == 2 and all(s.is_one for s in node.shape):
            node = getitem(node, (0, 0))
        name = self.table.add(spelling)
        self.values[spelling] = node
        self.equations.append(Equation(name, node))

    # -- names ----------------------------------------------------------------------------------

    def _leaf(self, spelling: str, shape: Iterable[Size]) -> Node:
        if spelling in self.values:
            return self.values[spelling]
        if spelling in self.defined:
            raise ModelError(
                f"{spelling} is used before the equation that defines it",
                hint="put the equations in the order of computing",
            )
        name = self.table.add(spelling)
        facts = self.facts.get(name.ascii, [])
        dtype = "int" if any(fact.startswith("index") for fact in facts) else "real"
        node = leaf(name.ascii, tuple(shape), dtype, facts)
        role = "param"
        if name.ascii not in self.params if self.params is not None else name.ascii.startswith(DATA):
            role = "target" if name.ascii.startswith(TARGETS) else "input"
        self.values[spelling] = node
        self.variables.append(Variable(name, node, role))
        return node

    # -- expressions ----------------------------------------------------------------------------

    def _entries(self, part: sympy.Basic, limits: Limits) -> Entries:
        if isinstance(part, matrices.MatrixExpr):
            return Entries(self._matrix(part, limits))
        if isinstance(part, matrices.Trace):
            return Entries(trace(self._matrix(part.arg, limits)))
        if isinstance(part, matrices.Determinant):
            return Entries(det(self._matrix(part.arg, limits)))
        if isinstance(part, MatrixElement):
            return self._element(self._matrix(part.parent, limits), [part.i, part.j], None, limits)
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
            return self._product([self._entries(a, limits) for a in part.args], None)
        args, indices = _aligned([self._entries(a, limits) for a in part.args])
        return Entries(scalar_operation(part, args), indices)

    def _symbol(self, symbol: sympy.Symbol, limits: Limits) -> Entries:
        if symbol in limits:
            raise ModelError(
                f"the index {symbol} stands alone as a number",
                hint="indices count the entries of an IndexedBase: x[i]",
            )
        if symbol.name in self.size_letters and symbol.name not in self.values:
            return Entries(as_node(Size.letter(symbol.name)))
        return Entries(self._leaf(symbol.name, ()))

    def _indexed(self, part: Indexed, limits: Limits) -> Entries:
        base: IndexedBase = part.base
        spelling = str(base.label)
        ranges = [_limits_of(i, limits) for i in part.indices]
        if base.shape is None and spelling not in self.defined and not all(map(_is_bare, part.indices)):
            raise ModelError(
                f"the sizes of {spelling} do not follow from {part}; give IndexedBase a shape",
                hint='such as IndexedBase("x", shape=(n,))',
            )
        if spelling in self.values:
            node = self.values[spelling]
        elif base.shape is not None:
            node = self._leaf(spelling, map(size_of, base.shape))
        else:
            missing = [str(i) for i, r in zip(part.indices, ranges, strict=True) if r is None]
            if missing:
                raise ModelError(
                    f"the range of {missing[0]} in {part} is not known; use Idx or give a shape",
                    hint='such as Idx("i", n)',
                )
            node = self._leaf(spelling, (_length(*r) for r in ranges if r is not None))
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
            symbols = [s for s in subscript.free_symbols if s in limits or isinstance(s, Idx)]
            if not symbols and not subscript.is_Symbol:
                keys.append(size_of(subscript) - origin)
                continue
            index = symbols[0] if symbols else subscript
            shift = sympy.expand(subscript - index)
            bounds = _limits_of(index, limits)
            if len(symbols) > 1 or shift.has(index):
                raise ModelError(
                    f"the index {subscript} is no index plus a number",
                    hint="an index is i, i + 1 or a number",
                )
            free.append(index)
            if bounds is None:
                keys.append(slice(None))
                continue
            start = size_of(sympy.expand(bounds[0] + shift)) - origin
            keys.append(slice(start, start + _length(*bounds)))
        node = getitem(node, tuple(keys))
        unique = tuple(dict.fromkeys(free))
        return Entries(contract([node], [free], unique), unique)

    def _sum(self, part: sympy.Sum, limits: Limits) -> Entries:
        inner = dict(limits)
        for index, low, high in part.limits:
            inner[index] = (low, high)
        factors = part.function.args if part.function.is_Mul else (part.function,)
        found = [self._entries(f, inner) for f in factors]
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
            return Entries(_multiplied(numbers))
        union = tuple(dict.fromkeys(i for f in arrays for i in f.indices))
        out = tuple(i for i in union if i not in (bound or ()))
        if bound is None and all(f.indices == union for f in arrays):
            core = _multiplied([f.node for f in arrays])
        else:
            core = contract([f.node for f in arrays], [f.indices for f in arrays], out)
        return Entries(multiply(_multiplied(numbers), core) if numbers else core, out)

    # -- matrices -------------------------------------------------------------------------------

    def _matrix(self, part: Any, limits: Limits) -> Node:
        if isinstance(part, matrices.MatrixSymbol):
            return self._leaf(part.name, map(size_of, part.shape))
        if isinstance(part, matrices.MatAdd):
            terms = [self._matrix(a, limits) for a in part.args]
            result = terms[0]
            for term in terms[1:]:
                result = add(result, term)
            return result
        if isinstance(part, matrices.MatMul):
            return self._matrix_product(part, limits)
        if isinstance(part, matrices.Transpose):
            return self._matrix(part.arg, limits).T
        if isinstance(part, matrices.HadamardProduct):
            return _multiplied([self._matrix(a, limits) for a in part.args])
        if isinstance(part, matrices.HadamardPower):
            return power(self._matrix(part.base, limits), self._entries(part.exp, limits).node)
        if isinstance(part, matrices.Inverse):
            return inv(self._matrix(part.arg, limits))
        if isinstance(part, matrices.MatPow):
            return self._matrix_power(part, limits)
        return self._constant_matrix(part, limits)

    def _constant_matrix(self, part: Any, limits: Limits) -> Node:
        if isinstance(part, matrices.Identity):
            return eye(size_of(part.shape[0]))
        if isinstance(part, matrices.OneMatrix | matrices.ZeroMatrix):
            shape = tuple(map(size_of, part.shape))
            return full(shape, 1 if isinstance(part, matrices.OneMatrix) else 0)
        if isinstance(part, matrices.DiagMatrix):
            vector = self._matrix(part.arg, limits)
            return diag(contract([vector], [("i", "one")], ("i",)))
        if type(part).__name__ == "ElementwiseApplyFunction":
            return self._applied(part, limits)
        raise ModelError(
            f"{type(part).__name__} has no counterpart here: {part}",
            hint="write it with sums, products, powers and functions of arrays",
        )

    def _applied(self, part: Any, limits: Limits) -> Node:
        """X.applyfunc(f): the body of f with X in place of its variable."""
        (variable,) = part.function.variables
        return self._body(part.function.expr, variable, self._matrix(part.expr, limits), limits)

    def _body(self, part: sympy.Basic, variable: sympy.Symbol, inner: Node, limits: Limits) -> Node:
        if part == variable:
            return inner
        if not part.has(variable):
            return self._entries(part, limits).node
        return scalar_operation(part, [self._body(a, variable, inner, limits) for a in part.args])

    def _matrix_product(self, part: Any, limits: Limits) -> Node:
        scalars, factors = part.as_coeff_matrices()
        result = self._matrix(factors[0], limits)
        for factor in factors[1:]:
            result = matmul(result, self._matrix(factor, limits))
        return result if scalars == 1 else multiply(self._entries(scalars, limits).node, result)

    def _matrix_power(self, part: Any, limits: Limits) -> Node:
        exponent = part.exp
        if not exponent.is_Integer or not 1 <= abs(int(exponent)) <= 64:
            raise ModelError(
                f"a matrix power has an integer exponent up to 64, not {exponent}",
                hint="write it as a product of matrices",
            )
        base = self._matrix(part.base, limits)
        base = inv(base) if exponent < 0 else base
        result = base
        for _ in range(abs(int(exponent)) - 1):
            result = matmul(result, base)
        return result


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


def _is_bare(index: sympy.Basic) -> bool:
    return isinstance(index, sympy.Symbol | Idx)


def _multiplied(nodes: list[Node]) -> Node:
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


def _spelling(key: Key) -> str:
    if isinstance(key, Indexed):
        return str(key.base.label)
    return str(getattr(key, "name", key))


def _size_letters(listed: Mapping[Any, sympy.Basic]) -> set[str]:
    """Names that stand in shapes and in the limits of sums."""
    letters: set[str] = set()
    shapes: list[sympy.Basic] = []
    for key, expression in listed.items():
        roots = [e for e in (key, expression) if isinstance(e, sympy.Basic)]
        for root in roots:
            for part in sympy.preorder_traversal(root):
                if isinstance(part, sympy.Sum):
                    shapes += [bound for limit in part.limits for bound in limit[1:]]
                elif isinstance(part, Idx) and part.upper is not None:
                    shapes += [part.lower, part.upper]
                elif isinstance(part, Indexed | matrices.MatrixSymbol):
                    shapes += part.base.shape or () if isinstance(part, Indexed) else part.shape
    for shape in shapes:
        letters |= {s.name for s in shape.free_symbols}
    return letters
