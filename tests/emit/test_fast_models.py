"""The fast style equals the plain one: every model that comes along, both precisions, several sizes."""

from __future__ import annotations

import inspect
import re
import tracemalloc
import warnings
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from symbp.emit.fast.compile import LAYOUT_PASSES, Surroundings, plan, step_source
from symbp.emit.fast.graph_passes import GRAPH_PASSES
from symbp.files import MODELS, model_names, read_text
from symbp.pipeline import generate
from symbp.reading import derive
from tests.emit.generated_file import Namespace, assert_ruff_finds_nothing, load, sample, scaled

ROWS = 4000
UFUNC_BUFFER = 70_000
"""NumPy's own buffer for a broadcast operand: 8192 entries, whatever the sizes."""
BENCHMARKS = Path(__file__).parents[2] / "benchmarks" / "models"
TEXTS = {name: MODELS / f"{name}.eq" for name in model_names()}
TEXTS |= {path.stem: path for path in sorted(BENCHMARKS.glob("*.eq"))}


@cache
def source_of(name: str) -> str:
    return generate(read_text(TEXTS[name]), style="fast")


def made_step(namespace: Namespace, arguments: Namespace, dtype: Any) -> Any:
    """A step for the sizes that the arguments have."""
    found: dict[str, int] = {}
    for name, shape in {**namespace["PARAMETERS"], **namespace["INPUTS"]}.items():
        for text, length in zip(shape, np.shape(arguments[name]), strict=True):
            part = re.fullmatch(r"(?:(\d+)\*)?([^\W\d]\w*)(?: \+ (\d+))?", text)
            if part is not None:
                found.setdefault(part[2], (length - int(part[3] or 0)) // int(part[1] or 1))
    wanted = [
        p for p in inspect.signature(namespace["Step"].__init__).parameters if p not in ("self", "dtype")
    ]
    return namespace["Step"](**{p: found[p] for p in wanted}, dtype=dtype)


def in_dtype(value: Any, dtype: Any) -> Any:
    array = np.asarray(value)
    return array.astype(dtype) if array.dtype.kind == "f" else value


def results(pair: tuple[Any, dict[str, Any]]) -> list[Any]:
    outputs = pair[0] if isinstance(pair[0], tuple) else (pair[0],)
    return [*outputs, *pair[1].values()]


def compare(namespace: Namespace, arguments: Namespace, upstream: list[Any], dtype: Any) -> None:
    """Step against forward and backward, called twice: nothing of the first call may be left."""
    arguments = {k: in_dtype(v, dtype) for k, v in arguments.items()}
    upstream = [in_dtype(v, dtype) for v in upstream]
    output, cached = namespace["forward"](**arguments)
    wanted = results((output, namespace["backward"](cached, *upstream)))
    step = made_step(namespace, arguments, dtype)
    for _ in range(2):
        found = results(step(*arguments.values(), *upstream))
    rounding = 1e-10 if dtype is np.float64 else 2e-4
    for a, b in zip(found, wanted, strict=True):
        assert np.shape(a) == np.shape(b)
        scale = np.max(np.abs(b), initial=1e-6)
        assert np.max(np.abs(np.asarray(a) - b), initial=0.0) <= rounding * scale


@pytest.mark.parametrize("name", TEXTS)
def test_equals_the_plain_style(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    namespace = load(source_of(name))
    arguments, upstream = sample(namespace, monkeypatch)
    for dtype in (np.float64, np.float32):
        compare(namespace, arguments, upstream, dtype)


@pytest.mark.parametrize("name", ["w4", "w5", "digits", "bidirectional_rnn", "max_gate"])
def test_file_agrees_with_itself(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert load(source_of(name))["check"](), capsys.readouterr().out


@pytest.mark.parametrize("without", [*GRAPH_PASSES, *LAYOUT_PASSES])
@pytest.mark.parametrize("name", ["w1", "w2", "w4", "w5"])
def test_a_pass_left_out_keeps_the_values(name: str, without: str, monkeypatch: pytest.MonkeyPatch) -> None:
    namespace = load(source_of(name))
    arguments, upstream = sample(namespace, monkeypatch)
    derivation = derive(read_text(TEXTS[name]))
    letters = Surroundings({letter: letter for letter in derivation.program.size_letters})
    exec(step_source(derivation, letters, [without]), namespace)  # noqa: S102
    compare(namespace, arguments, upstream, np.float64)


def test_ruff_finds_nothing(tmp_path: Path) -> None:
    for name in TEXTS:
        (tmp_path / f"{name}.py").write_text(source_of(name), encoding="utf-8")
    assert_ruff_finds_nothing(tmp_path)


@pytest.mark.parametrize("name", ["w1", "w2", "w3", "w4", "w5", "digits"])
def test_nothing_is_allocated_after_the_first_call(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    namespace = load(source_of(name))
    arguments, _ = sample(namespace, monkeypatch)
    given = {k: _taller(v, namespace, k, ROWS) for k, v in arguments.items()}
    step = made_step(namespace, given, np.float64)
    step(**given)
    tracemalloc.start()
    step(**given)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < UFUNC_BUFFER + ROWS * 8


@pytest.mark.parametrize("name", model_names())
def test_no_model_that_comes_along_needs_the_plain_spelling(name: str) -> None:
    planned = plan(derive(read_text(TEXTS[name])))
    assert planned is not None
    assert not [call.node for call in planned.layout.calls if call.kind == "plain"]


@pytest.mark.parametrize("function", ["softplus", "log_sigmoid", "gelu", "erfc", "clip", "where", "rows"])
def test_operations_without_one_call_allocate_nothing_either(function: str) -> None:
    formula = {"where": "where(X > 0, X, ½ X)", "clip": "clip(X, −1, 1)", "rows": "W[c] ⊙ X"}
    text = "input c: n\nassume c: index d\nparam X: n, d\nparam W: d, d\n"
    text += f"H = {formula.get(function, f'{function}(X)')} + X[:, :1] W[:1]\nL = Σ H ⊙ H"
    namespace = load(generate(text, style="fast"))
    rng = np.random.default_rng(0)
    given = {"c": rng.integers(0, 8, ROWS), "X": rng.standard_normal((ROWS, 8)), "W": np.eye(8)}
    given = {name: given[name] for name in (*namespace["INPUTS"], *namespace["PARAMETERS"])}
    compare(namespace, given, [], np.float64)
    step = made_step(namespace, given, np.float64)
    step(**given)
    tracemalloc.start()
    step(**given)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 2 * UFUNC_BUFFER < ROWS * 8 * 8


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_lengths_of_zero_rows_have_slope_zero(dtype: Any) -> None:
    text = "param X: n, d\ninput Y: n\nL = Σ norm(X, axis=1) ⊙ Y + Σ norm(X, axis=1, keepdims=True) ⊙ X"
    x = np.array([[3.0, 4.0], [0.0, 0.0], [3e-15, 4e-15]])
    compare(load(generate(text, style="fast")), {"Y": np.array([1.0, 2.0, 3.0]), "X": x}, [], dtype)


def _taller(value: Any, namespace: Namespace, name: str, rows: int) -> Any:
    """The same array with many rows, where its first axis is the batch."""
    shape = {**namespace["PARAMETERS"], **namespace["INPUTS"]}[name]
    return np.resize(value, (rows, *np.shape(value)[1:])) if shape[:1] == ("n",) else value


def test_a_size_that_does_not_fit_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    namespace = load(source_of("w1"))
    arguments, _ = sample(namespace, monkeypatch)
    step = made_step(namespace, arguments, np.float64)
    arguments["W2"] = arguments["W2"][:, :-1]
    with pytest.raises(ValueError, match=r"W2 has shape \(16, 15\), the step is for \(16, 16\)"):
        step(**arguments)


def test_a_dtype_that_does_not_fit_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, wrong in (("w1", "W2"), ("rnn", "x")):
        namespace = load(source_of(name))
        arguments, _ = sample(namespace, monkeypatch)
        arguments = {k: in_dtype(v, np.float32) for k, v in arguments.items()}
        step = made_step(namespace, arguments, np.float32)
        step(**arguments)
        arguments[wrong] = arguments[wrong].astype(np.float64)
        with pytest.raises(TypeError, match=f"^{wrong} has dtype float64, the step is for float32$"):
            step(**arguments)


def test_a_size_that_does_not_fit_is_named_in_scalar_code(monkeypatch: pytest.MonkeyPatch) -> None:
    namespace = load(source_of("w9"))
    arguments, _ = sample(namespace, monkeypatch)
    step = made_step(namespace, arguments, np.float64)
    arguments["b2"] = np.ones(3)
    with pytest.raises(ValueError, match=r"b2 has shape \(3,\), the step is for \(2,\)"):
        step(**arguments)


@pytest.mark.parametrize("label", [-1, 5])
def test_a_class_out_of_range_is_an_error(label: int) -> None:
    step = load(source_of("w5"))["Step"](n=2, k=5, dtype=np.float64)
    with pytest.raises(IndexError, match="y holds a class out of range"):
        step(np.array([0, label]), np.zeros((2, 5)))


def test_many_blocks_and_a_last_one_that_is_shorter(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("w4", "w5"):
        namespace = load(source_of(name).replace("524288", "100"))
        arguments, upstream = sample(namespace, monkeypatch)
        given = {k: _taller(v, namespace, k, 7) for k, v in arguments.items()}
        compare(namespace, given, upstream, np.float64)


@pytest.mark.parametrize("size", [1.0, 100.0, 1e4, -1e4])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_softmax_without_a_shift_where_it_fits(size: float, dtype: Any) -> None:
    namespace = load(source_of("w5"))
    rng = np.random.default_rng(0)
    z = rng.standard_normal((6, 5)) + size * np.arange(6)[:, None] / 6
    compare(namespace, {"y": np.array([0, 1, 2, 3, 4, 0]), "z": z}, [], dtype)


def test_memory_is_shared() -> None:
    planned = plan(derive(read_text(TEXTS["w3"])))
    assert planned is not None
    layout = planned.layout
    workspace = [k for k, v in enumerate(layout.values) if v.place == "workspace"]
    assert len({layout.slots[k] for k in workspace}) < len(workspace) / 2


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("name", sorted(TEXTS.keys() - {"w2", "w3", "w8", "digits_784"}))
def test_finite_without_a_warning(name: str, dtype: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    namespace = load(source_of(name))
    arguments, upstream = sample(namespace, monkeypatch)
    for size in (0.0, 40.0, 1e4):
        given = {k: scaled(v, size) if k in namespace["INPUTS"] else v for k, v in arguments.items()}
        given = {k: in_dtype(v, dtype) for k, v in given.items()}
        step = made_step(namespace, given, dtype)
        with np.errstate(all="warn", under="ignore"), warnings.catch_warnings():
            warnings.simplefilter("error")
            found = results(step(*given.values(), *(in_dtype(v, dtype) for v in upstream)))
        assert all(np.all(np.isfinite(a)) for a in found)
