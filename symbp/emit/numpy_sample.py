"""What a generated file checks itself with: small sizes, all distinct, and arrays that keep the facts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from symbp.algebra.node import Node, Shape, facts
from symbp.algebra.size import Size
from symbp.algebra.size import product as size_product
from symbp.emit.numpy_names import size_text
from symbp.errors import UnsupportedError
from symbp.lang.program import Variable

SMALLEST, LARGEST = 2, 64
ATTEMPTS = 2000
USUAL = 8
"""A size letter, where numbers and letters have to be compared."""


def sample_sizes(letters: Sequence[str], nodes: Iterable[Node]) -> dict[str, int]:
    """A number for each size letter, all distinct, with which every shape has entries.

    UnsupportedError where none is found (a kernel that is always larger than its image).
    """
    shapes = {size for node in nodes for size in node.shape if not size.is_constant}
    sizes = {letter: k for k, letter in enumerate(letters, start=SMALLEST + 1)}
    for _ in range(ATTEMPTS):
        bad = [s for s in sorted(shapes, key=str) if s.value(sizes) < 1]
        if not bad:
            return sizes
        for letter in letters:
            if _grows(bad[0], letter, sizes):
                sizes[letter] += 1
                while sizes[letter] in [v for k, v in sizes.items() if k != letter]:
                    sizes[letter] += 1
        if max(sizes.values(), default=0) > LARGEST:
            break
    raise UnsupportedError(
        f"no small sizes were found with which {bad[0]} is positive", hint="fix sizes that fit: size n = 8"
    )


def _grows(size: Size, letter: str, sizes: dict[str, int]) -> bool:
    more = {**sizes, letter: sizes[letter] + 8}
    return size.value(more) > size.value(sizes)


DRAWS = {
    "positive": "rng.uniform(0.5, 2.0, {shape})",
    "unit": "rng.uniform(0.1, 0.9, {shape})",
    "above": "rng.uniform(1.2, 3.0, {shape})",
    "binary": "rng.integers(0, 2, {shape}).astype(float)",
    "mask": "rng.permuted(np.broadcast_to(1.0 - np.arange({last}) % 2.0, {shape}), axis=-1)",
    "column mask": "rng.permuted(1.0 - np.arange({count}) % 2.0).reshape({shape})",
    "pm1": "rng.integers(0, 2, {shape}) * 2.0 - 1.0",
    "small": "0.1 * rng.standard_normal({shape})",
    "onehot": "np.eye({last})[rng.integers(0, {last}, {lead})]",
    "prob": "rng.dirichlet(np.ones({last}), {lead})",
    "symmetric": "symmetric(rng, {shape})",
    "spd": "positive_definite(rng, {shape})",
    "invertible": "positive_definite(rng, {shape})",
    "wellcond": "positive_definite(rng, {shape})",
    "unitnorm": "unit_rows(rng, {shape})",
    "causal": "np.tri({last})",
    "dominant": "0.3 * rng.standard_normal({shape}) + 2.0 * np.eye({last})",
}
"""The word of a fact -> how an array that keeps it is drawn.  Half of each row of a mask holds."""

SCALARS = {"positive", "unit", "above", "small", "binary", "column mask"}
"""The words that numbers can be drawn with."""

DIRECTIONS = {"symmetric": "symmetric", "spd": "symmetric", "prob": "rows", "onehot": "rows"}
"""The word of a fact -> which changes keep it: symmetric ones, or those that keep row sums."""


def draw(variable: Variable, shape: Sequence[str], letters: dict[str, str], domain: str | None = None) -> str:
    """The expression that draws a value for a variable; `shape` holds its sizes as Python text.

    `domain` is the word of what it has to be where no fact says anything.  Weights are the smaller
    the more of them are added up, as in a net that is to learn: others make long recurrences chaotic,
    and slopes of chaos cannot be told by differences.
    """
    node = variable.node
    text = ", ".join(shape) + ("," if len(shape) == 1 else "")
    filled = {
        "shape": f"({text})",
        "last": shape[-1] if shape else "1",
        "count": " * ".join(s for s in shape if s != "1") or "1",
        "lead": "(" + ", ".join(shape[:-1]) + ("," if len(shape) == 2 else "") + ")",
    }
    for fact in facts(node) or ([domain] if domain is not None else []):
        word, *rest = fact.split()
        if word == "index":
            return f"rng.integers(0, {_bound(rest, letters)}, {filled['shape']})"
        if word == "mask" and (not shape or shape[-1] == "1"):
            word = "column mask"
        if word in DRAWS and (node.rank or word in SCALARS):
            return DRAWS[word].format(**filled)
    text = f"rng.standard_normal({filled['shape']})"
    if variable.role == "param" and len(shape) > 1:
        return f"{text} / np.sqrt({size_text(_added_up(variable.shape), letters)})"
    return text


def _added_up(shape: Shape) -> Size:
    """About how many entries of a weight meet in a sum: its first axis, or all others."""
    first, rest = shape[0], size_product(shape[1:])
    usual = dict.fromkeys(first.letters | rest.letters, USUAL)
    return first if first.value(usual) > rest.value(usual) else rest


def _bound(words: Sequence[str], letters: dict[str, str]) -> str:
    """How many classes there are: a size letter or a number; 2 where it is neither."""
    word = "".join(words)
    return letters.get(word, word if word.isdigit() and int(word) else "2")


def direction(node: Node, domain: str | None = None) -> str:
    """The kind of change that keeps the facts of a leaf, or what it has to be where there are none."""
    for fact in facts(node) or ([domain] if domain is not None else []):
        if fact.split()[0] in DIRECTIONS:
            return DIRECTIONS[fact.split()[0]]
    return "any"
