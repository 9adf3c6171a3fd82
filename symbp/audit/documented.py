"""Shapes that the author has written down: in docstrings, in comments and in asserts.

Read are `x: data of shape (N, D)`, `x -- of shape (n_x, m)`, NumPy's `x : ndarray of shape (n, d)`
(also on the line below the name), comments `# x: (N, T, D)`, and `assert x.shape == (n, d)`.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping

from symbp.lang.code.values import Function

NAMED = re.compile(
    r"^\s*(?:[-*•#]+\s*)?(?::param\s+)?`{0,2}(\w+)`{0,2}\s*(?:\([^)]*\)\s*)?(?::|--|—|=)\s*(.*)$"
)
SHAPE = re.compile(r"(?:^|shape|size|dimensions?|[\s:=`'\"])\s*[(\[]([^()\[\]]*)[)\]]")
SIZE = re.compile(r"^(?:\d+|[A-Za-z_]\w*)(?:\s*[*+]\s*(?:\d+|[A-Za-z_]\w*))*$")
LONGEST = 6


def documented_shapes(functions: tuple[Function, ...]) -> Mapping[str, str]:
    """Argument or key -> its shape ("n, d"), as far as the text of these functions says so."""
    found: dict[str, str] = {}
    for function in functions:
        for name, shape in (*_of_lines(lines_of(function)), *_of_asserts(function)):
            found.setdefault(name, shape)
    return found


def lines_of(function: Function) -> list[str]:
    """The docstring, and the comments from the head of the function on."""
    body = function.body
    if not isinstance(body, list) or not body:
        return []
    first, last = body[0], body[-1]
    lines: list[str] = []
    if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
        lines += str(first.value.value).splitlines()
    text = function.source.lines[max(first.lineno - 2, 0) : last.end_lineno or last.lineno]
    return lines + [line.split("#", 1)[1] for line in text if "#" in line]


def _of_lines(lines: list[str]) -> Iterator[tuple[str, str]]:
    name = ""
    for line in lines:
        match = NAMED.match(line)
        rest = line
        if match is not None:
            name, rest = match.groups()
        elif not line.strip():
            name = ""
        shape = _shape_in(rest)
        if name and shape:
            yield name, shape
            name = ""


def _shape_in(text: str) -> str | None:
    """The first (n, d) that a line states as a shape."""
    for match in SHAPE.finditer(text):
        sizes = [part.strip() for part in match.group(1).split(",")]
        if len(sizes) == 2 and not sizes[1]:
            sizes = sizes[:1]
        elif len(sizes) < 2 or len(sizes) > LONGEST:
            continue
        if all(SIZE.match(size) for size in sizes):
            return ", ".join(size.lower() for size in sizes)
    return None


def _of_asserts(function: Function) -> Iterator[tuple[str, str]]:
    body = function.body if isinstance(function.body, list) else []
    for node in (n for s in body for n in ast.walk(s) if isinstance(n, ast.Assert)):
        match node.test:
            case ast.Compare(
                left=ast.Attribute(value=ast.Name(id=name), attr="shape"),
                ops=[ast.Eq()],
                comparators=[ast.Tuple(elts=sizes)],
            ):
                text = ", ".join(ast.unparse(size) for size in sizes)
                if all(SIZE.match(part.strip()) for part in text.split(",")):
                    yield name, text.lower()
