"""The fast step of recurrences equals the plain style: every model, random ones, with each pass left out."""

from __future__ import annotations

import tracemalloc
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from symbp.emit.fast import compile as compile_module
from symbp.emit.fast import report as report_module
from symbp.emit.fast.compile import Surroundings, plan, step_source
from symbp.emit.fast.layout import time_spans
from symbp.emit.fast.report import explained
from symbp.files import MODELS, read_text
from symbp.pipeline import generate
from symbp.reading import derive
from tests.calculus.test_recurrence import MODELS as WRITTEN
from tests.calculus.test_recurrence import SIZES, arrays
from tests.emit.generated_file import Namespace, load
from tests.emit.test_fast_models import UFUNC_BUFFER, compare

COMING_ALONG = ["rnn", "lstm_classifier", "gru_classifier", "stacked_rnn", "bidirectional_rnn"]
PASSES = [
    "split_loops",
    "forget_unread",
    "keep_for_backward",
    "join_gates",
    "inputs_at_once",
    "gather_over_time",
    "join_gradients",
    "into_states",
    "weights_in_columns",
    "drop_unused",
    "share_memory",
]


def drawn(text: str, sizes: dict[str, int]) -> tuple[Namespace, dict[str, Any]]:
    """The file of a model and arrays in the order of its arguments."""
    namespace = load(generate(text, style="fast"))
    values = arrays(derive(text), {**SIZES, **sizes})
    return namespace, {name: values[name] for name in (*namespace["INPUTS"], *namespace["PARAMETERS"])}


@pytest.mark.parametrize("length", [1, 3, 4])
@pytest.mark.parametrize("name", sorted(WRITTEN.keys() - {"backwards"}))
def test_a_length_that_is_a_number(name: str, length: int) -> None:
    """Three gates of a step have as many entries as three steps of a state."""
    text = f"size T = {length}\n{WRITTEN[name].text()}"
    compare(*drawn(text, {"T": length}), [], np.float64)


@pytest.mark.parametrize("length", [1, 2, 5])
@pytest.mark.parametrize("name", WRITTEN)
def test_equals_the_plain_style(name: str, length: int) -> None:
    namespace, values = drawn(WRITTEN[name].text(), {"T": length})
    for dtype in (np.float64, np.float32):
        compare(namespace, values, [], dtype)


@pytest.mark.parametrize("without", PASSES)
@pytest.mark.parametrize("name", WRITTEN)
def test_a_pass_left_out_keeps_the_values(name: str, without: str) -> None:
    text = WRITTEN[name].text()
    namespace, values = drawn(text, {"T": 3})
    exec(step_source(derive(text), letters(text), [without, "scalar_code"]), namespace)  # noqa: S102
    compare(namespace, values, [], np.float64)


def letters(text: str) -> Surroundings:
    return Surroundings({letter: letter for letter in derive(text).program.size_letters})


def test_a_wrong_loop_is_found() -> None:
    text = WRITTEN["lstm"].text()
    _, values = drawn(text, {"T": 3})
    plain, step = generate(text, style="fast").split("class Step", 1)
    for right, wrong in (
        ("reversed(range(T))", "range(T)"),
        ("h_later)", "h_t)"),
        ("c_all[t + 1]", "c_all[t]"),
    ):
        assert right in step
        with pytest.raises(AssertionError):
            compare(load(f"{plain}class Step{step.replace(right, wrong)}"), values, [], np.float64)


@pytest.mark.parametrize("name", COMING_ALONG)
def test_nothing_is_allocated_after_the_first_call(name: str) -> None:
    text = read_text(MODELS / f"{name}.eq")
    sizes = {"T": 6, "n": 6000, "d": 5, "m": 8, "k": 4, "p": 8}
    namespace, given_ = load(generate(text, style="fast")), arrays(derive(text), sizes)
    values = [given_[name] for name in (*namespace["INPUTS"], *namespace["PARAMETERS"])]
    used = {letter: sizes[letter] for letter in derive(text).program.size_letters}
    step = namespace["Step"](**used, dtype=np.float64)
    step(*values)
    tracemalloc.start()
    step(*values)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 3 * UFUNC_BUFFER < 8 * 6000 * 8  # one for each operand, less than any array of a step


def test_the_loops_hold_the_products_of_the_states_only() -> None:
    planned = plan(derive(read_text(MODELS / "rnn.eq")))
    assert planned is not None
    calls = planned.layout.calls
    inside = [c for start, stop, _ in time_spans(calls) for c in calls[start:stop]]
    assert sum(c.kind == "product" for c in inside) == 2
    assert not any(c.kind in ("copy", "plain") for c in inside)


def test_layers_on_top_of_each_other_have_loops_of_their_own() -> None:
    planned = plan(derive(read_text(MODELS / "stacked_rnn.eq")))
    assert planned is not None
    calls = planned.layout.calls
    spans = time_spans(calls)
    assert [loop.reverse for _, _, loop in spans] == [False, False, True, True]
    assert [sum(c.kind == "product" for c in calls[start:stop]) for start, stop, _ in spans] == [1, 1, 1, 1]


def test_the_gates_of_a_cell_are_one_product() -> None:
    derivation = derive(read_text(MODELS / "lstm_classifier.eq"))
    products = []
    for without in ((), ("join_gates",)):
        planned = plan(derivation, without=without)
        assert planned is not None
        calls = planned.layout.calls
        inside = [c for start, stop, _ in time_spans(calls) for c in calls[start:stop]]
        products.append((sum(c.kind == "product" for c in inside), sum(c.kind == "product" for c in calls)))
    (joined, of_all), (apart, of_all_apart) = products
    assert (joined, apart) == (2, 8)
    assert of_all < of_all_apart - apart


def test_gates_lie_together_in_memory() -> None:
    """No call of a step takes some columns of an array, but for the product and the copy before it."""
    for name in ("lstm_classifier", "gru_classifier"):
        planned = plan(derive(read_text(MODELS / f"{name}.eq")))
        assert planned is not None
        calls = planned.layout.calls
        inside = [c for start, stop, _ in time_spans(calls) for c in calls[start:stop]]
        entrywise = [o.view for c in inside if c.kind == "entrywise" for o in c.operands]
        assert sum("[:, " in view for view in entrywise) <= 2, entrywise


def test_what_has_no_layout_calls_the_plain_functions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compile_module, "_planned", lambda *_: None)
    namespace, values = drawn(WRITTEN["masks"].text(), {"T": 3})
    assert "result, cache = forward(" in generate(WRITTEN["masks"].text(), style="fast")
    compare(namespace, values, [], np.float64)
    monkeypatch.setattr(report_module, "plan", lambda *_: None)
    assert "the step calls forward and backward" in explained(derive(WRITTEN["masks"].text()))


def test_the_report_tells_of_the_loops() -> None:
    report = explained(derive(read_text(MODELS / "gru_classifier.eq")))
    assert "at each of T steps\n" in report
    assert "at each of T steps, backwards\n" in report


# -- random recurrences -----------------------------------------------------------------------------

HEAD = """input x : T × n × m
input q : T × n × 1
input r : T
input v : T × m
input c : T × n
assume c : index m
target y : T × n × m
param W, U : m × m
param P : m × 2*m
param p : 2*m
param b, g : m
param s0 : n × m
param a
"""
TERMS = (
    "x[t] @ W + {h} @ U + b",
    "{h} ⊙ {j}",
    "q[t] ⊙ {h}",
    "a * {h} + v[t]",
    "r[t] * {h}",
    "{h} @ W",
    "x[t] ⊙ {h}",
    "layer_norm({h}, g, b)",
    "{h} + mean({j}, axis=1, keepdims=True)",
    "{h} ⊙ σ(x[t])",
    "W[c[t]] + {h}",
    "concatenate([{h}[:, 1:], {j}[:, :1]], axis=1)",
    "{h} / (1 + {j} ⊙ {j})",
    "σ(x[t] @ W + {h} @ U + b) ⊙ tanh({h} @ W + x[t] @ U)",
    "σ({h} @ W + b) ⊙ {j} + σ({h} @ U + g) ⊙ x[t]",
    "(x[t] @ P + {h} @ P)[:, :m] ⊙ σ((x[t] @ P + {h} @ P)[:, m:])",
    "σ(({h} @ P + p)[:, m:]) ⊙ σ(({h} @ P + p)[:, :m]) ⊙ {j}",
)
GATES = ("tanh({})", "σ({})", "½ * ({})", "relu({})", "softmax({}, axis=1)", "sin({})")
LOSSES = ("Σ {s}[{end}] ⊙ s0", "Σ ({s} − y)²", "½ Σ ({s}[{end}] − y[0])² / n", "mean({s} ⊙ y) + a")


@st.composite
def recurrences(draw: st.DrawFn) -> str:
    """One to three states, each of which may read the others, and a value that is no state."""
    back = draw(st.booleans())
    count = draw(st.integers(1, 3))
    is_stack = draw(st.booleans())
    states = [f"h{k}" for k in range(count)]
    before, start, end = ("t+1", "T+1", "1") if back else ("t-1", "0", "T")
    lines = [f"{s}[{start}] = " + draw(st.sampled_from(["s0", "zeros(n, m)"])) for s in states]
    readable = [f"{s}[{before}]" for s in states]
    for k, s in enumerate(states):
        old = readable[k]
        other = draw(st.sampled_from([old, *readable[count:]] if is_stack else readable))
        term = draw(st.sampled_from(TERMS)).format(h=draw(st.sampled_from([old, other])), j=other)
        lines.append(f"{s}[t] = {draw(st.sampled_from(GATES)).format(term)}{' + ½ * x[t]' if k == 0 else ''}")
        readable.append(f"{s}[t]")
    if draw(st.booleans()):
        term = draw(st.sampled_from(TERMS)).format(h=readable[-1], j=readable[0])
        lines.append(f"o[t] = {draw(st.sampled_from(GATES)).format(term)}")
        states.append("o")
    losses = [
        draw(st.sampled_from(LOSSES)).format(s=s, end=end)
        for s in draw(st.sets(st.sampled_from(states), min_size=1))
        if s
    ]
    return HEAD + "\n".join([*lines, "L = " + " + ".join(sorted(losses))])


def given_arrays(text: str, sizes: dict[str, int]) -> dict[str, Any]:
    rng = np.random.default_rng(sum(sizes.values()))
    found = {}
    for variable in derive(text).program.variables:
        shape = [s.value(sizes) for s in variable.shape]
        is_index = variable.node.dtype == "int"
        found[variable.name.ascii] = (
            rng.integers(0, sizes["m"], shape) if is_index else rng.uniform(-1, 1, shape)
        )
    return found


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
@given(
    recurrences(),
    st.integers(1, 4),
    st.integers(1, 3),
    st.integers(2, 4),
    st.integers(0, 3),
    st.sampled_from(["", *PASSES]),
)
def test_random_recurrences(text: str, T: int, n: int, m: int, fixed: int, without: str) -> None:
    """`fixed` of the three sizes are numbers in the file, which may be equal to others then."""
    sizes = {"T": T, "n": n, "m": m}
    numbers = [s for s in sizes if s != "T" or "T+1" not in text][:fixed]
    text = "".join(f"size {letter} = {sizes[letter]}\n" for letter in numbers) + text
    namespace = load(generate(text, style="fast"))
    values = given_arrays(text, sizes)
    values = {name: values[name] for name in (*namespace["INPUTS"], *namespace["PARAMETERS"])}
    if without:
        exec(step_source(derive(text), letters(text), [without]), namespace)  # noqa: S102
    compare(namespace, values, [], np.float64)
    single = {k: v.astype(np.float32) if v.dtype.kind == "f" else v for k, v in values.items()}
    output, cached = namespace["forward"](**single)
    wanted = [output, *namespace["backward"](cached).values()]
    free = {letter: size for letter, size in sizes.items() if letter not in numbers}
    output, gradients = namespace["Step"](**free, dtype=np.float32)(**single)
    scale = max(float(np.max(np.abs(w), initial=1e-3)) for w in wanted)  # some gradients cancel to rounding
    for found, expected in zip([output, *gradients.values()], wanted, strict=True):
        assert np.max(np.abs(found - expected), initial=0.0) <= 2e-4 * scale
