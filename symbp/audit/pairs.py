"""One pair: layouts and sizes tried until the code can be read, then the variants that it offers."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from symbp.algebra.node import as_node
from symbp.audit.absent import NOT_IMPORTED, standing_in
from symbp.audit.choices import Choices
from symbp.audit.find import Pair, methods_of
from symbp.audit.implied import with_implied_loss
from symbp.audit.jacobian import with_jacobian
from symbp.audit.judge import FLOATS, Finding, judge, settled
from symbp.audit.judged import Judged
from symbp.audit.lost import Lost, lost_attribute
from symbp.audit.reading import Claim, Reading
from symbp.audit.reasons import at_a_point, reason_for
from symbp.audit.same import same
from symbp.audit.severity import ACCEPTED, FACTOR, PAIR, RIGHT, UNKNOWN, WRONG
from symbp.audit.shapes import IMAGE_FORMS, LAYOUTS, Images, Layout, Sizes, is_one_sample
from symbp.audit.signs import is_subtracted
from symbp.audit.trials import orders_of_images
from symbp.audit.unnamed import of_other_arguments
from symbp.audit.variants import Variants
from symbp.audit.ways import Attempt, Hints, Ways
from symbp.audit.written import assigns_windows, empty_slice, written_hint
from symbp.calculus.reverse import sweep
from symbp.errors import OperandError, SymbpError
from symbp.evidence.verdict import REFUTED, UNDECIDED, Verdict
from symbp.lang.code.modules import Module
from symbp.ops.constant_arrays import full, is_zero
from symbp.ops.structure.indexing import getitem
from symbp.ops.sums import sum_

ENOUGH = 4
"""Layouts that are judged before the best is taken."""
MOST_READINGS = 6
"""Readings under one layout that are judged."""
LETTERS = "cdfhkmnstvij"
EQUAL = 3
AT_OUTPUT = "where its argument is what forward gives"
FOR_ONE = "for one sample; with several its shape is another"
NO_SLOPE = "for one sample the gradient is zero whatever the code does, which shows nothing; see --shapes"
OTHER_LOSS = "right for the {0}; the cost that stands there is another loss"
FOR_FEWER = "for data of {0}; of {1} it is transposed"


@dataclass(frozen=True)
class Outcome:
    """What became of a pair."""

    pair: Pair
    judged: Judged | None
    error: SymbpError | None = None
    lost: Lost | None = None
    """What backward needs and nobody keeps."""


def audit_pair(pair: Pair, module: Module, hints: Hints) -> Outcome:
    """The findings of a pair, or why it could not be read."""
    return PairAudit(pair, module, hints).run()


class PairAudit:
    """Finds the reading of one pair by floats, and then proves or explains what was found."""

    def __init__(self, pair: Pair, module: Module, hints: Hints, assumed: str = "") -> None:
        self.hints, self.assumed = hints, assumed
        """What all readings take for granted."""
        self.pair, self.module, self.ways = pair, module, Ways(pair, module, hints)
        self.judged: set[tuple[Any, ...]] = set()
        """What has been judged: layouts that differ by what a pair does not use give the same reading."""
        self.transposed: dict[str, int] = {}
        """Gradients of data that are transposed where data have more axes, with how many."""
        self.for_one: set[str] = set()
        """Claims that have a wrong shape as soon as there are several samples."""
        self.only = ""
        """To what all that is right is confined."""
        self.doubted: list[Judged] = []
        """Readings in which something is wrong, or does not go together."""
        self.variants = Variants(self._read_again, self.ways.pools)
        self.outcome: Outcome | None = None
        """What is known as soon as all readings were tried; proofs and reasons go into it one by one."""

    def so_far(self) -> Outcome | None:
        """What is known where there is no more time: nothing is called wrong without a counterexample."""
        if self.outcome is not None and self.outcome.judged is not None:
            judged = self.outcome.judged
            judged.findings = [_unconfirmed(f) if f.severity == WRONG else f for f in judged.findings]
        return self.outcome

    def run(self) -> Outcome:
        """The outcome with its proofs and reasons."""
        self.outcome = self._search()
        if self.outcome.judged is not None:
            self._explain(self.outcome.judged)
        return self.outcome

    def _search(self) -> Outcome:
        best = self._best(self.ways.layouts())
        if best is None and self.ways.fatal is None:
            best = self._best(self.ways.one_channel())
        if best is not None and best.wrong == 0:
            self.outcome = Outcome(self.pair, best)
            found = self.variants.compared(best)
            return Outcome(self.pair, (self._supported() if found.wrong else None) or found)
        if best is not None:
            single = self._of_one_sample() if mixes_samples(best.reading) else None
            right = self.variants.compared(single) if single else self._supported()
            return Outcome(self.pair, right or self.variants.narrowed(best))
        error = self.ways.fatal or self.ways.likeliest_error()
        assuming = self._with_absent_modules(error) if error is not None else None
        if assuming is not None:
            return Outcome(self.pair, assuming)
        lost = lost_attribute(self.pair, self.module)
        if lost is not None:
            return Outcome(self.pair, None, error, lost)
        if self.ways.fatal is not None:
            return Outcome(self.pair, None, error)
        return Outcome(self.pair, self._unfit() or self._of_images(), error)

    def _best(self, layouts: Iterable[Layout], form: Images | None = None) -> Judged | None:
        """The first reading in which all is right; else the one that fits best."""
        best: Judged | None = None
        judged = 0
        for layout in layouts:
            if self.ways.fatal is not None or judged >= ENOUGH:
                break
            candidates = list(itertools.islice(self._candidates(layout, best, form), MOST_READINGS))
            judged += any(not c.misfits for c in candidates)
            self.doubted += [c for c in candidates if c.wrong and not is_one_sample(layout)]
            for candidate in candidates:
                if best is None or candidate.is_better(best):
                    best = candidate
            if best is not None and best.wrong == 0 and not best.is_partial:
                break
        return best

    def _with_absent_modules(self, error: SymbpError) -> Judged | None:
        """A reading with ours in the place of modules that are not beside the file."""
        if self.assumed or NOT_IMPORTED.match(error.reason) is None:
            return None
        with standing_in(self.module) as names:
            if not names:
                return None
            words = f"what {names} gives is what its names say"
            judged = PairAudit(self.pair, self.module, self.hints, words)._search().judged
        if judged is None:
            return None
        judged.findings = [f for f in judged.findings if not _is_of_ours(f.claim, self.module)]
        return judged if judged.findings else None

    def _supported(self) -> Judged | None:
        """A reading that was found wrong, of a layout that other settings or sizes show to be right."""
        for candidate in self.doubted:
            right = self.variants.supported(candidate)
            if right is not None:
                return self.variants.compared(right)
        return None

    def _of_one_sample(self) -> Judged | None:
        """A reading in which all is right, of code that is written for one sample without an axis."""
        found = (c for layout in LAYOUTS if layout.x == "d" for c in self._candidates(layout, None))
        return next((c for c in found if c.wrong == 0), None)

    def _unfit(self) -> Judged | None:
        """Backward whose shapes go together only where sizes are equal by chance."""
        if self.ways.goes_through:
            return None
        for attempt, error in self.ways.unfit:
            if is_one_sample(attempt.layout):
                continue
            for words, sizes in _by_chance(attempt):
                found = self._read_again(replace(attempt, sizes=sizes), is_confirmed=False)
                if found is not None and any(f.severity != UNKNOWN for f in found.findings):
                    self._explain(found)
                    return _unfitting(found, error, words)
        return None

    def _of_images(self) -> Judged | None:
        """What is found at images of one form, where forward or backward does not run at others."""
        tried = ((form, self._best(self.ways.of_images(), form)) for form in IMAGE_FORMS)
        form, best = next(((f, found) for f, found in tried if found is not None), (None, None))
        if form is None or best is None:
            return None
        for attempt, error in self.ways.unfit:
            if attempt.layout == best.attempt.layout and attempt.taken == best.attempt.taken:
                self._explain(best)
                return _unfitting(best, error, form.beyond)
        self.only = form.only
        return self.variants.compared(best)

    def _candidates(
        self, layout: Layout, best: Judged | None, form: Images | None = None
    ) -> Iterator[Judged]:
        """What is found under one layout, up to the first reading in which all is right."""
        for attempt, found in self.ways.readings(layout, form):
            if self._is_known(found[0]):
                continue
            candidate = self._judge(attempt, found)
            for target in _transposed(candidate) if candidate is not None else ():
                self.transposed.setdefault(target, _axes(layout))
            if candidate is None or (not layout.x and candidate.wrong):
                continue
            if is_one_sample(layout) and _vanishes(candidate):
                if best is not None:
                    continue
                candidate.findings = [
                    replace(f, severity=UNKNOWN, reason=NO_SLOPE) for f in candidate.findings
                ]
            if is_one_sample(layout) and best is not None and _has_samples(best):
                if best.wrong and not _by_shape(best):
                    return
                self.for_one = _misfitting(best)
            yield candidate
            if candidate.wrong == 0 and not candidate.is_partial:
                return

    def _is_known(self, reading: Reading) -> bool:
        key = (*reading.outputs, *((c.name, c.target, c.node, c.of) for c in reading.claims))
        known = key in self.judged
        self.judged.add(key)
        return known

    # -- judging ------------------------------------------------------------------------------

    def _judge(
        self,
        attempt: Attempt,
        found: tuple[Reading, Choices],
        is_variant: bool = False,
        is_confirmed: bool = False,
    ) -> Judged | None:
        """`is_confirmed`: all is right under this layout at other settings or sizes, so that it is meant."""
        reading, choices = found
        reading.assumed = reading.assumed or self.assumed
        try:
            readings = with_implied_loss(reading, self.pair)
            every = [j for r in readings for j in with_jacobian(r)]
            judged = [self._of_likeliest(Judged(attempt, r, judge(r), choices.seen)) for r in every]
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
        best = _of_meant_loss(judged)
        misfit = next((f for f in best.findings if _is_misfit(f, reading)), None)
        if misfit is not None and not is_confirmed:
            reason = f"under this guess of shapes {misfit.reason}; say more with --shapes"
            best.findings = [replace(f, severity=UNKNOWN, reason=reason) for f in best.findings]
        partial = next((f for f in best.findings if _sees_a_part(f, reading)), None)
        if partial is not None:
            words = f"under this guess of shapes forward looks at a part of {partial.claim.target} only"
            verdict = Verdict(REFUTED, "shape", words)
            best.findings = [
                replace(f, severity=UNKNOWN, verdict=verdict, reason=words) for f in best.findings
            ]
        guessed = reading.guessed or reading.assumed
        if guessed and best.wrong and not is_variant:  # of one in which all is right
            reason = f"what {guessed} stands for is a guess; the gradients differ under it"
            if reading.assumed:
                reason = f"that {reading.assumed} is a guess; the gradients differ under it"
            best.findings = [replace(f, severity=UNKNOWN, reason=reason) for f in best.findings]
        if len(readings) > 1 and best.wrong == len(best.findings):
            unknown = "which loss is meant is not stated, and none of the usual ones has these gradients"
            best.findings = [replace(f, severity=UNKNOWN, reason=unknown) for f in best.findings]
        best.findings = [self._with_update(f) for f in best.findings]
        return best

    def _of_likeliest(self, first: Judged) -> Judged:
        """Judged as the gradient by the argument that it is of, where nothing says which that is.

        What is off by a sign or a factor is so by the first argument that it may be of: the gradient of
        a difference by its other side is no better than a wrong sign.
        """
        if not first.wrong or any(f.reason and f.verdict.method != "shape" for f in first.findings):
            return first
        others = (replace(first, reading=r, findings=judge(r)) for r in of_other_arguments(first.reading))
        return next((other for other in others if not other.wrong), first)

    def _with_update(self, finding: Finding) -> Finding:
        """The negative gradient is wrong where the text subtracts it."""
        name = finding.claim.name.split(".")[-1]
        functions = [f for kind in self.module.classes.values() for f in methods_of(kind).values()]
        if finding.severity == PAIR and finding.factor and is_subtracted(name, functions):
            reason = f"the sign is wrong: {name} is the negative gradient, and the update subtracts it"
            return replace(finding, severity=WRONG, reason=reason)
        return finding

    def _read_again(self, attempt: Attempt, is_confirmed: bool = True) -> Judged | None:
        """The same pair with other settings or sizes."""
        choices = Choices(attempt.taken)
        found = self.ways.read(attempt, choices)
        return None if found is None else self._judge(attempt, (found, choices), True, is_confirmed)

    def _explain(self, base: Judged) -> None:
        """Counterexamples of what is wrong, then the reasons, then proofs of what is right."""
        self._settle(base, accepted=False)
        self._say_why(base)
        self._settle(base, accepted=True)
        self._say_why(base)

    def _say_why(self, base: Judged) -> None:
        written = written_hint(self.pair)
        for at, finding in enumerate(base.findings):
            if finding.severity == WRONG and not finding.reason:
                target = finding.claim.target
                reading = base.sources.get(target, base.reading)
                condition = base.conditions.get(target, "")
                reason = reason_for(finding, reading, written, condition, assigns_windows(self.pair.back))
                base.findings[at] = replace(finding, reason=reason)
            elif finding.severity == WRONG and any(s == 0 for s in finding.claim.node.shape):
                reason = empty_slice(self.pair.back) or finding.reason
                base.findings[at] = replace(finding, reason=reason)

    def _settle(self, base: Judged, accepted: bool) -> None:
        """The findings that are accepted, or the others, with what stands behind them."""
        assumed = base.reading.assumed
        at_output = base.attempt.taken.get("slope of") == 1
        where = AT_OUTPUT if at_output else f"where {assumed}" if assumed else ""
        if base.reading.unused and not where:
            where = f"for an upstream gradient of one: {base.reading.unused} is not used"
        for at, finding in enumerate(base.findings):
            if (finding.severity in ACCEPTED) != accepted:
                continue
            target = finding.claim.target
            found = settled(finding, base.sources.get(target, base.reading))
            if found.severity not in (WRONG, FACTOR):
                base.conditions.pop(target, None)
            if found.severity == UNKNOWN and not found.reason:
                found = replace(found, reason=found.verdict.detail)
            if found.severity == RIGHT and not found.reason:
                only = self.only or self._only_for(base.attempt.layout, target)
                found = replace(found, reason=only or where)
            if assumed and found.severity in ACCEPTED and assumed not in found.reason:
                found = replace(found, reason=f"{found.reason}; where {assumed}")
            base.findings[at] = found

    def _only_for(self, layout: Layout, target: str) -> str:
        """For which data a gradient is right, where it has a wrong shape for others."""
        if is_one_sample(layout):
            return FOR_ONE if target in self.for_one else ""
        more, fewer = self.transposed.get(target, 0), _axes(layout)
        return FOR_FEWER.format(_counted(fewer), _counted(more)) if more > fewer else ""


def _of_meant_loss(judged: list[Judged]) -> Judged:
    """The reading that fits best; a loss that stands there is not overruled by a usual one."""
    best, stated = min(judged, key=_misses), [j for j in judged if j.reading.stated]
    if not stated or not best.reading.implied:
        return best
    nearest = min(stated, key=_misses)
    if nearest.wrong <= best.wrong:
        return nearest
    words = OTHER_LOSS.format(best.reading.implied)
    true = {(f.claim.name, f.claim.target): f for f in nearest.findings}
    for at, finding in enumerate(best.findings):
        under_stated = true.get((finding.claim.name, finding.claim.target))
        if finding.severity in ACCEPTED and under_stated is not None:
            kept = under_stated.severity in ACCEPTED
            other = replace(under_stated, severity=PAIR, reason=words, factor=None)
            best.findings[at] = under_stated if kept else other
            best.sources[finding.claim.target] = nearest.reading
    return best


def _misses(judged: Judged) -> tuple[int, int]:
    return judged.wrong, sum(f.severity not in (RIGHT, PAIR) for f in judged.findings)


def _vanishes(judged: Judged) -> bool:
    """A gradient that is accepted is zero everywhere, so that any multiple of it would be."""
    true = [f.true for f in judged.findings if f.severity in ACCEPTED and f.true is not None]
    return any(is_zero(t) or same(t, full(t.shape, 0)) for t in true)


def _axes(layout: Layout) -> int:
    return len([axis for axis in layout.x.split(",") if axis.strip()])


def _counted(axes: int) -> str:
    return "one axis" if axes == 1 else f"{axes} axes"


def _is_of_ours(claim: Claim, module: Module) -> bool:
    """An attribute of which the text never speaks is that of a layer of ours."""
    return claim.how == "attribute" and claim.name.split(".")[-1] not in module.source.text


def _unconfirmed(finding: Finding) -> Finding:
    if finding.verdict.method != FLOATS:
        return replace(finding, reason=finding.reason or at_a_point(finding))
    reason = "it differs from the gradient at random points; there was no time for a counterexample"
    return replace(finding, severity=UNKNOWN, verdict=Verdict(UNDECIDED, "none", reason), reason=reason)


def _by_chance(attempt: Attempt) -> Iterator[tuple[str, Sizes]]:
    """Sizes at which shapes may go together by chance, with the words for all others."""
    if attempt.sizes.open:
        for samples in (EQUAL + 1, EQUAL):
            yield "sizes that differ", Sizes({**dict.fromkeys(LETTERS, EQUAL), "n": samples})
    for change in orders_of_images(attempt.layout, attempt.sizes):
        if change.is_square:
            yield "images that are not square", change.sizes


def _unfitting(judged: Judged, error: SymbpError, condition: str) -> Judged:
    """What is found at equal sizes, with why backward does not even run at others."""
    line = f" in line {error.place.line}" if error.place is not None else ""
    words = f"backward does not run: {error.reason}{line}"
    bad = [f for f in judged.findings if f.severity == WRONG] or judged.findings
    for at, finding in enumerate(judged.findings):
        if finding in bad:
            reason = f"{words}; where sizes are equal, {finding.reason}" if finding.reason else words
            verdict = Verdict(REFUTED, "shape", words)
            judged.findings[at] = replace(finding, severity=WRONG, verdict=verdict, reason=reason)
            judged.conditions[finding.claim.target] = condition
    return judged


def _is_misfit(finding: Finding, reading: Reading) -> bool:
    """An input's gradient of another shape: more likely the guess is wrong than the code."""
    of_input = any(finding.claim.of is node for node in reading.inputs.values())
    return (
        of_input
        and finding.severity == WRONG
        and finding.verdict.method == "shape"
        and finding.claim.of.shape != ()
    )


def _sees_a_part(finding: Finding, reading: Reading) -> bool:
    """Forward takes the first sample of an input and no other, as where it makes a number of it."""
    true = finding.true
    if finding.severity != WRONG or true is None or not true.rank or true.shape[0].is_one:
        return False
    if not any(finding.claim.of is node for node in reading.inputs.values()):
        return False
    seen, rest = getitem(true, (slice(None, 1),)), getitem(true, (slice(1, None),))
    if is_zero(true) or not same(rest, full(rest.shape, 0)):
        return False
    return not same(seen, full(seen.shape, 0))  # as where all of it is zero but for rounding


def _has_samples(judged: Judged) -> bool:
    """Read with several samples of more than one number each."""
    layout = judged.attempt.layout
    return not is_one_sample(layout) and "," in layout.x


def mixes_samples(reading: Reading) -> bool:
    """What forward gives for one sample depends on the others, as where it sums over everything."""
    output = reading.outputs[0][0]
    data = next(iter(reading.inputs.values()), None)
    if data is None or not output.rank or not data.rank or output.shape[0] != data.shape[0]:
        return False
    slope = sweep([(sum_(getitem(output, 0)), as_node(1))], [data]).adjoints.get(data)
    if slope is None:
        return False
    others = getitem(slope, (slice(1, None),))
    return not same(others, full(others.shape, 0))


def _misfitting(judged: Judged) -> set[str]:
    """The parameters whose gradients have a wrong shape."""
    wrong = [f for f in judged.findings if f.severity not in ACCEPTED and f.verdict.method == "shape"]
    return {f.claim.target for f in wrong}


def _transposed(judged: Judged) -> set[str]:
    """The data whose gradients have the right sizes in another order."""
    data = set(judged.reading.inputs.values())
    misfits = [f for f in judged.findings if f.severity not in ACCEPTED and f.verdict.method == "shape"]
    return {
        f.claim.target
        for f in misfits
        if f.claim.of in data and sorted(map(str, f.claim.node.shape)) == sorted(map(str, f.claim.of.shape))
    }


def _by_shape(judged: Judged) -> bool:
    """A claim has the wrong shape, so that the layout may be the wrong one."""
    return judged.misfits > 0
