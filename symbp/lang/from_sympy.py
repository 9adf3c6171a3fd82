"""SymPy expressions back to nodes: the inverse of `symbp.algebra.sympy_view`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

import sympy

from symbp.algebra.node import PI, Node, as_node, constant, make, size_value
from symbp.algebra.size import Size
from symbp.algebra.sympy_formulas import Negation, OrderedProduct, SizeNumber
from symbp.algebra.sympy_view import FUNCTIONS as SYMPY_FUNCTIONS
from symbp.algebra.sympy_view import Applied, TensorSymbol
from symbp.errors import ModelError
from symbp.ops.named import OPERATIONS
from symbp.ops.registry import FUNCTIONS

BUILDERS: dict[type[sympy.Basic], Callable[..., Node]] = {
    sympy_class: FUNCTIONS[name].build for name, sympy_class in SYMPY_FUNCTIONS.items()
}
"""SymPy function -> what builds the node."""


def from_sympy(expression: sympy.Expr, nodes: Mapping[str, Node]) -> Node:
    """The node of an expression over the names in `nodes`.  ModelError for what is none.

    What `to_sympy` has made comes back as the same node; a + (-b) and a - b are one expression
    to SymPy and come back as the difference.
    """
    found: dict[sympy.Basic, Node] = {}
    for part in postorder(expression):
        found[part] = _node(part, found, nodes)
    return found[expression]


def postorder(expression: sympy.Basic) -> list[sympy.Basic]:
    """All subexpressions, arguments first, without recursion; rules are no expressions."""
    order: list[sympy.Basic] = []
    stack: list[tuple[sympy.Basic, bool]] = [(expression, False)]
    seen: set[sympy.Basic] = set()
    while stack:
        part, done = stack.pop()
        if done:
            order.append(part)
        elif part not in seen:
            seen.add(part)
            stack.append((part, True))
            if not isinstance(part, SizeNumber):
                stack.extend((a, False) for a in reversed(part.args) if isinstance(a, sympy.Expr))
    return order


def size_of(expression: sympy.Expr) -> Size:
    """A polynomial in size symbols as a Size.  ModelError where it is none."""
    if expression.is_Integer:
        return Size.of(int(expression))
    if expression.is_Symbol:
        return Size.letter(expression.name)
    if isinstance(expression, sympy.floor):
        numerator, denominator = expression.args[0].as_numer_denom()
        return size_of(numerator) // size_of(denominator)
    if expression.is_Add or expression.is_Mul:
        parts = [size_of(a) for a in expression.args]
        result = parts[0]
        for part in parts[1:]:
            result = result + part if expression.is_Add else result * part
        return result
    if expression.is_Pow and expression.exp.is_Integer and expression.exp > 0:
        result = base = size_of(expression.base)
        for _ in range(int(expression.exp) - 1):
            result = result * base
        return result
    raise ModelError(
        f"{expression} is no size: sizes are sums and products of letters and integers",
        hint="write it with letters and integers, such as 2*n + 1",
    )


def _node(part: sympy.Basic, found: Mapping[sympy.Basic, Node], nodes: Mapping[str, Node]) -> Node:
    if isinstance(part, Applied):
        return _applied(part, [found[a] for a in part.operands])
    if isinstance(part, SizeNumber):
        return size_value(size_of(part.args[0]))
    if part.is_Symbol:
        return symbol_node(part, nodes)
    return scalar_operation(part, [found[a] for a in part.args])


def symbol_node(symbol: sympy.Symbol, nodes: Mapping[str, Node]) -> Node:
    """A name, or else a size letter (a positive integer symbol)."""
    if symbol.name in nodes:
        return nodes[symbol.name]
    if not isinstance(symbol, TensorSymbol) and symbol.is_integer and symbol.is_positive:
        return size_value(Size.letter(symbol.name))
    raise ModelError(f"{symbol} is no name of the model", hint=f"its names are {', '.join(nodes)}")


def _applied(part: Applied, args: list[Node]) -> Node:
    rule = part.rule
    if tuple(a.shape for a in args) != rule.arguments:
        raise ModelError(
            f"{rule.operation} was made for other shapes than those of its arguments now",
            hint="apply the operation anew to what was put in",
        )
    if rule.operation in OPERATIONS:
        return make(OPERATIONS[rule.operation], tuple(args), rule.params, rule.sizes, rule.dtype)
    built: Node = FUNCTIONS[rule.operation].build(*args)
    return built


def scalar_operation(part: sympy.Basic, args: list[Node]) -> Node:
    """Numbers, sums, products, powers and functions; entry by entry on arrays."""
    if part.is_Rational:
        return constant(Fraction(int(part.p), int(part.q)))
    if part is sympy.pi:
        return PI
    if part is sympy.E:
        return BUILDERS[sympy.exp](constant(1))
    if part.is_Float:
        return constant(Fraction(str(part)))
    if part.is_Add:
        return _sum(part, args)
    if part.is_Mul:
        return _product(part, args)
    if part.is_Pow:
        return _power(part, args)
    if type(part) in BUILDERS:
        return BUILDERS[type(part)](*args)
    if isinstance(part, sympy.Max | sympy.Min):
        name = "maximum" if isinstance(part, sympy.Max) else "minimum"
        result = args[0]
        for arg in args[1:]:
            result = OPERATIONS[name](result, arg)  # type: ignore[operator]
        return result
    raise ModelError(
        f"{type(part).__name__} has no counterpart here: {part}",
        hint="write it with sums, products, powers and functions of arrays",
    )


def _sum(part: sympy.Basic, args: list[Node]) -> Node:
    result = _operation("add", *args[:1])
    for term, node in zip(part.args[1:], args[1:], strict=True):
        if term.is_Mul and node.op.name == "negative":
            result = _operation("subtract", result, node.args[0])
        else:
            result = _operation("add", result, node)
    return result


def _product(part: sympy.Basic, args: list[Node]) -> Node:
    factors = list(part.args)
    written = isinstance(part, OrderedProduct) and not isinstance(part, Negation)
    if factors[0] is sympy.S.NegativeOne and len(factors) > 1 and not written:
        rest = args[1] if len(args) == 2 else _product_of(factors[1:], args[1:])
        return _operation("negative", rest)
    return _product_of(factors, args)


def _product_of(factors: list[sympy.Basic], args: list[Node]) -> Node:
    result = args[0]
    for factor, node in zip(factors[1:], args[1:], strict=True):
        if factor.is_Pow and factor.exp is sympy.S.NegativeOne:
            result = _operation("divide", result, node.args[1])
        else:
            result = _operation("multiply", result, node)
    return result


def _power(part: Any, args: list[Node]) -> Node:
    base, exponent = args
    if part.exp is sympy.S.NegativeOne:
        return make(OPERATIONS["divide"], (as_node(1), base), (), base.shape)
    if part.exp is sympy.S.Half:
        built: Node = FUNCTIONS["sqrt"].build(base)
        return built
    return _operation("power", base, exponent)


def _operation(name: str, *args: Node) -> Node:
    """An elementwise operation as it stands, without simplification; a lone argument itself."""
    if len(args) == 1 and name != "negative":
        return args[0]
    operation: Any = OPERATIONS[name]
    made: Node = operation(*args)
    return made
