"""Seconds of processor time from a model to its generated file, imported, for networks of growing depth.

`python benchmarks/production_time.py` prints a Markdown table; imports of symbp are not counted, each depth
runs in a process of its own (nothing is remembered from the one before), the best of five counts.
"""

from __future__ import annotations

import subprocess
import sys
import time
from itertools import pairwise

from symbp import derive, generate

GOALS = {8: 0.15, 64: 0.3, 256: 1.0, 1000: None}
"""depth -> seconds that it may take in the plain style; the fast one may take twice as long"""
NETWORKS = {"plain": "tanh", "fast": "gelu_tanh"}
"""style -> activation"""


def model(depth: int, activation: str) -> str:
    """A network in row convention with squared error."""
    parameters = [f"param W{k}: d, d; param b{k}: d" for k in range(1, depth + 1)]
    layers = [f"a{k} = {activation}(a{k - 1} @ W{k} + b{k})" for k in range(1, depth + 1)]
    return "\n".join(["input a0: n, d; target y: n, d", *parameters, *layers, f"L = sum((y - a{depth})**2)"])


def measure(depth: int, style: str) -> None:
    """Print the seconds of derivation, of emission and of the import of the file."""
    activation = NETWORKS[style]
    generate(model(2, activation), style=style)
    times = [time.process_time()]
    derivation = derive(model(depth, activation))
    times.append(time.process_time())
    source = generate(derivation, style=style)
    times.append(time.process_time())
    exec(compile(source, "generated.py", "exec"), {"__name__": "generated"})  # noqa: S102
    times.append(time.process_time())
    print(*(after - before for before, after in pairwise(times)))


def row(depth: int, style: str) -> str:
    """The best of five processes."""
    runs = []
    for _ in range(5):
        command = [sys.executable, __file__, str(depth), style]
        output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        runs.append(tuple(map(float, output.split())))
    times = [f"{seconds:.3f}" for seconds in (*min(runs, key=sum), min(map(sum, runs)))]
    goal = GOALS[depth]
    shown = "" if goal is None else f"{goal * (2 if style == 'fast' else 1)}"
    return f"| {style}, {NETWORKS[style]} | {depth} | {' | '.join(times)} | {shown} |"


def main() -> None:
    print("| style | layers | derived, s | emitted, s | imported, s | together, s | goal, s |")
    print("|---|---|---|---|---|---|---|")
    for style in NETWORKS:
        for depth in GOALS:
            print(row(depth, style), flush=True)


if __name__ == "__main__":
    if len(sys.argv) > 2:
        measure(int(sys.argv[1]), sys.argv[2])
    else:
        main()
