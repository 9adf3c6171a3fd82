"""The examples of the registry as nodes with random inputs, for the tests that run over all of them.

An example is "call | name: shape words | …" (see `symbp.ops.registry.function`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from symbp.algebra.node import Node
from symbp.lang.declare import FACTS
from symbp.lang.read import read_equations
from symbp.ops.registry import FUNCTIONS

Array = np.ndarray[Any, Any]
LETTERS = {"k": 2, "n": 3, "m": 4, "h": 5, "b": 2, "c": 2}
"""The usual values of the size letters in examples."""

WITHOUT_EXAMPLE = {"getitem": "written with brackets, which the examples of take and roll use"}


@dataclass(frozen=True)
class Argument:
    """A declared array of an example: its name, its sizes as text, and what is drawn for it."""

    name: str
    shape: str
    words: str

    @property
    def is_index(self) -> bool:
        return self.words.startswith("index")


@dataclass(frozen=True)
class Example:
    """One call of one function."""

    function: str
    call: str
    arguments: tuple[Argument, ...]

    def __str__(self) -> str:
        return f"{self.function}: {self.call}"

    @property
    def variables(self) -> list[Argument]:
        """The arguments that carry gradients."""
        return [a for a in self.arguments if not a.is_index]


def parse(function: str, text: str) -> Example:
    call, *declared = (part.strip() for part in text.split(" | "))
    arguments = []
    for part in declared:
        name, _, rest = part.partition(":")
        shape, *words = rest.split(" ")[1:] if rest.startswith(" ") else rest.split(" ")
        arguments.append(Argument(name.strip(), shape, " ".join(words)))
    return Example(function, call, tuple(arguments))


def all_examples() -> list[Example]:
    """Every example of every function, aliases left out."""
    found: dict[Callable[..., Any], list[Example]] = {}
    for function in FUNCTIONS.values():
        if function.build not in found:
            found[function.build] = [parse(function.name, text) for text in function.examples]
    return [example for examples in found.values() for example in examples]


def model_text(example: Example) -> str:
    """The call as a model with one output."""
    lines = [f"{'input' if a.is_index else 'param'} {a.name}: {a.shape}" for a in example.arguments]
    for a in example.arguments:
        fact = a.words.replace(":", " ")
        if fact and fact.split()[0] in FACTS:
            lines.append(f"assume {a.name}: {fact}")
    return "\n".join([*lines, f"result = {example.call}", "output result, upstream"])


@cache
def build(example: Example) -> tuple[Node, dict[str, Node]]:
    """The node that the call stands for, and the leaves by name."""
    program = read_equations(model_text(example))
    nodes = program.nodes
    return nodes["result"], {v.name.text: v.node for v in program.variables}


def draw(
    argument: Argument, shape: tuple[int, ...], sizes: dict[str, int], rng: np.random.Generator
) -> Array:
    """A random array of the kind that the words ask for."""
    words = argument.words
    if argument.is_index:
        bound = words.split(":")[1]
        return rng.integers(0, sizes[bound] if bound in sizes else int(bound), shape)
    if words in DRAWS:
        return DRAWS[words](rng, shape)
    raise ValueError(f"{argument.name}: nothing is known of '{words}'")


def _probabilities(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    weights: Array = rng.uniform(0.2, 1.0, shape)
    weights /= weights.sum(axis=-1, keepdims=True)
    return weights


def _spd(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    x = rng.standard_normal(shape)
    return x @ np.swapaxes(x, -1, -2) + 2 * np.eye(shape[-1])


def _onehot(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    return np.eye(shape[-1])[rng.integers(0, shape[-1], shape[:-1])]


DRAWS: dict[str, Callable[[np.random.Generator, tuple[int, ...]], Array]] = {
    "": lambda rng, shape: rng.standard_normal(shape),
    "positive": lambda rng, shape: rng.uniform(0.5, 2.0, shape),
    "unit": lambda rng, shape: rng.uniform(0.1, 0.9, shape),
    "above one": lambda rng, shape: rng.uniform(1.2, 3.0, shape),
    "prob": _probabilities,
    "onehot": _onehot,
    "binary": lambda rng, shape: rng.integers(0, 2, shape).astype(float),
    "mask": lambda rng, shape: rng.integers(0, 2, shape).astype(float),
    "causal": lambda rng, shape: np.tril(np.ones(shape)),
    "pm1": lambda rng, shape: rng.integers(0, 2, shape) * 2.0 - 1.0,
    "symmetric": lambda rng, shape: _spd(rng, shape) - 2 * np.eye(shape[-1]),
    "spd": _spd,
    "wellcond": lambda rng, shape: rng.standard_normal(shape) + 3 * np.eye(shape[-1]),
}


def direction(argument: Argument, shape: tuple[int, ...], rng: np.random.Generator) -> Array:
    """A random change that keeps what is known: symmetry, sums of rows, a causal mask."""
    change: Array = rng.standard_normal(shape)
    if argument.words in ("symmetric", "spd"):
        change += np.swapaxes(change, -1, -2).copy()
    if argument.words == "causal":
        change[...] = 0
    if argument.words in ("prob", "onehot"):
        change -= change.mean(axis=-1, keepdims=True)
    return change


def inputs(
    example: Example, sizes: dict[str, int], rng: np.random.Generator
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Values for all arguments, and directions for those that carry gradients."""
    _, leaves = build(example)
    values: dict[str, Any] = {}
    changes: dict[str, Any] = {}
    for a in example.arguments:
        leaf = leaves[a.name]
        shape = tuple(s.value(sizes) for s in leaf.shape)
        values[leaf.name] = draw(a, shape, sizes, rng)
        if not a.is_index:
            changes[leaf.name] = direction(a, shape, rng)
    return values, changes
