"""Steps with loops compiled by Numba beside the same steps in NumPy alone, as a Markdown table.

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
from symbp.pipeline import generate
from symbp.reading import derive

MODELS = Path(__file__).parent / "models"
SIZES: dict[str, dict[str, int]] = {
    "w3": {"n": 128},
    "w4": {"n": 4096, "d": 768},
    "w5": {"n": 4096, "k": 1000},
    "w6": {"n": 8, "s": 128, "d": 64},
    "w8": {"T": 50, "n": 32, "d": 128},
    "group_norm_silu": {"n": 64, "g": 8, "c": 8, "s": 16},
    "swiglu": {"n": 128, "d": 256, "h": 512},
}
BLOCK, ROUNDS = 0.02, 15


def timed(call: Callable[[], Any]) -> float:
    """Seconds a call, the mean of a short block, on the clock of this process."""
    count, start, passed = 0, time.process_time(), 0.0
    while passed < BLOCK:
        call()
        count += 1
        passed = time.process_time() - start
    return passed / count


def row(name: str, sizes: Mapping[str, int], dtype: Any) -> str:
    """One line of the table: time with NumPy alone, with Numba, their ratio, the first call."""
    derivation = derive((MODELS / f"{name}.eq").read_text(encoding="utf-8"))
    namespace: dict[str, Any] = {"__name__": "generated"}
    source = generate(derivation, style="fast", numba=True)
    exec(compile(source, f"{name}.py", "exec"), namespace)  # noqa: S102
    rng = np.random.default_rng(0)
    program = derivation.forward
    letters = {k: sizes.get(k, 16) for k in derivation.program.size_letters}
    given = [drawn(v, letters, rng, dtype) for v in (*program.data, *program.parameters)]
    step = namespace["Step"](**letters, dtype=dtype)
    module = namespace["numba"]

    def run(numba: Any) -> Callable[[], Any]:
        def call() -> Any:
            namespace["numba"] = numba
            return step(*given)

        return call

    contenders = {"numpy": run(None), "numba": run(module)}
    wanted = [np.copy(a) for a in contenders["numpy"]()[1].values()]
    start = time.perf_counter()
    found = contenders["numba"]()[1].values()
    first = time.perf_counter() - start
    error = max(
        np.max(np.abs(a - b)) / max(np.max(np.abs(b)), 1e-30) for a, b in zip(found, wanted, strict=True)
    )
    times: dict[str, list[float]] = {key: [] for key in contenders}
    for k in range(ROUNDS):
        for key in list(contenders)[:: 1 if k % 2 else -1]:
            times[key].append(timed(contenders[key]))
    ratio = statistics.median(b / a for a, b in zip(times["numpy"], times["numba"], strict=True))
    alone, compiled = (statistics.median(times[key]) * 1e6 for key in ("numpy", "numba"))
    label = np.dtype(dtype).name
    return f"| {name} | {label} | {alone:.0f} | {compiled:.0f} | {ratio:.2f} | {first:.1f} | {error:.0e} |"


def main() -> None:
    names = sys.argv[1].split(",") if len(sys.argv) > 1 else list(SIZES)
    print("| model | dtype | NumPy, µs | Numba, µs | ratio | first call, s | difference |")
    print("|---|---|---|---|---|---|---|")
    for name in names:
        for dtype in (np.float32, np.float64):
            print(row(name, SIZES[name], dtype), flush=True)


if __name__ == "__main__":
    main()
