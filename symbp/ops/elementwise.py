"""Functions applied entry by entry, one row each.

A row states the function by simpler ones (nothing for the primitives) and its slope in the form
that reads best, in terms of the argument x and of the result y; where no slope is stated it
follows from the definition.  The tests compare every slope with SymPy's derivative.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from symbp.algebra.node import PI, Node, Scalar, as_node
from symbp.ops.arithmetic import Operand, multiply, power
from symbp.ops.compare import (
    abs_,
    clip,
    equal,
    greater,
    greater_equal,
    logical_and,
    maximum,
    minimum,
    sign,
    where,
)
from symbp.ops.registry import Elementwise, function

HALF = Fraction(1, 2)
Unary = Callable[[Operand], Node]


def unary(
    name: str,
    doc: str,
    slope: Callable[[Node, Node], Node | int] | None = None,
    meaning: Callable[[Node], Node] | None = None,
    aliases: tuple[str, ...] = (),
    domain: str = "",
    carries_gradient: bool = True,
) -> Unary:
    """Declare a function of one number and return its builder."""
    partials = None if carries_gradient and slope is None else (slope,)
    op = Elementwise(name, partials, meaning)

    def build(x: Operand) -> Node:
        return op(as_node(x))

    build.__doc__, build.__name__ = doc, name
    function(name, *aliases, example=f"{name}(x) | x: n,m {domain}".strip())(build)
    return build


# -- exponentials and logarithms --------------------------------------------------------------

exp = unary("exp", "e^x.", lambda x, y: y)
log = unary("log", "The natural logarithm.", lambda x, y: 1 / x, aliases=("ln",), domain="positive")
Node.operators["log"] = log
LOG2 = log(as_node(2))
LOG10 = log(as_node(10))
expm1 = unary("expm1", "e^x - 1.", lambda x, y: exp(x), lambda x: exp(x) - 1)
exp2 = unary("exp2", "2^x.", lambda x, y: y * LOG2, lambda x: exp(LOG2 * x))
log1p = unary("log1p", "log(1 + x).", lambda x, y: 1 / (1 + x), lambda x: log(1 + x), domain="positive")
log2 = unary(
    "log2",
    "The logarithm to base 2.",
    lambda x, y: 1 / (LOG2 * x),
    lambda x: log(x) / LOG2,
    domain="positive",
)
log10 = unary(
    "log10",
    "The logarithm to base 10.",
    lambda x, y: 1 / (LOG10 * x),
    lambda x: log(x) / LOG10,
    domain="positive",
)

# -- powers -----------------------------------------------------------------------------------

square = unary("square", "x².", lambda x, y: 2 * x, lambda x: power(x, 2))
sqrt = unary(
    "sqrt", "The square root.", lambda x, y: 1 / (2 * y), lambda x: power(x, HALF), domain="positive"
)
reciprocal = unary("reciprocal", "1/x.", lambda x, y: -power(y, 2), lambda x: 1 / x, domain="positive")
cbrt = unary(
    "cbrt",
    "The real cube root.",
    lambda x, y: 1 / (3 * power(y, 2)),
    lambda x: sign(x) * power(abs_(x), Fraction(1, 3)),
    domain="positive",
)

# -- circular and hyperbolic functions --------------------------------------------------------

sin = unary("sin", "The sine.", lambda x, y: cos(x))
cos: Unary = unary("cos", "The cosine.", lambda x, y: -sin(x))
tan = unary("tan", "The tangent.", lambda x, y: 1 + power(y, 2), lambda x: sin(x) / cos(x), domain="unit")
arctan = unary("arctan", "The inverse tangent.", lambda x, y: 1 / (1 + power(x, 2)), aliases=("atan",))
arcsin = unary(
    "arcsin", "The inverse sine.", lambda x, y: 1 / sqrt(1 - power(x, 2)), aliases=("asin",), domain="unit"
)
arccos = unary(
    "arccos",
    "The inverse cosine.",
    lambda x, y: -1 / sqrt(1 - power(x, 2)),
    lambda x: PI / 2 - arcsin(x),
    aliases=("acos",),
    domain="unit",
)
sinh = unary("sinh", "(e^x - e^-x)/2.", lambda x, y: cosh(x), lambda x: (exp(x) - exp(-x)) / 2)
cosh: Unary = unary("cosh", "(e^x + e^-x)/2.", lambda x, y: sinh(x), lambda x: (exp(x) + exp(-x)) / 2)
tanh = unary(
    "tanh", "The hyperbolic tangent.", lambda x, y: 1 - power(y, 2), lambda x: 1 - 2 / (1 + exp(2 * x))
)
arcsinh = unary(
    "arcsinh",
    "The inverse of sinh.",
    lambda x, y: 1 / sqrt(1 + power(x, 2)),
    lambda x: log(x + sqrt(1 + power(x, 2))),
    aliases=("asinh",),
)
arccosh = unary(
    "arccosh",
    "The inverse of cosh on x >= 1.",
    lambda x, y: 1 / (sqrt(x - 1) * sqrt(x + 1)),
    lambda x: log(x + sqrt(x - 1) * sqrt(x + 1)),
    aliases=("acosh",),
    domain="above one",
)
arctanh = unary(
    "arctanh",
    "The inverse of tanh on |x| < 1.",
    lambda x, y: 1 / (1 - power(x, 2)),
    lambda x: (log(1 + x) - log(1 - x)) / 2,
    aliases=("atanh",),
    domain="unit",
)
radians = unary("radians", "Degrees to radians.", None, lambda x: x * PI / 180, aliases=("deg2rad",))
degrees = unary("degrees", "Radians to degrees.", None, lambda x: x * 180 / PI, aliases=("rad2deg",))

# -- steps: no gradient anywhere --------------------------------------------------------------

floor = unary("floor", "The largest integer below; gradient 0.", carries_gradient=False)
ceil = unary(
    "ceil", "The smallest integer above; gradient 0.", None, lambda x: -floor(-x), carries_gradient=False
)


def _rint_meaning(x: Node) -> Node:
    """⌊x + ½⌋, less 1 where x + ½ is an odd integer."""
    up = floor(x + HALF)
    return up - equal(up, x + HALF) * (up - 2 * floor(up / 2))


rint = unary(
    "rint",
    "The nearest integer, of two the even one; gradient 0.",
    None,
    _rint_meaning,
    aliases=("round",),
    carries_gradient=False,
)

# -- error function ---------------------------------------------------------------------------

erf = unary("erf", "2/√π ∫₀ˣ e^(-t²) dt.", lambda x, y: 2 / sqrt(PI) * exp(-power(x, 2)))
erfc = unary("erfc", "1 - erf(x).", lambda x, y: -2 / sqrt(PI) * exp(-power(x, 2)), lambda x: 1 - erf(x))

# -- activations ------------------------------------------------------------------------------

sigmoid = unary(
    "sigmoid",
    "The logistic sigmoid 1/(1 + e^-x).",
    lambda x, y: y * (1 - y),
    lambda x: 1 / (1 + exp(-x)),
    aliases=("σ", "expit", "logistic"),
)
log_sigmoid = unary(
    "log_sigmoid",
    "log σ(x) = -log(1 + e^-x).",
    lambda x, y: sigmoid(-x),
    lambda x: -log(1 + exp(-x)),
    aliases=("logsigmoid",),
)
SIGMOID, TANH = (f(as_node(0)).op for f in (sigmoid, tanh))
softplus = unary("softplus", "log(1 + e^x).", lambda x, y: sigmoid(x), lambda x: log(1 + exp(x)))
relu = unary(
    "relu",
    "max(x, 0), with slope 0 at 0.",
    lambda x, y: greater(x, 0),
    lambda x: where(greater(x, 0), x, 0),
    aliases=("ReLU",),
)
relu6 = unary(
    "relu6",
    "min(max(x, 0), 6), with slope 0 at both kinks.",
    lambda x, y: logical_and(greater(x, 0), greater(6, x)),
    lambda x: minimum(maximum(x, 0), 6),
)
SELU_ALPHA = Fraction("1.6732632423543772848170429916717")
SELU_SCALE = Fraction("1.0507009873554804934193349852946")
selu = unary(
    "selu",
    "λ(x for x > 0, else α(e^x - 1)), constants of Klambauer et al. 2017; slope λα at 0.",
    lambda x, y: SELU_SCALE * where(greater(x, 0), 1, SELU_ALPHA * exp(minimum(x, 0))),
    lambda x: SELU_SCALE * where(greater(x, 0), x, SELU_ALPHA * expm1(minimum(x, 0))),
)
silu = unary(
    "silu",
    "x σ(x), also called swish.",
    lambda x, y: sigmoid(x) * (1 + x * (1 - sigmoid(x))),
    lambda x: x * sigmoid(x),
    aliases=("swish",),
)
mish = unary(
    "mish",
    "x tanh(softplus(x)), Misra 2019.",
    lambda x, y: tanh(softplus(x)) + x * sigmoid(x) * (1 - power(tanh(softplus(x)), 2)),
    lambda x: x * tanh(softplus(x)),
)
softsign = unary(
    "softsign", "x/(1 + |x|).", lambda x, y: 1 / power(1 + abs_(x), 2), lambda x: x / (1 + abs_(x))
)
hard_tanh = unary(
    "hard_tanh",
    "x limited to [-1, 1], slope 0 at both kinks.",
    lambda x, y: logical_and(greater(x, -1), greater(1, x)),
    lambda x: clip(x, -1, 1),
    aliases=("hardtanh",),
)
hard_sigmoid = unary(
    "hard_sigmoid",
    "x/6 + 1/2 limited to [0, 1], slope 0 at both kinks.",
    lambda x, y: logical_and(greater(x, -3), greater(3, x)) * Fraction(1, 6),
    lambda x: clip(x / 6 + HALF, 0, 1),
    aliases=("hardsigmoid",),
)
hard_swish = unary(
    "hard_swish", "x times hard_sigmoid(x).", None, lambda x: x * hard_sigmoid(x), aliases=("hardswish",)
)
GELU_CUBIC = Fraction("0.044715")
gelu_exact = unary(
    "gelu_exact",
    "x Φ(x) with Φ the normal distribution function, Hendrycks and Gimpel 2016.",
    lambda x, y: HALF * (1 + erf(x / sqrt(2))) + x * exp(-power(x, 2) / 2) / sqrt(2 * PI),
    lambda x: HALF * x * (1 + erf(x / sqrt(2))),
)
gelu_tanh = unary(
    "gelu_tanh",
    "x/2 (1 + tanh(√(2/π)(x + 0.044715 x³))), the approximation of the same paper.",
    None,
    lambda x: HALF * x * (1 + tanh(sqrt(2 / PI) * (x + GELU_CUBIC * power(x, 3)))),
)


@function("gelu", example="gelu(x) | x: n,m")
def gelu(x: Operand, approximate: str = "none") -> Node:
    """The Gaussian error linear unit; approximate="tanh" for the tanh form."""
    return gelu_tanh(x) if approximate == "tanh" else gelu_exact(x)


@function("leaky_relu", example="leaky_relu(x) | x: n,m")
def leaky_relu(x: Operand, negative_slope: Node | Scalar = Fraction(1, 100)) -> Node:
    """x for x > 0, else negative_slope·x; the slope at 0 is negative_slope."""
    x = as_node(x)
    return where(greater(x, 0), x, multiply(negative_slope, x))


@function("prelu", example="prelu(x, y) | x: n,m | y: m")
def prelu(x: Node, weight: Node) -> Node:
    """leaky_relu with a trained slope."""
    return leaky_relu(x, weight)


ELU = Elementwise(
    "elu",
    (
        lambda x, alpha, y: where(greater(x, 0), 1, multiply(alpha, exp(minimum(x, 0)))),
        lambda x, alpha, y: where(greater(x, 0), 0, expm1(minimum(x, 0))),
    ),
    lambda x, alpha: where(greater(x, 0), x, multiply(alpha, expm1(minimum(x, 0)))),
)


@function("elu", example="elu(x) | x: n,m ; elu(x, a) | x: n,m | a: m positive")
def elu(x: Operand, alpha: Node | Scalar = 1) -> Node:
    """x for x > 0, else α(e^x - 1); the slope at 0 is α."""
    return ELU(x, alpha)


# -- functions of two numbers -----------------------------------------------------------------

LOGADDEXP = Elementwise(
    "logaddexp",
    (lambda a, b, y: sigmoid(a - b), lambda a, b, y: sigmoid(b - a)),
    lambda a, b: log(exp(a) + exp(b)),
)
ARCTAN2 = Elementwise(
    "arctan2",
    (lambda a, b, y: b / (a * a + b * b), lambda a, b, y: -a / (a * a + b * b)),
    lambda a, b: arctan(a / b) + where(greater_equal(b, 0), 0, PI * where(greater_equal(a, 0), 1, -1)),
)
HYPOT = Elementwise("hypot", (lambda a, b, y: a / y, lambda a, b, y: b / y), lambda a, b: sqrt(a * a + b * b))


@function("logaddexp", example="logaddexp(x, y) | x: n,m | y: m")
def logaddexp(a: Operand, b: Operand) -> Node:
    """log(e^a + e^b)."""
    return LOGADDEXP(a, b)


@function("arctan2", "atan2", example="arctan2(x, y) | x: n,m | y: m")
def arctan2(a: Operand, b: Operand) -> Node:
    """The angle of the point (b, a)."""
    return ARCTAN2(a, b)


@function("hypot", example="hypot(x, y) | x: n,m | y: m")
def hypot(a: Operand, b: Operand) -> Node:
    """√(a² + b²); generated files take slope 0 where it is 0."""
    return HYPOT(a, b)


@function("fmax", example="fmax(x, y) | x: n,m | y: m")
def fmax(a: Operand, b: Operand) -> Node:
    """maximum, for arrays without NaN."""
    return maximum(a, b)


@function("fmin", example="fmin(x, y) | x: n,m | y: m")
def fmin(a: Operand, b: Operand) -> Node:
    """minimum, for arrays without NaN."""
    return minimum(a, b)


@function("float_power", example="float_power(x, y) | x: n,m positive | y: m")
def float_power(a: Operand, b: Operand) -> Node:
    """a ** b in floating point."""
    return power(a, b)


@function("heaviside", example="heaviside(x, 0) * x | x: n,m")
def heaviside(x: Operand, value_at_zero: Operand) -> Node:
    """0 below 0, 1 above, and the given value at 0; carries no gradient in x."""
    return where(greater(x, 0), 1, where(greater(0, x), 0, value_at_zero))
