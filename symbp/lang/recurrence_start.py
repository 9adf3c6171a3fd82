"""The shape of a state whose start is smaller: h[0] = 0 beside h[t] = tanh(x[t] @ W + h[t-1] @ U).

A start is broadcast to the state, as NumPy broadcasts; the shape of the state is the one that a step
gives back as it takes it.  It is looked for from the start's own shape and, for a number, from every
shape of few axes that the arrays of the step have, the smallest first.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from symbp.algebra.node import Node, Shape
from symbp.algebra.size import Size
from symbp.errors import OperandError, SymbpError
from symbp.ops.axes import broadcast_to
from symbp.ops.constant_arrays import full
from symbp.ops.registry import broadcast_shapes

MOST_SEEDS = 300
MOST_TOGETHER = 4
MOST_FREE_AXES = 2
ROUNDS = 4
"""How often a shape may grow: a number, a row, samples of rows, and once more to see that it stays."""


@dataclass(frozen=True)
class Outcome:
    """The shapes that one step gives; of some names only, where an equation could not be read."""

    shapes: Mapping[str, Shape]
    error: SymbpError | None = None
    growths: int = 0
    """How often the states had got a shape from the step before."""

    @property
    def reach(self) -> tuple[int, int, int]:
        """How far in the text the reading came; of equal ones, by shapes that the text says."""
        place = self.error.place if self.error is not None else None
        return (place.line, place.end, self.growths) if place is not None else (0, 0, 0)


StepOnce = Callable[[Mapping[str, Node]], Outcome]


def settled(
    first: Mapping[str, Node], step: StepOnce, entries: Sequence[Shape]
) -> tuple[dict[str, Node] | None, SymbpError | None]:
    """Starts in the shapes of their states; or None, with the error of the try that came furthest.

    `entries` are the shapes of the arrays that a step reads.
    """
    furthest: Outcome | None = None
    for seed in itertools.islice(_seeds(first, entries), MOST_SEEDS):
        starts, outcome = _grown(first, seed, step)
        if starts is not None:
            return _least(first, starts, step), None
        if furthest is None or outcome.reach > furthest.reach:
            furthest = outcome
    return None, furthest.error if furthest is not None else None


def _grown(
    first: Mapping[str, Node], seed: Mapping[str, Shape], step: StepOnce
) -> tuple[dict[str, Node] | None, Outcome]:
    """The starts after as many steps as it takes for their shapes to stay as they are."""
    starts = {key: widened(value, seed[key]) for key, value in first.items()}
    outcome = step(starts)
    for growths in range(1, ROUNDS + 1):
        moved = {k: s for k, s in outcome.shapes.items() if k in starts and starts[k].shape != s}
        if not moved:
            return (starts if outcome.error is None else None), outcome
        try:
            starts |= {key: widened(first[key], shape) for key, shape in moved.items()}
        except OperandError:
            break
        outcome = replace(step(starts), growths=growths)
    return None, outcome


def _least(first: Mapping[str, Node], found: dict[str, Node], step: StepOnce) -> dict[str, Node]:
    """The smallest starts: s[t] = s[t-1] + sum(h[t]) stays a number, whatever it was tried with."""
    shapes = {key: value.shape for key, value in found.items()}
    numbers = [key for key, value in first.items() if not value.shape and shapes[key]]
    for some in _subsets(numbers):
        smaller, _ = _grown(first, shapes | dict.fromkeys(some, ()), step)
        if smaller is not None and smaller != found and _goes_into(smaller, shapes):
            return smaller
    return found


def _goes_into(starts: Mapping[str, Node], shapes: Mapping[str, Shape]) -> bool:
    try:
        return all(broadcast_shapes(s.shape, shapes[key]) == shapes[key] for key, s in starts.items())
    except OperandError:
        return False


def _subsets(names: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """The subsets of a few names, the large ones first; of many names all of them and each alone."""
    counts = range(len(names), 0, -1) if len(names) <= MOST_TOGETHER else sorted({len(names), 1})[::-1]
    for count in counts:
        yield from itertools.combinations(names, count)


def widened(start: Node, shape: Shape) -> Node:
    """A start in the shape of its state.  OperandError where it does not broadcast to that."""
    if start.shape == shape:
        return start
    if not start.shape:
        return full(shape, start)
    if broadcast_shapes(start.shape, shape) != shape:
        raise OperandError("a state does not shrink")
    return broadcast_to(start, shape)


def _seeds(first: Mapping[str, Node], entries: Sequence[Shape]) -> Iterator[dict[str, Shape]]:
    """Shapes to begin with: as given, and for numbers one shape, which some of them do not take."""
    given = {key: value.shape for key, value in first.items()}
    numbers = [key for key, shape in given.items() if not shape]
    sizes = list(dict.fromkeys(s for shape in entries for axis in shape for s in _sizes_in(axis)))
    most = max((len(shape) for shape in entries), default=0) if numbers else 0
    shapes = [s for rank in range(1, most + 1) for s in _of_rank(rank, sizes, entries)]
    for shape in shapes:
        yield given | dict.fromkeys(numbers, shape)
    for shape in shapes:
        for others in _subsets(numbers):
            if len(others) < len(numbers):
                yield given | dict.fromkeys(numbers, shape) | dict.fromkeys(others, ())
    yield given


def _of_rank(rank: int, sizes: Sequence[Size], entries: Sequence[Shape]) -> list[Shape]:
    """Shapes of so many axes: any, of images and the like those of an array with one axis exchanged."""
    if rank <= MOST_FREE_AXES:
        return list(itertools.product(sizes, repeat=rank))
    similar = [shape for shape in entries if len(shape) == rank]
    one_other = [(*s[:at], size, *s[at + 1 :]) for s in similar for at in range(rank) for size in sizes]
    return list(dict.fromkeys([*similar, *one_other]))


def _sizes_in(axis: Size) -> list[Size]:
    """The size of an axis and the letters that it is made of: m + d of [h, x] says m and d."""
    return [axis, *(Size.letter(letter) for letter in sorted(axis.letters) if str(axis) != letter)]
