"""Times of steps that take turns, so that a noisy machine hits them alike."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

Timed = Callable[[], Any]


def in_turns(
    steps: Mapping[str, Timed], rounds: int, block: float, parallel: bool = False
) -> dict[str, list[float]]:
    """Seconds a step, one figure for each round; another step begins each round.

    Each figure is the mean over `block` seconds on the clock of this process, which does not go on
    while others have the processor; on the clock on the wall for steps of several threads.
    """
    clock = time.perf_counter if parallel else time.process_time
    times: dict[str, list[float]] = {name: [] for name in steps}
    names = list(steps)
    for k in range(rounds):
        for j in range(len(names)):
            name = names[(j + k) % len(names)]
            times[name].append(_seconds(steps[name], block, clock))
    return times


def _seconds(step: Timed, block: float, clock: Callable[[], float]) -> float:
    count, start, passed = 0, clock(), 0.0
    while passed < block:  # after a step, so that there is one even where the clock ticks coarsely
        step()
        count += 1
        passed = clock() - start
    return passed / count
