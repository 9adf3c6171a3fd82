"""How often the diagnosis names the true mistake and offers a verified correction.

Run as `python -m benchmarks.diagnosis [CASES.json]`.  A wrong claim counts as named when the words
for its kind (below) occur in the hints; the line that quotes the correction does not count.
"""

from __future__ import annotations

import collections
import json
import os
import re
import statistics
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from symbp.errors import SymbpError
from symbp.evidence.compare import compare
from symbp.evidence.diagnose import Diagnosis, diagnose
from symbp.evidence.truth import true_gradients
from symbp.lang.cases import read_case
from symbp.lang.names import identifier
from symbp.lang.numpy_claim import read_claim

WORDS = {
    "missing activation derivative": r"missing activation derivative",
    "wrong activation derivative": r"wrong activation derivative|derivative at the wrong point",
    "derivative at the wrong point": r"derivative at the wrong point",
    "wrong derivative": r"wrong activation derivative|wrong derivative",
    "activation derivative applied twice": r"derivative applied twice",
    "transpose": r"transpose",
    "sign": r"\bsign\b",
    "sign of the regularisation term": r"sign of the term (lam|reg|lambda)",
    "dropped path": r"dropped path",
    "dropped path through mean and variance": r"dropped path.*mean.*variance",
    "dropped path through the variance": r"dropped path.*var",
    "missing upstream path": r"missing upstream path|upstream gradient .* not added",
    "shared parameter counted once": r"(shared|tied) .*parameter|uses? of",
    "missing time step": r"missing time step",
    "off by one time step": r"off by one time step",
    "off by one (pre-activation)": r"off by one.*pre-activation",
    "mean instead of sum over the batch": r"mean (over the batch.*)?instead of (the )?sum",
    "divided by batch size twice": r"divided by \w+, the batch size, twice",
    "factor 1/n": r"1/n\b",
    "factor 1/m": r"1/m\b",
    "factor 2": r"factor 2\b",
    "factor 1/2": r"factor (1/2|0\.5)|\b0\.5\b",
    "spurious factor": r"spurious",
    "wrong factor": r"wrong factor",
    "missing factor": r"missing factor|scalar factor .* is missing",
    "missing scale": r"factor \(scale, weight\) .* is missing",
    "missing weight": r"missing weight",
    "missing count": r"missing weight \(count\)|missing count",
    "wrong count": r"wrong count",
    "wrong exponent": r"wrong exponent",
    "hidden symmetry assumption": r"symmetric",
    "hidden assumption": r"right if rows of",
    "mask ignored": r"mask ignored",
    "missing mask": r"missing mask|mask ignored",
    "wrong mask": r"wrong mask",
    "wrong branch condition": r"wrong branch condition",
    "wrong axis": r"wrong axis",
    "wrong axes": r"wrong axis \(axes\)",
    "sum over all axes": r"sum over all axes",
    "missing sum over batch": r"missing sum.*batch",
    "missing spatial sum": r"missing sum.*spatial",
    "kernel not rotated": r"kernel is not rotated",
    "missing off-diagonal Jacobian": r"off-diagonal",
    "missing cross terms": r"cross terms",
    "gradient used instead of the weight": r"the gradient \w+ stands where",
    "regularisation gradient": r"regularisation",
    "wrong product rule": r"product rule",
    "zero": r"\bzero\b",
    "rank lost": r"rank lost",
}


@dataclass(frozen=True)
class Outcome:
    """One wrong claim: what it was, what was said, and whether the correction stands."""

    case: str
    target: str
    kind: str
    diagnosis: Diagnosis
    named: bool
    corrected: bool
    seconds: float


def outcomes(cases: Sequence[Mapping[str, Any]]) -> Iterator[Outcome]:
    """Every wrong claim that can be read, diagnosed; a correction is read and judged anew."""
    for case in cases:
        mistakes = case.get("mistakes") or {}
        if not mistakes:
            continue
        program, claims = read_case(case)
        nodes = program.nodes
        truth = true_gradients(program, [nodes[identifier(t)] for t in claims])
        for target, mistake in mistakes.items():
            claim, true = claims[target], truth[nodes[identifier(target)]]
            if isinstance(claim, SymbpError):
                continue
            verdict = compare(claim.node, true)
            start = time.perf_counter()
            found = diagnose(claim, program, true, verdict)
            seconds = time.perf_counter() - start
            corrected = (
                found.correction is not None
                and compare(read_claim(found.correction, program, target).node, true).is_right
            )
            yield Outcome(
                case["id"],
                target,
                mistake["kind"],
                found,
                is_named(mistake["kind"], found),
                corrected,
                seconds,
            )


def is_named(kind: str, found: Diagnosis) -> bool:
    """Whether the hints say a mistake of this kind."""
    said = " ".join(h for h in found.hints if not h.startswith("corrected:"))
    return re.search(WORDS.get(kind, re.escape(kind)), said) is not None


def cases_path(argument: str | None = None) -> Path:
    root = Path(__file__).resolve().parent.parent
    return Path(argument or os.environ.get("SYMBP_CASES") or root.parent / "shared" / "cases" / "claims.json")


def main() -> None:
    path = cases_path(sys.argv[1] if len(sys.argv) > 1 else None)
    found = list(outcomes(json.loads(path.read_text("utf-8"))))
    table = collections.Counter((o.kind, o.diagnosis.kind or "-", o.named) for o in found)
    for (kind, said, is_said), count in sorted(table.items()):
        print(f"{count:4}  {'named ' if is_said else 'MISSED'}  {kind:42} {said}")
    for o in found:
        if not o.named or not o.corrected:
            print(
                f"{o.case} {o.target} [{o.kind}] corrected: {o.corrected}; " + " | ".join(o.diagnosis.hints)
            )
    times = [o.seconds for o in found]
    named, corrected = sum(o.named for o in found), sum(o.corrected for o in found)
    print(f"{named} of {len(found)} named ({named / len(found):.1%}), {corrected} corrected", end="")
    print(f" ({corrected / len(found):.1%}); median {statistics.median(times):.3f} s, max {max(times):.2f} s")


if __name__ == "__main__":
    main()
