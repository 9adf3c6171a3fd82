"""Layouts: what arrays with some name may look like, tried in order.

A shape is a text of letters ("n, c, i, j"); `Sizes` gives each letter a size: itself, so that what
is found holds for all sizes, or one of a few sets of small distinct numbers.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from symbp.algebra.size import Size

SMALL: tuple[dict[str, int], ...] = (
    {"n": 3, "t": 4, "d": 2, "h": 6, "k": 5, "m": 7, "v": 5, "s": 4, "p": 3},
    {"n": 4, "t": 3, "d": 6, "h": 2, "k": 3, "m": 5, "v": 7, "s": 3, "p": 3},
)
"""From three on, a step has one before it and one after it."""
IMAGES: tuple[dict[str, int], ...] = (
    {"n": 2, "c": 3, "f": 4, "i": 5, "j": 7, "d": 4, "h": 3, "k": 6, "m": 8, "t": 4, "v": 5, "s": 4, "p": 3},
    {"n": 3, "c": 2, "f": 4, "i": 5, "j": 5, "d": 2, "h": 4, "k": 6, "m": 7, "t": 2, "v": 7, "s": 4, "p": 3},
)


@dataclass(frozen=True)
class Sizes:
    """A size for every letter.  Without numbers each letter stands for itself."""

    numbers: Mapping[str, int] = field(default_factory=dict)
    same: Mapping[str, str] = field(default_factory=dict)
    """Letters that stand for the size of another one."""
    used: set[str] = field(default_factory=set, compare=False, repr=False)
    """The letters that were asked for."""

    @property
    def open(self) -> bool:
        return not self.numbers

    def letter(self, name: str) -> int | Size:
        name = self.same.get(name, name)
        self.used.add(name)
        return self.numbers[name] if name in self.numbers else Size.letter(name)

    def shape(self, text: str) -> tuple[Size, ...]:
        """The sizes of a text such as "n, 4*h".  ValueError where it is none."""
        return tuple(self.size(part) for part in text.split(",") if part.strip())

    def size(self, text: str) -> Size:
        terms = text.split("+")
        if len(terms) > 1:
            return sum((self.size(term) for term in terms[1:]), start=self.size(terms[0]))
        total = Size.of(1)
        for factor in re.split(r"[*·]", text.strip()):
            word = factor.strip()
            if word.isdigit():
                total = total * int(word)
            elif re.fullmatch(r"\w+", word):
                total = total * Size.of(self.letter(word))
            else:
                raise ValueError(f"{text!r} is no size")
        return total


@dataclass(frozen=True)
class Layout:
    """How samples and weights lie: the shape of the first input and of arrays by their role."""

    x: str
    w: str = "d, h"
    recurrent: str = "h, h"
    out: str = "h, k"
    b: str = "h"
    b_out: str = "k"
    gamma: str = "d"
    state: str = "n, h"
    target: str = ""
    features: str = "d"
    """Letter of what constructors call features or channels."""
    index: bool = False
    """The first input holds integers below v."""
    vector: str = ""
    """The shape of the unknowns where they are a vector, as in linear models; all else is rows of data."""
    shapes: tuple[tuple[str, str], ...] = ()
    """Shapes that the author has written down, by name."""
    same: tuple[tuple[str, str], ...] = ()
    """Letters of other layouts, with the words that the author has for them."""

    @property
    def words(self) -> list[str]:
        """The letters of the written shapes that the layouts here do not know."""
        texts = [shape for _, shape in self.shapes]
        return sorted({w for t in texts for w in re.findall(r"[a-z_]\w*", t)})


ROWS = Layout("n, d", target="n, d")
CHANNELS = Layout("n, c, i, j", w="f, c, p, p", b="f", gamma="c", features="c")
LAYOUTS: tuple[Layout, ...] = (
    ROWS,
    Layout("n, d", w="h, d", out="k, h"),
    Layout("n, d", b="1, h", b_out="1, k", gamma="1, d"),
    Layout("n, d", w="h, d", out="k, h", b="h, 1", b_out="k, 1", gamma="d, 1"),
    CHANNELS,
    Layout("n, i, j, c", w="p, p, c, f", b="1, 1, 1, f", gamma="c", features="c"),
    Layout("n, t, d"),
    Layout("t, n, d"),
    Layout("d, n", w="h, d", out="k, h", b="h, 1", b_out="k, 1", gamma="d, 1", state="h, n"),
    Layout("d, n", w="d, h", out="h, k", b="h, 1", b_out="k, 1", gamma="d, 1", state="h, n"),
    Layout("n, c, i, j", w="f, c, p, p", b="f, 1", gamma="1, c, 1, 1", features="c"),
    Layout("n, t", index=True, w="v, d"),
    Layout("n", index=True, w="v, d"),
    Layout("n, i, j, c", w="p, p, c, f", b="f", gamma="1, 1, 1, c", features="c"),
    Layout("n, i, j, c", w="f, p, p, c", b="f", gamma="c", features="c"),
    Layout("t, d", state="h"),
    Layout("d, n, t", w="h, d", out="k, h", b="h, 1", b_out="k, 1", state="h, n"),
    Layout("c, i, j", w="f, c, p, p", b="f", gamma="c", features="c"),
    Layout("i, j, c", w="p, p, c, f", b="f", gamma="c", features="c"),
    Layout("i, j", w="f, p, p", b="f", features="c"),
    Layout("i, j", w="p, p", b="", features="c"),
    Layout("n, c, i", w="f, c, p", b="f", gamma="c", features="c"),
    Layout("n"),
    Layout("d, 1", w="h, d", out="k, h", b="h, 1", b_out="k, 1", gamma="d, 1", state="h, 1"),
    Layout("1, d", b="1, h", b_out="1, k", gamma="1, d", state="1, h"),
    Layout("d", state="h"),
    Layout("d", w="h, d", out="k, h", state="h"),
    Layout("t, 1, d", b="1, h", b_out="1, k", gamma="1, d", state="1, h"),
    Layout("t, d, 1", w="h, d", out="k, h", b="h, 1", b_out="k, 1", state="h, 1"),
    Layout("t", index=True, w="v, d", state="h, 1"),
    Layout(""),
)
"""Several samples come before one, so that a sum over them cannot be forgotten unseen."""


LINEAR_MODELS = (Layout("n, d", vector="d", target="n"), Layout("n, d", vector="d, 1", target="n, 1"))
"""A matrix of data, a vector of unknowns and a vector of right answers; both may be columns."""


def numbers(layout: Layout, which: int, pools: bool) -> Sizes:
    """Small distinct numbers; images are of sizes that windows and strides divide."""
    if layout.shapes:
        return Sizes(_of_words(layout.words, which, pools))
    if "i" not in re.findall(r"[a-z]+", layout.x):
        return Sizes(SMALL[which])
    even = {"i": 4, "j": 6 if which == 0 else 4} if pools else {}
    return Sizes({**IMAGES[which], **even})


def _of_words(words: list[str], which: int, pools: bool) -> dict[str, int]:
    """A number for each word: images are larger than kernels, all others are small and distinct."""
    is_image = any(EXTENT.match(w) for w in words) and any(CHANNELS_WORD.match(w) for w in words)
    found: dict[str, int] = {}
    extents = [4, 6, 8] if pools else [5, 7, 6]
    small = [3, 2, 4, 5, 6, 7, 8, 9, 10, 11] if which == 0 else [2, 4, 3, 6, 5, 8, 7, 10, 9, 12]
    for word in words:
        if is_image and KERNEL_WORD.match(word):
            found[word] = 2 if pools or word.startswith(("w", "k_w", "kw")) else 3
        elif is_image and EXTENT.match(word):
            found[word] = extents.pop(0) if extents else 5
        else:
            found[word] = small.pop(0) if small else 3
    return found


EXTENT = re.compile(r"^(?:[hw]|n_?[hw]\w*|height|width|[hw]_?in|in_?[hw]|i?[hw]|img_?[hw]\w*)$")
KERNEL_WORD = re.compile(r"^(?:hh|ww|f|k|[fk]_?[hw]|[hw]_?[fk]|kernel\w*|ksize|filter_?(?:h|w|size)\w*)$")
CHANNELS_WORD = re.compile(r"^(?:c|n_?c\w*|channels?|\w*chan\w*|c_?in|in_?c|depth)$")


def extents_of(layout: Layout, sizes: Sizes) -> list[str]:
    """The letters or words of the height and the width of images."""
    names = re.findall(r"[a-z_]\w*", layout.x)
    found = [n for n in names if n in ("i", "j") or (layout.shapes and EXTENT.match(n))]
    return [n for n in found if n in sizes.numbers][:2]


@dataclass(frozen=True)
class Images:
    """Images of another form, for code that takes no others."""

    high: int
    wide: int
    only: str = ""
    """To what this confines a verdict, where backward and forward run together."""
    beyond: str = "images that the windows do not fill"
    """Where backward does not run, if forward does."""

    def sizes(self, layout: Layout, which: Sizes) -> Sizes:
        """The same sizes but for images."""
        a, b = extents_of(layout, which)
        return Sizes({**which.numbers, a: self.high, b: self.wide}, which.same)


SQUARE = "for square images; at others forward does not run", "images that are not square"
IMAGE_FORMS = (Images(6, 8), Images(5, 5, *SQUARE), Images(6, 6, *SQUARE))
"""Such as windows of two and three divide, and square ones."""


def is_one_sample(layout: Layout) -> bool:
    """A layout in which a sum over samples would not show."""
    return "n" not in re.findall(r"\w+", layout.x)
