"""Claims that differ from the gradient by a convention: a factor, a fused loss, clipping, a cut."""

from __future__ import annotations

import re
from fractions import Fraction

import numpy as np

from symbp.algebra.node import Node, constant
from symbp.audit.case import Case
from symbp.audit.cut_in_time import cut_in_time
from symbp.audit.fused import fused, identity_of_softmax
from symbp.audit.limits import clipped, finite
from symbp.audit.proportion import SAME, proportion
from symbp.audit.reading import Claim, Reading
from symbp.audit.severity import FACTOR, PAIR, RIGHT, WRONG, Convention

LEARNING_RATE = re.compile(r"^(?:lr|l_?rate|learn(?:ing)?_?rate|eta|step_?size)$", re.I)
NEGATIVE = "the negative gradient of a loss that is not stated: right where the update adds it"
ADDED = "the update adds"
"""What is said of steps that go against the sign of the gradient."""


def conventions(claim: Claim, case: Case) -> Convention | None:
    """The convention under which a claim is right (or wrong by a factor only)."""
    found = finite(claim, case) or _in_rooms(claim, case)
    if found is not None:
        return found
    exact = case.exactly(claim)
    return _in_rooms(exact, case.exact) if exact is not None and case.exact is not None else None


def _in_rooms(claim: Claim, case: Case) -> Convention | None:
    for room in (_factor, _decay, clipped, identity_of_softmax, fused, cut_in_time):
        found = room(claim, case, case.truth[claim.of])
        if found is not None:
            return found
    return None


def _factor(claim: Claim, case: Case, true: Node) -> Convention | None:
    reading, found = case.reading, proportion(claim.node, true, case.sampled)
    rate = _rate(reading) if found is not None and found.size and claim.how == "update" else None
    if rate is not None:
        found = proportion(claim.node / rate, true)
    if found is None or found.text == "1":
        return None
    text = found.text
    if found.negative and claim.how == "update" and not reading.loss:
        return Convention(
            PAIR, f"{ADDED}: right where the upstream is the negative gradient (target - output)"
        )
    if found.negative and reading.target is not None and not reading.stated:
        return Convention(PAIR, NEGATIVE, text)
    if found.negative:
        words = "the sign is wrong" if text == "-1" else f"the sign is wrong: it is {text} times the gradient"
        return Convention(WRONG, words)
    if claim.how == "update" and not found.size:
        equal = (claim.node, true * constant(found.value)) if found.value is not None else None
        return Convention(RIGHT, f"applied with the rate {text}", equal=equal)
    words = f"{text} times the gradient"
    is_function = reading.slope and len(reading.inputs) == 1 and reading.outputs[0][0].rank > 0
    if reading.loss and not is_function:
        return Convention(FACTOR, words, text)
    if found.size and claim.target != next(iter(reading.inputs), None):
        return Convention(FACTOR, f"{words}: averaged or summed over samples", text)
    if found.size or _is_batch(text, reading):
        return Convention(FACTOR, words, text)
    return Convention(WRONG, f"a factor is wrong: it is {words}", text)


def _rate(reading: Reading) -> Fraction | int | None:
    """The learning rate that the constructor was given as a number, where there is one."""
    given = reading.calls.construct.items()
    rates = [v for n, v in given if LEARNING_RATE.match(n) and isinstance(v, int | Fraction) and v]
    return rates[0] if len(rates) == 1 else None


def _is_batch(text: str, reading: Reading) -> bool:
    """A number that is the number of samples, or one over it."""
    output = reading.outputs[0][0]
    if not output.shape or not output.shape[0].is_constant:
        return False
    count = output.shape[0].constant
    return count > 1 and Fraction(text) in (count, Fraction(1, count))


def _decay(claim: Claim, case: Case, true: Node) -> Convention | None:
    """The gradient with weight decay: a multiple of the parameter is added."""
    known = case.reading.parameters.values()
    if claim.of not in known or claim.node.shape != true.shape or not claim.of.shape:
        return None
    pairs: list[tuple[float, float]] = []
    for _, values in case.sampled.values([claim.node, true, claim.of], 4):
        x, y, w = (v.ravel() for v in values)
        columns = np.stack([y, w], axis=1)
        if x.size < 3 or not np.isfinite(columns).all():
            continue
        found = np.linalg.lstsq(columns, x, rcond=None)[0]
        if np.abs(columns @ found - x).max() > SAME * np.abs(x).max():
            return None
        pairs.append((float(found[0]), float(found[1])))
    if len(pairs) < 2 or any(a <= 0 or b <= 0 for a, b in pairs):
        return None
    rates = {round(a, 9) for a, _ in pairs}
    if rates != {1.0} and not (claim.how == "update" and len(rates) == 1):
        return None
    decay = Fraction(pairs[0][1] / pairs[0][0]).limit_denominator(100_000)
    constant = len({round(b / a, 9) for a, b in pairs}) == 1
    words = f"{decay} times {claim.target}" if constant else f"a multiple of {claim.target}"
    return Convention(RIGHT, f"with weight decay: {words} is added")
