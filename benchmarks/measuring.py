"""Contenders that compute the same and take turns, as rows of a Markdown table."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from symbp.commands.turns import Timed, in_turns

ROUNDS, BLOCK = 15, 0.05

Contenders = Callable[[str, Any], dict[str, Timed]]


def agree(name: str, steps: Mapping[str, Timed], dtype: Any) -> None:
    """Stop where the contenders compute different things."""
    loss, wanted = steps["plain"]()
    for label, step in steps.items():
        other, gradients = step()
        error = max(float(np.abs(gradients[k] - g).max() / np.abs(g).max()) for k, g in wanted.items())
        if abs(other - loss) > 1e-4 * max(1.0, abs(loss)) or error > (1e-3 if dtype is np.float32 else 1e-10):
            sys.exit(f"{name}: {label} differs by {error:.1e}")


def print_table(names: Iterable[str], contenders: Contenders, others: Mapping[str, str]) -> None:
    """A row for each name and precision: the step, and its ratio to the others, by what they are called."""
    columns = ["model", "dtype", "step, µs", *(f"× {called}" for called in others.values())]
    _print_row(columns)
    print("|---" * len(columns) + "|")
    for name in names:
        for dtype in (np.float32, np.float64):
            times = in_turns(contenders(name, dtype), ROUNDS, BLOCK)
            low = {label: sorted(t)[len(t) // 5] for label, t in times.items()}
            ratios = [f"{low['step'] / low[other]:.2f}" for other in others]
            _print_row([name, np.dtype(dtype).name, f"{low['step'] * 1e6:.0f}", *ratios])


def _print_row(cells: Sequence[str]) -> None:
    print(f"| {' | '.join(cells)} |", flush=True)
