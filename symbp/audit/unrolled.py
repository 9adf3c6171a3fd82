"""Parameters that are unrolled into one vector, and cut and reshaped again: `params[: n * d].reshape(n, d)`.

The length of the vector follows from its last part: where that begins, and the shape that it is given.
"""

from __future__ import annotations

import ast
import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from symbp.algebra.size import Size
from symbp.lang.code.values import Function

MOST_TERMS = 12


@dataclass(frozen=True)
class Unrolled:
    """A vector of parameters: its name, where its last part begins, the shape of that, the sizes in both."""

    name: str
    start: ast.expr
    shape: tuple[ast.expr, ...]
    sizes: tuple[str, ...]

    def length(self, given: Mapping[str, int | Size]) -> Size:
        """The length of the vector at these sizes.  ValueError where it is no length."""
        last = Size.of(1)
        for part in self.shape:
            last = last * _size(part, given)
        return _size(self.start, given) + last


@lru_cache(maxsize=256)
def unrolled(function: Function) -> Unrolled | None:
    """The vector of parameters that a function takes apart; None where it takes none."""
    body = function.body if isinstance(function.body, list) else []
    names = [a.arg for a in function.arguments.args]
    nodes = [n for s in body for n in ast.walk(s)]
    assigned = {
        s.targets[0].id: s.value
        for s in nodes
        if isinstance(s, ast.Assign) and isinstance(s.targets[0], ast.Name)
        and any(_last_part(n) in names for n in ast.walk(s.value))
    }  # fmt: skip
    for node in nodes:
        parts = _reshape(node)
        if parts is None:
            continue
        taken, shape = parts
        whole = assigned.get(taken.id, taken) if isinstance(taken, ast.Name) else taken
        cut = next((n for n in ast.walk(whole) if _last_part(n) in names), None)
        if (
            isinstance(cut, ast.Subscript)
            and isinstance(cut.slice, ast.Slice)
            and cut.slice.lower is not None
        ):
            start = cut.slice.lower
            used = {n.id for e in (start, *shape) for n in ast.walk(e) if isinstance(n, ast.Name)}
            if used and used <= set(names):
                return Unrolled(_last_part(cut), start, shape, tuple(n for n in names if n in used))
    return None


def letters_for(sizes: Sequence[str], is_network: bool) -> list[tuple[str, ...]]:
    """The letters that the sizes may be: those of a network in order, or those of a table and its factors."""
    if is_network:
        return [("d", "h", "k", "m")[: len(sizes)]]
    return list(itertools.permutations(("n", "d", "h", "k"), len(sizes)))[:MOST_TERMS]


def _last_part(node: ast.AST) -> str:
    """`params` of params[n * d :]; "" for all else."""
    match node:
        case ast.Subscript(value=ast.Name(id=name), slice=ast.Slice(lower=ast.expr(), upper=None)):
            return name
    return ""


def _reshape(node: ast.AST) -> tuple[ast.expr, tuple[ast.expr, ...]] | None:
    """What is reshaped, and into what."""
    match node:
        case ast.Call(
            func=ast.Attribute(attr="reshape", value=ast.Name(id="np" | "numpy")), args=[taken, shape]
        ):
            return (taken, tuple(shape.elts)) if isinstance(shape, ast.Tuple) else None
        case ast.Call(func=ast.Attribute(attr="reshape", value=taken), args=[ast.Tuple(elts=shape)]):
            return taken, tuple(shape)
        case ast.Call(func=ast.Attribute(attr="reshape", value=taken), args=[_, _, *_] as shape):
            return taken, tuple(shape)
    return None


def _size(node: ast.expr, given: Mapping[str, int | Size], depth: int = 0) -> Size:
    if depth > MOST_TERMS:
        raise ValueError("this is too long for a size")
    match node:
        case ast.Name(id=name) if name in given:
            return Size.of(given[name])
        case ast.Constant(value=int(number)):
            return Size.of(number)
        case ast.BinOp(left=left, op=ast.Mult(), right=right):
            return _size(left, given, depth + 1) * _size(right, given, depth + 1)
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return _size(left, given, depth + 1) + _size(right, given, depth + 1)
    raise ValueError("this is no size")
