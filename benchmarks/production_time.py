"""Seconds from the text of a model to its generated file, for networks of growing depth.

`python benchmarks/production_time.py` prints a Markdown table; imports are not counted, each depth
runs in a process of its own (nothing is remembered from the one before), the best of five counts.
"""

from __future__ import annotations

import subprocess
import sys
import time

from symbp import derive, generate

GOALS = {8: 0.15, 64: 0.3, 256: 1.0, 1000: None}
"""depth -> seconds that it may take"""


def model(depth: int) -> str:
    """A tanh network in row convention with squared error."""
    parameters = [f"param W{k}: d, d; param b{k}: d" for k in range(1, depth + 1)]
    layers = [f"a{k} = tanh(a{k - 1} @ W{k} + b{k})" for k in range(1, depth + 1)]
    return "\n".join(["input a0: n, d; target y: n, d", *parameters, *layers, f"L = sum((y - a{depth})**2)"])


def measure(depth: int) -> None:
    """Print the seconds of derivation and of emission."""
    generate(model(2))
    text, start = model(depth), time.perf_counter()
    derivation = derive(text)
    middle = time.perf_counter()
    generate(derivation)
    print(middle - start, time.perf_counter() - middle)


def main() -> None:
    print("| layers | derived, s | emitted, s | together, s | goal, s |")
    print("|---|---|---|---|---|")
    for depth, goal in GOALS.items():
        runs = []
        for _ in range(5):
            command = [sys.executable, __file__, str(depth)]
            output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
            runs.append(tuple(map(float, output.split())))
        derived, emitted = min(runs, key=sum)
        shown = "" if goal is None else f"{goal}"
        print(f"| {depth} | {derived:.3f} | {emitted:.3f} | {derived + emitted:.3f} | {shown} |", flush=True)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        measure(int(sys.argv[1]))
    else:
        main()
