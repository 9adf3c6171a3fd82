"""The ladder: is a claimed formula the true one?  The cheapest sound answer first.

1. A wrong shape is wrong, although NumPy would broadcast it.
2. Floats at random points and several sizes; a difference is confirmed at 50 digits: refuted.
3. Normal forms: proved for all sizes and values.
4. Exact evaluation in a prime field: holds, with its probability.
5. Neither: undecided, with what was tried.

A proof is only reported after the floats agreed, so two independent methods stand behind it.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import mpmath
import numpy as np

from symbp.algebra.node import Node, facts, leaf, replace, topological
from symbp.evidence.branches import Branches, Point, distant_points
from symbp.evidence.broadcasting import NotEvaluable
from symbp.evidence.evaluate import evaluate
from symbp.evidence.field import agree_exactly
from symbp.evidence.prove import Proof, prove_equal
from symbp.evidence.real import DIGITS, Decimals, Floats, decimals
from symbp.evidence.samples import sample, size_choices, size_letters, tiny_sizes
from symbp.evidence.verdict import HOLDS, PROVED, REFUTED, UNDECIDED, Counterexample, Verdict
from symbp.ops.constant_arrays import full, is_zero
from symbp.ops.registry import show

FLOAT_TOLERANCE = 1e-11
NEAR_ZERO = 1e-9
EXACT_TOLERANCE = mpmath.mpf(10) ** -20
MOST_DIGITS = 1000
LEAST = mpmath.mpf(10) ** -10
"""Differences are relative to no less than this, lest what is 0 but for rounding differs from 0."""
FACT_WORDS = {
    "symmetric": "{} is symmetric",
    "spd": "{} is symmetric",
    "onehot": "rows of {} sum to 1",
    "prob": "rows of {} sum to 1",
    "binary": "entries of {} are 0 or 1",
    "mask": "entries of {} are 0 or 1",
    "pm1": "entries of {} are 1 or -1",
    "unitnorm": "{} has norm 1",
    "positive": "{} is positive",
    "unit": "{} is positive",
    "causal": "{} is a causal mask",
}


def compare(claimed: Node, true: Node) -> Verdict:
    """The verdict on a claimed node against the true one."""
    if claimed.shape != true.shape:
        return _wrong_shape(claimed, true)
    if claimed is true:
        return Verdict(PROVED, "normal form", "the same expression")
    found, points = find_difference(claimed, true)
    if found is not None:
        return Verdict(REFUTED, "counterexample", "the formulas differ", counterexample=found)
    without = None if points else claim_without_value(claimed, true)
    if without is not None:
        detail = "the claim has no value where the gradient has one"
        return Verdict(REFUTED, "counterexample", detail, counterexample=without)
    proof = prove_equal(claimed, true)
    if proof.holds and points:
        return _proved(claimed, true, proof)
    elsewhere, open_questions = on_all_branches(claimed, true)
    if elsewhere is not None:
        return Verdict(REFUTED, "counterexample", "the formulas differ", counterexample=elsewhere)
    agreement = agree_exactly(claimed, true)
    if agreement.agree and points and not open_questions:
        kind = "" if agreement.rigorous else ", heuristic bound: not all of it has a model in the field"
        detail = f"{agreement.trials} random points in a prime field agree{kind}"
        return Verdict(HOLDS, "exact evaluation", detail, bits=agreement.bits)
    floats = "floats agree at random points" if points else "no point could be evaluated"
    tried = [*dict.fromkeys(proof.tried), floats, *open_questions]
    return Verdict(UNDECIDED, "none", "tried: " + "; ".join(tried))


def _wrong_shape(claimed: Node, true: Node) -> Verdict:
    reason = f"its shape is {show(claimed.shape)}, the gradient has {show(true.shape)}"
    return Verdict(REFUTED, "shape", reason, hints=(f"wrong shape: {reason}",))


def _proved(claimed: Node, true: Node, proof: Proof) -> Verdict:
    needs = tuple(dict.fromkeys(_needed(claimed, true, proof)))
    detail = "the normal forms are the same for all sizes and values"
    if vanishes(true):
        detail += "; the gradient is identically zero"
    return Verdict(PROVED, "normal form", detail, needs=needs)


def vanishes(node: Node) -> bool:
    """Whether a node is identically zero: seen at once, or 0 at a point and proved."""
    if is_zero(node):
        return True
    for point in points_for([node], 1):
        try:
            (value,) = evaluate([node], point.values, point.sizes, Floats())
        except NotEvaluable:
            return False
        near = bool(np.abs(value).max(initial=0.0) < NEAR_ZERO)
        return near and prove_equal(node, full(node.shape, 0)).holds
    return False


def _needed(claimed: Node, true: Node, proof: Proof) -> Iterable[str]:
    """The facts without which the claim would be wrong, of those that the proof used."""
    by_name = {n.name: n for n in topological([claimed, true]) if n.is_leaf}
    for name, word in proof.used:
        if word not in FACT_WORDS or name not in by_name:
            continue
        a, b = without_fact([claimed, true], by_name[name], word)
        if find_difference(a, b)[0] is not None:
            yield FACT_WORDS[word].format(name)


def without_fact(nodes: Sequence[Node], of: Node, word: str) -> list[Node]:
    """The nodes with one fact of a leaf forgotten."""
    kept = [f for f in facts(of) if f.split()[0] != word]
    return replace(nodes, {of: leaf(of.name, of.shape, of.dtype, kept)})


# -- differences --------------------------------------------------------------------------------


def points_for(nodes: Sequence[Node], count: int = 6) -> Iterable[Point]:
    """Random points at several sizes and scales, so that all branches are met."""
    random = np.random.default_rng(4099)
    letters = size_letters(nodes)
    leaves = [n for n in topological(nodes) if n.is_leaf]
    choices = list(size_choices(letters, nodes))
    scales = (1.0, 1.0, 3.0, 0.3, 1.0, 8.0)
    for k in range(count if choices else 0):
        sizes = choices[k % min(len(choices), 4)]
        yield Point(sizes, {n: sample(n, sizes, random, scales[k % len(scales)]) for n in leaves})


def find_difference(a: Node, b: Node) -> tuple[Counterexample | None, int]:
    """A confirmed difference of two nodes of one shape, and how many points could be used."""
    found, usable = _difference_at(a, b, points_for([a, b]))
    if found is None and not usable:
        # no value near 0: arccosh(x) has one for x > 1 only
        found, usable = _difference_at(a, b, distant_points([a, b]))
    return found, usable


def _difference_at(a: Node, b: Node, points: Iterable[Point]) -> tuple[Counterexample | None, int]:
    usable = 0
    for point in points:
        gap = float_gap(a, b, point)
        if gap is None:
            continue
        if gap > FLOAT_TOLERANCE:
            exact = _at_many_digits(a, b, point)
            if exact is None:  # the floats differ, and nothing says whether that is rounding
                continue
            if _confirmed_by(exact, a, b, point) is not None:
                return smallest(a, b, point), usable + 1
        usable += 1
    return None, usable


def claim_without_value(claimed: Node, true: Node) -> Counterexample | None:
    """A point where the gradient has a value and the claim has none, if that is so wherever it was tried.

    Both are asked for 50 digits, so that nothing is too large: the claim is a root of what is
    negative, or a division by 0.
    """
    found: Counterexample | None = None
    for point in itertools.chain(points_for([claimed, true]), distant_points([claimed, true])):
        with mpmath.workdps(DIGITS):
            values = {n: v if n.dtype == "int" else decimals(v) for n, v in point.values.items()}
            try:
                (right,) = (decimals(v) for v in evaluate([true], values, point.sizes, Decimals()))
            except (NotEvaluable, ZeroDivisionError):
                continue
            if not right.size:
                continue
            try:
                evaluate([claimed], values, point.sizes, Decimals())
                return None
            except (NotEvaluable, ZeroDivisionError):
                entry = tuple(0 for _ in right.shape)
                number = mpmath.nstr(right[entry], 8)
                shown = {n.name: v.tolist() for n, v in point.values.items() if v.size <= 24}
                found = found or Counterexample(dict(point.sizes), entry, "nan", number, shown)
    return found


def on_all_branches(a: Node, b: Node) -> tuple[Counterexample | None, list[str]]:
    """A difference on a branch that random points need not meet; comparisons with a side unmet."""
    branches = Branches([a, b])
    for point in branches.points():
        gap = float_gap(a, b, point)
        if gap is not None and gap > FLOAT_TOLERANCE and confirmed(a, b, point) is not None:
            return smallest(a, b, point), []
    unmet = len(branches.unmet)
    return None, [f"comparisons of which only one side was met: {unmet}"] if unmet else []


def float_gap(a: Node, b: Node, point: Point, least: float = 0.0) -> float | None:
    """The largest difference relative to the size of the values.

    None where there is no value, or none larger than `least`.
    """
    try:
        x, y = evaluate([a, b], point.values, point.sizes, Floats())
    except NotEvaluable:
        return None
    with np.errstate(all="ignore"):
        if not (np.isfinite(x).all() and np.isfinite(y).all()):
            return None
        scale = max(float(np.abs(x).max(initial=0.0)), float(np.abs(y).max(initial=0.0)))
        gap = float(np.abs(np.subtract(x, y)).max(initial=0.0))
    if scale < least:
        return None
    return 0.0 if gap == 0 else gap / scale


def confirmed(a: Node, b: Node, point: Point) -> Counterexample | None:
    """The difference at 50 digits, as a counterexample; None where there is none."""
    exact = _at_many_digits(a, b, point)
    return None if exact is None else _confirmed_by(exact, a, b, point)


def _confirmed_by(exact: tuple[Any, Any], a: Node, b: Node, point: Point) -> Counterexample | None:
    """The difference of values at 50 digits; at more of them where these are next to nothing.

    What is rounding shrinks with the digits; a small number, as exp(-100) is, stays what it is.  There
    have to be so many digits that 1 - exp(-100), and its square, keep it.
    """
    found, scale = _largest_difference(*exact, point), _scale(*exact)
    if found is not None or not 0 < scale < LEAST:
        return found
    digits = 3 * DIGITS - 2 * int(mpmath.log10(scale))
    if digits > MOST_DIGITS:
        return None
    coarse, finer = (_at_many_digits(a, b, point, d) for d in (digits, digits + DIGITS))
    if coarse is None or finer is None or not (least := _scale(*finer)):
        return None
    moved = _scale(*(np.asarray(x - y) for x, y in zip(coarse, finer, strict=True)))
    return None if moved > EXACT_TOLERANCE * least else _largest_difference(*finer, point, least)


def _scale(x: Any, y: Any) -> Any:
    return max((abs(v) for values in (x, y) for v in values.ravel()), default=mpmath.mpf(0))


def _at_many_digits(a: Node, b: Node, point: Point, digits: int = DIGITS) -> tuple[Any, Any] | None:
    """Both values at 50 digits; None where there is none."""
    with mpmath.workdps(digits):
        try:
            values = {n: v if n.dtype == "int" else decimals(v) for n, v in point.values.items()}
            x, y = (decimals(v) for v in evaluate([a, b], values, point.sizes, Decimals()))
        except (NotEvaluable, ZeroDivisionError):
            return None
        shape = tuple(s.value(point.sizes) for s in a.shape)
        return np.broadcast_to(x, shape), np.broadcast_to(y, shape)


def _largest_difference(x: Any, y: Any, point: Point, least: Any = LEAST) -> Counterexample | None:
    """The entry that differs most, where it does so beyond the last digits of at least `least`."""
    with mpmath.workdps(DIGITS):
        worst = max(np.ndindex(*x.shape), key=lambda at: abs(x[at] - y[at]), default=None)
        if worst is None:
            return None
        scale = max(abs(x[worst]), abs(y[worst]), least)
        if abs(x[worst] - y[worst]) <= EXACT_TOLERANCE * scale:
            return None
        digits = 8 if abs(x[worst] - y[worst]) > scale / 10**5 else 25
        shown = {n.name: v.tolist() for n, v in point.values.items() if v.size <= 24}
        return Counterexample(
            dict(point.sizes),
            tuple(worst),
            mpmath.nstr(x[worst], digits),
            mpmath.nstr(y[worst], digits),
            shown,
        )


def smallest(a: Node, b: Node, point: Point) -> Counterexample | None:
    """A counterexample at the smallest sizes that have one, with short numbers where possible."""
    letters = size_letters([a, b])
    leaves = [n for n in topological([a, b]) if n.is_leaf]
    random = np.random.default_rng(17)
    for sizes in list(tiny_sizes(letters, [a, b]))[:4]:
        if sum(sizes.values()) > sum(point.sizes.values()):
            continue
        for plain in (True, False):
            values = {n: sample(n, sizes, random, plain=plain) for n in leaves}
            candidate = Point(sizes, values)
            gap = float_gap(a, b, candidate)
            if gap is not None and gap > 1e-7:
                found = confirmed(a, b, candidate)
                if found is not None:
                    return found
    return confirmed(a, b, point)


def confirmed_difference_from_direct(
    outputs: Sequence[tuple[Node, Node | None]], by: Node, gradient: Node
) -> Counterexample | None:
    """A point where a gradient differs from central differences of the outputs, at 50 digits."""
    loss = [(o, u) for o, u in outputs]
    roots = [n for pair in loss for n in pair if n is not None] + [gradient]
    random = np.random.default_rng(23)
    leaves = [n for n in topological([*roots, by]) if n.is_leaf]
    for sizes in list(tiny_sizes(size_letters([*roots, by]), [*roots, by]))[:5]:
        values = {n: sample(n, sizes, random, plain=True) for n in leaves}
        with mpmath.workdps(DIGITS):
            try:
                found = _against_differences(loss, by, gradient, Point(sizes, values))
            except (NotEvaluable, ZeroDivisionError):
                continue
        if found is not None:
            return found
    return None


def _against_differences(
    outputs: Sequence[tuple[Node, Node | None]], by: Node, gradient: Node, point: Point
) -> Counterexample | None:
    exact = {n: v if n.dtype == "int" else decimals(v) for n, v in point.values.items()}
    (mine,) = evaluate([gradient], exact, point.sizes, Decimals())
    shape = point.values[by].shape
    mine = np.broadcast_to(decimals(mine), shape)
    step = mpmath.mpf(10) ** -16
    for at in np.ndindex(*shape):
        ends = []
        for sign in (1, -1):
            moved = dict(exact)
            moved[by] = exact[by].copy()
            moved[by][at] += sign * step
            ends.append(_total(outputs, moved, point.sizes))
        slope = (ends[0] - ends[1]) / (2 * step)
        if abs(slope - mine[at]) > mpmath.mpf(10) ** -12 * max(1, abs(slope)):
            shown = {n.name: v.tolist() for n, v in point.values.items() if v.size <= 24}
            return Counterexample(
                dict(point.sizes), tuple(at), mpmath.nstr(mine[at], 8), mpmath.nstr(slope, 8), shown
            )
    return None


def _total(
    outputs: Sequence[tuple[Node, Node | None]], values: Mapping[Node, Any], sizes: Mapping[str, int]
) -> Any:
    total = mpmath.mpf(0)
    for output, upstream in outputs:
        (value,) = evaluate([output], values, sizes, Decimals())
        weighted = decimals(value) if upstream is None else decimals(value) * values[upstream]
        total += weighted.sum() if weighted.shape else weighted[()]
    return total
