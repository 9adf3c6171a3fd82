"""Arrays of any numbers: how large they may be, and contractions by products that broadcast."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]
LARGEST_ARRAY = 2_000_000


class NotEvaluable(Exception):
    """This number system has no value here (a pole, an unknown function, too large)."""


def broadcast_contract(
    values: Sequence[Array],
    inputs: Sequence[Sequence[int]],
    out: Sequence[int],
    dims: Mapping[int, int],
    multiply: Callable[[Any, Any], Any],
    total: Callable[[Array, tuple[int, ...]], Array],
    one: Any,
) -> Array:
    """A contraction by its definition: broadcast product over all labels, then sums.

    Labels that the output has twice become a diagonal.
    """
    unique_out = list(dict.fromkeys(out))
    summed = [label for s in inputs for label in s if label not in unique_out]
    axes = [*unique_out, *dict.fromkeys(summed)]
    count = 1
    for label in axes:
        count *= dims[label]
    if count > LARGEST_ARRAY:
        raise NotEvaluable("a contraction that is too large")
    result: Any = None
    for value, labels in zip(values, inputs, strict=True):
        aligned = _aligned(value, labels, axes)
        result = aligned if result is None else multiply(result, aligned)
    shape = tuple(dims[label] for label in axes)
    result = one if result is None else result
    result = np.broadcast_to(result, shape)
    if summed:
        result = total(result, tuple(range(len(unique_out), len(axes))))
    return _diagonal(np.asarray(result), unique_out, out, dims)


def _aligned(value: Array, labels: Sequence[int], axes: list[int]) -> Array:
    """The array with one axis for each label of `axes`, size 1 where it has none."""
    unique = list(dict.fromkeys(labels))
    if len(unique) < len(labels):
        value = np.asarray(value)
        for label in unique:
            at = [i for i, k in enumerate(labels) if k == label]
            while len(at) > 1:
                diagonal = np.diagonal(value, axis1=at[0], axis2=at[1])
                value = np.moveaxis(diagonal, -1, at[0])
                labels = [k for i, k in enumerate(labels) if i != at[1]]
                at = [i for i, k in enumerate(labels) if k == label]
    order = sorted(range(len(labels)), key=lambda i: axes.index(labels[i]))
    value = np.transpose(value, order) if len(order) > 1 else value
    present = {labels[i] for i in order}
    key = tuple(slice(None) if label in present else None for label in axes)
    return np.asarray(value)[key] if key else value


def _diagonal(value: Array, unique: list[int], out: Sequence[int], dims: Mapping[int, int]) -> Array:
    if len(unique) == len(out):
        return value
    result = np.zeros(tuple(dims[label] for label in out), dtype=value.dtype)
    if result.dtype == object and value.size:
        result[...] = 0 * value.reshape(-1)[0]
    grid = np.indices(tuple(dims[label] for label in unique))
    result[tuple(grid[unique.index(label)] for label in out)] = value
    return result
