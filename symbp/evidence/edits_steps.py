"""Edits of loops: the wrong step, the wrong end, the wrong direction, what overwrites for what adds."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from symbp.evidence.claim_text import Edit, Path, parsed, shown
from symbp.evidence.scene import Scene


def steps(scene: Scene) -> Iterator[Edit]:
    """s[t + 1] for s[t] and the reverse, in an index that counts the steps of a loop."""
    counters = _counters(scene.statement)
    for path, node in scene.expressions:
        if not isinstance(node, ast.Subscript):
            continue
        for place, part in _parts(node):
            if not any(isinstance(n, ast.Name) and n.id in counters for n in ast.walk(part)):
                continue
            for by in (1, -1):
                moved = _moved(part, by)
                new = _with_part(node, place, moved)
                words = (
                    f"off by one time step (or layer): {shown(new)}, the {'next' if by > 0 else 'previous'} "
                    f"one, belongs where {shown(node)} stands"
                )
                yield Edit("off by one time step", words, path, new)


def ends(scene: Scene) -> Iterator[Edit]:
    """A loop that begins or ends one step too early or too late."""
    for path, node in _nodes(scene.statement):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "range":
            for k, argument in enumerate(node.args[:2]):
                for by in (1, -1):
                    listed = list(node.args)
                    listed[k] = _moved(argument, by)
                    new = ast.Call(node.func, listed, [])
                    words = f"off by one: the loop runs over {shown(new)}, not over {shown(node)}"
                    yield Edit("off by one time step", words, path, new)


def directions(scene: Scene) -> Iterator[Edit]:
    """A kernel turned round that must not be, or the reverse: w[::-1], k[2 - i, 2 - j]."""
    for path, node in scene.expressions:
        match node:
            case ast.Subscript(value=array, slice=ast.Slice(lower=None, upper=None, step=ast.UnaryOp())):
                yield _turned(node, path, array)
            case ast.Subscript(value=array):
                parts = dict(_parts(node))
                new: ast.expr = node
                for place, part in parts.items():
                    if isinstance(part, ast.BinOp) and isinstance(part.op, ast.Sub):
                        new = _with_part(new, place, part.right)  # type: ignore[arg-type]
                if new is not node:
                    yield _turned(node, path, new)
            case ast.Name() if scene.rank(path) == 1:
                yield _turned(node, path, parsed(f"{node.id}[::-1]"))


def _turned(node: ast.expr, path: Path, new: ast.expr) -> Edit:
    words = (
        f"indices reversed: {shown(new)} belongs where {shown(node)} stands "
        f"(the kernel is not rotated, the order of the entries is the other one)"
    )
    return Edit("kernel not rotated", words, path, new)


def accumulations(scene: Scene) -> Iterator[Edit]:
    """dx[key] = v for dx[key] += v; with integer arrays as key only np.add.at adds up repeats."""
    for path, node in _nodes(scene.statement):
        match node:
            case ast.Assign(targets=[ast.Subscript() as place], value=value):
                if path:
                    words = (
                        f"overwritten: += belongs where = stands, each step adds to {shown(place)} "
                        f"(a dropped path: only the last contribution is left)"
                    )
                    yield Edit("overwritten", words, path, ast.AugAssign(place, ast.Add(), value))
                yield from _added_at(path, place, value)
            case ast.AugAssign(target=ast.Subscript() as place, op=ast.Add(), value=value):
                yield from _added_at(path, place, value)


def _added_at(path: Path, place: ast.Subscript, value: ast.expr) -> Iterator[Edit]:
    if not isinstance(place.value, ast.Name) or isinstance(place.slice, ast.Slice):
        return
    arguments = [ast.Name(place.value.id, ast.Load()), place.slice, value]
    call = ast.Expr(ast.Call(parsed("np.add.at"), arguments, []))
    words = (
        f"overwritten: {shown(place)} = … keeps one contribution of each index, "
        f"np.add.at({place.value.id}, …) adds them up"
    )
    yield Edit("overwritten", words, path, call)


# -- walking ---------------------------------------------------------------------------------------


def _nodes(statement: ast.stmt) -> Iterator[tuple[Path, ast.AST]]:
    """Every part of a statement that can be exchanged, loops' bodies and ranges among them."""
    stack: list[tuple[Path, ast.AST]] = [((), statement)]
    while stack:
        path, node = stack.pop(0)
        yield path, node
        for field, value in ast.iter_fields(node):
            children = list(enumerate(value)) if isinstance(value, list) else [(None, value)]
            stack += [((*path, (field, k)), c) for k, c in children if isinstance(c, ast.stmt | ast.expr)]


def _counters(statement: ast.stmt) -> set[str]:
    """The variables of loops and comprehensions."""
    loops = [n.target for n in ast.walk(statement) if isinstance(n, ast.For | ast.comprehension)]
    return {n.id for target in loops for n in ast.walk(target) if isinstance(n, ast.Name)}


def _parts(node: ast.Subscript) -> list[tuple[int | None, ast.expr]]:
    """The indices of a subscript, without slices."""
    if isinstance(node.slice, ast.Tuple):
        return [(k, e) for k, e in enumerate(node.slice.elts) if not isinstance(e, ast.Slice)]
    return [] if isinstance(node.slice, ast.Slice) else [(None, node.slice)]


def _with_part(node: ast.Subscript, place: int | None, part: ast.expr) -> ast.Subscript:
    if place is None:
        return ast.Subscript(node.value, part, node.ctx)
    assert isinstance(node.slice, ast.Tuple)
    listed = list(node.slice.elts)
    listed[place] = part
    return ast.Subscript(node.value, ast.Tuple(listed, ast.Load()), node.ctx)


def _moved(index: ast.expr, by: int) -> ast.expr:
    """index + by, with numbers added up: t + 1 - 1 is t."""
    match index:
        case ast.BinOp(left=left, op=ast.Add() | ast.Sub() as op, right=ast.Constant(value=int() as k)):
            by += k if isinstance(op, ast.Add) else -k
            index = left
        case ast.Constant(value=int() as k):
            return parsed(str(k + by))
    if not by:
        return index
    return ast.BinOp(index, ast.Add() if by > 0 else ast.Sub(), ast.Constant(abs(by)))
