"""Nodes as SymPy expressions, for users to print, substitute into and inspect.

Sums, products, quotients and powers are SymPy's own Add, Mul and Pow, unevaluated, so that a
formula looks as it was derived; they act entry by entry with NumPy's broadcasting.  Names are
`TensorSymbol`s, what SymPy has no object for is an `Applied` operation.  The way back is
`symbp.lang.from_sympy`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Any

import sympy
from sympy.printing.precedence import PRECEDENCE, precedence

from symbp.algebra.node import Node, Shape, topological
from symbp.algebra.signs import COMPARISON_SIGNS
from symbp.algebra.size import Size
from symbp.algebra.sympy_formulas import (
    Negation,
    OrderedPower,
    OrderedProduct,
    OrderedSum,
    SizeNumber,
    relu,
    sigmoid,
    size_expression,
)
from symbp.algebra.sympy_rules import (
    Rule,
    axes_summed_and_kept,
    contraction_text,
    key_text,
    product_pattern,
    summed_axes,
)


class TensorSymbol(sympy.Symbol):  # type: ignore[misc]
    """The name of an array.  Two tensors of one name and different shapes are different."""

    __slots__ = ("dtype", "sizes")
    sizes: Shape
    dtype: str

    def __new__(cls, name: str, sizes: Iterable[Size | int | str] = (), dtype: str = "real") -> TensorSymbol:
        tensor: TensorSymbol = sympy.Symbol.__xnew__(cls, name)
        tensor.sizes = tuple(Size.letter(s) if isinstance(s, str) else Size.of(s) for s in sizes)
        tensor.dtype = dtype
        return tensor

    def __getnewargs_ex__(self) -> tuple[tuple[Any, ...], dict[str, Any]]:
        return (self.name, self.sizes, self.dtype), {}

    def __getstate__(self) -> None:
        return None

    def __setstate__(self, state: object) -> None:
        """Nothing beyond the arguments of construction."""

    def _hashable_content(self) -> tuple[Any, ...]:
        return (self.name, *self.sizes, self.dtype)

    @property
    def shape(self) -> tuple[sympy.Expr, ...]:
        return tuple(map(size_expression, self.sizes))

    @property
    def T(self) -> Applied:
        rank = len(self.sizes)
        out = tuple(reversed(range(rank)))
        params = ((tuple(range(rank)),), out, self.sizes)
        rule = Rule("contract", params, tuple(self.sizes[i] for i in out), self.dtype, (self.sizes,))
        return Applied(rule, self)


class Applied(sympy.Expr):  # type: ignore[misc]
    """An operation of symbp applied to expressions: a matrix product, a softmax, a slice."""

    is_commutative = True

    def __new__(cls, rule: Rule, *arguments: sympy.Basic) -> Applied:
        applied: Applied = sympy.Expr.__new__(cls, rule, *arguments)
        return applied

    @property
    def rule(self) -> Rule:
        rule: Rule = self.args[0]
        return rule

    @property
    def precedence(self) -> int:
        """Below a product where it prints as A @ B, so that brackets come out right."""
        product = self.rule.operation == "contract" and product_pattern(self.rule) is not None
        return int(PRECEDENCE["Mul"] - 1 if product and len(self.operands) > 1 else PRECEDENCE["Atom"])

    @property
    def operands(self) -> tuple[sympy.Expr, ...]:
        return tuple(self.args[1:])

    @property
    def shape(self) -> tuple[sympy.Expr, ...]:
        return tuple(map(size_expression, self.rule.sizes))

    def _sympystr(self, printer: Any) -> str:
        return _plain(self, printer)

    def _latex(self, printer: Any) -> str:
        inside = ", ".join(printer._print(a) for a in self.operands)
        factors = product_pattern(self.rule) if self.rule.operation == "contract" else None
        if factors is not None:
            level = PRECEDENCE["Mul"]
            spelled = [(printer.parenthesize(self.operands[at], level), t) for at, t in factors]
            return " ".join(text + r"^{\top}" * t for text, t in spelled)
        if self.rule.operation == "scan_part":
            steps, word = _recurrence(self, printer)
            lines = r",\; ".join(f"{a} = {b}" for a, b in steps)
            return rf"\operatorname{{recurrence}}\left({lines}\right)" + (f"_{{{word}}}" if word else "")
        name = contraction_text(self.rule) if self.rule.operation == "contract" else self.rule.operation
        return rf"\operatorname{{{name}}}\left({inside}\right)".replace("_", r"\_").replace("->", r"\to ")


FUNCTIONS: dict[str, type[sympy.Function]] = {
    "exp": sympy.exp, "log": sympy.log, "sin": sympy.sin, "cos": sympy.cos, "tan": sympy.tan,
    "sinh": sympy.sinh, "cosh": sympy.cosh, "tanh": sympy.tanh, "arcsin": sympy.asin,
    "arccos": sympy.acos, "arctan": sympy.atan, "arcsinh": sympy.asinh, "arccosh": sympy.acosh,
    "arctanh": sympy.atanh, "erf": sympy.erf, "erfc": sympy.erfc, "abs": sympy.Abs,
    "sign": sympy.sign, "floor": sympy.floor, "ceil": sympy.ceiling, "sigmoid": sigmoid, "relu": relu,
}  # fmt: skip
"""Elementwise operation -> the SymPy function of the same meaning."""


_ARITHMETIC: dict[str, Callable[..., sympy.Expr]] = {
    "add": lambda a, b: OrderedSum(a, b),
    "subtract": lambda a, b: OrderedSum(a, _minus(b)),
    "multiply": lambda a, b: OrderedProduct(a, b),
    "divide": lambda a, b: _quotient(a, OrderedPower(b, sympy.S.NegativeOne)),
    "power": lambda a, b: OrderedPower(a, b),
    "negative": lambda a: _minus(a),
    "sqrt": lambda a: OrderedPower(a, sympy.S.Half),
}


def to_sympy(node: Node, names: Mapping[Node, object]) -> sympy.Expr:
    """`node` as a SymPy expression over `names`, whose values have an `ascii` spelling or are texts."""
    found: dict[Node, sympy.Expr] = {}
    for part in topological([node], stop=lambda n: n in names):
        if part in names:
            spelled = getattr(names[part], "ascii", None) or str(names[part])
            found[part] = TensorSymbol(spelled, part.shape, part.dtype)
        else:
            found[part] = _convert(part, [found[a] for a in part.args])
    return found[node]


def _minus(a: sympy.Expr) -> sympy.Expr:
    return Negation(sympy.S.NegativeOne, a)


def _quotient(a: sympy.Expr, inverse: sympy.Expr) -> sympy.Expr:
    return inverse if a is sympy.S.One else OrderedProduct(a, inverse)


def _convert(node: Node, args: list[sympy.Expr]) -> sympy.Expr:
    operation = node.op.name.removeprefix("integer_")
    if node.is_leaf:
        return TensorSymbol(node.name, node.shape, node.dtype)
    if operation == "constant":
        value: Fraction = node.params[0]
        return sympy.Rational(value.numerator, value.denominator)
    if operation == "symbolic" and node.params[0] == "pi":
        return sympy.pi
    if operation == "size":
        polynomial = size_expression(node.params[0])
        return polynomial if polynomial.is_Symbol else SizeNumber(polynomial)
    if operation in _ARITHMETIC:
        return _ARITHMETIC[operation](*args)
    if operation in FUNCTIONS:
        return FUNCTIONS[operation](*args, evaluate=False)
    shapes = tuple(a.shape for a in node.args)
    return Applied(Rule(operation, node.params, node.shape, node.dtype, shapes), *args)


def _plain(applied: Applied, printer: Any) -> str:
    rule, operands = applied.rule, applied.operands
    texts = [printer._print(a) for a in operands]
    if rule.operation in COMPARISON_SIGNS:
        return f"({texts[0]} {COMPARISON_SIGNS[rule.operation]} {texts[1]})"
    if rule.operation == "getitem":
        return f"{texts[0]}[{key_text(rule.params[0], rule.arguments[0])}]"
    if rule.operation == "scan_part":
        steps, name = _recurrence(applied, printer)
        return f"recurrence({', '.join(f'{a} = {b}' for a, b in steps)}){f'.{name}' if name else ''}"
    if rule.operation != "contract":
        extra = [str(p) for p in rule.params if isinstance(p, int | str)]
        return f"{rule.operation}({', '.join([*texts, *extra])})"
    return _plain_contraction(rule, operands, texts)


def _plain_contraction(rule: Rule, operands: Sequence[sympy.Expr], texts: list[str]) -> str:
    factors, summed, kept = product_pattern(rule), summed_axes(rule), axes_summed_and_kept(rule)
    if factors is not None:
        levels = [precedence(operand) for operand in operands]
        wrapped = [
            (f"({texts[at]})" if levels[at] <= PRECEDENCE["Mul"] else texts[at]) + ".T" * transposed
            for at, transposed in factors
        ]
        return " @ ".join(wrapped)
    if summed is not None:
        axis = "" if len(summed) == len(rule.arguments[0]) else f", axis={', '.join(map(str, summed))}"
        return f"sum({texts[0]}{axis})"
    if kept is not None:
        return f"sum({texts[0]}, axis={', '.join(map(str, kept))}, keepdims=True)"
    if not texts and rule.params[1] == (0, 0):
        return f"eye({rule.params[2][0]})"
    if not any(rule.params[0]) and len(set(rule.params[1])) == len(rule.params[1]):
        return f"full(({', '.join(map(str, rule.sizes))}), {texts[0] if texts else 1})"
    return f"{contraction_text(rule)}({', '.join(texts)})"


def _recurrence(applied: Applied, printer: Any) -> tuple[list[tuple[str, str]], str]:
    """The equations of a recurrence (both sides), and which of its values is meant, of several.

    The steps come first, then where they start, then what their names stand for, if that is something else.
    """
    (scanned,) = applied.operands
    body, length, backwards = scanned.rule.params
    letter, (number,) = body.letter, applied.rule.params
    words = [*body.names, *(f"part{k}" for k in range(len(body.names), len(body.values)))]
    named = {v: f"{w}[{letter}]" for v, w in zip(body.values, words, strict=True) if v.args}
    steps = []
    for word, value in zip(words, body.values, strict=True):
        others = {v: name for v, name in named.items() if v is not value}
        steps.append((f"{word}[{letter}]", printer._print(to_sympy(value, others))))
    start = (length + 1 if body.from_one else length) if backwards else (0 if body.from_one else -1)
    given = [printer._print(a) for a in scanned.operands]
    steps += [(f"{w}[{start}]", text) for w, text in zip(words, given[: len(body.states)], strict=False)]
    for slot, text in zip((*body.sequences, *body.fixed), given[len(body.states) :], strict=True):
        base, bracket, at = slot.name.partition("[")
        now = f"[{letter}]" if bracket else ""
        if text != base or at not in ("", f"{letter}]"):
            steps.append((slot.name, f"({text}){now}" if " " in text and now else f"{text}{now}"))
    return steps, words[number] if len(words) > 1 else ""


def symbol(name: str) -> sympy.Symbol:
    """What stands for a name on the left of an equation."""
    return sympy.Symbol(name)
