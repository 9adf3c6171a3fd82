"""Python text to its syntax tree, with places for messages, and the first guards."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from symbp.errors import OperandError, ParseError, Place

LONGEST_TEXT = 2_000_000
LONGEST_NUMBER = 400
DEEPEST_BRACKETS = 100
DEEPEST_TREE = 400
LARGEST_EXPONENT = 400
_LONG_NUMBER = re.compile(rf"(?<![\w.])\d[\d_]{{{LONGEST_NUMBER}}}")

PLAIN = "write it with NumPy functions, assignments and loops over range"
"""What to do about Python that is not read."""


class NotReadError(OperandError):
    """Python that is well formed, but has no meaning here: it becomes an UnsupportedError."""


@dataclass(frozen=True)
class Source:
    """One text of Python code and what it is called in messages."""

    text: str
    name: str = "<text>"
    lines: tuple[str, ...] = ()

    @staticmethod
    def of(text: str, name: str = "<text>") -> Source:
        return Source(text, name, tuple(text.splitlines()))

    @property
    def says_np(self) -> bool:
        """Names NumPy's functions with `np.`, so that bare ones are Python's."""
        return re.search(r"\b(np|numpy)\.", self.text) is not None

    def line(self, number: int) -> str:
        return self.lines[number - 1] if 0 < number <= len(self.lines) else ""

    def place(self, node: ast.AST) -> Place:
        """Where a piece of the tree stands; the end of the line where it spans several."""
        number = getattr(node, "lineno", 1)
        line = self.line(number)
        start = _column(line, getattr(node, "col_offset", 0))
        same_line = getattr(node, "end_lineno", number) == number
        end = _column(line, getattr(node, "end_col_offset", None) or 0) if same_line else len(line)
        return Place(self.text, number, start, max(end, start), self.name)

    def written(self, node: ast.AST) -> str:
        """The text of a piece of the tree, as far as its first line goes."""
        place = self.place(node)
        return self.line(place.line)[place.start : place.end].strip()


def _column(line: str, offset: int) -> int:
    """A column of `ast` counts bytes, ours count characters."""
    return offset if line.isascii() else len(line.encode()[:offset].decode(errors="ignore"))


def parse_python(source: Source) -> ast.Module:
    """The syntax tree of a text.  ParseError where it is no Python, or nested without measure."""
    _check_text(source)
    try:
        with warnings.catch_warnings(action="ignore"):
            tree = ast.parse(source.text)
    except SyntaxError as error:
        number = error.lineno or 1
        start = max((error.offset or 1) - 1, 0)
        place = Place(source.text, number, start, max(start + 1, (error.end_offset or 0) - 1), source.name)
        hint = "Python 3 is read; other texts want --language equations or latex"
        raise ParseError(f"this is no Python: {error.msg}", place, hint=hint) from None
    except (RecursionError, MemoryError, ValueError):
        raise ParseError(
            "this is nested too deeply to be read",
            _longest_line(source),
            hint="give inner parts names of their own",
        ) from None
    _check_depth(tree, source)
    return tree


def _check_numbers(source: Source) -> None:
    for number, line in enumerate(source.lines, start=1):
        found = _LONG_NUMBER.search(line)
        if found is not None:
            place = Place(source.text, number, found.start(), found.end(), source.name)
            raise ParseError(
                f"a number of more than {LONGEST_NUMBER} digits is not read",
                place,
                hint="write it as a power, such as 10**20",
            )


def _check_text(source: Source) -> None:
    if len(source.text) > LONGEST_TEXT:
        raise ParseError(
            f"the text is longer than {LONGEST_TEXT} characters",
            Place("", 1, 0, 0, source.name),
            hint="split the file",
        )
    _check_numbers(source)
    depth = 0
    for number, line in enumerate(source.lines, start=1):
        for column, char in enumerate(line):
            if char in "([{":
                depth += 1
            elif char in ")]}":
                depth = max(depth - 1, 0)
            elif char == "\0":
                place = Place(source.text, number, column, column + 1, source.name)
                raise ParseError("a null character is no Python", place, hint="save the file as UTF-8 text")
            if depth > DEEPEST_BRACKETS:
                place = Place(source.text, number, column, column + 1, source.name)
                raise ParseError(
                    "brackets are nested too deeply to be read",
                    place,
                    hint="give inner parts names of their own",
                )


def _longest_line(source: Source) -> Place:
    number = max(range(len(source.lines)), key=lambda k: len(source.lines[k]), default=0) + 1
    return Place(source.text, number, 0, len(source.line(number)), source.name)


def _check_depth(tree: ast.Module, source: Source) -> None:
    stack: list[tuple[ast.AST, int]] = [(tree, 0)]
    while stack:
        node, depth = stack.pop()
        if depth > DEEPEST_TREE and hasattr(node, "lineno"):
            raise ParseError(
                "this is nested too deeply to be read",
                source.place(node),
                hint="give inner parts names of their own",
            )
        for child in ast.iter_child_nodes(node):
            spine = isinstance(node, ast.BinOp) and child is node.left
            stack.append((child, depth if spine else depth + 1))


def decimal(node: ast.Constant, source: Source) -> Fraction:
    """A float literal as the exact number of its decimal text."""
    place = source.place(node)
    written = source.line(place.line)[place.start : place.end].replace("_", "")
    _, _, exponent = written.lower().partition("e")
    try:
        if exponent and abs(int(exponent)) > LARGEST_EXPONENT:
            raise ParseError("this number is out of range", place, hint="write a smaller exponent")
        return Fraction(written)
    except ValueError:
        raise ParseError(f"'{written}' is no number", place, hint="write it such as 1.5e-3") from None


def spine(node: ast.BinOp) -> tuple[ast.expr, list[ast.BinOp]]:
    """a + b + c + … from its left end: the first operand, then the operations in order."""
    operations = [node]
    while isinstance(operations[-1].left, ast.BinOp):
        operations.append(operations[-1].left)
    return operations[-1].left, operations[::-1]


def target_names(target: ast.expr) -> Iterator[str]:
    """The names that an assignment to this target sets or changes."""
    stack = [target]
    while stack:
        piece = stack.pop()
        match piece:
            case ast.Name(id=name):
                yield name
            case ast.Tuple(elts=items) | ast.List(elts=items):
                stack.extend(reversed(items))
            case ast.Starred(value=inner) | ast.Subscript(value=inner):
                stack.append(inner)


@lru_cache(maxsize=4096)
def _yields(statement: ast.stmt) -> bool:
    stack: list[ast.AST] = [statement]
    while stack:
        node = stack.pop()
        if isinstance(node, ast.Yield | ast.YieldFrom):
            return True
        if not isinstance(node, ast.FunctionDef | ast.Lambda | ast.ClassDef):
            stack.extend(ast.iter_child_nodes(node))
    return False


def is_generator(body: list[ast.stmt]) -> bool:
    """A function body with a yield of its own."""
    return any(_yields(statement) for statement in body)
