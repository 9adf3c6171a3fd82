"""The models of symbp bench in other libraries: the same losses and gradients as the generated files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from symbp import cli
from symbp.commands import peer_steps
from symbp.commands.benching import drawn, loaded
from symbp.commands.peer_steps import _loss, peer_step, timed_arrays
from symbp.commands.peer_words import JaxWords
from symbp.files import MODELS, model_names, read_text
from symbp.pipeline import generate
from symbp.reading import derive
from tests.carried import CARRIED, FUNCTIONS

BENCHMARKS = Path(__file__).parents[1] / "benchmarks" / "models"
TEXTS = {name: MODELS / f"{name}.eq" for name in model_names()}
TEXTS |= {path.stem: path for path in sorted(BENCHMARKS.glob("*.eq"))}
OWN = ("sigmoid", "softplus", "log_sigmoid", "erf", "erfc", "softmax", "log_softmax")


class NumpyWords(JaxWords):
    """NumPy in the place of jax.numpy: what the table writes, without the library."""

    def __init__(self) -> None:
        self.xp = np
        self.own = {name: FUNCTIONS[name] for name in OWN}
        self.own |= {"gelu_exact": CARRIED.gelu, "relu": lambda x: np.maximum(x, 0.0)}
        self.own["silu"] = lambda x: x * CARRIED.sigmoid(x)
        slope = np.sqrt(2 / np.pi)
        self.own["gelu_tanh"] = lambda x: 0.5 * x * (1 + np.tanh(slope * (x + 0.044715 * x**3)))

    def logsumexp(self, x: Any, axes: tuple[int, ...], keepdims: bool) -> Any:
        return CARRIED.logsumexp(x, axes, keepdims)

    def onehot(self, index: Any, count: int, dtype: Any) -> Any:
        return np.eye(count, dtype=dtype)[index]

    def convolution(self, x: Any, kernel: Any, stride: Any, dilation: Any, pads: Any) -> Any:
        x = np.pad(x, [(0, 0), (0, 0), *((p, p) for p in pads)])
        dims = len(pads)
        frames = zip(range(2, 2 + dims), kernel.shape[2:], stride, dilation, strict=True)
        view = CARRIED.windows(x, tuple(frames))
        letters = "xyz"[:dims]
        widths = "uvw"[:dims]
        return np.einsum(f"nc{letters}{widths},fc{widths}->nf{letters}", view, kernel)


def prepared(name: str) -> tuple[Any, dict[str, int], dict[str, Any], list[Any], dict[str, Any]]:
    derivation = derive(read_text(TEXTS[name]))
    sizes = dict.fromkeys(derivation.program.size_letters, 5)
    program, rng = derivation.forward, np.random.default_rng(0)
    data = [*program.data, *program.parameters]
    given = {v.name.ascii: drawn(v, sizes, rng, np.float64) for v in data}
    ups = [drawn(v, sizes, rng, np.float64) for v in program.variables if v.role == "upstream"]
    return derivation, sizes, given, ups, loaded(generate(derivation.program))


@pytest.mark.parametrize("name", TEXTS)
def test_the_table_says_what_forward_says(name: str) -> None:
    derivation, sizes, given, ups, namespace = prepared(name)
    arrays = timed_arrays(derivation, [*given.values(), *ups])
    found = _loss(NumpyWords(), derivation, sizes, np.float64)(arrays)
    outputs, _ = namespace["forward"](**given)
    outputs = outputs if isinstance(outputs, tuple) else (outputs,)
    wanted = sum(np.sum(y * up) for y, up in zip(outputs, ups, strict=True)) if ups else outputs[0]
    assert np.allclose(found, wanted, rtol=1e-10)


@pytest.mark.parametrize("library", ["torch", "jax"])
@pytest.mark.parametrize("name", ["w1", "w3", "w6", "w7", "w8", "two_transformer_blocks", "matrix_product"])
def test_the_library_finds_the_same_gradients(name: str, library: str) -> None:
    pytest.importorskip(library)
    derivation, sizes, given, ups, namespace = prepared(name)
    arrays = timed_arrays(derivation, [*given.values(), *ups])
    _, found = peer_step(library, derivation, arrays, sizes, np.float64)()
    _, cache = namespace["forward"](**given)
    wanted = namespace["backward"](cache, *ups)
    for variable, gradient in zip(derivation.forward.parameters, found, strict=True):
        expected = wanted[variable.name.ascii]
        assert np.allclose(np.asarray(gradient), expected, rtol=1e-8, atol=1e-10 * np.max(np.abs(expected)))


@pytest.mark.parametrize("library", ["torch", "jax"])
def test_a_library_that_is_not_there_is_named(
    library: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(peer_steps, "optional_module", lambda name: None)
    assert cli.main(["bench", "digits", "--against", library]) == 2
    shown = capsys.readouterr().err
    assert f"{library} is not installed here" in shown
    assert f"pip install {library}" in shown


def test_an_operation_without_a_spelling_is_named() -> None:
    derivation = derive("param A: n, n; assume A: spd; L = log(det(A))")
    with pytest.raises(peer_steps.UnsupportedError, match="det cannot be written"):
        _loss(NumpyWords(), derivation, {"n": 2}, np.float64)(
            {derivation.forward.parameters[0].node: np.eye(2)}
        )
