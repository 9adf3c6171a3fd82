"""Updates of the fast style beside the same by hand and beside memory passes, as a Markdown table.

A memory pass adds one array to another in place: one for SGD; three for Adam, which reads and writes
three arrays.  By hand is NumPy with out= on whole arrays.  They take turns in short blocks; set
OPENBLAS_NUM_THREADS=1.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from symbp.commands.turns import in_turns
from symbp.pipeline import generate
from symbp.reading import derive

MODEL = Path(__file__).parent / "models" / "w2.eq"
BLOCK, ROUNDS = 0.02, 25
Arrays = Mapping[str, np.ndarray[Any, Any]]


def sgd_by_hand(parameters: Arrays, gradients: Arrays, lr: float = 0.01) -> Callable[[], None]:
    scratch = {name: np.empty_like(p) for name, p in parameters.items()}

    def update() -> None:
        for name, p in parameters.items():
            np.multiply(gradients[name], lr, out=scratch[name])
            np.subtract(p, scratch[name], out=p)

    return update


def adam_by_hand(parameters: Arrays, gradients: Arrays, lr: float = 0.001) -> Callable[[], None]:
    first, second, a, b = ({n: np.zeros_like(p) for n, p in parameters.items()} for _ in range(4))
    steps = 0

    def update() -> None:
        nonlocal steps
        steps += 1
        root = (1 - 0.999**steps) ** 0.5
        rate = lr * root / (1 - 0.9**steps)
        for name, p in parameters.items():
            g, m, v, step, part = gradients[name], first[name], second[name], a[name], b[name]
            np.multiply(m, 0.9, out=m)
            np.add(m, np.multiply(g, 0.1, out=part), out=m)
            np.multiply(v, 0.999, out=v)
            np.multiply(g, g, out=part)
            np.add(v, np.multiply(part, 0.001, out=part), out=v)
            np.add(np.sqrt(v, out=step), 1e-8 * root, out=step)
            np.multiply(np.divide(m, step, out=step), rate, out=step)
            np.subtract(p, step, out=p)

    return update


HAND = {"sgd": sgd_by_hand, "adam": adam_by_hand}
PASSES = {"sgd": 1, "adam": 3}


def row(kind: str, dtype: Any) -> str:
    derivation = derive(MODEL.read_text(encoding="utf-8"))
    namespace: dict[str, Any] = {"__name__": "generated"}
    source = generate(derivation, style="fast", optimizer=kind)
    exec(compile(source, f"{kind}.py", "exec"), namespace)  # noqa: S102
    rng = np.random.default_rng(0)
    shapes = {v.name.ascii: tuple(s.constant for s in v.shape) for v in derivation.forward.parameters}
    ours, theirs, gradients = (
        {name: rng.standard_normal(shape).astype(dtype) for name, shape in shapes.items()} for _ in range(3)
    )
    state = namespace["initial_state"](ours)
    pairs = [(np.zeros_like(g), g) for g in gradients.values()]

    def passes() -> None:
        for _ in range(PASSES[kind]):
            for a, b in pairs:
                np.add(a, b, out=a)

    contenders = {
        "ours": lambda: namespace["update"](ours, gradients, state),
        "hand": HAND[kind](theirs, gradients),
    }
    times = in_turns(contenders | {"passes": passes}, ROUNDS, BLOCK)
    ratios = [
        statistics.median(a / b for a, b in zip(times["ours"], times[k], strict=True))
        for k in ("hand", "passes")
    ]
    return f"| {kind} | {np.dtype(dtype).name} | {ratios[0]:.2f} | {ratios[1]:.1f} |"


def main() -> None:
    print("| update | dtype | × by hand | × memory passes |")
    print("|---|---|---|---|")
    for kind in HAND:
        for dtype in (np.float32, np.float64):
            print(row(kind, dtype), flush=True)


if __name__ == "__main__":
    main()
