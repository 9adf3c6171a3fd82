"""One formula in two media at once: Unicode text and LaTeX, with the brackets that each needs.

A `Formula` is built from smaller ones by the functions below, from the leaves up, so nothing
recurses over depth.  MathML follows from the LaTeX (symbp.emit.html).
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from symbp.emit.latex_scripts import is_raised, with_subscript
from symbp.lang.names import GREEK, SUPERSCRIPTS, Name

SUM, NEGATIVE, BIG, FRACTION, SCALED, HADAMARD, MATRIX, POWER, ATOM = range(9)
"""What stands at the top of a formula: a + b, -a, Σ a, a/b, 2 a, a ⊙ b, A B, a², a name."""

_RAISED = {char: raised for raised, char in SUPERSCRIPTS.items()}


@dataclass(frozen=True, slots=True)
class Formula:
    """`level` is what stands at the top of the text, `latex_level` of the LaTeX."""

    text: str
    latex: str
    level: int = ATOM
    latex_level: int = ATOM
    positive: Formula | None = None
    """For -a: a, so that b + (-a) is written b - a."""
    bottom: Formula | None = None
    """For 1/b: b."""
    unit: tuple[Formula, Formula] | None = None
    """For (1/b) a: b and a, so that 2 times it is written (2/b) a."""
    turned: Formula | None = None
    """For Aᵀ: A."""
    symmetric: bool = False
    """A diagonal matrix, which is its own transpose."""
    factors: tuple[Formula, ...] = ()
    """For A B: A and B, so that (Aᵀ B)ᵀ is written Bᵀ A."""

    def __str__(self) -> str:
        return self.text


def atom(text: str, latex: str) -> Formula:
    return Formula(text, latex)


def symbol(name: Name) -> Formula:
    return Formula(name.text, name.latex)


def number(value: Fraction | int) -> Formula:
    """An exact number: 2, 1/2, 0.1 where the decimals end."""
    value = Fraction(value)
    if value < 0:
        return negative(number(-value))
    if value.denominator == 1:
        return atom(str(value), str(value))
    if value < Fraction(1, 1000) and (10**12 % value.denominator) == 0:
        return _scientific(value)
    digits = _decimals(value)
    if digits is not None:
        spelled = str(value.numerator * 10**digits // value.denominator).zfill(digits + 1)
        return atom(*[f"{spelled[:-digits]}.{spelled[-digits:]}"] * 2)
    return fraction(number(value.numerator), number(value.denominator))


def _scientific(value: Fraction) -> Formula:
    """0.00001 as 10⁻⁵."""
    exponent = 0
    while value < 1:
        value, exponent = value * 10, exponent + 1
    small = power(number(10), negative(number(exponent)))
    return small if value == 1 else _joined([number(value), small], "·", r" \cdot ", SCALED)


def _decimals(value: Fraction) -> int | None:
    """How many decimals the number has; None where they do not end or a fraction reads better."""
    if value.denominator in (2, 4, 5, 8):
        return None
    return next((k for k in range(1, 41) if 10**k % value.denominator == 0), None)


def bracketed(f: Formula) -> Formula:
    return Formula(f"({f.text})", rf"\left({f.latex}\right)")


def fit(f: Formula, allowed: Iterable[int]) -> Formula:
    """`f` with brackets in each medium where its top is not among the allowed ones."""
    inside = (*allowed, ATOM)
    if f.level in inside and f.latex_level in inside:
        return f
    text = f.text if f.level in inside else f"({f.text})"
    latex = f.latex if f.latex_level in inside else rf"\left({f.latex}\right)"
    return Formula(
        text,
        latex,
        f.level if f.level in inside else ATOM,
        f.latex_level if f.latex_level in inside else ATOM,
        f.positive if f.level in inside else None,
    )


# -- sums -----------------------------------------------------------------------------------------

_TERM = (BIG, FRACTION, SCALED, HADAMARD, MATRIX, POWER)


def add(a: Formula, b: Formula) -> Formula:
    if b.positive is not None:
        return subtract(a, b.positive)
    return Formula(f"{a.text} + {b.text}", f"{a.latex} + {b.latex}", SUM, SUM)


def subtract(a: Formula, b: Formula) -> Formula:
    if b.positive is not None:
        return add(a, b.positive)
    b = fit(b, _TERM)
    return Formula(f"{a.text} − {b.text}", f"{a.latex} - {b.latex}", SUM, SUM)


def negative(a: Formula) -> Formula:
    if a.positive is not None:
        return a.positive
    inner = fit(a, _TERM)
    return Formula(f"−{inner.text}", f"-{inner.latex}", NEGATIVE, NEGATIVE, a)


# -- products -------------------------------------------------------------------------------------


def _joined(parts: Sequence[Formula], sign: str, latex_sign: str, level: int) -> Formula:
    if len(parts) == 1:
        return parts[0]
    text = sign.join(p.text for p in parts)
    return Formula(text, latex_sign.join(p.latex for p in parts), level, level)


def scaled(factor: Formula, f: Formula) -> Formula:
    """A number times something, or a product of numbers: 2 a, (1/n) a."""
    if factor.positive is not None and factor.positive.text == "1":
        return negative(f)
    if factor.positive is not None:
        return negative(scaled(factor.positive, f))
    if f.positive is not None:
        return negative(scaled(factor, f.positive))
    if factor.latex == "1" or f.latex == "1":
        return f if factor.latex == "1" else factor
    if f.unit is not None and factor.bottom is None:
        return scaled(fraction(factor, f.unit[0]), f.unit[1])
    if f.text.isdecimal() and not factor.text[0].isdigit():
        factor, f = f, factor
    left = fit(factor, (SCALED, POWER))
    right = fit(f, (BIG, SCALED, HADAMARD, MATRIX, POWER))
    if right.text[0].isdigit():
        return _joined([left, right], " · ", r" \cdot ", SCALED)
    result = _joined([left, right], " ", r" \, " if _needs_space(left, right) else " ", SCALED)
    return result if factor.bottom is None else replace(result, unit=(factor.bottom, f))


def _needs_space(left: Formula, right: Formula) -> bool:
    return (left.latex.endswith("}") and "\\mathrm" in left.latex) or right.latex.startswith(r"\mathrm")


def hadamard(factors: Sequence[Formula]) -> Formula:
    """a ⊙ b ⊙ c; a number in front of the first factor stays there."""
    if len(factors) == 1:
        return factors[0]
    sign = next((f for f in factors if f.positive is not None), None)
    if sign is not None:
        at = list(factors).index(sign)
        assert sign.positive is not None
        return negative(hadamard([*factors[:at], sign.positive, *factors[at + 1 :]]))
    parts = [fit(f, (HADAMARD, POWER) if i else (SCALED, HADAMARD, POWER)) for i, f in enumerate(factors)]
    return _joined(parts, " ⊙ ", r" \odot ", HADAMARD)


def matrix_product(factors: Sequence[Formula]) -> Formula:
    """A B C; a number in front of the first factor stays there."""
    if len(factors) == 1:
        return factors[0]
    parts = [fit(f, (MATRIX, POWER) if i else (SCALED, MATRIX, POWER)) for i, f in enumerate(factors)]
    words = any(_needs_space(a, b) for a, b in itertools.pairwise(parts))
    flat = tuple(q for p in parts for q in (p.factors if p.level == MATRIX and p.factors else (p,)))
    return replace(_joined(parts, " ", r" \, " if words else " ", MATRIX), factors=flat)


def fraction(top: Formula, bottom: Formula) -> Formula:
    if top.positive is not None:
        return negative(fraction(top.positive, bottom))
    over, under = fit(top, (SCALED, HADAMARD, MATRIX, POWER)), fit(bottom, (POWER,))
    short = len(over.text) == 1 and over.text.isdigit() and " " not in under.text
    sign = "/" if short else " / "
    latex = rf"\frac{{{top.latex}}}{{{bottom.latex}}}"
    unit = bottom if top.latex == "1" else None
    return Formula(over.text + sign + under.text, latex, FRACTION, POWER, bottom=unit)


def power(base: Formula, exponent: Formula) -> Formula:
    inner = fit(base, ())
    raised = all(c in _RAISED or c == "−" for c in exponent.text)
    up = "".join(_RAISED.get(c, "⁻") for c in exponent.text)
    if not raised:
        up = f"^{fit(exponent, ()).text}"
    latex = inner.latex
    if "^" in latex and inner.latex_level == ATOM and not latex.startswith(r"\left"):
        latex = rf"\left({latex}\right)"
    return Formula(inner.text + up, f"{latex}^{{{exponent.latex}}}", POWER, POWER)


def transposed(f: Formula) -> Formula:
    if f.turned is not None:
        return f.turned
    if f.symmetric:
        return f
    if f.text.endswith("⁻¹") and f.level == POWER:
        return Formula(f.text[:-1] + "ᵀ", f.latex.removesuffix("1}") + r"\top}", POWER, POWER, turned=f)
    turned = [transposed(part) for part in reversed(f.factors)]
    if turned and turns(turned) < turns(f.factors) + 1:
        return replace(matrix_product(turned), turned=f)
    inner = fit(f, ())
    # the name of a layer, W^{(1)}, has a raised part already
    latex = f"{{{inner.latex}}}" if is_raised(inner.latex) else inner.latex
    return Formula(f"{inner.text}ᵀ", rf"{latex}^\top", POWER, POWER, turned=f)


def turns(parts: Iterable[Formula]) -> int:
    """How many of the factors are transposed."""
    return sum(p.text.endswith("ᵀ") for p in parts)


def big_sum(indices: Sequence[Formula], body: Formula, sign: str = "Σ", latex: str = r"\sum") -> Formula:
    """Σ_{i,j} body; without indices the sum over all entries."""
    under = ",".join(i.text for i in indices)
    text = sign + (f"_{under}" if len(under) == 1 else f"_{{{under}}}" if under else "")
    low = "_{" + ",".join(i.latex for i in indices) + "}" if indices else ""
    inner = fit(body, (BIG, FRACTION, SCALED, HADAMARD, MATRIX, POWER))
    return Formula(f"{text} {inner.text}", f"{latex}{low} {inner.latex}", BIG, BIG)


# -- functions ------------------------------------------------------------------------------------

SPELLED = {
    "sigmoid": ("σ", r"\sigma"),
    "relu": ("relu", r"\operatorname{relu}"),
    "arcsin": ("arcsin", r"\arcsin"),
    "arccos": ("arccos", r"\arccos"),
    "arctan": ("arctan", r"\arctan"),
    "gelu_exact": ("gelu", r"\operatorname{gelu}"),
    "trace": ("tr", r"\operatorname{tr}"),
}
"""Functions whose name on paper is not their name in a program."""

_KNOWN_LATEX = {"exp", "log", "sin", "cos", "tan", "sinh", "cosh", "tanh", "det", "max", "min"}


def function_name(name: str) -> Formula:
    if name in SPELLED:
        return atom(*SPELLED[name])
    letter = name.rstrip("'")
    if len(letter) == 1:
        # a function of one letter, φ', which a text uses and does not define
        return atom(name, f"\\{GREEK[letter]}" + name[1:] if letter in GREEK else name)
    spelled = name.replace("_", r"\_")
    return atom(name, f"\\{name}" if name in _KNOWN_LATEX else rf"\operatorname{{{spelled}}}")


def _plain(words: str) -> str:
    """Words inside \\text{…}."""
    return words.replace("_", r"\_").replace("×", r"}\times\text{")


def call(name: Formula, arguments: Sequence[Formula], extra: Sequence[str] = ()) -> Formula:
    """f(a, b, axis=1)."""
    texts = [a.text for a in arguments] + list(extra)
    spelled = [a.latex for a in arguments] + [rf"\text{{{_plain(e)}}}" for e in extra]
    return Formula(f"{name.text}({', '.join(texts)})", rf"{name.latex}\left({', '.join(spelled)}\right)")


def enclosed(left: str, f: Formula, right: str, latex_left: str, latex_right: str) -> Formula:
    """|a|, ‖a‖, ⟨a, b⟩."""
    space = " " if latex_left[-1:].isalpha() else ""
    return Formula(f"{left}{f.text}{right}", rf"\left{latex_left}{space}{f.latex}\right{latex_right}")


def listed(parts: Sequence[Formula]) -> Formula:
    """a, b, c."""
    return atom(", ".join(p.text for p in parts), ", ".join(p.latex for p in parts))


def relation(a: Formula, sign: str, latex_sign: str, b: Formula) -> Formula:
    return Formula(f"{a.text} {sign} {b.text}", f"{a.latex} {latex_sign} {b.latex}", SUM, SUM)


def iverson(condition: Formula) -> Formula:
    """[condition]: 1 where it holds, else 0."""
    return enclosed("[", condition, "]", "[", "]")


def indexed(base: Formula, indices: Sequence[Formula]) -> Formula:
    """W[i,j] in text; in LaTeX W_{ij}, joined with a subscript that is there already."""
    if not indices:
        return base
    inner = fit(base, ())
    text = f"{inner.text}[{','.join(i.text for i in indices)}]"
    letters = [i.latex for i in indices]
    plain = all(len(s) == 1 for s in letters)
    return Formula(text, with_subscript(inner.latex, ("" if plain else ",").join(letters)))


def derivative(top: Formula, bottom: Formula) -> Formula:
    """∂L/∂W."""
    under = bottom.text if " " not in bottom.text else f"({bottom.text})"
    return Formula(
        f"∂{top.text}/∂{under}", rf"\frac{{\partial {top.latex}}}{{\partial {bottom.latex}}}", ATOM, ATOM
    )


def direct(partial: Formula) -> Formula:
    """∂⁺L/∂W: the derivative of one equation, other paths left out."""
    return Formula(partial.text.replace("∂", "∂⁺", 1), partial.latex.replace(r"\partial", r"\partial^{+}", 1))


def equation(left: Formula, right: Formula) -> Formula:
    return relation(left, "=", "=", right)
