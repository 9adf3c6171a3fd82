"""Every elementwise slope against SymPy's own derivative of the definition.

SymPy judges independently: the definition is rewritten in its functions, and differentiated by it.
Points are the arguments that the examples of the registry draw, so they lie in the domain.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import sympy

from symbp.algebra.node import CONSTANT, SYMBOLIC, Node, as_node, leaf, topological
from symbp.calculus.reverse import sweep
from symbp.errors import OperandError
from symbp.ops.registry import FUNCTIONS, Elementwise
from tests.numeric import evaluate, evaluate_all
from tests.ops.examples import LETTERS, all_examples, build, inputs


class Step(sympy.Function):  # type: ignore[misc]
    """A function that is constant between its steps: its derivative is 0 almost everywhere."""

    def fdiff(self, argindex: int = 1) -> sympy.Expr:
        return sympy.S.Zero


class Sign(Step):
    @classmethod
    def eval(cls, x: sympy.Expr) -> sympy.Expr | None:
        return sympy.sign(x) if x.is_number else None


class Floor(Step):
    @classmethod
    def eval(cls, x: sympy.Expr) -> sympy.Expr | None:
        return sympy.floor(x) if x.is_number else None


def choice(condition: Any) -> sympy.Expr:
    return sympy.Piecewise((1, condition), (0, True))


PRIMITIVES: dict[str, Callable[..., sympy.Expr]] = {
    "add": lambda a, b: a + b,
    "subtract": lambda a, b: a - b,
    "multiply": lambda a, b: a * b,
    "divide": lambda a, b: a / b,
    "negative": lambda a: -a,
    "power": lambda a, b: a**b,
    "greater": lambda a, b: choice(sympy.Gt(a, b)),
    "greater_equal": lambda a, b: choice(sympy.Ge(a, b)),
    "equal": lambda a, b: choice(sympy.Eq(a, b)),
    "where": lambda c, a, b: b + c * (a - b),
    "sign": Sign,
    "floor": Floor,
    "exp": sympy.exp,
    "log": sympy.log,
    "sin": sympy.sin,
    "cos": sympy.cos,
    "arctan": sympy.atan,
    "arcsin": sympy.asin,
    "erf": sympy.erf,
}


def to_sympy(root: Node) -> sympy.Expr:
    """A node of numbers as a SymPy expression, by definitions down to the primitives."""
    done: dict[Node, sympy.Expr] = {}
    for node in topological([root]):
        args = [done[a] for a in node.args]
        if node.is_leaf:
            done[node] = sympy.Symbol(node.name, real=True)
        elif node.op is CONSTANT:
            done[node] = sympy.Rational(node.params[0].numerator, node.params[0].denominator)
        elif node.op is SYMBOLIC:
            done[node] = sympy.pi
        elif node.op.name in PRIMITIVES:
            done[node] = PRIMITIVES[node.op.name](*args)
        else:
            meaning = node.op.definition(node)
            assert meaning is not None, f"{node.op.name} is not known to this test"
            done[node] = to_sympy(meaning)
    return done[root]


def operations() -> dict[str, tuple[Elementwise, list[list[float]]]]:
    """Each elementwise operation with a slope of its own, and points where it is used."""
    found: dict[str, tuple[Elementwise, list[list[float]]]] = {}
    for example in all_examples():
        node, _ = build(example)
        values, _ = inputs(example, LETTERS, np.random.default_rng(5))
        for inner in topological([node]):
            op = inner.op
            if not isinstance(op, Elementwise) or op.partials is None or op.name in found:
                continue
            arrays = np.broadcast_arrays(*evaluate_all(inner.args, values, LETTERS))
            if arrays[0].size >= 3:
                entries = [a.astype(float).reshape(-1)[[0, 1, -1]] for a in arrays]
                found[op.name] = (op, np.stack(entries, axis=1).tolist())
    return found


OPERATIONS = operations()


@pytest.mark.parametrize("name", sorted(OPERATIONS))
def test_slope_is_that_of_sympy(name: str) -> None:
    op, points = OPERATIONS[name]
    assert op.partials is not None
    args = [leaf(f"a{k}", ()) for k in range(len(points[0]))]
    node = op(*args)
    expression = to_sympy(node)
    for arg, partial in zip(args, op.partials, strict=True):
        if partial is None:
            continue
        ours = to_sympy(as_node(partial(*args, node)))
        theirs = sympy.diff(expression, sympy.Symbol(arg.name, real=True))
        for point in points:
            at = {
                sympy.Symbol(a.name, real=True): sympy.Float(v, 40) for a, v in zip(args, point, strict=True)
            }
            expected = sympy.N(theirs.xreplace(at), 30)
            assert abs(sympy.N(ours.xreplace(at), 30) - expected) <= 1e-20 * (1 + abs(expected))


def test_every_stated_slope_is_judged() -> None:
    assert len(OPERATIONS) > 60


def functions_of_a_number() -> dict[str, Node]:
    """Every function that takes a number alone to a number, applied to the leaf x."""
    found: dict[str, Node] = {}
    for function in FUNCTIONS.values():
        required = [p for p in function.signature.parameters.values() if p.default is p.empty]
        if (
            "axis" in function.signature.parameters
            or len(required) != 1
            or required[0].kind is not required[0].POSITIONAL_OR_KEYWORD
        ):
            continue
        try:
            node = function.build(leaf("x", ()))
        except (OperandError, AttributeError, TypeError, ValueError):
            continue
        if isinstance(node, Node) and not node.rank and node.dtype == "real":
            found.setdefault(function.name, node)
    return found


UNARY = {name: node for name, node in functions_of_a_number().items() if "gradient" not in node.op.name}
SPECIAL_POINTS = [-3.0, -1.0, -0.5, 0.0, 0.5, 1.0, 3.0, 6.0]


def test_elu_is_among_them() -> None:
    assert {"elu", "gelu", "leaky_relu", "relu", "selu", "sigmoid", "abs"} <= set(UNARY)


@pytest.mark.parametrize("name", sorted(UNARY))
@pytest.mark.parametrize("point", SPECIAL_POINTS)
def test_slope_at_a_kink_lies_between_those_of_its_sides(name: str, point: float) -> None:
    """Where branches meet, and at 0: a smooth function has its one slope, a kink one between the two."""
    x, node = leaf("x", ()), UNARY[name]
    slope = sweep([(node, as_node(1))], [x]).adjoints.get(x, as_node(0))
    step = 1e-6
    with np.errstate(all="ignore"):
        left, here, right = (evaluate(node, {"x": point + d}, {}) for d in (-step, 0.0, step))
        sides = sorted([float(here - left) / step, float(right - here) / step])
        found = float(evaluate(slope, {"x": point}, {}))
    if not all(np.isfinite([*sides])) or max(map(abs, sides)) > 1 / np.sqrt(step):
        pytest.skip("outside the domain, or a jump")
    assert sides[0] - 1e-4 <= found <= sides[1] + 1e-4
