"""A claim that is the gradient times something: a sign, a number, a size, a constant of the model."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from symbp.algebra.node import SIZE, Node, as_node, topological
from symbp.algebra.size import Size
from symbp.evidence.problem import Problem
from symbp.evidence.sheets import Array, close
from symbp.evidence.spelled_text import number_text
from symbp.ops.constant_arrays import is_zero

NUMBERS = [Fraction(p, q) for p in (1, 2, 3, 4, 5, 6, 8) for q in (1, 2, 3, 4, 5, 6, 8) if np.gcd(p, q) == 1]
SAME = 1e-8
SCALAR = "scalar factor"
"""The kind of a ratio that depends on the data."""


@dataclass(frozen=True)
class Ratio:
    """claimed = value · gradient: what the value is, in text and as a node."""

    kind: str
    words: str
    repair: Node | None
    """What the claim has to be multiplied by."""


@dataclass(frozen=True)
class _Candidate:
    text: str
    node: Node
    sizes: tuple[Size, ...] = ()
    inverse: bool = False
    over: Node | None = None
    """One over the node, where that is simpler."""
    note: str = ""


def ratio(problem: Problem) -> Ratio | None:
    """What the claim is times the gradient; None where they are not proportional."""
    claimed, true = problem.claim.node, problem.true
    if is_zero(claimed) or _all_zero(problem, claimed):
        return Ratio("zero", "zero: the claimed gradient is zero everywhere, the true one is not", None)
    if is_zero(true) or _all_zero(problem, true):
        return Ratio("zero", "the gradient is identically zero, the claim is not", None)
    factors = _factors(problem)
    if factors is None:
        return None
    for candidate in _candidates(problem):
        found = _times_number(problem, candidate, factors)
        if found is not None:
            return _in_words(problem, candidate, found)
    return None


def _all_zero(problem: Problem, node: Node) -> bool:
    return all(v is not None and not np.any(v) for v in problem.sheets.values(node))


def _factors(problem: Problem) -> list[float] | None:
    """claimed/true at each point, None where it is not the same number for all entries."""
    found: list[float] = []
    for point in problem.sheets.points:
        x, y = point.value(problem.claim.node), point.value(problem.true)
        if x is None or y is None or not y.size:
            return None
        if not np.any(x) and not np.any(y):
            found.append(math.nan)
            continue
        factor = _proportion(np.asarray(x, dtype=float), np.asarray(y, dtype=float))
        if factor is None:
            return None
        found.append(factor)
    return found if any(map(math.isfinite, found)) else None


def _proportion(x: Array, y: Array) -> float | None:
    if x.shape != y.shape or not (np.isfinite(x).all() and np.isfinite(y).all()):
        return None
    at = np.unravel_index(int(np.abs(y).argmax()), y.shape)
    if y[at] == 0 or x[at] == 0:
        return None
    factor = float(x[at] / y[at])
    return factor if close(x, factor * y) else None


def _candidates(problem: Problem) -> Iterator[_Candidate]:
    """1, sizes and products of sizes, constants of the model, and what is one over them."""
    yield _Candidate("1", as_node(1))
    sizes = _sizes(problem)
    for count in (1, 2, 3):
        for chosen in itertools.combinations(sizes, count):
            product = Size.of(1)
            for size in chosen:
                product = product * size
            text = "*".join(str(s) if s.is_atomic else f"({s})" for s in chosen)
            yield _Candidate(text, as_node(product), chosen)
            yield _Candidate(f"1/{text}" if count == 1 else f"1/({text})", 1 / as_node(product), chosen, True)
    for size in sizes:
        below = as_node(size - 1)
        yield _Candidate(f"({size} - 1)/{size}", below / as_node(size), (size,))
        yield _Candidate(f"{size}/({size} - 1)", as_node(size) / below, (size,))
        yield _Candidate(f"({size} - 1)", below, (size,))
        yield _Candidate(f"1/({size} - 1)", 1 / below, (size,), True)
        yield _Candidate(f"{size}**2", as_node(size * size), (size,))
        yield _Candidate(f"1/{size}**2", 1 / as_node(size * size), (size,), True)
    for constant in problem.constants:
        yield _Candidate(constant.name, constant)
        yield _Candidate(f"1/{constant.name}", 1 / constant)
    yield from _scalars(problem)


def _sizes(problem: Problem) -> list[Size]:
    """The different sizes of axes, size letters first."""
    found: dict[Size, None] = {}
    for node in topological([problem.claim.node, problem.true, *problem.program.nodes.values()]):
        for size in node.shape:
            if not size.is_constant:
                found.setdefault(size)
    letters = {Size.letter(name): None for size in found for name in sorted(size.letters)}
    listed = [*letters, *(s for s in found if s not in letters)]
    return listed[:9]


def _scalars(problem: Problem) -> Iterator[_Candidate]:
    """Scalars that occur in the model and in the claim, and their quotients."""
    roots = [problem.claim.node, problem.true] if problem.target.shape else []
    order = topological([*roots, *(o for o, _ in problem.seeds)])
    scalars = [n for n in order if not n.shape and n.args and problem.short(n, 60)][:12]
    leaves = [n for n in order if not n.shape and n.is_leaf and n not in problem.constants][:4]
    for scalar in [*leaves, *scalars]:
        text = problem.short(scalar, 60) or ""
        yield _Candidate(text, scalar)
        yield _Candidate(f"1/({text})", 1 / scalar, over=scalar)
    counts = [as_node(s) for s in _sizes(problem)]
    for scalar, count in itertools.product([*leaves, *scalars], [*counts, *_products(counts)]):
        text, size = problem.short(scalar, 60) or "", problem.short(count, 60)
        note = f" (wrong count or weight: one of {size} and {text} stands where the other belongs)"
        yield _Candidate(f"({text})/({size})", scalar / count, over=count / scalar, note=note)
        yield _Candidate(f"({size})/({text})", count / scalar, over=scalar / count, note=note)
    for a, b in itertools.permutations(scalars, 2):
        yield _Candidate(f"({problem.short(a, 60)})/({problem.short(b, 60)})", a / b, over=b / a)


def _products(counts: Sequence[Node]) -> list[Node]:
    return [a * b for a, b in itertools.combinations(counts[:4], 2)]


def _times_number(problem: Problem, candidate: _Candidate, factors: Sequence[float]) -> Fraction | None:
    """The small number that makes the candidate equal to the factors at all points."""
    rest = []
    for point, factor in zip(problem.sheets.points, factors, strict=True):
        value = point.value(candidate.node)
        if value is None or not np.isfinite(value).all() or float(value.reshape(-1)[0]) == 0:
            return None
        if math.isfinite(factor):
            rest.append(factor / float(value.reshape(-1)[0]))
    if max(rest) - min(rest) > SAME * abs(rest[0]):
        return None
    near = Fraction(rest[0]).limit_denominator(64)
    return (
        near
        if near and abs(near.numerator) <= 64 and abs(float(near) - rest[0]) < SAME * abs(rest[0])
        else None
    )


def _in_words(problem: Problem, candidate: _Candidate, times: Fraction) -> Ratio:
    value = as_node(times) * candidate.node if candidate.text != "1" else as_node(times)
    repair = 1 / value if candidate.over is None else _scaled(candidate.over, 1 / times)
    if candidate.text == "1" and times == -1:
        return Ratio("sign", "the sign is wrong: it is -1 times the gradient", repair)
    sign = "sign and factor: " if times < 0 else ""
    kind = "sign" if times < 0 else "factor"
    times_text = number_text(times)[0]
    if candidate.text == "1":
        size = abs(times)
        if size < 1:
            missing = number_text(1 / size)[0]
            words = f"wrong factor: a factor {missing} is missing, it is {times_text} times the gradient"
        else:
            extra = (
                f"{number_text(1 / size)[0]} is missing"
                if size in (2, 4)
                else f"{size} is too much (spurious)"
            )
            words = f"wrong factor: a factor {extra}, it is {times_text} times the gradient"
        return Ratio(kind, sign + words, repair)
    spelled = candidate.text if times == 1 else f"{times_text}*{candidate.text}"
    words = f"wrong factor: it is {spelled} times the gradient"
    if (
        candidate.sizes
        and len(candidate.sizes) == 1
        and candidate.text
        in (
            str(candidate.sizes[0]),
            f"1/{candidate.sizes[0]}",
        )
    ):
        words += _size_words(problem, candidate)
    elif not candidate.sizes:
        words = f"missing or extra factor: it is {spelled} times the gradient"
        lacking = problem.short(repair, 80) if candidate.node not in problem.constants else None
        if lacking is not None:
            words = f"missing factor: the scalar factor {lacking} is missing{candidate.note}"
            kind = SCALAR
    return Ratio(kind, sign + words, repair)


def _scaled(node: Node, by: Fraction) -> Node:
    return node if by == 1 else as_node(by) * node


def _size_words(problem: Problem, candidate: _Candidate) -> str:
    """Whether a mean or a sum was meant."""
    (size,) = candidate.sizes
    batch = problem.axis_words(size)
    if not candidate.inverse:
        return f": the factor 1/{size} is missing (the mean over {batch})"
    words = f": the factor 1/{size} is too much, as by the mean over {batch} instead of the sum"
    if any(n.op is SIZE and n.params[0] == size for n in topological([problem.true])):
        words += f"; it is divided by {size}, the batch size, twice"
    return words
