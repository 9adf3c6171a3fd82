"""Random pairs of expressions, three ways: normal form, exact field, 50 digits.

    python benchmarks/fuzz_evidence.py [PAIRS] [FIRST_SEED] [WORKERS]

Prints how many pairs there were, how many were equal, proved and so on, and every contradiction.
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from tests.evidence.three_ways import tally

CHUNK = 500


def main(pairs: int = 100_000, first: int = 1_000_000, workers: int = 2) -> int:
    start = time.perf_counter()
    counts: Counter[str] = Counter()
    wrong: list[str] = []
    chunks = [range(k, min(k + CHUNK, first + pairs)) for k in range(first, first + pairs, CHUNK)]
    with ProcessPoolExecutor(workers) as pool:
        for found, contradictions in pool.map(tally, chunks):
            counts.update(found)
            wrong += contradictions
            seconds = time.perf_counter() - start
            shown = ", ".join(f"{k} {v}" for k, v in counts.items())
            print(f"{shown}; {len(wrong)} disagreements; {seconds:.0f} s", flush=True)
    print(*wrong, sep="\n")
    return len(wrong)


if __name__ == "__main__":
    sys.exit(min(1, main(*map(int, sys.argv[1:]))))
