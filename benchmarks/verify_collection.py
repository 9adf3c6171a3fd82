"""How long verdicts take: the median and the slowest case of a collection of claims.

    python benchmarks/verify_collection.py [FILE.json]

Without a file the collection at SYMBP_CASES is taken.
"""

from __future__ import annotations

import os
import statistics
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from symbp.evidence.collection import read_collection, verify_collection
from symbp.evidence.verifying import no_explanation


def main(path: str) -> None:
    cases = read_collection(Path(path))
    start = time.perf_counter()
    results = list(verify_collection(cases, no_explanation))
    whole = time.perf_counter() - start
    claims = sum(len(r.report.verdicts) for r in results)
    times = sorted((r.seconds, r.case) for r in results)
    counts: dict[str, int] = {}
    for result in results:
        for verdict in result.report.verdicts.values():
            counts[verdict.status] = counts.get(verdict.status, 0) + 1
    print(f"{len(cases)} cases, {claims} claims, {whole:.1f} s on {os.cpu_count()} cores")
    print(", ".join(f"{count} {status}" for status, count in sorted(counts.items())))
    print(f"median case {statistics.median(t for t, _ in times):.3f} s; the slowest:")
    for seconds, name in reversed(times[-5:]):
        print(f"  {seconds:6.2f} s  {name}")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else os.environ["SYMBP_CASES"])
