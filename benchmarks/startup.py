"""How long a command takes to start: `symbp --help`, and `symbp derive` beside `import sympy`.

    python benchmarks/startup.py [ROUNDS]

The commands take turns; the figures are CPU seconds (user and system), so that a busy machine
disturbs them little.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys

COMMANDS = {
    "python -c 'import sympy'": [sys.executable, "-c", "import sympy"],
    "symbp --help": [sys.executable, "-m", "symbp", "--help"],
    "symbp derive digits": [sys.executable, "-m", "symbp", "derive", "digits"],
}


def cpu_seconds(command: list[str]) -> float:
    """User and system time of one run."""
    before = os.times()
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
    after = os.times()
    return after.children_user - before.children_user + after.children_system - before.children_system


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 9
    seconds: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for _ in range(rounds):
        for name, command in COMMANDS.items():
            seconds[name].append(cpu_seconds(command))
    medians = {name: statistics.median(found) for name, found in seconds.items()}
    for name, value in medians.items():
        print(f"{name:40} {value:.3f} s")
    sympy, _, derive = medians.values()
    print(f"{'derive - import sympy':40} {derive - sympy:+.3f} s")


if __name__ == "__main__":
    main()
