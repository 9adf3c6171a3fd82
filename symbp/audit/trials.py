"""Other sizes at which a reading with numbers is tried: each differs from the first in one respect.

A mistake may hide behind the sizes that were taken: a loop that ends too early only where images are
wider than high, an axis that is lost where there is one sample, an index that is in range by chance.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from symbp.audit.shapes import Layout, Sizes, extents_of, numbers

WORDS = {
    "n": ("sample", "samples"),
    "t": ("time step", "time steps"),
    "c": ("channel", "channels"),
    "i": ("row", "rows"),
    "j": ("column", "columns"),
    "d": ("feature", "features"),
    "h": ("unit", "units"),
    "k": ("output", "outputs"),
    "f": ("filter", "filters"),
    "v": ("word", "words"),
}
COUNTS = "ntc"
"""Letters whose size is often 1."""
WIDTHS = "dhkmf"
EQUAL, LONGER = 4, 4
"""Even, so that halves and heads still divide it."""
WINDOWS = "ps"
"""Letters of kernels and strides, which have to fit into what they go over."""


@dataclass(frozen=True)
class Change:
    """Other sizes, and in which respect they are others; `parts` are such changes one at a time."""

    words: str
    sizes: Sizes
    parts: tuple[Change, ...] = ()
    is_square: bool = False
    """Images are as high as they are wide."""


def size_changes(layout: Layout, sizes: Sizes, pools: bool) -> tuple[list[Change], list[Change]]:
    """The changes of one reading's sizes: those that tell most, and the rest."""
    extents, asked = extents_of(layout, sizes), _asked(layout, sizes, pools)
    used = [name for name in sizes.numbers if name in sizes.used and name not in asked]
    free = [name for name in used if name not in extents and name not in WINDOWS]
    ones = [name for name in used if name in COUNTS and sizes.numbers[name] != 1]
    first = [*_of_extents(sizes, extents), *(_changed(f"one {_word(n)}", sizes, {n: 1}) for n in ones)]
    rest = [
        _other(layout, sizes, used, pools),
        *_equal(sizes, free),
        *_of_width_one(sizes, free),
        *_each_largest(sizes, free, extents),
        *_longer(sizes, used, extents),
    ]
    return first, rest


def turned(layout: Layout, sizes: Sizes, pools: bool) -> Change:
    """Sizes that differ from the first in all respects: order, and whether windows fill the image."""
    extents = extents_of(layout, sizes)
    if len(extents) < 2:
        return Change("other sizes", _kept(numbers(layout, 1, pools), layout, sizes, pools))
    swapped, *rest = _of_extents(sizes, extents)
    larger = {e: swapped.sizes.numbers[e] + 1 for e in extents}
    return Change("larger images", _with(swapped.sizes, larger), (swapped, *rest))


def other_numbers(layout: Layout, sizes: Sizes, pools: bool) -> list[Sizes]:
    """Sizes at which a number that depends on one of them is another one."""
    fixed = {*_asked(layout, sizes, pools), *WINDOWS}
    more = {name: count + 2 for name, count in sizes.numbers.items() if name not in fixed}
    other = _kept(numbers(layout, 1, pools), layout, sizes, pools)
    return [other, turned(layout, sizes, pools).sizes, _with(sizes, more)]


def orders_of_images(layout: Layout, sizes: Sizes) -> list[Change]:
    """Images that are higher instead of wider, and square ones."""
    return list(_of_extents(sizes, extents_of(layout, sizes)))[:-1]


def _of_extents(sizes: Sizes, extents: list[str]) -> Iterator[Change]:
    if len(extents) < 2:
        return
    a, b = extents
    high, wide = sizes.numbers[a], sizes.numbers[b]
    if high != wide:
        words = "images that are higher than wide" if high < wide else "images that are wider than high"
        yield _changed(words, sizes, {a: wide + 2 * (high < wide), b: high + 2 * (wide < high)})
        yield replace(_changed("square images", sizes, {b: high}), is_square=True)
    else:
        yield _changed("images that are not square", sizes, {b: wide + 2})
    parts = (
        _changed("images that the windows do not fill", sizes, {a: high + 1, b: wide + 1}),
        _changed("images that are much wider than high", sizes, {b: wide + 2}),
    )
    yield replace(_changed("larger images", sizes, {a: high + 1, b: wide + 3}), parts=parts)


def _other(layout: Layout, sizes: Sizes, used: list[str], pools: bool) -> Change:
    """A second set of numbers, with the pairs of sizes whose order is another in it."""
    other = _kept(numbers(layout, 1, pools), layout, sizes, pools)
    before, after = sizes.numbers, other.numbers
    parts = []
    for a, b in itertools.combinations(used, 2):
        if a in after and b in after and (before[a] - before[b]) * (after[a] - after[b]) < 0:
            more, less = (a, b) if after[a] > after[b] else (b, a)
            words = f"more {_many(more)} than {_many(less)}"
            parts.append(_changed(words, sizes, {a: before[b], b: before[a]}))
    return Change("other sizes", other, tuple(parts))


def _equal(sizes: Sizes, free: list[str]) -> Iterator[Change]:
    if len(free) > 1:
        parts = tuple(
            _changed(f"as many {_many(a)} as {_many(b)}", sizes, {a: EQUAL, b: EQUAL})
            for a, b in itertools.combinations(free, 2)
        )
        yield replace(_changed("sizes that are equal", sizes, dict.fromkeys(free, EQUAL)), parts=parts)


def _of_width_one(sizes: Sizes, free: list[str]) -> Iterator[Change]:
    widths = [name for name in free if name in WIDTHS and sizes.numbers[name] != 1]
    if widths:
        parts = tuple(_changed(f"one {_word(w)}", sizes, {w: 1}) for w in widths)
        yield replace(_changed("sizes of 1", sizes, dict.fromkeys(widths, 1)), parts=parts)


def _each_largest(sizes: Sizes, free: list[str], extents: list[str]) -> Iterator[Change]:
    """More samples than an image has rows, or more channels: sizes that are the smaller ones by habit."""
    most = max((sizes.numbers[e] for e in extents), default=0)
    for letter in free:
        if letter in "nc" and sizes.numbers[letter] <= most:
            yield _changed(f"more {_many(letter)} than rows and columns", sizes, {letter: most + 3})


def _longer(sizes: Sizes, used: list[str], extents: list[str]) -> Iterator[Change]:
    """More steps, samples or places than a loop that ends too early has rounds."""
    runs = [n for n in used if n == "t" or (n == "n" and not extents) or extents == [n]]
    parts = tuple(
        _changed(f"more than {sizes.numbers[n] + 1} {_many(n)}", sizes, {n: sizes.numbers[n] + LONGER})
        for n in runs
    )
    if parts:
        longer = {n: sizes.numbers[n] + LONGER for n in runs}
        yield replace(_changed("longer loops", sizes, longer), parts=parts if len(parts) > 1 else ())


def _kept(other: Sizes, layout: Layout, sizes: Sizes, pools: bool) -> Sizes:
    """Other numbers, but for images and for the sizes that the code itself has asked for."""
    fixed = {*extents_of(layout, sizes), *_asked(layout, sizes, pools)}
    return Sizes({**other.numbers, **{k: sizes.numbers[k] for k in fixed}}, sizes.same)


def _asked(layout: Layout, sizes: Sizes, pools: bool) -> set[str]:
    """The sizes that the code itself has fixed, and those that have to be the same."""
    first = numbers(layout, 0, pools).numbers
    asked = {value for name, value in sizes.numbers.items() if first.get(name) != value}
    return {name for name, value in sizes.numbers.items() if value in asked}


def _changed(words: str, sizes: Sizes, new: Mapping[str, int]) -> Change:
    return Change(words, _with(sizes, new))


def _with(sizes: Sizes, new: Mapping[str, int]) -> Sizes:
    return Sizes({**sizes.numbers, **new}, sizes.same)


def _word(letter: str) -> str:
    return WORDS[letter][0] if letter in WORDS else letter


def _many(letter: str) -> str:
    return WORDS[letter][1] if letter in WORDS else letter
