"""Claims that differ from the gradient by a convention: a factor, a fused loss, clipping, a cut."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from symbp.algebra.node import Node, constant, leaf, number, topological
from symbp.algebra.node import replace as substituted
from symbp.audit.case import Case, guards, small_numbers
from symbp.audit.reading import Claim, Reading
from symbp.audit.same import same
from symbp.audit.sampled import Sampled
from symbp.audit.severity import FACTOR, PAIR, RIGHT, TRUNCATED, WRONG
from symbp.calculus.reverse import local_adjoints, sweep
from symbp.ops.arithmetic import total
from symbp.ops.compare import CLIP, MINIMUM, WHERE
from symbp.ops.constant_arrays import full, is_zero
from symbp.ops.elementwise import sigmoid
from symbp.ops.softmax import softmax

SQUASHING = {"exp", "sigmoid", "tanh", "softplus", "log_sigmoid", "erf"}
PASSING = {"negative", "multiply", "divide", "clip"}
"""On the way to such a function, with numbers."""
SAME, ROUNDED = 1e-8, 1e-5
"""A difference up to the second may be rounding at an ill-conditioned point, which then says nothing."""
LEARNING_RATE = re.compile(r"^(?:lr|l_?rate|learn(?:ing)?_?rate|eta|step_?size)$", re.I)
WIDEST = 100
"""Gradients are clipped to less; beyond it a limit is there to keep something finite."""
NEGATIVE = "the negative gradient of a loss that is not stated: right where the update adds it"
ADDED = "the update adds"
"""What is said of steps that go against the sign of the gradient."""
NOTHING = 1e-13
"""Zero but for rounding."""


@dataclass(frozen=True)
class Convention:
    """What a claim is instead of the gradient, and whether that is a mistake."""

    severity: str
    words: str
    factor: str | None = None
    equal: tuple[Node, Node] | None = None
    """Claim and gradient under the convention, where that is one formula for another."""


def conventions(claim: Claim, case: Case) -> Convention | None:
    """The convention under which a claim is right (or wrong by a factor only)."""
    found = _finite(claim, case) or _in_rooms(claim, case)
    if found is not None:
        return found
    exact = case.exactly(claim)
    return _in_rooms(exact, case.exact) if exact is not None and case.exact is not None else None


def _in_rooms(claim: Claim, case: Case) -> Convention | None:
    for room in (_factor, _decay, _clipped, _identity_of_softmax, _fused, _cut_in_time):
        found = room(claim, case, case.truth[claim.of])
        if found is not None:
            return found
    return None


# -- factors --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Proportion:
    """claim = value · gradient."""

    text: str
    value: Fraction | None
    size: bool = False

    @property
    def negative(self) -> bool:
        return self.text.startswith("-")


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


def proportion(claimed: Node, true: Node, sampled: Sampled | None = None) -> Proportion | None:
    """What the claim is times the gradient; None where it is no constant."""
    if claimed.shape != true.shape or is_zero(claimed) or is_zero(true):
        return None
    if sampled is None or not sampled.knows(claimed, true):
        sampled = Sampled([claimed, true])
    ratios: list[tuple[float, Mapping[str, int], Mapping[Node, object]]] = []
    for point, (x, y) in sampled.values([claimed, true], 4):
        ratio = _ratio(x, y)
        if ratio is None:
            return None
        if ratio == 0:
            continue
        ratios.append((ratio, point.sizes, point.values))
    if len(ratios) < 2:
        return None
    return next((p for p in _candidates(claimed, true, ratios) if p is not None), None)


def _ratio(x: Any, y: Any) -> float | None:
    """x / y where it is one number; 0 where the point says nothing: both are zero, rounded or infinite."""
    if not (np.isfinite(x).all() and np.isfinite(y).all()):
        return 0.0
    if max(np.abs(x).max(initial=0.0), np.abs(y).max(initial=0.0)) < NOTHING:
        return 0.0
    at = np.unravel_index(int(np.abs(y).argmax()), y.shape)
    if y[at] == 0 or x[at] == 0:
        return None
    ratio = float(x[at] / y[at])
    gap = np.abs(x - ratio * y).max() / np.abs(x).max()
    return ratio if gap <= SAME else 0.0 if gap <= ROUNDED else None


def _candidates(
    claimed: Node, true: Node, ratios: list[tuple[float, Mapping[str, int], Mapping[Node, object]]]
) -> Iterator[Proportion | None]:
    letters = sorted(ratios[0][1])
    scalars = [n for n in topological([claimed, true]) if n.is_leaf and not n.shape and n.dtype == "real"][:4]
    powers: list[tuple[tuple[str, int], ...]] = [()]
    for count in (1, 2, 3):
        for chosen in itertools.combinations(letters, count):
            powers += [
                tuple(zip(chosen, signs, strict=True)) for signs in itertools.product((1, -1), repeat=count)
            ]
    for scalar in [None, *scalars]:
        for power in powers:
            rest = []
            for ratio, sizes, values in ratios:
                value = ratio
                for letter, sign in power:
                    value /= float(sizes[letter]) ** sign
                if scalar is not None:
                    value /= float(np.asarray(values[scalar]))
                rest.append(value)
            if max(rest) - min(rest) <= SAME * abs(rest[0]):
                number = Fraction(rest[0]).limit_denominator(100_000)
                if abs(float(number) - rest[0]) <= SAME * abs(rest[0]):
                    yield _spelled(number, power, scalar.name if scalar is not None else "")
                    return


def _spelled(number: Fraction, power: tuple[tuple[str, int], ...], scalar: str) -> Proportion:
    signs = {**dict(power), **({scalar: 1} if scalar else {})}
    value = number if not power and not scalar else None
    return Proportion(spelled(number, signs), value, bool(power) and not scalar)


def spelled(number: Fraction, signs: Mapping[str, int]) -> str:
    """A number times sizes and by sizes, as people write it.

    >>> spelled(Fraction(1, 2), {"d": 1, "n": -1})
    'd/(2·n)'
    """
    above = [name for name, sign in signs.items() if sign > 0]
    below = [name for name, sign in signs.items() if sign < 0]
    if abs(number.numerator) != 1 or not above:
        above.insert(0, str(abs(number.numerator)))
    if number.denominator != 1:
        below.insert(0, str(number.denominator))
    text = "·".join(above)
    if below:
        text += "/" + (below[0] if len(below) == 1 else f"({'·'.join(below)})")
    return f"-{text}" if number < 0 else text


def _finite(claim: Claim, case: Case) -> Convention | None:
    """A number or limit that keeps forward finite, and that is left out of backward."""
    exact = case.exactly(claim)
    if exact is None or case.exact is None:
        return None
    true = case.exact.truth[claim.of]
    if exact.node.shape != true.shape or not case.exact.sampled.same(exact.node, true):
        return None
    nodes = [*(out for out, _ in case.reading.outputs), claim.node]
    targets = list(case.truth)
    beyond = clipped_unseen(exact, case.exact)
    if beyond is not None:
        return beyond
    named = [f"{float(n.params[0]):g}" for n in small_numbers(nodes, targets)]
    named += [f"the limit {float(n.args[2].params[0]):g}" for n in guards(nodes, targets)]
    if not named:
        return None
    outputs = nodes[:-1]
    forward = set(topological(outputs))
    bare = [n for n in guards(nodes, targets) if n in forward and not _is_squashed(n, outputs)]
    if bare:
        limit = float(bare[0].args[2].params[0])
        return Convention(TRUNCATED, f"forward limits at {limit:g}; right within the limits")
    return Convention(RIGHT, f"but for {named[0]}, which keeps forward finite", equal=(exact.node, true))


def _is_squashed(limited: Node, outputs: list[Node]) -> bool:
    """Probabilities, and what only goes into functions that are next to flat at the limit, or beyond all."""
    low = number(limited.args[1])
    if limited.args[0].op.name in SQUASHING or (low is not None and low >= 0):
        return True
    order, ways = topological(outputs), [limited]
    for at in ways:
        if at in outputs:
            return False
        for node in (n for n in order if at in n.args and n.op.name not in SQUASHING):
            others = [number(a) for a in node.args if a is not at]
            if node.op.name not in PASSING or None in others:
                return False
            ways.append(node)
    return True


# -- additions and clipping -----------------------------------------------------------------------


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


def _clipped(claim: Claim, case: Case, true: Node) -> Convention | None:
    """Clipping at the end of backward, by value or by norm, which keeps what lies within its limits."""
    forward = set(topological([out for out, _ in case.reading.outputs]))
    node, removed = claim.node, False
    while within := _within_limits(node, forward, case):
        (node,) = substituted([node], within)
        removed = True
    if not removed or node.shape != true.shape:
        return None
    if case.sampled.same(node, true):
        return Convention(TRUNCATED, "clipped; right within the limits")
    found = proportion(node, true, case.sampled)
    if found is not None and not found.negative:
        return Convention(TRUNCATED, f"clipped; within the limits {found.text} times the gradient")
    return None


def clipped_unseen(claim: Claim, case: Case) -> Convention | None:
    """What agrees at all points that were looked at, and is clipped where gradients are larger."""
    forward = set(topological([out for out, _ in case.reading.outputs]))
    clips = [n for n in topological([claim.node]) if n.op is CLIP and n not in forward]
    limits = [(number(low), number(high)) for _, low, high in (n.args for n in clips)]
    narrow = [high for low, high in limits if low is not None and high == -low and high <= WIDEST]
    return _clipped(claim, case, case.truth[claim.of]) if narrow else None


def _within_limits(claimed: Node, forward: set[Node], case: Case) -> dict[Node, Node]:
    """What backward limits -> what it is within the limits: clip(g), min(1, c / norm) and norm > c."""
    found: dict[Node, Node] = {}
    for node in topological([claimed]):
        if node in forward:
            continue
        if node.op is CLIP:
            found[node] = node.args[0]
        elif node.op is MINIMUM and not node.shape and any(number(a) == 1 for a in node.args):
            found[node] = constant(1)
        elif node.op is WHERE and not node.args[0].shape and _is_scaled(node.args[1], node.args[2], case):
            found[node] = node.args[2]
    return found


def _is_scaled(scaled: Node, plain: Node, case: Case) -> bool:
    """One is the other by a positive factor wherever it was tried, if not by the same one."""
    if scaled.shape != plain.shape or not case.sampled.knows(scaled, plain):
        return False
    ratios = [_ratio(x, y) for _, (x, y) in case.sampled.values([scaled, plain], 4)]
    return bool(ratios) and all(r is not None and r >= 0 for r in ratios)


# -- fused losses ---------------------------------------------------------------------------------


def _squashed(node: Node) -> Iterator[tuple[str, Node]]:
    for axis in range(-1, -node.rank - 1, -1):
        if not node.shape[axis].is_one:
            yield "softmax", softmax(node, axis)
    yield "sigmoid", sigmoid(node)


def _identity_of_softmax(claim: Claim, case: Case, true: Node) -> Convention | None:
    """A softmax that passes its upstream on, as beside a loss that gives p - y."""
    reading = case.reading
    if len(reading.outputs) != 1 or reading.loss or claim.of not in reading.inputs.values():
        return None
    output, upstream = reading.outputs[0]
    if claim.node is not upstream and not case.sampled.same(claim.node, upstream):
        return None
    for name, squashed in _squashed(claim.of):
        if squashed.shape == output.shape and same(output, squashed):
            words = f"passes the upstream on: right behind a cross-entropy by what enters the {name}"
            return Convention(PAIR, words)
    return None


def _fused(claim: Claim, case: Case, true: Node) -> Convention | None:
    """A loss of probabilities that gives the gradient for the logits."""
    reading = case.reading
    if (
        not reading.loss
        or (reading.slope and len(reading.inputs) < 2)
        or claim.of not in reading.inputs.values()
    ):
        return None
    output = reading.outputs[0][0]
    if not any(n.op.name in ("log", "xlogy", "log_softmax", "logsumexp") for n in topological([output])):
        return None
    logits = leaf("logits", claim.of.shape)
    for name, squashed in _squashed(logits):
        new_output, new_claim = substituted([output, claim.node], {claim.of: squashed})
        adjoint = sweep([(new_output, full(new_output.shape, 1))], [logits]).adjoints.get(logits)
        if adjoint is None or adjoint.shape != new_claim.shape:
            continue
        found = None if same(new_claim, adjoint) else proportion(new_claim, adjoint)
        if found is None and not same(new_claim, adjoint):
            continue
        if found is not None and found.negative:
            words = f"it is {found.text.removesuffix('1')} the gradient for what enters the {name}"
            return Convention(WRONG, f"the sign is wrong: {words}")
        factor = "" if found is None or found.text == "1" else f", {found.text} times"
        return Convention(PAIR, f"the gradient for what enters the {name}{factor}: right as a pair with it")
    return None


# -- time -----------------------------------------------------------------------------------------


def _cut_in_time(claim: Claim, case: Case, true: Node) -> Convention | None:
    """The gradient with the hidden state of the step before taken as a constant."""
    for states in _sequences(case.reading.state):
        cut = _cut_sweep(case.reading, states, claim.of)
        if (
            cut is not None
            and cut.shape == claim.node.shape
            and not case.sampled.same(cut, true)
            and case.sampled.same(claim.node, cut)
        ):
            return Convention(
                TRUNCATED, "does not flow back through time: each step takes the state before it as given"
            )
    return None


def _sequences(state: Mapping[str, Node]) -> Iterator[list[Node]]:
    """Lists of at least two arrays of one shape that an object keeps: one for each step."""
    found: dict[str, list[Node]] = {}
    for path, node in state.items():
        prefix, _, last = path.rpartition(".")
        if prefix and last.lstrip("-").isdigit() and node.args and node.dtype == "real":
            found.setdefault(prefix, []).append(node)
    yield from (
        nodes for nodes in found.values() if 2 <= len(nodes) <= 32 and len({n.shape for n in nodes}) == 1
    )


def _cut_sweep(reading: Reading, states: list[Node], target: Node) -> Node | None:
    """The sweep without the edges that lead from one state to the next."""
    order = topological([out for out, _ in reading.outputs])
    later: dict[Node, set[Node]] = {}
    for at, state in enumerate(states[:-1]):
        below = {state}
        wanted = set(topological(states[at + 1 : at + 2]))
        for node in order:
            if node in wanted and any(a in below for a in node.args):
                below.add(node)
        later[state] = below - {state}
    terms: dict[Node, list[Node]] = {}
    for out, up in reading.outputs:
        terms.setdefault(out, []).append(up)
    needed = {target}
    for node in order:
        if any(a in needed for a in node.args):
            needed.add(node)
    for node in reversed(order):
        if node not in terms or node is target or node not in needed:
            continue
        adjoint = total(terms[node])
        for arg, term in zip(node.args, local_adjoints(node, adjoint, lambda n: n), strict=True):
            if term is not None and arg in needed and not (arg in later and node in later[arg]):
                terms.setdefault(arg, []).append(term)
    return total(terms[target]) if target in terms else None
