"""SymPy objects that stay as they were written: sizes, sums, products, powers and functions."""

from __future__ import annotations

from typing import Any

import sympy
from sympy.core.function import ArgumentIndexError

from symbp.algebra.size import Quotient, Size


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
