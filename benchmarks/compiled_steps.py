"""Steps and updates with loops compiled by Numba beside the same in NumPy alone, as a Markdown table.

Both are the same generated file; its `numba` is taken away for the one.  They take turns in short
blocks on one thread: set OPENBLAS_NUM_THREADS=1.  The first call compiles, which is timed apart.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from symbp.commands.benching import drawn
from symbp.commands.turns import in_turns
from symbp.pipeline import generate
from symbp.reading import derive

MODELS = Path(__file__).parent / "models"
SIZES: dict[str, dict[str, int]] = {
    "w1": {"n": 32},
    "w3": {"n": 128},
    "w4": {"n": 4096, "d": 768},
    "w5": {"n": 4096, "k": 1000},
    "w6": {"n": 4, "s": 128, "d": 64},
    "w8": {"T": 32, "n": 32, "d": 128},
    "group_norm_silu": {"n": 128},
    "batch_normalisation": {"n": 128, "d": 256, "h": 512, "k": 10},
}
UPDATES = ("sgd", "momentum", "adam")
BLOCK, ROUNDS = 0.02, 15
Namespace = dict[str, Any]


def compared(name: str, dtype: Any, namespace: Namespace, call: Callable[[], Any]) -> str:
    """One line of the table: time with NumPy alone, with Numba, their ratio, the first call."""
    module = namespace["numba"]

    def run(numba: Any) -> Callable[[], Any]:
        def one() -> Any:
            namespace["numba"] = numba
            return call()

        return one

    contenders = {"numpy": run(None), "numba": run(module)}
    contenders["numpy"]()
    start = time.perf_counter()
    contenders["numba"]()
    first = time.perf_counter() - start
    times = in_turns(contenders, ROUNDS, BLOCK)
    ratio = statistics.median(b / a for a, b in zip(times["numpy"], times["numba"], strict=True))
    alone, compiled = (statistics.median(times[key]) * 1e6 for key in ("numpy", "numba"))
    label = np.dtype(dtype).name
    return f"| {name} | {label} | {alone:.0f} | {compiled:.0f} | {ratio:.2f} | {first:.1f} |"


def step_row(name: str, sizes: Mapping[str, int], dtype: Any) -> str:
    derivation = derive((MODELS / f"{name}.eq").read_text(encoding="utf-8"))
    namespace = _loaded(generate(derivation, style="fast", numba=True), name)
    rng = np.random.default_rng(0)
    program = derivation.forward
    letters = {k: sizes[k] for k in derivation.program.size_letters}
    given = [drawn(v, letters, rng, dtype) for v in (*program.data, *program.parameters)]
    step = namespace["Step"](**letters, dtype=dtype)
    return compared(name, dtype, namespace, lambda: step(*given))


def update_row(name: str, dtype: Any) -> str:
    derivation = derive((MODELS / "w2.eq").read_text(encoding="utf-8"))
    namespace = _loaded(generate(derivation, style="fast", optimizer=name, numba=True), name)
    rng = np.random.default_rng(0)
    shapes = {v.name.ascii: tuple(s.constant for s in v.shape) for v in derivation.forward.parameters}
    parameters, gradients = (
        {k: rng.standard_normal(s).astype(dtype) for k, s in shapes.items()} for _ in "pg"
    )
    state = namespace["initial_state"](parameters)
    return compared(name, dtype, namespace, lambda: namespace["update"](parameters, gradients, state))


def _loaded(source: str, name: str) -> Namespace:
    namespace: Namespace = {"__name__": "generated"}
    exec(compile(source, f"{name}.py", "exec"), namespace)  # noqa: S102
    return namespace


def main() -> None:
    names = sys.argv[1].split(",") if len(sys.argv) > 1 else [*SIZES, *UPDATES]
    print("| | dtype | NumPy, µs | Numba, µs | ratio | first call, s |")
    print("|---|---|---|---|---|---|")
    for name in names:
        for dtype in (np.float32, np.float64):
            row = update_row(name, dtype) if name in UPDATES else step_row(name, SIZES[name], dtype)
            print(row, flush=True)


if __name__ == "__main__":
    main()
