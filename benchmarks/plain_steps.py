"""Training steps of generated files (plain style) beside clear NumPy written by hand.

`python benchmarks/plain_steps.py` prints a Markdown table of ratios: below 1 the generated step is
faster.  Both take turns in short blocks on one thread, so that a noisy machine hits them alike;
quote the ratios, not the microseconds.
"""

from __future__ import annotations

import os

for _variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_variable, "1")

import statistics  # noqa: E402
from collections.abc import Callable  # noqa: E402
from itertools import pairwise  # noqa: E402
from pathlib import Path  # noqa: E402
from typing import Any  # noqa: E402

import numpy as np  # noqa: E402

from symbp.commands.turns import in_turns  # noqa: E402
from symbp.pipeline import generate  # noqa: E402

MODELS = Path(__file__).parent / "models"
Array = np.ndarray[Any, Any]
Step = Callable[[], dict[str, Array]]
ROUNDS, BLOCK = 60, 0.012

WORKLOADS = {
    "w1": ((784, 16, 16, 10), 32, "sigmoid"),
    "w2": ((784, 512, 512, 10), 128, "relu"),
}
"""name -> layer sizes, batch, activation"""


def arrays(name: str, dtype: type[np.floating[Any]]) -> tuple[dict[str, Array], Array, Array]:
    """Parameters, inputs and targets of a workload."""
    sizes, batch, activation = WORKLOADS[name]
    rng = np.random.default_rng(0)
    parameters: dict[str, Array] = {}
    for k, (rows, columns) in enumerate(pairwise(sizes), start=1):
        weights = rng.standard_normal((rows, columns)) * np.sqrt(1.5 / rows)
        parameters[f"W{k}"] = weights.astype(dtype)
        parameters[f"b{k}"] = (0.1 * rng.standard_normal(columns)).astype(dtype)
    x: Array = rng.random((batch, sizes[0])).astype(dtype)
    classes = rng.integers(0, sizes[-1], batch)
    return parameters, x, np.eye(sizes[-1], dtype=dtype)[classes] if activation == "sigmoid" else classes


def generated_step(name: str, parameters: dict[str, Array], x: Array, y: Array) -> Step:
    """One call of forward and backward of the generated file."""
    namespace: dict[str, Any] = {"__name__": "generated"}
    source = generate((MODELS / f"{name}.eq").read_text(encoding="utf-8"))
    exec(compile(source, f"{name}.py", "exec"), namespace)  # noqa: S102
    forward, backward = namespace["forward"], namespace["backward"]

    def step() -> dict[str, Array]:
        _, cache = forward(x, y, **parameters)
        gradients: dict[str, Array] = backward(cache)
        return gradients

    return step


def written_step(name: str, p: dict[str, Array], x: Array, y: Array) -> Step:
    """The same by hand, as a careful tutorial would write it."""
    sigmoid = WORKLOADS[name][2] == "sigmoid"

    def step() -> dict[str, Array]:
        z: list[Array] = []
        a = [x]
        for k in (1, 2, 3):
            z.append(a[-1] @ p[f"W{k}"] + p[f"b{k}"])
            if sigmoid:
                a.append(1 / (1 + np.exp(-z[-1])))
            else:
                a.append(np.maximum(z[-1], 0) if k < 3 else z[-1])
        if sigmoid:
            error = a[-1] - y
            _loss = 0.5 * (error**2).sum() / len(x)
            d = error / len(x) * a[-1] * (1 - a[-1])
        else:
            shifted = a[-1] - a[-1].max(1, keepdims=True)
            e = np.exp(shifted)
            s = e.sum(1, keepdims=True)
            _loss = (np.log(s[:, 0]) - shifted[np.arange(len(y)), y]).mean()
            d = e / s
            d[np.arange(len(y)), y] -= 1
            d = d / len(x)
        gradients: dict[str, Array] = {}
        for k in (3, 2, 1):
            gradients[f"W{k}"], gradients[f"b{k}"] = a[k - 1].T @ d, d.sum(0)
            if k > 1:
                d = (d @ p[f"W{k}"].T) * (a[k - 1] * (1 - a[k - 1]) if sigmoid else z[k - 2] > 0)
        return gradients

    return step


def compare(name: str, dtype: type[np.floating[Any]]) -> tuple[float, float, float]:
    """Median seconds of both steps, and the median of their ratios round by round."""
    parameters, x, y = arrays(name, dtype)
    made, written = generated_step(name, parameters, x, y), written_step(name, parameters, x, y)
    wanted = written()
    for key, gradient in made().items():
        np.testing.assert_allclose(gradient, wanted[key], rtol=1e-3, atol=1e-5)
    times = in_turns({"made": made, "written": written}, ROUNDS, BLOCK)
    ratio = statistics.median(a / b for a, b in zip(times["made"], times["written"], strict=True))
    return statistics.median(times["made"]), statistics.median(times["written"]), ratio


def main() -> None:
    print("| workload | dtype | generated, µs | by hand, µs | ratio |")
    print("|---|---|---|---|---|")
    for name, (sizes, _, activation) in WORKLOADS.items():
        for dtype in (np.float32, np.float64):
            made, written, ratio = compare(name, dtype)
            label = f"{'-'.join(map(str, sizes))} {activation}"
            row = [label, dtype.__name__, f"{made * 1e6:.1f}", f"{written * 1e6:.1f}", f"{ratio:.3f}"]
            print(f"| {' | '.join(row)} |", flush=True)


if __name__ == "__main__":
    main()
