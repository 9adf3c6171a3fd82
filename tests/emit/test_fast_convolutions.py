"""Random convolutions and poolings: the fast step equals the plain style, without each pass, too."""

from __future__ import annotations

import tracemalloc
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from symbp.emit.fast.compile import GRAPH_PASSES, LAYOUT_PASSES, Surroundings, step_source
from symbp.pipeline import generate
from symbp.reading import derive
from tests.carried import FUNCTIONS
from tests.emit.generated_file import load
from tests.emit.test_fast_models import compare

CHANNELS, SIDE = 4, 9
AFTER = (
    "relu({x})",
    "σ({x})",
    "max_pool2d({x}, 2)",
    "max_pool2d(relu({x}), 3)",
    "max_pool2d({x}, 3, 2)",
    "{x}",
)
PASSES = ["", *GRAPH_PASSES, *LAYOUT_PASSES]


@st.composite
def programs(draw: st.DrawFn) -> str:
    """One or two convolutions with stride, padding, dilation and groups; something after each."""
    head, lines, name, channels, side = ["param X : n × 4 × 9 × 9"], [], "X", CHANNELS, SIDE
    for k in range(draw(st.integers(1, 2))):
        width, stride, padding = draw(st.integers(1, 3)), draw(st.integers(1, 2)), draw(st.integers(0, 2))
        dilation, groups = draw(st.integers(1, 2)), draw(st.sampled_from([1, 2, 4]))
        reach = (width - 1) * dilation + 1
        if side + 2 * padding < reach + 2:
            continue
        head.append(f"param K{k} : 4 × {channels // groups} × {width} × {width}")
        head.append(f"param b{k} : 4")
        options = f"stride={stride}, padding={padding}, dilation={dilation}, groups={groups}"
        text = f"conv2d({name}, K{k}, b{k}, {options})"
        side = (side + 2 * padding - reach) // stride + 1
        after = draw(st.sampled_from(AFTER))
        if "pool" in after and side >= 3:
            side = (
                side // 2
                if ", 2)" in after and ", 3" not in after
                else side // 3
                if ", 3)" in after
                else (side - 3) // 2 + 1
            )
        elif "pool" in after:
            after = "{x}"
        lines.append(f"h{k} = {after.format(x=text)}")
        name = f"h{k}"
    loss = draw(st.sampled_from([f"L = ½ ‖{name}‖²", f"L = Σ {name} ⊙ R", f"L = Σ σ({name})"]))
    head.append(f"input R : n × 4 × {side} × {side}")
    return "\n".join([*head, *lines, loss])


def arrays(namespace: dict[str, Any], n: int, whole: bool) -> dict[str, Any]:
    """Arguments in their order; whole numbers, all sums of which are exact, have many ties in a window."""
    rng = np.random.default_rng(n)
    found = {}
    for name, shape in {**namespace["INPUTS"], **namespace["PARAMETERS"]}.items():
        sizes = tuple(n if s == "n" else int(s) for s in shape)
        found[name] = rng.integers(-1, 2, sizes).astype(float) if whole else rng.standard_normal(sizes)
    return found


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
@given(programs(), st.integers(1, 5), st.booleans(), st.sampled_from(PASSES))
def test_equals_the_plain_style(text: str, n: int, whole: bool, without: str) -> None:
    namespace = load(generate(text, style="fast").replace("524288", "20000"))
    whole = (
        whole and "= σ" not in text
    )  # of rounded numbers, ties and zeros are a matter of the order of sums
    if without:
        namespace = {**FUNCTIONS, **namespace}  # other passes may ask for other helpers
        derivation = derive(text)
        letters = {letter: letter for letter in derivation.program.size_letters}
        exec(step_source(derivation, Surroundings(letters), [without]), namespace)  # noqa: S102
    compare(namespace, arrays(namespace, n, whole), [], np.float64)


TWO_LAYERS = """input X : n × 3 × 12 × 12
input y : n
param K : 4 × 3 × 3 × 3
param a : 4
param M : 4 × 1 × 3 × 3
param W : 144 × 5
assume y : index 5
H = max_pool2d(relu(conv2d(X, K, a, padding=1)), 2)
G = relu(conv2d(H, M, padding=1, groups=4))
L = cross_entropy(reshape(G, (n, -1)) @ W, y)
"""


def made(n: int) -> tuple[Any, dict[str, Any]]:
    namespace = load(generate(TWO_LAYERS, style="fast"))
    rng = np.random.default_rng(0)
    given = {
        k: rng.standard_normal([n if s == "n" else int(s) for s in shape])
        for k, shape in namespace["INPUTS"].items()
    }
    given |= {k: rng.standard_normal(tuple(map(int, s))) for k, s in namespace["PARAMETERS"].items()}
    given["y"] = rng.integers(0, 5, n)
    return namespace["Step"](n=n, dtype=np.float64), given


@pytest.mark.parametrize("window", ["2", "3", "4", "3, 2", "3, 2, 1", "(2, 3), (1, 2)"])
@pytest.mark.parametrize("inside", ["conv2d(x, K, padding=1)", "tanh(x)", "conv2d(x, K)"])
def test_of_equal_entries_the_first_counts(inside: str, window: str) -> None:
    """Along rows arrays are compared with themselves, shifted, also where rows end within a window; place by
    place where windows overlap."""
    head = "param x : n × c × 13 × 14\nparam K : c × c × 3 × 3"
    text = f"{head}\nP = max_pool2d({inside}, {window})\nL = Σ P ⊙ P"
    source = generate(text, style="fast")
    assert ("_begin = np.zeros(" if len(window) == 1 else "_seen = np.empty(") in source
    assert "argmax(" not in source.split("class Step")[1].split("def first_max")[0]
    file = load(source)
    step = file["Step"](n=3, c=2, dtype=np.float64)
    for seed in range(2):
        rng = np.random.default_rng(seed)
        shapes = {"x": (3, 2, 13, 14), "K": (2, 2, 3, 3)}
        arrays = {name: rng.integers(-1, 2, shape).astype(float) for name, shape in shapes.items()}
        arrays = {name: arrays[name] for name in (*file["INPUTS"], *file["PARAMETERS"])}
        loss, cached = file["forward"](**arrays)
        found, gradients = step(**arrays)
        assert found == pytest.approx(loss)
        for name, gradient in file["backward"](cached).items():
            np.testing.assert_allclose(gradients[name], gradient, atol=1e-12)


@pytest.mark.parametrize(
    "text",
    [
        "param x : n × c × 9 × 7\nP = avg_pool2d(tanh(x), 2)",
        "param x : n × c × 9 × 7\nP = avg_pool2d(x, 3)",
        "param x : n × c × 13\nP = avg_pool1d(relu(x), 6)",
        "param x : n × c × 2*s × 4*t\nP = avg_pool2d(tanh(x), (2, 4))",
        "param x : n × c × 9 × 9\nparam K : c × c × 3 × 3\nP = avg_pool2d(conv2d(x, K, padding=1), 2)",
    ],
)
def test_means_of_windows_are_sums_along_one_axis_after_the_other(text: str) -> None:
    """Windows are not brought together, and their gradient is not formed entry by entry of a window."""
    source = generate(f"{text}\nL = Σ P ⊙ P", style="fast")
    assert "np.array(1.0 / " in source
    assert load(source)["check"]()


@pytest.mark.parametrize(
    "text",
    [
        "param x : n × 3 × 9 × 8\nparam K : 8 × 3 × 3 × 3\nC = conv2d(x, K, padding=1)",
        "param x : n × 4 × 9 × 8\nparam K : 8 × 2 × 3 × 2\nC = conv2d(x, K, padding=1, groups=2)",
        "param x : n × c × 13 × 14\nparam K : c × c × 3 × 4\nC = conv2d(x, K)",
        "param x : n × 2 × 40\nparam K : 6 × 2 × 5\nC = conv1d(x, K, padding=4, dilation=2)",
    ],
)
def test_few_channels_get_their_gradient_by_shifted_runs(text: str) -> None:
    """Rows of a product that are few are slow, and a kernel without padding sees more places than it has."""
    source = generate(f"{text}\nL = Σ tanh(C)", style="fast")
    assert "[..., 1, :]" in source
    file = load(source)
    assert file["check"]()


def test_nothing_is_allocated_after_the_first_call() -> None:
    step, given = made(400)
    step(**given)
    tracemalloc.start()
    step(**given)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 200_000


@pytest.mark.parametrize("columns", [4 * 27 * 100])
def test_the_columns_of_the_whole_batch_are_not_kept(columns: int) -> None:
    tracemalloc.start()
    step, _ = made(400)
    before = tracemalloc.get_traced_memory()[0]
    del step
    held = before - tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert 0 < held < 400 * columns
