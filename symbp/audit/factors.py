"""A factor that was found at one set of sizes, named by the sizes on which it depends: 1/2 is 1/n."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction

from symbp.audit.judge import Finding
from symbp.audit.judged import Judged
from symbp.audit.proportion import spelled
from symbp.audit.severity import FACTOR, RIGHT, WRONG
from symbp.audit.trials import other_numbers
from symbp.audit.ways import Attempt

MOST_SIZES = 3
"""How many sizes a factor may be made of."""


@dataclass(frozen=True)
class Seen:
    """A factor with the sizes at which it was seen."""

    factor: Fraction
    sizes: Mapping[str, int]


def with_named_factors(base: Judged, read: Callable[[Attempt], Judged | None], pools: bool) -> None:
    """Puts the sizes into factors that were found as numbers; one that is the same at all sizes is wrong."""
    attempt = base.attempt
    if attempt.sizes.open or all(_number(f) is None for f in base.findings):
        return
    others = [read(replace(attempt, sizes=s)) for s in other_numbers(attempt.layout, attempt.sizes, pools)]
    known = [base, *(found for found in others if found is not None)]
    for at, finding in enumerate(base.findings):
        seen = list(_seen(known, finding.claim.target))
        if _number(finding) is None:
            continue
        named = _named(seen)
        if named is not None:
            reason = finding.reason.replace(f"{finding.factor} times", f"{named} times")
            base.findings[at] = replace(finding, factor=named, reason=reason)
        elif finding.severity == FACTOR and len(seen) > 1 and not base.reading.loss:
            reason = f"a factor is wrong: it is {finding.reason}"  # by chance the number of samples
            base.findings[at] = replace(finding, severity=WRONG, reason=reason)


def _number(finding: Finding) -> Fraction | None:
    try:
        return Fraction(finding.factor) if finding.factor is not None else None
    except ValueError:
        return None


def _seen(known: list[Judged], target: str) -> Iterator[Seen]:
    """A gradient's factor in each reading; 1 where it is the gradient itself."""
    for judged in known:
        axes = enumerate(judged.reading.outputs[0][0].shape)
        shape = {f"shape[{k}] of the output": s.constant for k, s in axes if s.is_constant}
        for finding in judged.findings:
            factor = Fraction(1) if finding.severity == RIGHT else _number(finding)
            if finding.claim.target == target and factor is not None:
                yield Seen(factor, {**judged.attempt.sizes.numbers, **shape})


def _named(seen: list[Seen]) -> str | None:
    """The factor as a product and quotient of sizes; None where it is a number, or nothing fits."""
    if len({s.factor for s in seen}) < 2:
        return None
    names = [n for n in seen[0].sizes if all(n in s.sizes for s in seen)]
    names = [n for n in names if len({s.sizes[n] for s in seen}) > 1]
    for count in range(1, MOST_SIZES + 1):
        for chosen in itertools.combinations(names, count):
            for signs in itertools.product((-1, 1), repeat=count):
                rest = {_without(s, chosen, signs) for s in seen}
                if len(rest) == 1:
                    return spelled(rest.pop(), dict(zip(chosen, signs, strict=True)))
    return None


def _without(seen: Seen, names: tuple[str, ...], signs: tuple[int, ...]) -> Fraction:
    found = seen.factor
    for name, sign in zip(names, signs, strict=True):
        found /= Fraction(seen.sizes[name]) ** sign
    return found
