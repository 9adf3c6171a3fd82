"""The generated files of the models that come along: goldens, style, self-check, dtype, stability."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from symbp.files import MODELS, model_names, read_text
from symbp.pipeline import generate
from tests.emit.generated_file import as_float32, assert_ruff_finds_nothing, load, sample, scaled

ROOT = Path(__file__).parents[2]
GENERATED = ROOT / "generated"


@cache
def source_of(model: str, optimizer: str | None = None) -> str:
    return generate(read_text(MODELS / f"{model}.eq"), optimizer=optimizer)


@pytest.mark.parametrize("model", model_names())
def test_golden(model: str, compare_or_update: Callable[[Path, str], None]) -> None:
    compare_or_update(GENERATED / f"{model}.py", source_of(model))


def test_no_golden_without_a_model() -> None:
    assert sorted(p.stem for p in GENERATED.glob("*.py")) == model_names()


def test_ruff_finds_nothing(tmp_path: Path) -> None:
    for model in model_names():
        for optimizer in (None, "sgd", "momentum", "adam"):
            path = tmp_path / f"{model}_{optimizer}.py"
            path.write_text(source_of(model, optimizer), encoding="utf-8")
    assert_ruff_finds_nothing(tmp_path)


@pytest.mark.parametrize("model", model_names())
def test_file_agrees_with_itself(model: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert load(source_of(model))["check"](), capsys.readouterr().out


@pytest.mark.parametrize("model", model_names())
def test_float32_stays_float32(model: str, monkeypatch: pytest.MonkeyPatch) -> None:
    namespace = load(source_of(model))
    arguments, upstream = sample(namespace, monkeypatch)
    result, cached = namespace["forward"](**{k: as_float32(v) for k, v in arguments.items()})
    gradients = namespace["backward"](cached, *map(as_float32, upstream))
    assert np.asarray(result).dtype == np.float32
    arrays = [g for g in gradients.values() if not isinstance(g, float)]
    assert {g.dtype for g in arrays} <= {np.dtype(np.float32)}


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("weights", [None, 100.0], ids=["", "weights 1e2"])
@pytest.mark.parametrize("size", [0.0, 1.0, 40.0, 800.0, 1e4])
@pytest.mark.parametrize("model", model_names())
def test_finite_without_a_warning(
    model: str, size: float, weights: float | None, dtype: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    namespace = load(source_of(model))
    arguments, upstream = sample(namespace, monkeypatch)
    inputs = {
        k: scaled(v, size) if k in namespace["INPUTS"] else v if weights is None else scaled(v, weights)
        for k, v in arguments.items()
    }
    if dtype == "float32":
        inputs = {k: as_float32(v) for k, v in inputs.items()}
        upstream = [as_float32(g) for g in upstream]
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        result, cached = namespace["forward"](**inputs)
        gradients = namespace["backward"](cached, *upstream)
    assert np.all(np.isfinite(result))
    for name, gradient in gradients.items():
        assert np.all(np.isfinite(gradient)), name


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("2.0 * dL", "2.001 * dL"),
        ("* H1_slope", "* H1"),
        ("H1.T @ dZ2", "(H1.T @ dZ2) * 1.0005"),
        ("db1 = dZ1.sum(axis=0)", "db1 = dZ1.mean(axis=0)"),
    ],
)
def test_a_wrong_gradient_is_found(right: str, wrong: str, capsys: pytest.CaptureFixture[str]) -> None:
    source = source_of("three_layer_regression")
    assert right in source
    assert not load(source.replace(right, wrong))["check"]()
    assert "WRONG" in capsys.readouterr().out


def test_exit_status_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "model.py"
    right = source_of("three_layer_regression")
    for text, status in ((right, 0), (right.replace("2.0 * dL", "2.1 * dL"), 1)):
        path.write_text(text, encoding="utf-8")
        run = subprocess.run([sys.executable, str(path)], capture_output=True, timeout=60, check=False)
        assert run.returncode == status


def test_same_bytes_for_every_hash_seed() -> None:
    script = (
        "import hashlib\n"
        "from symbp.files import MODELS, model_names, read_text\n"
        "from symbp.pipeline import generate\n"
        "texts = [generate(read_text(MODELS / f'{m}.eq'), optimizer='adam') for m in model_names()]\n"
        "print(hashlib.sha256(''.join(texts).encode()).hexdigest())\n"
    )
    found = set()
    for seed in range(5):
        environment = {
            **os.environ,
            "PYTHONHASHSEED": str(seed),
            "PYTHONPATH": str(ROOT),
        }
        command = [sys.executable, "-c", script]
        run = subprocess.run(command, capture_output=True, env=environment, timeout=60, check=True)
        found.add(run.stdout)
    assert len(found) == 1


@pytest.mark.parametrize("model", model_names())
def test_gradients_scale_with_the_upstream(model: str, monkeypatch: pytest.MonkeyPatch) -> None:
    namespace = load(source_of(model))
    arguments, upstream = sample(namespace, monkeypatch)
    _, cached = namespace["forward"](**arguments)
    once = namespace["backward"](cached, *upstream)
    thrice = namespace["backward"](cached, *(3.0 * np.asarray(g) for g in upstream or [1.0]))
    for name, gradient in once.items():
        wanted = 3.0 * np.asarray(gradient)
        np.testing.assert_allclose(thrice[name], wanted, rtol=1e-12, atol=1e-13 * np.max(np.abs(wanted)))
