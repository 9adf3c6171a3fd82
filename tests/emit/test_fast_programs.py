"""Random programs: the fast step equals forward and backward, with every pass and without each."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from symbp.emit.fast.compile import GRAPH_PASSES, LAYOUT_PASSES, Surroundings, plan, step_source
from symbp.pipeline import generate
from symbp.reading import derive
from tests.emit.generated_file import load
from tests.emit.test_fast_models import compare

LAYERS = (
    "relu({x})",
    "σ({x})",
    "tanh({x})",
    "gelu_tanh({x})",
    "softplus({x})",
    "softmax({x}, axis=1)",
    "layer_norm({x}, g, b)",
    "{x} @ W + b",
    "{x} ⊙ {x}",
    "{x} ⊙ g",
    "{x} − {y}",
    "{x} + ½ {y}",
    "{x} / (1 + {x} ⊙ {x})",
    "{x} ⊙ σ({y})",
    "{x} − mean({x}, axis=1, keepdims=True)",
    "{x} / sqrt(1 + sum({y} ⊙ {y}, axis=1, keepdims=True))",
    "exp(−{x} ⊙ {x}) ⊙ {y}",
    "gelu({x})",
    "log_sigmoid({x})",
    "where({x} > 0, {y}, ½ {x})",
    "clip({x}, −0.3, 0.4)",
    "{x} − mean({x}, axis=0)",
    "{x} + W[c]",
    "concatenate([{x}[:, 1:], {y}[:, :1]], axis=1)",
    "{x} ⊙ erfc({y})",
    "{x} ⊙ mean({y}, axis=1, keepdims=True)",
    "({x} ⊙ {y}) ⊙ mean({x}, axis=1, keepdims=True)",
    "{x} + mean({y} ⊙ {x}, axis=1, keepdims=True)",
)
LOSSES = (
    "L = ½ Σ ({x} − T)² / n",
    "L = cross_entropy({x}, c)",
    "L = Σ {x} ⊙ T",
    "L = mean({x} ⊙ {y})",
    "L = ‖{x}‖² + Σ g ⊙ b",
    "L = Σ b ⊙ sum({x}, axis=0) + Σ g ⊙ sum({x} ⊙ {y}, axis=0)",
)
HEAD = """input T : n × d
input c : n
assume c : index d
param X : n × d
param W : d × d
param g, b : d
"""


@st.composite
def programs(draw: st.DrawFn) -> str:
    """A chain of layers, each of which may look back at an earlier one."""
    names, lines = ["X"], []
    for k in range(draw(st.integers(1, 6))):
        text = draw(st.sampled_from(LAYERS))
        lines.append(f"h{k} = {text.format(x=names[-1], y=draw(st.sampled_from(names)))}")
        names.append(f"h{k}")
    loss = draw(st.sampled_from(LOSSES))
    return HEAD + "\n".join([*lines, loss.format(x=names[-1], y=draw(st.sampled_from(names)))])


def given_arrays(n: int, d: int) -> dict[str, Any]:
    rng = np.random.default_rng(n * 10 + d)
    shapes = {"T": (n, d), "X": (n, d), "W": (d, d), "g": (d,), "b": (d,)}
    arrays: dict[str, Any] = {name: 0.5 * rng.standard_normal(shape) for name, shape in shapes.items()}
    return {"T": arrays.pop("T"), "c": rng.integers(0, d, n), **arrays}


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
@given(programs(), st.integers(1, 6), st.integers(2, 5), st.sampled_from(["", *GRAPH_PASSES, *LAYOUT_PASSES]))
def test_equals_the_plain_style(text: str, n: int, d: int, without: str) -> None:
    source = generate(text, style="fast")
    for large, small in (("524288", "64"), ("<= 32768", "<= 12"), ("<= 2048", "<= 9"), (">= 384", ">= 3")):
        source = source.replace(large, small)
    namespace = load(source)
    arguments = given_arrays(n, d)
    order = [*namespace["INPUTS"], *namespace["PARAMETERS"]]
    arguments = {name: arguments[name] for name in order}
    if without:
        derivation = derive(text)
        letters = {letter: letter for letter in derivation.program.size_letters}
        exec(step_source(derivation, Surroundings(letters), [without]), namespace)  # noqa: S102
    compare(namespace, arguments, [], np.float64)


FACTORS_OF_ROWS = (
    "h = X ⊙ sum(T, axis=1, keepdims=True); L = Σ b ⊙ sum(h ⊙ T, axis=0)",
    "h = X ⊙ sum(T, axis=1, keepdims=True); k = h ⊙ mean(T, axis=1, keepdims=True); L = Σ b ⊙ sum(k, axis=0)",
    "h = X ⊙ sum(T, axis=1, keepdims=True); k = h ⊙ mean(h ⊙ T, axis=1, keepdims=True); L = Σ k ⊙ T",
    "out = layer_norm(X, g, b); L = Σ out ⊙ T",
)


@pytest.mark.parametrize("without", ["", "row_factors", "block_rows"])
@pytest.mark.parametrize("text", FACTORS_OF_ROWS)
def test_factors_of_rows(text: str, without: str) -> None:
    head = "input T : n × d; param X : n × d; param g, b : d; "
    namespace = load(generate(head + text, style="fast").replace("524288", "64"))
    arrays = given_arrays(5, 3)
    arguments = {name: arrays[name] for name in (*namespace["INPUTS"], *namespace["PARAMETERS"])}
    if without:
        derivation = derive(head + text)
        letters = {letter: letter for letter in derivation.program.size_letters}
        exec(step_source(derivation, Surroundings(letters), [without]), namespace)  # noqa: S102
    compare(namespace, arguments, [], np.float64)


@pytest.mark.parametrize(("n", "axes"), [(3, 2), (700, 1)])
def test_short_rows_are_copied_below_each_other_while_they_are_few(n: int, axes: int) -> None:
    text = "input X : n × 3; param W : 3 × 4; param b : 4; L = Σ tanh(X W + b) / n"
    namespace = load(generate(text, style="fast"))
    rng = np.random.default_rng(0)
    arguments = {"X": rng.standard_normal((n, 3)), "W": rng.standard_normal((3, 4)), "b": rng.random(4)}
    compare(namespace, arguments, [], np.float64)
    step = namespace["Step"](n=n, dtype=np.float64)
    assert [a.ndim for a in step.arrays if isinstance(a, np.ndarray) and a.shape[-1:] == (4,)][1] == axes
    assert "short_rows: 1 rows of arguments below each other" in str(namespace["Step"].__doc__)


def test_rows_that_are_known_to_be_long_or_many_are_not_copied() -> None:
    for sizes in (
        "input X : n × 3; param W : 3 × 400; param b : 400",
        "input X : 999 × 3; param W : 3 × 4; param b : 4",
    ):
        assert "_rows" not in generate(f"{sizes}; L = Σ tanh(X W + b)", style="fast")


CLASHING = """
param x : rows × start × some
param fitting, kinds : some
input exact : rows × start × some
L = Σ layer_norm(x, fitting, kinds) ⊙ exact
----
param shapes : planned × dtypes
param kinds : dtypes × kind
input exact, name : planned × kind
L = Σ softmax(shapes @ kinds) ⊙ exact ⊙ name
----
param start, rows : t × t
input x : k × n × t
h[0] = zeros(n, t)
h[s] = tanh(x[s] rows + h[s-1] start)
L = Σ h[k]²
"""


@pytest.mark.parametrize("text", CLASHING.split("----"))
def test_names_of_the_model_are_not_taken(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The step has variables of its own beside the sizes and arrays of the model."""
    assert load(generate(text, style="fast"))["check"](), capsys.readouterr().out


@pytest.mark.parametrize(("n", "d"), [(200, 700), (5, 3), (7, 1)])
def test_rows_are_added_up_where_numbers_say(n: int, d: int) -> None:
    """Entry by entry, some rows at a time; negative numbers count from the end."""
    text = f"param E : v × {d}; input i : n × 2; assume i : index v; L = Σ tanh(E[i])²"
    file = load(generate(text, style="fast"))
    rng = np.random.default_rng(0)
    arguments = {"i": rng.integers(-4, 4, (n, 2)), "E": rng.standard_normal((4, d))}
    compare(file, arguments, [], np.float64)
    with pytest.raises(IndexError):
        file["Step"](n=n, v=4, dtype=np.float64)(arguments["i"] + 4, arguments["E"])


@pytest.mark.parametrize("without", ["", "means_from_sums"])
def test_means_over_a_batch_come_from_sums_that_are_gradients(without: str) -> None:
    text = (
        "input X : n × d; param W, V : d × d; param g, b, h, c : d\n"
        "Y = tanh(batch_norm(X W, g, b)); L = Σ tanh(batch_norm(Y V, h, c))"
    )
    source = step_source(derive(text), without=[without])
    assert ("means_from_sums: 4 means" in source) is not bool(without)
    namespace = load(generate(text, style="fast"))
    exec(source, namespace)  # noqa: S102
    rng = np.random.default_rng(0)
    shapes = {"X": (7, 4), "W": (4, 4), "V": (4, 4), "g": (4,), "b": (4,), "h": (4,), "c": (4,)}
    arrays = {name: rng.standard_normal(shape) for name, shape in shapes.items()}
    arguments = {name: arrays[name] for name in (*namespace["INPUTS"], *namespace["PARAMETERS"])}
    compare(namespace, arguments, [], np.float64)


def test_a_loop_writes_over_what_nobody_reads_after_it() -> None:
    head = "input X, Y : n × 3; input T : n × 4; param W : 3 × 4; param b : 4; "
    for reads, shared in (("Z", True), ("(Z + A)", False)):
        loss = f"L = Σ softmax(Z, axis=1) ⊙ T + Σ ({reads} @ Wᵀ) ⊙ Y"
        text = f"{head}A = X W; Z = A + b; {loss}"
        planned = plan(derive(text))
        assert planned is not None
        layout = planned.layout
        looped = [call for loop in layout.loops for call in layout.calls[loop.start : loop.stop]]
        (call,) = [
            c for c in looped if c.text.startswith("np.add") and layout.values[c.reads[1].key].name == "b"
        ]
        assert call.out is not None
        assert (layout.slots[call.out.key] == layout.slots[call.reads[0].key]) is shared
        namespace = load(generate(text, style="fast").replace("524288", "64"))
        rng = np.random.default_rng(0)
        shapes = {"X": (7, 3), "Y": (7, 3), "T": (7, 4), "W": (3, 4), "b": (4,)}
        arguments = {name: rng.standard_normal(shape) for name, shape in shapes.items()}
        compare(namespace, arguments, [], np.float64)
