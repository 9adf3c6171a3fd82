"""symbp bench and symbp generate --explain."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from symbp import cli
from symbp.commands import benching, turns
from symbp.commands.threads import VARIABLES
from symbp.lazy import optional_module
from symbp.reading import derive

W1 = Path(__file__).parents[1] / "benchmarks" / "models" / "w1.eq"


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(benching, "ROUNDS", 1)
    monkeypatch.setattr(benching, "BLOCK", 1e-4)
    monkeypatch.setattr(benching, "DEFAULT_SIZE", 8)


def test_ratios_of_both_precisions(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["bench", str(W1), "--sizes", "n=4"]) == 0
    shown = capsys.readouterr().out
    for words in ("BLAS", "n = 4", "float32: step", "float64: step", "x plain", "x products"):
        assert words in shown


def test_a_block_has_a_step_where_the_clock_ticks_coarsely(monkeypatch: pytest.MonkeyPatch) -> None:
    ticks = iter(range(9))
    monkeypatch.setattr(turns.time, "process_time", lambda: float(next(ticks)))
    assert turns.in_turns({"step": lambda: None}, 1, 1e-4) == {"step": [1.0]}


@pytest.mark.parametrize("model", ["digits", "transformer_block", "rnn", "two_two_two"])
def test_any_model(model: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["bench", model, "--against", "numpy"]) == 0
    assert "x plain" in capsys.readouterr().out


@pytest.mark.parametrize("sizes", ["q=3", "n", "n=0", "n=x"])
def test_a_size_that_is_none(sizes: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["bench", str(W1), "--sizes", sizes]) == 2
    assert "is no size of the model" in capsys.readouterr().err


def test_numba_where_it_is_there(capsys: pytest.CaptureFixture[str]) -> None:
    code = cli.main(["bench", "transformer_block", "--against", "numba"])
    shown = capsys.readouterr()
    if optional_module("numba") is None:
        assert code == 2
        assert "numba is not installed here" in shown.err
        assert "pip install numba" in shown.err
    else:
        assert code == 0
        assert "x numba" in shown.out


def test_a_contender_that_there_is_not(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["bench", str(W1), "--against", "fortran"]) == 2
    assert "there is nothing called 'fortran'" in capsys.readouterr().err


def test_the_products_are_those_of_the_model() -> None:
    products = benching.bare_products(derive(W1.read_text("utf-8")), {"n": 4}, "float32")
    shapes = [(*call.__self__.shape, b.shape[1]) for call, b, _ in products]
    assert len(shapes) == 8
    assert {(4, 784, 16), (784, 4, 16), (4, 16, 16)} <= set(shapes)


def test_explain(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["generate", str(W1), "--explain"]) == 0
    shown = capsys.readouterr().out
    for words in ("calls", "products", "passes", "workspace", "flops", "memory traffic", "fold_scales"):
        assert words in shown
    assert cli.main(["generate", "param X: n, n; L = log det(X)", "--explain"]) == 0
    shown = capsys.readouterr().out
    assert "in the plain spelling, allocated at each call: det, inv" in shown
    assert "numpy.linalg has no place for its result" in shown


@pytest.mark.parametrize(
    ("given", "variables", "found"),
    [
        ("None", {}, "1"),
        ("None", {"OMP_NUM_THREADS": "3"}, "3"),
        ("2", {"OMP_NUM_THREADS": "3"}, "2"),
    ],
)
def test_threads_are_asked_for_before_numpy_is_there(
    given: str, variables: dict[str, str], found: str
) -> None:
    code = (
        f"from symbp.commands.threads import limit_threads, threads; limit_threads({given}); print(threads())"
    )
    rest = {name: value for name, value in os.environ.items() if name not in VARIABLES}
    ended = subprocess.run(
        [sys.executable, "-c", code], env={**rest, **variables}, capture_output=True, text=True, check=True
    )
    assert ended.stdout.strip() == found


@pytest.mark.parametrize("threads", ["0", "x", "-1"])
def test_no_number_of_threads(threads: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(["bench", str(W1), f"--threads={threads}"])
    assert ended.value.code == 2
    assert "is no number of threads" in capsys.readouterr().err
