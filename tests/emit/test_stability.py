"""Generated files at extreme points: finite, without warnings, within 4 eps of 50 digits.

Values and gradients of the file for one function, in float32 and float64, at ±{0, 1e-30, 1e-8, 1,
40, 800, 1e4} (arrays of two arguments: at all pairs; functions of rows: at the rows of `ROWS`),
are compared entry by entry with the definition and the derived gradient in real numbers of 50
digits and more.  The criterion is |found - exact| <= 4 eps max(|exact|, scale): relative to the
exact value where no scale is listed.  A scale is listed, with its reason, where the number is a
difference of rounded numbers in the form that people read, and is the size of those numbers.

Overflow, division by zero and invalid operations raise.  Underflow does not: 0 or a number below
the smallest normal one is the right answer there, and counts as exact within that smallest one.
Left out are entries where the exact value or slope is no real number or exceeds the largest float
(log at 0, the slope of √ at 0, e^800), and only those.

Every registered function of one array that acts entry by entry is tested by being registered.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import product
from typing import Any

import numpy as np
import pytest

import symbp
from symbp.algebra.node import Node, leaf, topological
from symbp.algebra.size import Size
from symbp.errors import OperandError
from symbp.evidence.evaluate import Array
from symbp.ops import catalogue
from symbp.ops.registry import FUNCTIONS, Elementwise
from tests.emit.generated_file import Namespace, load
from tests.emit.precise import errors_in_eps, reference, representable

LIMIT = 4.0
DTYPES = [np.float32, np.float64]
POINTS = np.array([0.0] + [s * x for x in (1e-30, 1e-8, 1.0, 40.0, 800.0, 1e4) for s in (1.0, -1.0)])
LEFT, RIGHT = np.array(list(product(POINTS, POINTS))).T
ROWS = np.array(
    [
        POINTS,
        POINTS[::-1],
        *(np.full(13, x) for x in (0.0, 1e-30, 1e-8, 40.0, 1e4, -1e4)),
        [*np.full(12, 40.0), 39.0],
        [*np.full(6, 800.0), *np.zeros(7)],
        [*np.tile([1.0, -1.0], 6), 1.0],
        [40.0, 1.0, *np.zeros(11)],
    ]
)
CHANCES = 0.01 + np.abs(np.sin(1.0 + np.arange(float(ROWS.size)))).reshape(ROWS.shape)
CHANCES /= CHANCES.sum(axis=1, keepdims=True)
CLASSES = np.arange(len(ROWS)) % 13

Scale = Callable[[Mapping[str, Array]], Any]


@dataclass(frozen=True)
class Case:
    """A call, its arguments, and the scales of those results that have one (Y or a gradient)."""

    call: str
    values: Mapping[str, Array]
    scales: Mapping[str, Scale] = field(default_factory=dict)

    @property
    def text(self) -> str:
        lines = []
        for name, value in self.values.items():
            whole = value.dtype.kind == "i"
            lines.append(f"{'input' if whole else 'param'} {name}: {'n,m' if value.ndim == 2 else 'n'}")
            lines += [f"assume {name}: index m"] if whole else []
        return "\n".join([*lines, f"Y = {self.call}", "output Y, G"])


# -- what is compared -------------------------------------------------------------------------


@dataclass(frozen=True)
class Generated:
    """A file's functions, the names of the parameters, the nodes of Y, arguments and gradients."""

    functions: Namespace
    is_fast: bool
    parameters: list[str]
    nodes: dict[str, Node]

    def sizes(self, values: Mapping[str, Array]) -> dict[str, int]:
        pairs = [zip(self.nodes[name].shape, np.shape(v), strict=True) for name, v in values.items()]
        return {str(letter): number for pair in pairs for letter, number in pair}

    def result(self, name: str, values: Mapping[str, Array]) -> Any:
        """Y, or a gradient such as dx, at arrays of which G is the upstream gradient."""
        arguments = {n: v for n, v in values.items() if n != "G"}
        if self.is_fast:
            step = self.functions["Step"](**self.sizes(arguments), dtype=values["G"].dtype)
            found, gradients = step(**values)
        else:
            found, cached = self.functions["forward"](**arguments)
            gradients = {} if name == "Y" else self.functions["backward"](cached, values["G"])
        return found if name == "Y" else gradients[name[1:]]


@cache
def generated(text: str, style: str) -> Generated:
    derivation = symbp.derive(text)
    nodes = {v.name.text: v.node for v in derivation.program.variables}
    parameters = [v.name.text for v in derivation.program.parameters]
    nodes["Y"] = derivation.program.nodes["Y"]
    nodes.update({f"d{name}": derivation.full(name) for name in parameters})
    return Generated(load(symbp.generate(text, style=style)), style == "fast", parameters, nodes)


def worst_errors(case: Case, dtype: Any, style: str = "plain") -> dict[str, float]:
    """For Y and for each gradient the largest error in eps; a warning raises.

    The fast step always gives both, so it is run where the slopes are real numbers, too.
    """
    file = generated(case.text, style)
    values = {n: v if v.dtype.kind == "i" else v.astype(dtype) for n, v in case.values.items()}
    sizes = file.sizes(values)
    values["G"] = upstream_of(tuple(s.value(sizes) for s in file.nodes["Y"].shape), dtype)
    names = ["Y", *(f"d{p}" for p in file.parameters)]
    leaves = {file.nodes[n]: v for n, v in values.items()}
    exact = dict(zip(names, reference([file.nodes[n] for n in names], leaves, sizes), strict=True))
    kept = at_values = representable(exact["Y"], dtype)
    for name in names[1:]:
        kept = kept & representable(exact[name], dtype) if exact[name].shape == kept.shape else kept
    where = {name: at_values if name == "Y" and not file.is_fast else kept for name in names}
    return {name: error_of(name, case, values, exact[name], where[name], file) for name in names}


def upstream_of(shape: tuple[int, ...], dtype: Any) -> Array:
    """The weights 1, 2, 3, 1, … of the entries."""
    return (1.0 + np.arange(np.prod(shape, dtype=int)) % 3).reshape(shape).astype(dtype)


def error_of(
    name: str, case: Case, values: Mapping[str, Array], exact: Array, kept: Array, file: Generated
) -> float:
    """The worst error of one result, run on the kept entries (of vectors) or rows."""
    whole = kept if kept.ndim == 1 else kept.all(axis=1)
    chosen = {n: v[whole] for n, v in values.items()}
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        found = np.asarray(file.result(name, chosen))
    wanted = exact[whole]
    assert found.dtype == chosen["G"].dtype
    assert np.all(np.isfinite(found)), f"{name} of {case.call}"
    scale = case.scales[name]({n: v.astype(float) for n, v in chosen.items()}) if name in case.scales else 0.0
    real = representable(wanted, found.dtype)
    return float(np.max(np.where(real, errors_in_eps(found, wanted, scale), 0.0), initial=0.0))


# -- functions of one number ------------------------------------------------------------------


def entrywise_functions(count: int) -> list[str]:
    """Every registered function of so many real arrays that acts entry by entry, aliases left out."""
    arguments = [leaf(name, (Size.letter("n"),)) for name in "xy"[:count]]
    found: dict[Any, str] = {}
    for function in filter(None, map(catalogue.find, FUNCTIONS)):
        parameters = list(function.signature.parameters.values())
        required = [p for p in parameters if p.default is p.empty]
        if len(required) != count or any(p.kind is not p.POSITIONAL_OR_KEYWORD for p in required):
            continue
        try:
            node = function.build(*arguments)
        except (OperandError, AttributeError, TypeError, ValueError):
            continue
        if isinstance(node, Node) and _is_entrywise(node, arguments):
            found.setdefault(function.build, function.name)
    return sorted(found.values())


def _is_entrywise(node: Node, arguments: Sequence[Node]) -> bool:
    below = topological([node])
    inner = [n for n in below if n.args]
    real = node.dtype == "real" and node.shape == arguments[0].shape
    return real and bool(inner) and set(arguments) <= set(below) and all(_acts_entrywise(n) for n in inner)


def _acts_entrywise(node: Node) -> bool:
    return isinstance(node.op, Elementwise)


FUNCTIONS_OF_A_NUMBER = entrywise_functions(1)


@pytest.mark.parametrize("style", ["plain", "fast"])
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", FUNCTIONS_OF_A_NUMBER)
def test_functions_of_a_number(name: str, dtype: Any, style: str) -> None:
    errors = worst_errors(Case(f"{name}(x)", {"x": POINTS}), dtype, style)
    assert max(errors.values()) <= LIMIT, errors


def test_all_named_ones_are_among_them() -> None:
    assert {"arctan2", "divide", "hypot", "logaddexp", "power", "prelu"} <= set(entrywise_functions(2))
    wanted = "abs arcsinh elu erf gelu gelu_tanh log1p mish relu selu sigmoid silu softplus tanh"
    assert set(wanted.split()) <= set(FUNCTIONS_OF_A_NUMBER)
    assert len(FUNCTIONS_OF_A_NUMBER) >= 50


# -- functions of two numbers -----------------------------------------------------------------

PAIRS = {"x": LEFT, "y": RIGHT}
LOGITS = {"x": LEFT, "y": np.arange(LEFT.size) % 2.0}


def by_upstream(v: Mapping[str, Array]) -> Array:
    g = v["G"] if v["G"].shape == next(iter(v.values())).shape else v["G"][:, None]
    return np.asarray(np.abs(g))


SCALES_OF_TWO: dict[str, dict[str, Scale]] = {
    "logaddexp2": {"dx": by_upstream, "dy": by_upstream},
}
OF_TWO = [
    *(Case(f"{name}(x, y)", PAIRS, SCALES_OF_TWO.get(name, {})) for name in entrywise_functions(2)),
    Case("elu(x, y)", PAIRS),
    Case("leaky_relu(x, y)", PAIRS),
    *(Case(f"{loss}(x, y, reduction='none')", PAIRS) for loss in ("mse", "mae", "huber", "smooth_l1")),
    Case("hinge(x, y, reduction='none')", PAIRS),
    Case("kl_div(x, y, reduction='none')", PAIRS),
    Case("bce_with_logits(x, y, reduction='none')", LOGITS),
    Case("sigmoid(x + y)", {"x": POINTS, "y": 0.0 * POINTS}),
    Case("tanh(x + y)", {"x": POINTS, "y": 0.0 * POINTS}),
]
"""With a scale: 2^x / (2^x + 2^y), where x - y is rounded.  The sums stand for hidden layers."""


# -- functions of rows ------------------------------------------------------------------------


def softmax(x: Array) -> Any:
    e = np.exp(x - x.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def by_softmax(v: Mapping[str, Array]) -> Any:
    """y (g - Σ g y)."""
    p = softmax(v["x"])
    return p * (np.abs(v["G"]) + np.sum(p * np.abs(v["G"]), axis=1, keepdims=True))


def by_log_softmax(v: Mapping[str, Array]) -> Any:
    """g - softmax(x) Σ g."""
    return np.abs(v["G"]) + softmax(v["x"]) * np.sum(np.abs(v["G"]), axis=1, keepdims=True)


def largest(v: Mapping[str, Array]) -> Any:
    return np.max(np.abs(v["x"]), axis=1)


def spread(x: Array, eps: float) -> Any:
    return np.sqrt(x.var(axis=1, keepdims=True) + eps)


def by_deviation(v: Mapping[str, Array]) -> Any:
    """g (x - mean) / (n sd): the mean is rounded."""
    sd = np.maximum(spread(v["x"], 0.0), 1e-300)
    return np.abs(v["G"])[:, None] * largest(v)[:, None] / (13 * sd)


def by_layer_norm(v: Mapping[str, Array]) -> Any:
    """(g - mean g - y mean(g y)) / spread, with y = (x - mean) / spread."""
    r = spread(v["x"], 1e-5)
    size = 1 + largest(v)[:, None] / r
    return np.max(np.abs(v["G"]), axis=1, keepdims=True) * size * (1 + np.abs(v["x"] / r)) / r


def by_length(total: Callable[[Array], Array], eps: float) -> Scale:
    """(g - y Σ g y) / r with y = x / r."""

    def scale(v: Mapping[str, Array]) -> Any:
        r = np.maximum(total(v["x"]), eps)
        y = np.abs(v["x"]) / r
        return (np.abs(v["G"]) + y * np.sum(np.abs(v["G"]) * y, axis=1, keepdims=True)) / r

    return scale


def root_mean_square(x: Array) -> Array:
    return np.asarray(np.sqrt(np.mean(x**2, axis=1, keepdims=True) + 1e-5))


def norm(x: Array) -> Array:
    return np.asarray(np.linalg.norm(x, axis=1, keepdims=True))


def by_angle(own: str, other: str) -> Scale:
    """(b/‖b‖ - cos a/‖a‖) / ‖a‖."""

    def scale(v: Mapping[str, Array]) -> Any:
        lengths = np.maximum(norm(v["x"]) * norm(v["t"]), 1e-8)
        return np.abs(v["G"])[:, None] * (np.abs(v[other]) + norm(v[other])) / lengths

    return scale


def by_terms(v: Mapping[str, Array]) -> Any:
    """Σ a b / ‖a‖ ‖b‖, where entries have either sign."""
    return np.sum(np.abs(v["x"] * v["t"]), axis=1) / np.maximum(norm(v["x"]) * norm(v["t"]), 1e-8)[:, 0]


def one(v: Mapping[str, Array]) -> float:
    return 1.0


WITH_CHANCES = {"x": ROWS, "t": CHANCES}
WITH_CLASSES = {"x": ROWS, "c": CLASSES}
P_MINUS_Y: dict[str, Scale] = {"Y": one, "dx": by_upstream}

OF_ROWS = [
    Case("softmax(x)", {"x": ROWS}, {"dx": by_softmax}),
    Case("log_softmax(x)", {"x": ROWS}, {"Y": one, "dx": by_log_softmax}),
    Case("logsumexp(x, axis=1)", {"x": ROWS}),
    Case("cross_entropy(x, t, reduction='none')", WITH_CHANCES, {**P_MINUS_Y, "dt": by_upstream}),
    Case("cross_entropy(x, c, reduction='none')", WITH_CLASSES, P_MINUS_Y),
    Case("cross_entropy(x, c, reduction='none', label_smoothing=0.1)", WITH_CLASSES, P_MINUS_Y),
    Case("nll_loss(x, c, reduction='none')", WITH_CLASSES),
    Case("kl_div(x, t, 'none')", WITH_CHANCES, {"dt": lambda v: np.abs(v["G"]) * (1 + np.abs(v["x"]))}),
    Case("bce(t, u, reduction='none')", {"t": CHANCES, "u": CHANCES**0.5}),
    Case("norm(x, axis=1)", {"x": ROWS}),
    Case("norm(x, 1, axis=1)", {"x": ROWS}),
    Case("norm(x, 3, axis=1)", {"x": ROWS}),
    Case("norm(x, 5/2, axis=1)", {"x": ROWS}),
    Case("normalize(x)", {"x": ROWS}, {"dx": by_length(norm, 1e-12)}),
    Case(
        "cosine_similarity(x, t)",
        WITH_CHANCES,
        {"Y": by_terms, "dx": by_angle("x", "t"), "dt": by_angle("t", "x")},
    ),
    Case("std(x, axis=1)", {"x": ROWS}, {"Y": largest, "dx": by_deviation}),
    Case(
        "var(x, axis=1)",
        {"x": ROWS},
        {"Y": lambda v: largest(v) ** 2, "dx": lambda v: v["G"][:, None] * largest(v)[:, None] / 13},
    ),
    Case(
        "layer_norm(x)",
        {"x": ROWS},
        {"Y": lambda v: largest(v)[:, None] / spread(v["x"], 1e-5), "dx": by_layer_norm},
    ),
    Case("rms_norm(x)", {"x": ROWS}, {"dx": by_length(root_mean_square, 0.0)}),
    Case("max(x, axis=1)", {"x": ROWS}),
    Case("mean(x, axis=1)", {"x": ROWS}, {"Y": largest}),
]
"""With a scale: gradients that are differences by their formula (p - y, g - y Σ g y), what starts
with the difference from a rounded mean, and log Σ e^x of a shifted row, which is near log 1."""


@pytest.mark.parametrize("style", ["plain", "fast"])
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("case", [*OF_TWO, *OF_ROWS], ids=lambda case: case.call)
def test_functions_of_pairs_and_rows(case: Case, dtype: Any, style: str) -> None:
    errors = worst_errors(case, dtype, style)
    assert max(errors.values()) <= LIMIT, errors


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("call", ["norm(x, axis=1)", "std(x, axis=1)", "normalize(x)", "layer_norm(x)"])
def test_no_slope_of_a_length_is_poisoned_by_zero(call: str, dtype: Any) -> None:
    """Where all entries are equal (0 for the norms) there is no slope; 0 is taken for the length's."""
    namespace = generated(Case(call, {"x": ROWS}).text, "plain").functions
    x = np.zeros((2, 3), dtype)
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        found, cached = namespace["forward"](x)
        gradient = namespace["backward"](cached, np.ones_like(found))["x"]
    assert np.all(np.isfinite(gradient))
    if call.startswith(("norm(", "std(")):
        assert not gradient.any()
