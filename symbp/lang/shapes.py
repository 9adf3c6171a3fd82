"""Shapes as they are declared, and sizes that are found by unification."""

from __future__ import annotations

import ast
import re

from symbp.algebra.size import Size
from symbp.errors import ParseError, Place

UNKNOWN = "?"


def parse_shape(text: str, place: Place) -> tuple[Size, ...]:
    """`n, 4*h` or `n × d`: sizes separated by comma or ×; empty is a scalar."""
    text = text.strip()
    if text.startswith("(") and text.endswith(")"):
        text = text[1:-1]
    parts = [p.strip() for p in re.split(r"[,×]", text)]
    if parts and parts[-1] == "":
        parts.pop()
    return tuple(parse_size(p, place.within(p)) for p in parts)


def parse_size(text: str, place: Place) -> Size:
    """A letter or word, an integer, or a sum or product of those."""
    spelled = text.replace("−", "-").replace("·", "*")
    spelled = re.sub(r"[₀-₉]+", lambda m: "".join(str("₀₁₂₃₄₅₆₇₈₉".index(c)) for c in m.group()), spelled)
    spelled = re.sub(r"_\{(\w+)\}", r"_\1", spelled)
    spelled = re.sub(r"(?<![\w.])(\d+)\s*([^\W\d_])", r"\1*\2", spelled)
    try:
        tree = ast.parse(spelled.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise _bad_size(text, place) from None
    size = _size(tree, text, place)
    if size.is_constant and size.constant < 0:
        raise ParseError(
            f"'{text}' is a negative size", place, hint="a size is a positive integer or a letter"
        )
    return size


def _bad_size(text: str, place: Place) -> ParseError:
    hint = "a size is a letter, an integer, or a sum or product of those, as in 4*h"
    if re.fullmatch(r"\w+(\s+\w+)+", text):
        hint = f"sizes are separated by commas: {', '.join(text.split())}"
    return ParseError(f"'{text}' is no size", place, hint=hint)


def _size(tree: ast.expr, text: str, place: Place, depth: int = 0) -> Size:
    if depth > 50:
        raise _bad_size(text, place)
    match tree:
        case ast.Name(id=name):
            return Size.letter(name)
        case ast.Constant(value=int() as value) if not isinstance(value, bool) and abs(value) < 10**9:
            return Size.of(value)
        case ast.BinOp(left=a, op=op, right=b):
            left, right = _size(a, text, place, depth + 1), _size(b, text, place, depth + 1)
            match op:
                case ast.Add():
                    return left + right
                case ast.Sub():
                    return left - right
                case ast.Mult():
                    return left * right
                case ast.FloorDiv() if right != 0:
                    return left // right
    raise _bad_size(text, place)


class Unifier:
    """Open sizes and what has been found for them.

    >>> u = Unifier()
    >>> a, b = u.fresh("x", 0), u.fresh("W", 1)
    >>> u.equate(a, b), u.resolve(a) == u.resolve(b)
    ('?W.1', True)
    """

    def __init__(self) -> None:
        self.bound: dict[str, Size] = {}
        self.age: dict[str, int] = {}

    def fresh(self, owner: str, axis: int) -> Size:
        """The open size of one axis of a name."""
        letter = f"{UNKNOWN}{owner}.{axis}"
        self.age.setdefault(letter, len(self.age))
        return Size.letter(letter)

    def resolve(self, size: Size) -> Size:
        while any(letter in self.bound for letter in size.letters):
            size = size.replace(self.bound)
        return size

    def equate(self, a: Size, b: Size) -> str | None:
        """Make two sizes equal if one of them is open; the letter that was bound by that.

        The newer letter is bound to the older one, so that little of what was read has to be
        read again.
        """
        a, b = self.resolve(Size.of(a)), self.resolve(Size.of(b))
        if a == b:
            return None
        sides = [(a, b), (b, a)]
        open_sides = [(str(x), y) for x, y in sides if str(x) in self.age and str(x) not in y.letters]
        if not open_sides:
            return None
        letter, value = max(open_sides, key=lambda side: self.age[side[0]])
        self.bound[letter] = value
        return letter
