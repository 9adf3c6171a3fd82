"""Seconds from the text of a model to its generated file, for architectures with many equations.

`python benchmarks/architecture_time.py` prints a Markdown table; imports are not counted, each model
runs in a process of its own (nothing is remembered from the one before), the best of five counts.
"""

from __future__ import annotations

import subprocess
import sys
import time

from symbp import derive, generate

GOAL = 1.0
"""Seconds that each may take."""


def lstm_unrolled(steps: int = 100) -> str:
    """An LSTM whose steps are equations of their own: h1, h2, …, h100."""
    lines = ["input h0: n, m", "input c0: n, m", "target y: n, m"]
    lines += [f"input x{t}: n, d" for t in range(1, steps + 1)]
    lines += [f"param W{g}: d, m\nparam U{g}: m, m\nparam b{g}: m" for g in "ifog"]
    for t in range(1, steps + 1):
        for gate, function in zip("ifog", ("sigmoid", "sigmoid", "sigmoid", "tanh"), strict=True):
            lines.append(f"{gate}{t} = {function}(x{t} @ W{gate} + h{t - 1} @ U{gate} + b{gate})")
        lines += [f"c{t} = f{t} * c{t - 1} + i{t} * g{t}", f"h{t} = o{t} * tanh(c{t})"]
    return "\n".join([*lines, f"L = sum((h{steps} - y)**2)"])


def lstm_recurrent() -> str:
    """The same as a recurrence of any length."""
    lines = ["input x: T, n, d", "input h0: n, m", "input c0: n, m", "target y: n, m"]
    lines += [f"param W{g}: d, m\nparam U{g}: m, m\nparam b{g}: m" for g in "ifog"]
    lines += ["h[0] = h0", "c[0] = c0"]
    for gate, function in zip("ifog", ("sigmoid", "sigmoid", "sigmoid", "tanh"), strict=True):
        lines.append(f"{gate}[t] = {function}(x[t] @ W{gate} + h[t-1] @ U{gate} + b{gate})")
    return "\n".join(
        [*lines, "c[t] = f[t] * c[t-1] + i[t] * g[t]", "h[t] = o[t] * tanh(c[t])", "L = sum((h[T] - y)**2)"]
    )


def transformer(layers: int = 12) -> str:
    """Blocks with normalisation before each part, causal attention of 4 heads and a GELU network."""
    lines = ["size m = 4", "input X0: n, t, m*d", "target G: n, t, m*d"]
    for k in range(1, layers + 1):
        lines += [f"param g{k}, c{k}, s{k}, r{k}: m*d", f"param Q{k}, K{k}, V{k}, O{k}: m*d, m*d"]
        lines += [f"param W{k}: m*d, f", f"param b{k}: f", f"param U{k}: f, m*d", f"param v{k}: m*d"]
    for k in range(1, layers + 1):
        lines.append(f"A{k} = layer_norm(X{k - 1}, g{k}, c{k})")
        for name in "QKV":
            lines.append(f"h{name}{k} = swapaxes(reshape(A{k} @ {name}{k}, (n, t, m, d)), 1, 2)")
        lines += [
            f"H{k} = scaled_dot_product_attention(hQ{k}, hK{k}, hV{k}, is_causal=True)",
            f"R{k} = X{k - 1} + reshape(swapaxes(H{k}, 1, 2), (n, t, m*d)) @ O{k}",
            f"B{k} = layer_norm(R{k}, s{k}, r{k})",
            f"X{k} = R{k} + gelu(B{k} @ W{k} + b{k}) @ U{k} + v{k}",
        ]
    return "\n".join([*lines, f"L = sum((X{layers} - G)**2)"])


MODELS = {
    "LSTM over 100 steps, unrolled": lstm_unrolled,
    "LSTM as a recurrence": lstm_recurrent,
    "transformer of 12 layers": transformer,
}


def measure(name: str) -> None:
    """Print the seconds of derivation and of emission, and the lines of the file."""
    generate("param W: d, d; input x: d; L = sum((W @ x)**2)")
    text, start = MODELS[name](), time.perf_counter()
    derivation = derive(text)
    middle = time.perf_counter()
    file = generate(derivation)
    print(middle - start, time.perf_counter() - middle, file.count("\n"))


def main() -> None:
    print("| model | derived, s | emitted, s | together, s | goal, s | lines |")
    print("|---|---|---|---|---|---|")
    for name in MODELS:
        runs = []
        for _ in range(5):
            command = [sys.executable, __file__, name]
            output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
            runs.append(tuple(map(float, output.split())))
        derived, emitted, lines = min(runs, key=lambda run: run[0] + run[1])
        shown = f"{derived:.3f} | {emitted:.3f} | {derived + emitted:.3f} | {GOAL} | {lines:.0f}"
        print(f"| {name} | {shown} |", flush=True)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        measure(sys.argv[1])
    else:
        main()
