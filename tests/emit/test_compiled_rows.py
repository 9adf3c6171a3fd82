"""Loops over rows for Numba: the same results as the NumPy calls that they stand for.

Without Numba they are plain Python, which is how most of these tests run them.
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from symbp import rowwise
from symbp.emit.fast.compile import plan
from symbp.emit.fast.kernel_text import OF_ENTRIES
from symbp.emit.fast.pages import Surroundings
from symbp.errors import UnsupportedError
from symbp.files import read_text
from symbp.pipeline import generate
from symbp.reading import derive
from tests.emit.generated_file import Namespace, load, sample, scaled
from tests.emit.test_fast_models import TEXTS, UFUNC_BUFFER, compare, in_dtype, made_step, results
from tests.emit.test_fast_programs import given_arrays, programs

pytestmark = pytest.mark.filterwarnings("ignore:overflow encountered in scalar")


def fused(source: str) -> Namespace:
    """The names of a file whose step calls its loops, compiled or not."""
    namespace = load(source)
    namespace["numba"] = namespace["numba"] or True
    return namespace


def source_of(name: str) -> str:
    return generate(read_text(TEXTS[name]), style="fast", numba=True)


@pytest.mark.parametrize("name", sorted(TEXTS.keys() - {"w2", "digits_784"}))
def test_equals_the_plain_style(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    source = source_of(name)
    if "numba" in source:
        namespace = fused(source)
        arguments, upstream = sample(namespace, monkeypatch)
        for dtype in (np.float64, np.float32):
            compare(namespace, arguments, upstream, dtype)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
@given(programs(), st.integers(1, 6), st.integers(2, 5))
def test_random_programs(text: str, n: int, d: int) -> None:
    source = generate(text, style="fast", numba=True).replace("524288", "64")
    namespace = fused(source) if "numba" in source else load(source)
    arrays = given_arrays(n, d)
    arguments = {name: arrays[name] for name in (*namespace["INPUTS"], *namespace["PARAMETERS"])}
    compare(namespace, arguments, [], np.float64)


def calls(source: str, without: str = "") -> list[str]:
    """What the step calls, in order, but for what stands below `if {without}:`."""
    tree = ast.parse(source)
    step = next(n for n in tree.body if isinstance(n, ast.ClassDef))
    found: list[str] = []
    stack: list[ast.stmt] = list(reversed(step.body[-1].body))  # type: ignore[attr-defined]
    while stack:
        node = stack.pop()
        inner = list(getattr(node, "body", []))
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == without:
            inner = node.orelse
        stack += reversed(inner)
        if isinstance(node, ast.Expr):
            found.append(ast.unparse(node))
    return found


@pytest.mark.parametrize("name", ["w3", "w4", "w5", "w6", "w8", "group_norm_silu"])
def test_without_numba_the_calls_are_those_of_the_fast_style(name: str) -> None:
    source = source_of(name)
    assert "if numba:" in source
    assert calls(source, "numba") == calls(generate(read_text(TEXTS[name]), style="fast"))


def test_the_loop_of_layer_normalisation_reads_well() -> None:
    source = source_of("w4")
    assert source.count("_kernel(") == 2
    loop = source[source.index("def dx_kernel") :].split("\n\n\n")[0]
    lines = [line.strip() for line in loop.splitlines()]
    assert lines[lines.index("dx_mean_i = row_sum(x[i])") :][:5] == [
        "dx_mean_i = row_sum(x[i])",
        "dx_mean_i_2 = dx_mean_i * share_value",
        "for j in range(x.shape[1]):",
        "dx_centred_ij = x[i, j] - dx_mean_i_2",
        "dx_centred[0, j] = dx_centred_ij",
    ]
    assert "        dx_squares_i = row_dot(dx_centred[0], dx_centred[0])" in loop.splitlines()


def test_equal_layers_share_one_loop() -> None:
    source = source_of("w3")
    loops = re.findall(r"\ndef (\w+_kernel)\(", source)
    assert sorted(source.count(f" {name}(") - 1 for name in loops) == [1, 8]


def test_ruff_finds_nothing(tmp_path: Path) -> None:
    for name in TEXTS:
        (tmp_path / f"{name}.py").write_text(source_of(name), encoding="utf-8")
    for command in (["check"], ["format", "--check"]):
        ruff = [sys.executable, "-m", "ruff", *command, "--isolated", "--no-cache", str(tmp_path)]
        found = subprocess.run(ruff, capture_output=True, text=True, timeout=60, check=False)
        assert found.returncode == 0, found.stdout


@pytest.mark.parametrize(("right", "wrong"), [("- dx_prod_4_ij", "+ dx_prod_4_ij"), ("dg[j] + ", "")])
def test_a_wrong_loop_is_found(right: str, wrong: str, monkeypatch: pytest.MonkeyPatch) -> None:
    namespace = load(source_of("w4"))
    arguments, _ = sample(namespace, monkeypatch)
    source = source_of("w4")
    assert right in source
    with pytest.raises(AssertionError):
        compare(fused(source.replace(right, wrong)), arguments, [], np.float64)


FORMULAS = {
    "greater": "(X > Y) ⊙ X",
    "greater_equal": "(X >= Y) ⊙ X",
    "less": "(X < Y) ⊙ X",
    "less_equal": "(X <= Y) ⊙ X",
    "equal": "(X == Y) ⊙ X",
    "not_equal": "(X != Y) ⊙ X",
    "copyto": "X ⊙ g",
    "sqrt": "sqrt(1 + X ⊙ X)",
    "square": "X ⊙ X",
    "reciprocal": "1 / (2 + X ⊙ X)",
    "divide": "X / (2 + X ⊙ X)",
    "maximum": "maximum(X, Y)",
    "minimum": "minimum(X, Y)",
    "add": "X + Y",
    "subtract": "X - Y",
    "multiply": "X ⊙ Y",
}


@pytest.mark.parametrize("name", OF_ENTRIES)
def test_every_function_of_entries(name: str) -> None:
    formula = FORMULAS.get(name, f"{name}(X)")
    text = "input Y: n, d; param X: n, d; param g: d\n"
    text += (
        f"H = ({formula}) ⊙ g + Y; L = Σ H ⊙ H + Σ g ⊙ sum(H, axis=0) + Σ mean(H, axis=1) ⊙ mean(X, axis=1)"
    )
    namespace = fused(generate(text, style="fast", numba=True))
    rng = np.random.default_rng(0)
    arrays = {
        "Y": rng.standard_normal((5, 3)),
        "X": rng.standard_normal((5, 3)),
        "g": rng.standard_normal(3),
    }
    arrays["Y"][0] = arrays["X"][0]
    for dtype in (np.float64, np.float32):
        compare(namespace, arrays, [], dtype)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("name", ["w4", "w5", "w6", "w8", "group_norm_silu", "swiglu"])
def test_finite_as_numpy_is(name: str, dtype: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    namespace = fused(source_of(name))
    arguments, upstream = sample(namespace, monkeypatch)
    for size in (0.0, 40.0, 1e4):
        given = {k: scaled(v, size) if k in namespace["INPUTS"] else v for k, v in arguments.items()}
        given = {k: in_dtype(v, dtype) for k, v in given.items()}
        step = made_step(namespace, given, dtype)
        found = results(step(*given.values(), *(in_dtype(v, dtype) for v in upstream)))
        assert all(np.all(np.isfinite(a)) for a in found)


@pytest.mark.parametrize("size", [1.0, 100.0, 1e4, -1e4])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_softmax_without_a_shift_where_it_fits(size: float, dtype: Any) -> None:
    namespace = fused(source_of("w5"))
    rng = np.random.default_rng(0)
    z = rng.standard_normal((6, 5)) + size * np.arange(6)[:, None] / 6
    compare(namespace, {"y": np.array([0, 1, 2, 3, 4, 0]), "z": z}, [], dtype)


def test_the_report_names_the_pass() -> None:
    derivation = derive(read_text(TEXTS["w4"]))
    around = Surroundings({letter: letter for letter in derivation.program.size_letters}, numba=True)
    for without, line in (([], "21 calls in 1 compiled loops over rows"), (["fuse_rows"], None)):
        planned = plan(derivation, around, without)
        assert planned is not None
        assert dict(planned.layout.notes).get("fuse_rows") == line


def test_names_of_the_model_do_not_meet_those_of_the_loops(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "const row_sum = 2\ninput numba: n, d\nparam exp_of: n, d\nparam compiled, real: d\n"
    text += "i_ij = layer_norm(exp_of ⊙ numba, compiled, real); L = row_sum Σ tanh(i_ij) ⊙ numba"
    source = generate(text, style="fast", numba=True)
    assert "import numba as numba_of" in source
    namespace = load(source)
    namespace["numba_of"] = namespace["numba_of"] or True
    arguments, _ = sample(namespace, monkeypatch)
    compare(namespace, arguments, [], np.float64)


def test_only_the_fast_style_has_loops() -> None:
    with pytest.raises(UnsupportedError, match="only the fast style"):
        generate("L = Σ (y − W x)²", numba=True)


@pytest.mark.parametrize("name", ["sgd", "momentum", "adam"])
def test_updates_do_the_same_in_one_loop(name: str) -> None:
    text = "input X: n × d; target y: n; param w: d; param c; L = Σ (y − X w − c)² / n"
    made = []
    for numba in (False, True):
        source = generate(text, style="fast", optimizer=name, numba=numba)
        namespace = fused(source) if numba else load(source)
        assert ("update_entries(" in source) == numba
        rng = np.random.default_rng(0)
        parameters: dict[str, Any] = {"w": rng.standard_normal(70000), "c": 0.5}
        state = namespace["initial_state"](parameters)
        for _ in range(2):
            gradients = {"w": rng.standard_normal(70000), "c": rng.standard_normal()}
            namespace["update"](parameters, gradients, state)
        made.append(parameters)
    np.testing.assert_array_equal(made[0]["w"], made[1]["w"])
    assert made[0]["c"] == made[1]["c"]


# -- single numbers and rows --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("dtype", "least", "most"), [(np.float32, -110.0, 95.0), (np.float64, -760.0, 720.0)]
)
@pytest.mark.filterwarnings("ignore:overflow")
def test_exponentials_are_right_in_the_last_places(dtype: Any, least: int, most: int) -> None:
    x = np.linspace(least, most, 4001).astype(dtype)
    found = np.array([rowwise.exp_of(v) for v in x], dtype)
    right = np.exp(x.astype(np.longdouble))
    limits = np.finfo(dtype)
    inside = (right > limits.tiny) & (right < limits.max)
    assert np.max(np.abs(found[inside] / right[inside] - 1)) < 2 * limits.eps
    assert np.all(found[right > limits.max] == np.inf)
    small = right <= limits.tiny
    assert np.max(np.abs(found[small] - right[small])) <= limits.smallest_subnormal
    special = [float(rowwise.exp_of(dtype(v))) for v in (0.0, np.inf, -np.inf, np.nan)]
    np.testing.assert_array_equal(special, [1.0, np.inf, 0.0, np.nan])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("size", [1e-30, 1e-6, 0.1, 1.0, 30.0, 1e30])
def test_tanh_keeps_the_digits_of_small_numbers(dtype: Any, size: float) -> None:
    x = np.linspace(-size, size, 2000).astype(dtype)
    found, right = np.array([rowwise.tanh_of(v) for v in x]), np.tanh(x.astype(np.longdouble))
    assert np.max(np.abs(found / right - 1)) < 6 * np.finfo(dtype).eps
    assert np.isnan(rowwise.tanh_of(dtype(np.nan)))


def test_extremes_keep_nan() -> None:
    one, nan = np.float64(1.0), np.float64(np.nan)
    for function in (rowwise.larger, rowwise.smaller):
        assert np.isnan(function(one, nan))
        assert np.isnan(function(nan, one))
    assert rowwise.larger(one, -one) == rowwise.smaller(one, one + one) == 1.0


# -- compiled ------------------------------------------------------------------------------------------


@pytest.mark.skipif(rowwise.numba is None, reason="needs Numba")
@pytest.mark.parametrize("name", ["w3", "w4", "w5", "w6", "w8"])
def test_compiled_loops_allocate_nothing(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    namespace = load(source_of(name))
    arguments, _ = sample(namespace, monkeypatch)
    step = made_step(namespace, arguments, np.float64)
    step(**arguments)
    tracemalloc.start()
    step(**arguments)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < UFUNC_BUFFER
