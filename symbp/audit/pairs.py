"""One pair: layouts and sizes tried until the code can be read, then the variants that it offers."""

from __future__ import annotations

import ast
import itertools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from symbp.audit.find import Pair, find_pairs, is_empty, methods_of
from symbp.audit.implied import with_implied_loss
from symbp.audit.judge import Finding, judge
from symbp.audit.reading import Reading
from symbp.audit.reasons import reason_for
from symbp.audit.run import read_pair_once
from symbp.audit.severity import ACCEPTED, RIGHT, UNKNOWN, WRONG
from symbp.audit.shapes import LAYOUTS, Layout, Sizes, is_one_sample, numbers
from symbp.audit.values import Choices, NoValue, Values
from symbp.audit.written import written_hint
from symbp.errors import OperandError, ShapeError, SymbpError
from symbp.lang.code.modules import Module, construct
from symbp.lang.code.values import Function

MOST_WAYS = 36
"""Combinations of choices that are tried under one layout."""
ENOUGH = 4
"""Layouts that are judged before the best is taken."""
MOST_READINGS = 6
"""Readings under one layout that are judged."""
OURS = re.compile(
    r"^(?:target|numbers|classes|gates|slope of|backward of)$| of backward$| given$|training|mode$"
)
"""Choices that say how we understand the code; the others are settings that its author offers."""
LOGS = re.compile(r"\blog\w*\b|entropy|nll|softmax|bce", re.I)
POOLS = re.compile(r"pool", re.I)
FIXED = re.compile(r"contracts [a-z] \(.* with (\d+) \(of")
GUESSED_RANK = re.compile(r"^\d+ values for \d+ names|there is no item \d+ in a list of \d+")
AT_OUTPUT = "where its argument is what forward gives"
ENDLESS = ("this loop has not ended", "more than", "calls are nested")


@dataclass(frozen=True)
class Hints:
    """What the user says about shapes and constructor arguments."""

    shapes: Mapping[str, str] = field(default_factory=dict)
    init: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Attempt:
    """One way to read a pair."""

    layout: Layout
    sizes: Sizes
    taken: Mapping[str, int]


@dataclass
class Judged:
    """A pair that has been read: how, and what was found."""

    attempt: Attempt
    reading: Reading
    findings: list[Finding]
    seen: Mapping[str, Any]
    conditions: dict[str, str] = field(default_factory=dict)
    """Claim -> the setting under which it is wrong."""

    @property
    def wrong(self) -> int:
        return sum(f.severity not in ACCEPTED for f in self.findings)

    @property
    def misfits(self) -> int:
        """Claims of a wrong shape, which speak against the layout."""
        return sum(f.severity not in ACCEPTED and f.verdict.method == "shape" for f in self.findings)


@dataclass(frozen=True)
class Outcome:
    """What became of a pair."""

    pair: Pair
    judged: Judged | None
    error: SymbpError | None = None


def audit_pair(pair: Pair, module: Module, hints: Hints) -> Outcome:
    """The findings of a pair, or why it could not be read."""
    return _Search(pair, module, hints).run()


class _Search:
    def __init__(self, pair: Pair, module: Module, hints: Hints) -> None:
        self.pair, self.module, self.hints = pair, module, hints
        kind = module.classes.get(pair.owner) if pair.owner else None
        functions = [pair.function, pair.back, *(methods_of(kind).values() if kind else ())]
        text = " ".join(_text(f) for f in (pair.function, pair.back))
        self.logs = LOGS.search(f"{pair.symbol} {text}") is not None and self._has_target()
        self.pools = POOLS.search(f"{pair.symbol} {text}") is not None
        self.callables = (
            _activations(module)
            if any("activ" in _text(f).lower() or "func" in _text(f) for f in functions)
            else {}
        )
        self.errors: dict[str, tuple[int, SymbpError]] = {}
        self.words = [
            k for v in module.scope.names.values() if isinstance(v, dict) for k in v if isinstance(k, str)
        ]
        self.fatal: SymbpError | None = None
        self.asked: list[int] = []
        """Sizes that the code has fixed, as errors tell."""

    def _has_target(self) -> bool:
        return len([a for a in self.pair.function.arguments.args if a.arg != "self"]) > 1

    def run(self) -> Outcome:
        best: Judged | None = None
        layouts = 0
        for layout in self._layouts():
            if self.fatal is not None or layouts >= ENOUGH:
                break
            candidates = list(itertools.islice(self._candidates(layout, best), MOST_READINGS))
            layouts += bool(candidates)
            for candidate in candidates:
                if best is None or candidate.wrong == 0 or candidate.misfits < best.misfits:
                    best = candidate
            if best is not None and best.wrong == 0:
                return Outcome(self.pair, self._with_variants(best))
        if best is not None:
            return Outcome(self.pair, self._narrowed(best))
        return Outcome(self.pair, None, self.fatal or self._likeliest_error())

    def _candidates(self, layout: Layout, best: Judged | None) -> Iterator[Judged]:
        """What is found under one layout, up to the first reading in which all is right."""
        for attempt, found in self._readings(layout):
            candidate = self._judge(attempt, found)
            if candidate is None or (not layout.x and candidate.wrong):
                continue
            if is_one_sample(layout) and best is not None and _has_samples(best) and not _by_shape(best):
                return
            yield candidate
            if candidate.wrong == 0:
                return

    def _layouts(self) -> Iterator[Layout]:
        """Layouts of the rank that the code asks for come first."""
        rank = _rank_asked(self.pair)
        ordered = sorted(LAYOUTS, key=lambda l: rank is not None and len(l.x.split(",")) != rank)
        yield from ordered

    # -- reading ------------------------------------------------------------------------------

    def _readings(self, layout: Layout) -> Iterator[tuple[Attempt, tuple[Reading, Choices]]]:
        """Readable ways with a layout: with letters, else with numbers; each choice of ours once."""
        asked = len(self.asked)
        last = re.findall(r"[a-z]", layout.x)[-1:]
        options = [Sizes(), None, numbers(layout, 0, self.pools)]
        for option in options:
            if option is None and (len(self.asked) == asked or not last):
                continue
            sizes = option or Sizes({last[0]: list(self.asked)[-1]})
            tried: set[tuple[tuple[str, int], ...]] = set()
            queue: list[dict[str, int]] = [{}]
            readable = False
            while queue and len(tried) < MOST_WAYS:
                taken = queue.pop(0)
                key = tuple(sorted(taken.items()))
                if key in tried:
                    continue
                tried.add(key)
                attempt = Attempt(layout, sizes, taken)
                choices = Choices(taken)
                found = self._read(attempt, choices)
                if self.fatal is not None:
                    return
                if found is not None:
                    readable = True
                    yield attempt, (found, choices)
                if len(taken) < 2:
                    queue += [
                        {**taken, name: k}
                        for name, options in choices.seen.items()
                        for k in range(1, len(options))
                        if name not in taken and (OURS.search(name) or (found is None and not sizes.open))
                    ]
            if readable:
                return

    def _read(self, attempt: Attempt, choices: Choices) -> Reading | None:
        values = Values(
            attempt.layout, attempt.sizes, choices, self.hints.shapes, self.hints.init,
            self.callables, self.logs, self.pools,
        )  # fmt: skip
        values.words = self.words
        before = len(self.module.random)
        try:
            reading = read_pair_once(self.pair, self.module, values)
        except SymbpError as error:
            self._note(error)
            return None
        except (
            OperandError,
            NoValue,
            ValueError,
            KeyError,
            TypeError,
            IndexError,
            AttributeError,
            ArithmeticError,
            AssertionError,
            NotImplementedError,
        ):
            return None
        finally:
            del self.module.random[before:]
        return reading if reading.claims else None

    def _note(self, error: SymbpError) -> None:
        if error.reason.startswith(ENDLESS):
            self.fatal = error
        found = FIXED.search(error.reason)
        if found is not None:
            self.asked.append(int(found.group(1)))
        count, _ = self.errors.get(error.reason, (0, error))
        self.errors[error.reason] = (count + 1, error)

    def _likeliest_error(self) -> SymbpError | None:
        """What stood in the way of the guess that came furthest in the file."""
        found = [error for _, error in self.errors.values()]
        return max(found, key=self._progress, default=None)

    def _progress(self, error: SymbpError) -> tuple[int, int]:
        """What the code is to blame for comes before what only a wrong guess of shapes is."""
        here = error.place is not None and error.place.source == self.module.source.name
        of_guess = 2 if GUESSED_RANK.search(error.reason) else isinstance(error, ShapeError)
        return -int(of_guess), error.place.line if here and error.place is not None else 0

    # -- judging ------------------------------------------------------------------------------

    def _judge(self, attempt: Attempt, found: tuple[Reading, Choices], quick: bool = False) -> Judged | None:
        reading, choices = found
        try:
            readings = with_implied_loss(reading, self.pair)
            judged = [Judged(attempt, r, judge(r, quick), choices.seen) for r in readings]
        except (
            OperandError,
            SymbpError,
            NotImplementedError,
            ValueError,
            TypeError,
            IndexError,
            KeyError,
            ArithmeticError,
        ):
            return None
        if not judged:
            return None
        best = min(judged, key=lambda j: j.wrong)
        misfit = next((f for f in best.findings if _is_misfit(f, reading)), None)
        if misfit is not None:
            reason = f"under this guess of shapes {misfit.reason}; say more with --shapes"
            best.findings = [replace(f, severity=UNKNOWN, reason=reason) for f in best.findings]
        if reading.guessed and best.wrong:
            reason = f"what {reading.guessed} stands for is a guess; the gradients differ under it"
            best.findings = [replace(f, severity=UNKNOWN, reason=reason) for f in best.findings]
        if len(readings) > 1 and best.wrong == len(best.findings):
            unknown = "which loss is meant is not stated, and none of the usual ones has these gradients"
            best.findings = [replace(f, severity=UNKNOWN, reason=unknown) for f in best.findings]
        return best

    def _variant(self, base: Judged, taken: Mapping[str, int], sizes: Sizes) -> Judged | None:
        attempt = Attempt(base.attempt.layout, sizes, {**base.attempt.taken, **taken})
        choices = Choices(attempt.taken)
        found = self._read(attempt, choices)
        return None if found is None else self._judge(attempt, (found, choices), quick=True)

    def _with_variants(self, base: Judged) -> Judged:
        """The settings that the author offers, one at a time: what is wrong under one of them is wrong."""
        settings = {n: o for n, o in base.seen.items() if not OURS.search(n)}
        trials: list[tuple[str, dict[str, int], Sizes]] = [
            (f"{name} = {_shown(options[k])}", {name: k}, base.attempt.sizes)
            for name, options in settings.items()
            for k in range(min(len(options), 3)) if k != base.attempt.taken.get(name, 0)
        ]  # fmt: skip
        if {"stride", "padding"} <= settings.keys():
            trials.append(("stride = 2, padding = 1", {"stride": 1, "padding": 1}, base.attempt.sizes))
        if not base.attempt.sizes.open:
            trials.append(("other sizes", {}, numbers(base.attempt.layout, 1, self.pools)))
        for words, taken, sizes in trials:
            found = self._variant(base, taken, sizes)
            if found is None:
                if sizes.open:
                    found = self._variant(base, taken, numbers(base.attempt.layout, 0, self.pools))
                if found is None:
                    continue
            self._merge(base, found, words)
        return self._explained(base)

    def _merge(self, base: Judged, found: Judged, words: str) -> None:
        worse = {f.claim.target: f for f in found.findings if f.severity == WRONG}
        for at, finding in enumerate(base.findings):
            other = worse.get(finding.claim.target)
            if other is not None and finding.severity in ACCEPTED:
                found.conditions[finding.claim.target] = words
                base.findings[at] = replace(other, reason=other.reason or self._reason(found, other))
                base.conditions[finding.claim.target] = words

    def _narrowed(self, base: Judged) -> Judged:
        """The condition under which what is wrong would be right: one step, one channel, square inputs."""
        sizes = base.attempt.sizes
        small = dict((numbers(base.attempt.layout, 0, self.pools) if sizes.open else sizes).numbers)
        easier = (
            ("t", 1, "more than one time step"), ("c", 1, "more than one channel"),
            ("j", small.get("i", 1), "inputs that are not square"), ("n", 1, "more than one sample"),
        )  # fmt: skip
        letters = set(re.findall(r"[a-z]", base.attempt.layout.x))
        for letter, value, words in easier:
            if letter not in letters or (letter == "n" and sizes.open):
                continue
            found = self._variant(base, {}, Sizes({**small, letter: value}))
            if found is None:
                continue
            right = {f.claim.target for f in found.findings if f.severity in ACCEPTED}
            for finding in base.findings:
                if finding.severity == WRONG and finding.claim.target in right:
                    base.conditions.setdefault(finding.claim.target, words)
        return self._explained(base)

    def _explained(self, base: Judged) -> Judged:
        at_output = base.attempt.taken.get("slope of") == 1
        if at_output:
            base.findings = [
                replace(f, reason=AT_OUTPUT) if f.severity == RIGHT and not f.reason else f
                for f in base.findings
            ]
        base.findings = [
            replace(f, reason=self._reason(base, f)) if f.severity == WRONG and not f.reason else f
            for f in base.findings
        ]
        return base

    def _reason(self, judged: Judged, finding: Finding) -> str:
        written = written_hint(self.pair)
        return reason_for(finding, judged.reading, written, judged.conditions.get(finding.claim.target, ""))


def _is_misfit(finding: Finding, reading: Reading) -> bool:
    """An input's gradient of another shape: more likely the guess is wrong than the code."""
    of_input = any(finding.claim.of is node for node in reading.inputs.values())
    return (
        of_input
        and finding.severity == WRONG
        and finding.verdict.method == "shape"
        and finding.claim.of.shape != ()
    )


def _has_samples(judged: Judged) -> bool:
    """Read with several samples of more than one number each."""
    layout = judged.attempt.layout
    return not is_one_sample(layout) and "," in layout.x


def _by_shape(judged: Judged) -> bool:
    """A claim has the wrong shape, so that the layout may be the wrong one."""
    return judged.misfits > 0


def _shown(value: Any) -> str:
    return str(value) if not isinstance(value, str) else repr(value)


def _text(function: Function) -> str:
    lines = function.source.lines
    body = function.body if isinstance(function.body, list) else [function.body]
    return "\n".join(lines[body[0].lineno - 1 : (body[-1].end_lineno or body[-1].lineno)])


def _activations(module: Module) -> dict[str, Any]:
    """Classes and functions of the module that may stand for an activation."""
    found: dict[str, Any] = {}
    for pair in find_pairs(module):
        if pair.owner is None or pair.owner in found:
            continue
        kind = module.classes[pair.owner]
        if any(
            word in pair.owner.lower() for word in ("sigmoid", "relu", "tanh", "activ", "identity")
        ) and not is_empty(pair.back):
            try:
                found[pair.owner] = construct(module, kind.name)
            except SymbpError:
                continue
    return found


def _rank_asked(pair: Pair) -> int | None:
    """How many axes the first input has, as `n, c, h, w = x.shape` says."""
    names = [a.arg for a in pair.function.arguments.args if a.arg != "self"][:1]
    body = pair.function.body if isinstance(pair.function.body, list) else []
    for node in (n for s in body for n in ast.walk(s)):
        match node:
            case ast.Assign(targets=[ast.Tuple(elts=items)], value=ast.Attribute(value=owner, attr="shape")):
                stands = getattr(owner, "id", getattr(owner, "attr", None))
                if not any(isinstance(i, ast.Starred) for i in items) and (
                    stands in names or stands in ("x", "X", "inputs", "input")
                ):
                    return len(items)
    return None
