"""Random arrays for a model's leaves, as their facts allow, and sizes for its letters."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np

from symbp.algebra.node import Node, facts, topological
from symbp.algebra.size import Size
from symbp.ops.structure.positions import Take

Array = np.ndarray[Any, Any]
ROUNDED = 2.0**-20
"""Samples are multiples of this, so that every digit of a counterexample can be written down."""


def size_letters(nodes: Iterable[Node]) -> list[str]:
    """All size letters that occur, in the order of the nodes."""
    letters: dict[str, None] = {}
    for node in topological(nodes):
        for size in (*node.shape, *_sizes_within(node.params)):
            for letter in sorted(size.letters):
                letters.setdefault(letter)
    return list(letters)


def _sizes_within(params: Any) -> Iterator[Size]:
    """Sizes among the static parameters of a node."""
    if isinstance(params, Size):
        yield params
    elif isinstance(params, tuple):
        for part in params:
            yield from _sizes_within(part)
    elif isinstance(params, Take):
        yield from (params.start, params.length)


def size_choices(letters: list[str], nodes: Iterable[Node]) -> Iterator[dict[str, int]]:
    """Small sizes, smallest first, all different so that no transpose hides; then larger ones."""
    shapes = {size for node in topological(nodes) for size in node.shape}
    for start in (2, 3, 4, 6):
        for turn in range(max(1, len(letters))):
            order = letters[turn:] + letters[:turn]
            sizes = {letter: start + k % 6 for k, letter in enumerate(order)}
            if all(_usable(size, sizes) for size in shapes):
                yield {letter: sizes[letter] for letter in letters}


def thin_sizes(letters: list[str], nodes: Iterable[Node]) -> Iterator[dict[str, int]]:
    """Two letters at 1 and the rest different: few rows, for formulas with a root in each row."""
    shapes = {size for node in topological(nodes) for size in node.shape}
    for turn in range(len(letters)):
        order = letters[turn:] + letters[:turn]
        sizes = {letter: max(1, k) for k, letter in enumerate(order)}
        if all(_usable(size, sizes) for size in shapes):
            yield {letter: sizes[letter] for letter in letters}


def tiny_sizes(letters: list[str], nodes: Iterable[Node]) -> Iterator[dict[str, int]]:
    """The smallest sizes: all 1, all 2, then those of `size_choices`."""
    nodes = list(nodes)
    shapes = {size for node in topological(nodes) for size in node.shape}
    for value in (1, 2):
        sizes = dict.fromkeys(letters, value)
        if all(_usable(size, sizes) for size in shapes):
            yield sizes
    yield from size_choices(letters, nodes)


def is_usable(sizes: Mapping[str, int], nodes: Iterable[Node]) -> bool:
    """Whether every axis of the nodes has at least one entry."""
    return all(_usable(size, sizes) for node in topological(nodes) for size in node.shape)


def _usable(size: Size, sizes: Mapping[str, int]) -> bool:
    try:
        return size.value(sizes) >= 1
    except (KeyError, ZeroDivisionError):
        return False


def sample(
    leaf: Node, sizes: Mapping[str, int], random: np.random.Generator, scale: float = 1.0, plain: bool = False
) -> Array:
    """Random entries for one leaf that satisfy its facts; `plain` ones are short to write down."""
    shape = tuple(s.value(sizes) for s in leaf.shape)
    value = _raw(leaf, shape, sizes, random)
    words = {f.split()[0] for f in facts(leaf)}
    if value.dtype.kind in "iub" or "unitnorm" in words:
        return value
    if not words - {"symmetric"}:
        value = value * scale
        if plain:
            return np.round(value * 4) / 4 + (0.25 if shape == () else 0.0)
    return np.round(value / ROUNDED) * ROUNDED


def _raw(leaf: Node, shape: tuple[int, ...], sizes: Mapping[str, int], random: np.random.Generator) -> Array:
    words = {f.split()[0]: f.split()[1:] for f in facts(leaf)}
    if leaf.dtype == "int":
        return random.integers(0, _bound(words.get("index", []), sizes), size=shape)
    normal = random.normal(size=shape)
    if "onehot" in words or "prob" in words:
        if "onehot" in words:
            return _one_hot(shape, random)
        return _probabilities(shape, random)
    if "positive" in words:
        return 0.25 + random.random(shape)
    if "unit" in words:
        return 0.1 + 0.8 * random.random(shape)
    if "unitnorm" in words:
        return np.asarray(normal / np.sqrt((normal**2).sum(axis=-1, keepdims=True)))
    if "small" in words:
        return 0.1 * normal
    if "binary" in words or "mask" in words:
        return random.integers(0, 2, size=shape).astype(float)
    if "pm1" in words:
        return random.integers(0, 2, size=shape) * 2.0 - 1.0
    if "causal" in words:
        return np.tril(np.ones(shape))
    if "spd" in words:
        return normal @ np.swapaxes(normal, -1, -2) + shape[-1] * np.eye(shape[-1])
    if "symmetric" in words:
        return normal + np.swapaxes(normal, -1, -2)
    if ("wellcond" in words or "invertible" in words) and len(shape) >= 2 and shape[-1] == shape[-2]:
        return normal + 2 * shape[-1] * np.eye(shape[-1])
    return normal


def _bound(words: list[str], sizes: Mapping[str, int]) -> int:
    if not words:
        return 2
    return int(words[0]) if words[0].isdigit() else sizes.get(words[0], 2)


def _one_hot(shape: tuple[int, ...], random: np.random.Generator) -> Array:
    result = np.zeros(shape)
    at = random.integers(0, shape[-1], size=shape[:-1])
    np.put_along_axis(result, np.asarray(at)[..., None], 1.0, axis=-1)
    return result


def _probabilities(shape: tuple[int, ...], random: np.random.Generator) -> Array:
    """Rows that sum to 1 exactly in binary: multiples of 2⁻²⁰ with the last entry the rest."""
    parts = np.round(random.random(shape) * 1000 / shape[-1]) / 1024 + ROUNDED
    parts[..., -1] = 1 - parts[..., :-1].sum(axis=-1)
    return parts
