"""One reading again at other settings and sizes: what is wrong under one of them is wrong there."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from symbp.algebra.node import Node, topological
from symbp.audit.factors import with_named_factors
from symbp.audit.judge import Finding
from symbp.audit.judged import Judged
from symbp.audit.reading import Reading
from symbp.audit.severity import ACCEPTED, FACTOR, RIGHT, TRUNCATED, WRONG
from symbp.audit.shapes import Sizes, numbers
from symbp.audit.trials import Change, orders_of_images, size_changes, turned
from symbp.audit.vocabulary import TRUNCATES, is_stage
from symbp.audit.ways import OURS, UNREAD_ONLY, Attempt

MOST_NODES = 18_000
"""How large the formulas of all variants together may become before no further sizes are tried."""
MOST_OPTIONS = 3
"""Options of one setting that are tried."""


@dataclass(frozen=True)
class Trial:
    """Settings and sizes, with the words for what is particular about them."""

    words: str
    taken: Mapping[str, int] = field(default_factory=dict)
    sizes: Sizes | None = None
    parts: tuple[Trial, ...] = ()
    """The same with one of several differences at a time."""


class Variants:
    """Tries readings of a pair; `read` gives what is found under an attempt, None where it is unreadable."""

    def __init__(self, read: Callable[[Attempt], Judged | None], pools: bool) -> None:
        self.read, self.pools = read, pools
        self.spent = 0
        """How large the formulas are that were compared."""

    def compared(self, base: Judged) -> Judged:
        """A reading in which all is right, with what is wrong at other settings and other sizes."""
        with_named_factors(base, self.read, self.pools)
        self.spent, telling = 0, []
        for setting in _settings(base):
            found = self._variant(base, setting)
            if found is None and base.attempt.sizes.open:
                found = self._variant(base, replace(setting, sizes=self._small(base)))
            self._merge(base, found, setting)
            if found is not None and found.reading.outputs != base.reading.outputs:
                telling.append(setting)
        if base.attempt.sizes.open:
            return base
        for trial in self._sized(base, telling):
            if self.spent > MOST_NODES:
                break
            self._merge(base, self._variant(base, trial), trial)
        return base

    def _sized(self, base: Judged, settings: list[Trial]) -> Iterator[Trial]:
        """Other sizes, and the settings at other sizes, those that tell most first."""
        layout, sizes = base.attempt.layout, base.attempt.sizes
        first, rest = size_changes(layout, sizes, self.pools)
        other = _of_change(turned(layout, sizes, self.pools))
        yield from map(_of_change, first)
        yield from (_joined(setting, other) for setting in settings)
        yield from map(_of_change, rest)

    def supported(self, base: Judged) -> Judged | None:
        """Settings or an order of sizes under which all is right, so that the layout is the right one."""
        trials = settings = list(_settings(base))
        if not base.attempt.sizes.open:
            orders = [_of_change(c) for c in orders_of_images(base.attempt.layout, base.attempt.sizes)]
            trials = [*orders, *settings, *(_joined(s, o) for s in settings for o in orders)]
        tried = (self._variant(base, trial) for trial in trials)
        return next((found for found in tried if found is not None and found.wrong == 0), None)

    def narrowed(self, base: Judged) -> Judged:
        """The condition under which what is wrong would be right: one step, one channel, square inputs."""
        with_named_factors(base, self.read, self.pools)
        for trial in _settings(base):
            for target in self._right(base, trial):
                name = next(iter(trial.taken))
                words = f"{name} = {shown(base.seen[name][base.attempt.taken.get(name, 0)])}"
                base.conditions.setdefault(target, words)
        for trial in self._easier(base):
            for target in self._right(base, trial):
                base.conditions.setdefault(target, trial.words)
        return base

    # -- one trial ----------------------------------------------------------------------------

    def _variant(self, base: Judged, trial: Trial) -> Judged | None:
        attempt = base.attempt
        taken = {**attempt.taken, **trial.taken}
        found = self.read(replace(attempt, taken=taken, sizes=trial.sizes or attempt.sizes))
        if found is not None:
            reading = found.reading
            formulas = [*(n for pair in reading.outputs for n in pair), *(c.node for c in reading.claims)]
            self.spent += len(topological(formulas))
        return found

    def _small(self, base: Judged) -> Sizes:
        attempt = base.attempt
        return numbers(attempt.layout, 0, self.pools) if attempt.sizes.open else attempt.sizes

    def _right(self, base: Judged, trial: Trial) -> list[str]:
        """What is wrong in the first reading and right in this one."""
        wrong = [f.claim.target for f in base.findings if f.severity == WRONG]
        if all(target in base.conditions for target in wrong):
            return []
        found = self._variant(base, trial)
        right = {f.claim.target for f in found.findings if f.severity in ACCEPTED} if found else set()
        return [target for target in wrong if target in right]

    def _merge(self, base: Judged, found: Judged | None, trial: Trial) -> None:
        steps = next((name for name in trial.taken if TRUNCATES.search(name)), None)
        if steps is not None:
            _truncate(base, found, steps)
            return
        worse = _wrong(found, base)
        if found is not None and trial.sizes is None:  # at other sizes a factor is what names it
            with_named_factors(found, self.read, self.pools)
            worse = {**_off_by_factors(found, base), **_wrong(found, base)}
        for at, finding in enumerate(base.findings):
            target = finding.claim.target
            if target not in worse or finding.severity not in ACCEPTED or found is None:
                continue
            source, words = self._smallest(base, trial, target) or (found, trial.words)
            base.findings[at] = worse[target] if source is found else _wrong(source, base)[target]
            base.sources[target], base.conditions[target] = source.reading, words

    def _smallest(self, base: Judged, trial: Trial, target: str) -> tuple[Judged, str] | None:
        """The first of several differences that by itself makes a gradient wrong."""
        for part in trial.parts:
            found = self._variant(base, part)
            if found is not None and target in _wrong(found, base):
                return found, part.words
        return None

    def _easier(self, base: Judged) -> Iterator[Trial]:
        """Sizes at which mistakes do not show."""
        small, letters = self._small(base), set(re.findall(r"[a-z]", base.attempt.layout.x))
        for letter, value, words in (
            ("t", 1, "more than one time step"), ("c", 1, "more than one channel"),
            ("j", small.numbers.get("i", 1), "inputs that are not square"), ("n", 1, "more than one sample"),
        ):  # fmt: skip
            if letter in letters and not (letter == "n" and base.attempt.sizes.open):
                yield Trial(words, {}, Sizes({**small.numbers, letter: value}))


def _truncate(base: Judged, found: Judged | None, steps: str) -> None:
    """Marks what is no longer the gradient where fewer steps are gone back than there are."""
    cut = {f.claim.target for f in found.findings if f.severity in (WRONG, TRUNCATED)} if found else set()
    for at, finding in enumerate(base.findings):
        if finding.claim.target in cut and finding.severity in ACCEPTED:
            reason = f"flows back through {steps} steps, and no further"
            base.findings[at] = replace(finding, severity=TRUNCATED, reason=reason)


def _wrong(found: Judged | None, base: Judged) -> dict[str, Finding]:
    """What is wrong in a variant that takes arrays for what the first reading takes them."""
    if found is None or _roles(found.reading) != _roles(base.reading):
        return {}
    return {f.claim.target: f for f in found.findings if f.severity == WRONG}


def _off_by_factors(found: Judged, base: Judged) -> dict[str, Finding]:
    """What is the gradient in the first reading, and in a variant a multiple of it."""
    right = {f.claim.target for f in base.findings if f.severity == RIGHT}
    if _roles(found.reading) != _roles(base.reading):
        return {}
    return {f.claim.target: f for f in found.findings if f.severity == FACTOR and f.claim.target in right}


def _roles(reading: Reading) -> tuple[Any, ...]:
    """What was taken for what: where sizes are equal, shapes no longer tell one array from another."""
    given = [(k, v.name) for k, v in reading.calls.backward.items() if isinstance(v, Node) and v.is_leaf]
    return tuple(given), {(c.name, c.target) for c in reading.claims}


def _settings(base: Judged) -> Iterator[Trial]:
    """The settings that the author offers, one at a time."""
    ours = [n for n in base.seen if OURS.search(n) or UNREAD_ONLY.search(n)]
    offered = {n: o for n, o in base.seen.items() if n not in ours and not is_stage(n, o)}
    for name, options in offered.items():
        for k in range(min(len(options), MOST_OPTIONS)):
            if k != base.attempt.taken.get(name, 0):
                yield Trial(f"{name} = {shown(options[k])}", {name: k})
    if {"stride", "padding"} <= offered.keys():
        yield Trial("stride = 2, padding = 1", {"stride": 1, "padding": 1})


def _of_change(change: Change) -> Trial:
    return Trial(change.words, {}, change.sizes, tuple(map(_of_change, change.parts)))


def _joined(setting: Trial, other: Trial) -> Trial:
    """A setting at other sizes."""
    parts = tuple(_joined(setting, part) for part in other.parts)
    return Trial(f"{setting.words}, {other.words}", setting.taken, other.sizes, parts)


def shown(value: Any) -> str:
    """An option as its author would write it."""
    return str(value) if not isinstance(value, str) else repr(value)
