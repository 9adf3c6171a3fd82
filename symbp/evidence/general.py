"""What can be said of a wrong claim in general, where no single mistake explains it."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from symbp.algebra.node import Node, leaf, topological
from symbp.calculus.reverse import sweep
from symbp.evidence.problem import Problem
from symbp.evidence.samples import size_letters
from symbp.evidence.sheets import Array, Point, close

MOST_ENTRIES = 64


def general_reasons(problem: Problem) -> Iterator[tuple[str, str]]:
    """(kind, words), the most telling first."""
    yield from _diagonal_only(problem)
    yield from _size_one(problem)
    yield from _lost_arrays(problem)
    yield from _product_rule(problem)


# -- right where an axis has one entry ------------------------------------------------------------


def _size_one(problem: Problem) -> Iterator[tuple[str, str]]:
    """Axes that the claim treats as if they had a single entry."""
    claimed, true = problem.claim.node, problem.true
    base = problem.sheets.points[0].sizes
    for letter in size_letters([claimed, true]):
        point = Point(0, {**base, letter: 1})
        problem.check_time(0.9)
        x, y = point.value(claimed), point.value(true)
        if x is None or y is None or not close(x, y) or not np.abs(y).max(initial=0.0):
            continue
        batch = "" if any(letter in s.letters for s in problem.target.shape) else " (the batch)"
        yield (
            "missing sum",
            f"missing sum or wrong axis: it is right only where {letter} = 1, "
            f"so something is wrong with the sum over the axis of size {letter}{batch}",
        )


# -- the diagonal of the Jacobian -----------------------------------------------------------------


def _diagonal_only(problem: Problem) -> Iterator[tuple[str, str]]:
    """upstream * ∂y_ij/∂x_ij: each entry of y taken to depend on its own entry of x only."""
    target = problem.target
    for y in reversed([n for n in problem.swept.adjoints if n.shape == target.shape and n is not target]):
        problem.check_time(0.8)
        upstream = leaf("upstream of " + problem.claim.target, y.shape)
        jacobian = sweep([(y, upstream)], [target]).adjoints.get(target)
        if jacobian is None:
            continue
        points = [_diagonal(problem, point, y, upstream, jacobian) for point in problem.sheets.points[:2]]
        if points and all(points):
            name = problem.short(y) or "the result"
            x = problem.short(target) or "the target"
            yield (
                "missing cross terms",
                f"missing cross terms (off-diagonal): only the diagonal of the Jacobian "
                f"of {name} by {x} is used, "
                f"as if each entry of {name} depended on its own entry of {x} alone",
            )
            return


def _diagonal(problem: Problem, point: Point, y: Node, upstream: Node, jacobian: Node) -> bool:
    """Whether the claim is the adjoint of y times the diagonal of its Jacobian at a point."""
    shape = tuple(s.value(point.sizes) for s in y.shape)
    adjoint, claimed = point.value(problem.swept.adjoints[y]), point.value(problem.claim.node)
    if adjoint is None or claimed is None or not 1 < int(np.prod(shape)) <= MOST_ENTRIES:
        return False
    diagonal = np.zeros(shape)
    for at in np.ndindex(*shape):
        unit: Array = np.zeros(shape)
        unit[at] = 1.0
        copy = Point(point.number, point.sizes)
        copy.values = {**{n: v for n, v in point.values.items() if n.is_leaf}, upstream: unit}
        column = copy.value(jacobian)
        if column is None:
            return False
        diagonal[at] = column[at]
    true = point.value(problem.true)
    whole = adjoint * diagonal
    return close(claimed, whole) and true is not None and not close(true, whole)


# -- what is missing altogether -------------------------------------------------------------------


def _lost_arrays(problem: Problem) -> Iterator[tuple[str, str]]:
    """Arrays that the gradient depends on and the claim does not."""
    names = [[n for n in topological([x]) if n.is_leaf] for x in (problem.true, problem.claim.node)]
    missing = [n for n in names[0] if n not in names[1]]
    lost = [problem.names.get(n, n.name) for n in missing]
    if missing and all(n in problem.constants for n in missing):
        yield (
            "omitted constant",
            f"{' and '.join(lost)} is omitted: the gradient depends on it, the claim does not",
        )
    elif lost:
        listed = ", ".join(lost)
        yield (
            "missing factor",
            f"missing factor (rank lost): the claim does not contain {listed}, on which the gradient depends",
        )


def _product_rule(problem: Problem) -> Iterator[tuple[str, str]]:
    """Several uses of the target: one term for each."""
    listed = problem.swept.contributions.get(problem.target, [])
    texts = [problem.short(term, 80) for _, term in listed]
    if len(listed) > 1 and all(t is not None for t in texts):
        name = problem.names.get(problem.target, problem.claim.target)
        shown = " + ".join(t for t in texts if t is not None)
        yield (
            "wrong product rule",
            f"wrong product rule: {name} is used {len(listed)} times, and each use contributes a term: "
            f"{shown}",
        )
