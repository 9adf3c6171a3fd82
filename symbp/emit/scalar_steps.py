"""The derivative of a function of one number, step by step: σ'(x) from 1/(1 + e⁻ˣ) to σ(x)(1 − σ(x)).

A derivative that is still to be taken is a leaf of its own, d/dx(u); each step takes the outermost
one by its rule.  Some functions end with known rewritings; the tests compare every line with
SymPy's derivative.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from symbp.algebra.node import Node, as_node, leaf, leaves, number, replace, topological
from symbp.emit import formula
from symbp.emit.formula import Formula
from symbp.emit.letters import Letters
from symbp.emit.matrix_notation import MatrixNotation
from symbp.errors import OperandError
from symbp.lang.names import Name
from symbp.laws.tidier import Tidier
from symbp.ops.arithmetic import add, divide, multiply, negative, power, subtract
from symbp.ops.compare import where
from symbp.ops.elementwise import exp, sigmoid
from symbp.ops.registry import FUNCTIONS, Elementwise

X = leaf("x", ())


@dataclass(frozen=True)
class ScalarStep:
    """One line: the derivative as it stands, and the rule that led to it."""

    value: Node
    written: Formula
    rule: str


@dataclass(frozen=True)
class ScalarDerivation:
    """f(x) by its definition, the lines of d/dx f(x), and the result in the form that reads best."""

    name: str
    symbol: Formula
    definition: Formula
    steps: tuple[ScalarStep, ...]


def _one_plus(u: Node) -> Node:
    return add(1, u)


ENDINGS: dict[str, Callable[[Node], Sequence[Node]]] = {
    "sigmoid": lambda x: [
        divide(subtract(_one_plus(exp(negative(x))), 1), power(_one_plus(exp(negative(x))), 2)),
        subtract(divide(1, _one_plus(exp(negative(x)))), divide(1, power(_one_plus(exp(negative(x))), 2))),
        subtract(sigmoid(x), power(sigmoid(x), 2)),
    ],
    "tanh": lambda x: [subtract(1, power(subtract(1, divide(2, _one_plus(exp(multiply(2, x))))), 2))],
    "softplus": lambda x: [divide(1, _one_plus(exp(negative(x))))],
    "silu": lambda x: [add(sigmoid(x), multiply(multiply(x, sigmoid(x)), subtract(1, sigmoid(x))))],
}
"""What leads from the differentiated definition to the slope, where algebra is needed."""


_STEPS = {"floor", "ceil", "rint", "trunc", "sign"}
"""Functions whose derivative is 0 by convention."""

_KINKED = {"clip", "maximum", "minimum"}
"""Where these take part, the slope at a kink is a convention, not a consequence of the definition."""


def scalar_derivation(name: str) -> ScalarDerivation | None:
    """The derivation for an elementwise function with a definition; None for a primitive one."""
    known = FUNCTIONS.get(name)
    try:
        node = known.build(X) if known is not None else None
    except OperandError:
        return None
    if node is None or not isinstance(node.op, Elementwise) or node.op.meaning is None or len(node.args) != 1:
        return None
    if node.op.name != name:
        return None
    meaning, partials = node.op.definition(node), node.op.partials
    if meaning is None or partials is None or name in _STEPS or written(node).text == written(meaning).text:
        return None
    if any(part.op.name in _KINKED for part in topological([meaning])):
        return None
    steps = list(_differentiated(meaning))
    if name in ENDINGS:
        steps += [ScalarStep(value, written(value), "rewritten") for value in ENDINGS[name](X)]
    if partials[0] is not None:
        slope = as_node(partials[0](X, node))
        steps.append(ScalarStep(slope, written(slope), "result"))
    return ScalarDerivation(name, written(node), written(meaning), _without_repeats(steps))


def _without_repeats(steps: Sequence[ScalarStep]) -> tuple[ScalarStep, ...]:
    kept: list[ScalarStep] = []
    for step in steps:
        if kept and kept[-1].written.text == step.written.text:
            kept.pop()
        kept.append(step)
    return tuple(kept)


def written(value: Node, pending: Mapping[Node, Node] | None = None) -> Formula:
    """A scalar formula in x with e^u for exp(u), and d/dx(u) for what is still to be done."""
    names = {X: Name("x", "x", "x")}
    for symbol, inner in (pending or {}).items():
        under = _Euler(names, Letters()).formula(inner)
        text = under.text if under.text.startswith("(") and under.level == formula.ATOM else f"({under.text})"
        latex = rf"\frac{{d}}{{dx}}\left({under.latex}\right)"
        names[symbol] = Name(f"d/dx{text}", symbol.name, latex)
    return _Euler(names, Letters()).formula(value)


class _Euler(MatrixNotation):
    """exp(u) as e^u."""

    def _node(self, node: Node, args: list[Formula]) -> Formula:
        if node.op.name == "exp":
            return formula.power(formula.atom("e", "e"), args[0])
        return super()._node(node, args)


def _differentiated(meaning: Node) -> list[ScalarStep]:
    """Every line from d/dx(f) until nothing is left to differentiate, then tidied."""
    pending: dict[Node, Node] = {}

    def later(inner: Node) -> Node:
        if inner is X:
            return as_node(1)
        if X not in set(leaves([inner])):
            return as_node(0)
        symbol = leaf(f"d{len(pending)}", ())
        pending[symbol] = inner
        return symbol

    current = later(meaning)
    steps: list[ScalarStep] = []
    while open_symbols := [s for s in topological([current]) if s in pending]:
        symbol = open_symbols[0]
        value, rule = _one_rule(pending[symbol], later)
        (current,) = replace([current], {symbol: value})
        steps.append(ScalarStep(current, written(current, pending), rule))
    tidy = Tidier()(current)
    return [*steps, ScalarStep(tidy, written(tidy), "simplified")]


def _one_rule(u: Node, later: Callable[[Node], Node]) -> tuple[Node, str]:
    """d/dx u by the rule for its outermost operation."""
    args = u.args
    if u.op.name in ("add", "subtract"):
        first, second = later(args[0]), later(args[1])
        if u.op.name == "add":
            return add(first, second), "sum rule"
        return negative(second) if number(first) == 0 else subtract(first, second), "sum rule"
    if u.op.name == "negative":
        return negative(later(args[0])), "constant factor"
    if u.op.name == "multiply":
        if X not in set(leaves([args[0]])):
            return multiply(args[0], later(args[1])), "constant factor"
        return add(multiply(later(args[0]), args[1]), multiply(args[0], later(args[1]))), "product rule"
    if u.op.name == "divide":
        return _quotient(args[0], args[1], later)
    if u.op.name == "where":
        return where(args[0], later(args[1]), later(args[2])), "each branch"
    return _chain(u, later)


def _quotient(top: Node, bottom: Node, later: Callable[[Node], Node]) -> tuple[Node, str]:
    if number(bottom) is not None or X not in set(leaves([bottom])):
        return divide(later(top), bottom), "constant factor"
    if X not in set(leaves([top])):
        return multiply(negative(divide(top, power(bottom, 2))), later(bottom)), "power rule and chain rule"
    numerator = subtract(multiply(later(top), bottom), multiply(top, later(bottom)))
    return divide(numerator, power(bottom, 2)), "quotient rule"


def _chain(u: Node, later: Callable[[Node], Node]) -> tuple[Node, str]:
    """f'(v) · d/dx v, for each argument that depends on x."""
    assert isinstance(u.op, Elementwise)
    result: Node | None = None
    for arg, partial in zip(u.args, u.op.partials or (), strict=False):
        if partial is None or X not in set(leaves([arg])):
            continue
        term = multiply(as_node(partial(*u.args, u)), later(arg))
        result = term if result is None else add(result, term)
    return (as_node(0) if result is None else result), "chain rule"
