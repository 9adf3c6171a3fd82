"""Normal forms of functions of numbers: by the laws of arithmetic where there are some, else by name."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from symbp.evidence.algebra import Algebra
from symbp.evidence.angles import ANGLES, of_angle
from symbp.evidence.polynomials import Access, Base, Function, Letter, Poly, constant, monomial


def function_entry(algebra: Algebra, name: str, args: Sequence[Poly]) -> Poly:
    """f(a, b, …) of entries in normal form."""
    rule = _RULES.get(name)
    return rule(algebra, *args) if rule is not None else named_function(algebra, name, args)


def symbolic_power(algebra: Algebra, base: Poly, exponent: Poly) -> Poly:
    """x^y = e^(y log x) for a positive x, or where y is a real leaf: then x must be positive.

    Not for x^n with a size n: (-2)³ is not e^(3 log|-2|).
    """
    atoms = [a for t in exponent for a, _ in t.factors]
    accesses = [a.node for a in atoms if isinstance(a, Access)]
    real = len(accesses) > 0 and all(n.is_leaf and algebra.known.generic(n) for n in accesses)
    real = real and all(isinstance(a, Access | Letter) for a in atoms)
    if not base or not (real or algebra.is_positive(Base(base)) or algebra.positive_quotient(base)):
        return monomial(Function("power", (base, exponent)))
    return algebra.exp(algebra.multiply(exponent, algebra.log(base)))


def named_function(algebra: Algebra, name: str, args: Sequence[Poly]) -> Poly:
    """A function without laws, odd and even ones with the sign in front."""
    if name in ANGLES and algebra.known.by_angles:
        return of_angle(algebra, name, args[0])
    if len(args) == 1 and name in _ODD | _EVEN and args[0]:
        texts = sorted(args[0], key=lambda t: algebra.writer.term(t, algebra.names))
        if texts[0].coefficient < 0:
            inner = named_function(algebra, name, [algebra.negate(args[0])])
            return inner if name in _EVEN else algebra.negate(inner)
    if len(args) == 1 and not args[0]:
        return constant(1) if name == "cos" else ()
    return monomial(Function(name, tuple(args)))


def _subtract(algebra: Algebra, a: Poly, b: Poly) -> Poly:
    return algebra.add(a, algebra.negate(b))


def _greater(algebra: Algebra, a: Poly, b: Poly) -> Poly:
    return algebra.step(_subtract(algebra, a, b))


def _greater_equal(algebra: Algebra, a: Poly, b: Poly) -> Poly:
    return algebra.add(constant(1), algebra.negate(_greater(algebra, b, a)))


def _sign(algebra: Algebra, a: Poly) -> Poly:
    below = algebra.step(algebra.negate(a))
    return algebra.add(algebra.step(a), algebra.negate(below))


def _equal(algebra: Algebra, a: Poly, b: Poly) -> Poly:
    difference = _subtract(algebra, a, b)
    return constant(1) if algebra.is_zero(difference) else algebra.equals_zero(difference)


_RULES: dict[str, Callable[..., Poly]] = {
    "add": Algebra.add,
    "subtract": _subtract,
    "negative": Algebra.negate,
    "multiply": Algebra.multiply,
    "exp": Algebra.exp,
    "log": Algebra.log,
    "greater": _greater,
    "greater_equal": _greater_equal,
    "sign": _sign,
    "equal": _equal,
}
_ODD = {"sin", "arctan", "arcsin", "erf"}
_EVEN = {"cos"}
