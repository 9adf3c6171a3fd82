"""Nodes as SymPy expressions, for users to print, substitute into and inspect.

Sums, products, quotients and powers are SymPy's own Add, Mul and Pow, unevaluated, so that a
formula looks as it was derived; they act entry by entry with NumPy's broadcasting.  Names are
`TensorSymbol`s, what SymPy has no object for is an `Applied` operation.  The way back is
`symbp.lang.from_sympy`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction
from typing import Any

import sympy
from sympy.core.function import ArgumentIndexError
from sympy.printing.precedence import PRECEDENCE, precedence

from symbp.algebra.node import Node, Shape, topological
from symbp.algebra.size import Quotient, Size


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


class Rule(sympy.Atom):  # type: ignore[misc]
    """Which operation an `Applied` applies: its name, parameters, result shape, argument shapes."""

    __slots__ = ("arguments", "dtype", "operation", "params", "sizes")

    def __new__(
        cls, operation: str, params: tuple[Any, ...], sizes: Shape, dtype: str, arguments: tuple[Shape, ...]
    ) -> Rule:
        rule: Rule = sympy.Atom.__new__(cls)
        rule.operation, rule.params, rule.sizes = operation, params, sizes
        rule.dtype, rule.arguments = dtype, arguments
        return rule

    def __getnewargs__(self) -> tuple[Any, ...]:
        return (self.operation, self.params, self.sizes, self.dtype, self.arguments)

    def _hashable_content(self) -> tuple[Any, ...]:
        return self.__getnewargs__()

    def _sympystr(self, printer: Any) -> str:
        return str(self.operation)

    def sort_key(self, order: str | None = None) -> Any:
        return self.class_key(), (1, (repr(self.__getnewargs__()),)), sympy.S.One.sort_key(), sympy.S.One


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
        product = self.rule.operation == "contract" and _product_pattern(self.rule) is not None
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
        factors = _product_pattern(self.rule) if self.rule.operation == "contract" else None
        if factors is not None:
            level = PRECEDENCE["Mul"]
            spelled = [(printer.parenthesize(self.operands[at], level), t) for at, t in factors]
            return " ".join(text + r"^{\top}" * t for text, t in spelled)
        if self.rule.operation == "scan_part":
            steps, word = _recurrence(self, printer)
            lines = r",\; ".join(f"{a} = {b}" for a, b in steps)
            return rf"\operatorname{{recurrence}}\left({lines}\right)" + (f"_{{{word}}}" if word else "")
        name = _contraction_text(self.rule) if self.rule.operation == "contract" else self.rule.operation
        return rf"\operatorname{{{name}}}\left({inside}\right)".replace("_", r"\_").replace("->", r"\to ")


class SizeNumber(sympy.Expr):  # type: ignore[misc]
    """A size such as n*k or h - 1, used as a number; `doit` gives the polynomial."""

    is_commutative = True
    is_number = False

    def __new__(cls, polynomial: sympy.Expr) -> SizeNumber:
        number: SizeNumber = sympy.Expr.__new__(cls, polynomial)
        return number

    def doit(self, **hints: Any) -> sympy.Expr:
        polynomial: sympy.Expr = self.args[0]
        return polynomial

    def _sympystr(self, printer: Any) -> str:
        return f"({printer._print(self.args[0])})"

    def _latex(self, printer: Any) -> str:
        return rf"\left({printer._print(self.args[0])}\right)"


class OrderedSum(sympy.Add):  # type: ignore[misc]
    """A sum that keeps its terms as they were written; with new terms it is an ordinary Add."""

    def __new__(cls, *terms: sympy.Expr) -> OrderedSum:
        made: OrderedSum = cls._from_args(terms)
        return made

    @property
    def func(self) -> Any:
        return sympy.Add

    def _sympystr(self, printer: Any) -> str:
        return str(printer._print_Add(self, order="none"))

    def _latex(self, printer: Any) -> str:
        return str(printer._print_Add(self, order="none"))


class OrderedProduct(sympy.Mul):  # type: ignore[misc]
    """A product that keeps its factors as they were written; with new factors an ordinary Mul."""

    def __new__(cls, *factors: sympy.Expr) -> OrderedProduct:
        made: OrderedProduct = cls._from_args(factors)
        return made

    @property
    def func(self) -> Any:
        return sympy.Mul

    def _sympystr(self, printer: Any) -> str:
        return str(printer._print_Mul(self))

    def _latex(self, printer: Any) -> str:
        return str(printer._print_Mul(self))


class Negation(OrderedProduct):
    """-a as it was written, which (-1) a is not."""


class OrderedPower(sympy.Pow):  # type: ignore[misc]
    """A power that is left as it was written; with new parts it is an ordinary Pow."""

    def __new__(cls, base: sympy.Expr, exponent: sympy.Expr) -> OrderedPower:
        made: OrderedPower = sympy.Expr.__new__(cls, base, exponent)
        made.is_commutative = True
        return made

    @property
    def func(self) -> Any:
        return sympy.Pow

    def _sympystr(self, printer: Any) -> str:
        return str(printer._print_Pow(self))

    def _latex(self, printer: Any) -> str:
        return str(printer._print_Pow(self))


class sigmoid(sympy.Function):  # type: ignore[misc]  # noqa: N801 (a SymPy function is called as it is printed)
    """The logistic sigmoid 1/(1 + e^-x)."""

    def fdiff(self, argindex: int = 1) -> sympy.Expr:
        if argindex != 1:
            raise ArgumentIndexError(self, argindex)
        return self * (1 - self)

    def _eval_rewrite_as_exp(self, x: sympy.Expr, **hints: Any) -> sympy.Expr:
        return 1 / (1 + sympy.exp(-x))


class relu(sympy.Function):  # type: ignore[misc]  # noqa: N801
    """max(x, 0), with slope 0 at 0."""

    def fdiff(self, argindex: int = 1) -> sympy.Expr:
        if argindex != 1:
            raise ArgumentIndexError(self, argindex)
        return sympy.Piecewise((1, self.args[0] > 0), (0, True))


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


def size_expression(size: Size) -> sympy.Expr:
    """A size as an evaluated polynomial in positive integer symbols."""
    terms = []
    for monomial, coefficient in size.terms:
        factors: list[sympy.Expr] = [sympy.Integer(coefficient)]
        for atom in monomial:
            if isinstance(atom, Quotient):
                ratio = size_expression(atom.numerator) / size_expression(atom.denominator)
                factors.append(sympy.floor(ratio))
            else:
                factors.append(sympy.Symbol(atom, integer=True, positive=True))
        terms.append(sympy.Mul(*factors))
    return sympy.Add(*terms)


def _minus(a: sympy.Expr) -> sympy.Expr:
    return Negation(sympy.S.NegativeOne, a)


def _quotient(a: sympy.Expr, inverse: sympy.Expr) -> sympy.Expr:
    return inverse if a is sympy.S.One else OrderedProduct(a, inverse)


def _convert(node: Node, args: list[sympy.Expr]) -> sympy.Expr:
    operation = node.op.name
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


# -- printing -----------------------------------------------------------------------------------

_SIGNS = {
    "greater": ">",
    "greater_equal": ">=",
    "less": "<",
    "less_equal": "<=",
    "equal": "==",
    "not_equal": "!=",
}


def _plain(applied: Applied, printer: Any) -> str:
    rule, operands = applied.rule, applied.operands
    texts = [printer._print(a) for a in operands]
    if rule.operation in _SIGNS:
        return f"({texts[0]} {_SIGNS[rule.operation]} {texts[1]})"
    if rule.operation == "getitem":
        return f"{texts[0]}[{_key_text(rule.params[0], rule.arguments[0])}]"
    if rule.operation == "scan_part":
        steps, name = _recurrence(applied, printer)
        return f"recurrence({', '.join(f'{a} = {b}' for a, b in steps)}){f'.{name}' if name else ''}"
    if rule.operation != "contract":
        extra = [str(p) for p in rule.params if isinstance(p, int | str)]
        return f"{rule.operation}({', '.join([*texts, *extra])})"
    factors = _product_pattern(rule)
    if factors is None:
        summed = _summed_axes(rule)
        if summed is None:
            kept = _axes_summed_and_kept(rule)
            if kept is not None:
                return f"sum({texts[0]}, axis={', '.join(map(str, kept))}, keepdims=True)"
            if not texts and rule.params[1] == (0, 0):
                return f"eye({rule.params[2][0]})"
            if not any(rule.params[0]) and len(set(rule.params[1])) == len(rule.params[1]):
                return f"full(({', '.join(map(str, rule.sizes))}), {texts[0] if texts else 1})"
            return f"{_contraction_text(rule)}({', '.join(texts)})"
        axis = "" if len(summed) == len(rule.arguments[0]) else f", axis={', '.join(map(str, summed))}"
        return f"sum({texts[0]}{axis})"
    wrapped = []
    for position, transposed in factors:
        operand, text = operands[position], texts[position]
        loose = precedence(operand) <= PRECEDENCE["Mul"]
        wrapped.append((f"({text})" if loose else text) + ".T" * transposed)
    return " @ ".join(wrapped)


def _key_text(key: Any, shape: Shape) -> str:
    """A key as NumPy writes it, whole axes as colons."""
    sizes = iter(shape)
    words = []
    for part in key:
        if part is None:
            words.append("None")
        else:
            words.append(":" if part.is_whole(next(sizes)) else str(part))
    return ", ".join(words)


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


def _product_pattern(rule: Rule) -> list[tuple[int, bool]] | None:
    """The factors of A B, or of a lone transpose, in order: (operand, is it transposed)."""
    inputs, out, _ = rule.params
    if len(inputs) == 1 and len(out) == 2 and inputs[0] == out[::-1] and out[0] != out[1]:
        return [(0, True)]
    if len(inputs) != 2 or any(len(set(s)) < len(s) or len(s) > 2 for s in (*inputs, out)):
        return None
    shared = set(inputs[0]) & set(inputs[1])
    if len(shared) != 1 or shared & set(out):
        return None
    (k,) = shared
    for first, second in ((0, 1), (1, 0)):
        a, b = inputs[first], inputs[second]
        if (*(i for i in a if i != k), *(j for j in b if j != k)) == tuple(out):
            return [(first, len(a) == 2 and a[0] == k), (second, len(b) == 2 and b[1] == k)]
    return None


def _summed_axes(rule: Rule) -> tuple[int, ...] | None:
    """The axes of a plain sum over axes of one array, else None."""
    inputs, out, _ = rule.params
    if len(inputs) != 1 or len(set(inputs[0])) < len(inputs[0]):
        return None
    kept = tuple(i for i in inputs[0] if i in out)
    if kept != tuple(out) or len(kept) == len(inputs[0]):
        return None
    return tuple(axis for axis, label in enumerate(inputs[0]) if label not in out)


def _axes_summed_and_kept(rule: Rule) -> tuple[int, ...] | None:
    """The axes of a sum of one array that keeps them with size 1, else None."""
    inputs, out, sizes = rule.params
    if len(inputs) != 1 or len(set(inputs[0])) < len(inputs[0]) or len(out) != len(inputs[0]):
        return None
    axes = tuple(axis for axis, (a, b) in enumerate(zip(inputs[0], out, strict=True)) if a != b)
    fits = all(sizes[out[axis]].is_one and out[axis] not in inputs[0] for axis in axes)
    return axes if axes and fits else None


NAMED_CONTRACTIONS = {
    (((0,),), (0, 0)): "diag",
    (((0, 0),), (0,)): "diag",
    (((0, 0),), ()): "trace",
    (((0,), (1,)), (0, 1)): "outer",
}


def _contraction_text(rule: Rule) -> str:
    """einsum[ij,jk->ik]: what is contracted, where there is no shorter way to say it."""
    inputs, out, _ = rule.params
    if (inputs, out) in NAMED_CONTRACTIONS:
        return NAMED_CONTRACTIONS[inputs, out]
    letter = "ijklmnopqrstuvwxyzabcdefgh"
    spelled = ["".join(letter[i] if i < len(letter) else f"({i})" for i in s) for s in (*inputs, out)]
    return f"einsum[{','.join(spelled[:-1])}->{spelled[-1]}]"


def symbol(name: str) -> sympy.Symbol:
    """What stands for a name on the left of an equation."""
    return sympy.Symbol(name)
