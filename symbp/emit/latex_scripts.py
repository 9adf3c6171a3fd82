"""Scripts of LaTeX that are there already: a subscript is joined, never put on another one."""

from __future__ import annotations


def with_subscript(latex: str, subscript: str) -> str:
    """h_2 and i make h_{2,i}; a subscript is never put on a subscript."""
    at = _subscript_at(latex)
    if at is None:
        return f"{latex}_{{{subscript}}}"
    tail = latex[at + 1 :]
    inner = tail[1:-1] if tail.startswith("{") else tail
    return f"{latex[:at]}_{{{inner},{subscript}}}"


def _subscript_at(latex: str) -> int | None:
    """Where the `_` of the subscript stands with which the LaTeX ends."""
    if not latex.endswith("}"):
        return len(latex) - 2 if latex[-2:-1] == "_" else None
    depth = 0
    for position in range(len(latex) - 1, -1, -1):
        depth += (latex[position] == "}") - (latex[position] == "{")
        if depth == 0:
            return position - 1 if latex[position - 1 : position] == "_" else None
    return None


def is_raised(latex: str) -> bool:
    """Whether something is raised outside all braces."""
    depth = 0
    for char in latex:
        depth += (char == "{") - (char == "}")
        if char == "^" and depth == 0:
            return True
    return False
