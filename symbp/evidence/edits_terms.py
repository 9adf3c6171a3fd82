"""Edits of signs, numbers, exponents, sums and axes."""

from __future__ import annotations

import ast
import itertools
from collections.abc import Iterator
from typing import Any

from symbp.evidence.claim_text import Edit, Path, at_path, parsed, shown
from symbp.evidence.edits_products import turned
from symbp.evidence.scene import Scene

REDUCTIONS = (
    "sum",
    "mean",
    "max",
    "min",
    "prod",
    "var",
    "std",
    "logsumexp",
    "softmax",
    "log_softmax",
    "norm",
)
ALONG = ("softmax", "log_softmax", "cumsum", "cumprod", "flip", "repeat", "concatenate", "stack", "roll")
"""Functions that keep the axis that they work along."""


def signs(scene: Scene) -> Iterator[Edit]:
    """+ for − and the reverse, and the sign of a whole term."""
    for path, node in scene.expressions:
        match node:
            case ast.BinOp(left=a, op=ast.Add(), right=b):
                new: ast.expr = ast.BinOp(a, ast.Sub(), b)
                yield Edit(
                    "sign", f"the sign of the term {shown(b)} is wrong: it has to be subtracted", path, new
                )
            case ast.BinOp(left=a, op=ast.Sub(), right=b):
                new = ast.BinOp(a, ast.Add(), b)
                yield Edit(
                    "sign", f"the sign of the term {shown(b)} is wrong: it has to be added", path, new, b
                )
                if path:
                    swapped = ast.BinOp(b, ast.Sub(), a)
                    words = f"the sign is wrong: {shown(swapped)} belongs where {shown(node)} stands"
                    yield Edit("sign", words, path, swapped)
            case ast.UnaryOp(op=ast.USub(), operand=a) if not scene.is_index(path):
                yield Edit("sign", f"the sign of {shown(node)} is wrong: the minus is too much", path, a)
    for path, node in scene.values:
        if scene.is_compared(path) or _is_axis(scene, path):
            continue
        yield Edit(
            "sign", f"the sign is wrong: {shown(node)} has to be negated", path, ast.UnaryOp(ast.USub(), node)
        )


def _is_axis(scene: Scene, path: Path) -> bool:
    """Whether a number is an argument of a reduction: an axis, or a count of repeats."""
    if not path or path[-1][0] != "args" or not isinstance(at_path(scene.statement, path), ast.Constant):
        return False
    call = at_path(scene.statement, path[:-1])
    return isinstance(call, ast.Call) and _called(call) in (*REDUCTIONS, *ALONG)


def numbers(scene: Scene) -> Iterator[Edit]:
    """Exponents one off; factors 2 and ½ too much or missing; divisions."""
    for path, node in scene.expressions:
        match node:
            case ast.BinOp(left=a, op=ast.Pow(), right=p):
                for step in (1, -1, 2, -2):
                    new = _shifted(p, step)
                    if new is not None:
                        right = ast.BinOp(a, ast.Pow(), new)
                        words = f"wrong exponent (power): {shown(node)} has to be {shown(right)}"
                        yield Edit("wrong exponent", words, path, right)
            case ast.Constant(value=int() | float() as value) if not isinstance(value, bool):
                for new_value in _near(value, scene.is_index(path)):
                    yield _number(scene, path, node, value, new_value)
    yield from _complements(scene)
    for path, node in scene.terms:
        for factor in ("2", "0.5"):
            new = ast.BinOp(parsed(factor), ast.Mult(), node)
            spelled = "2" if factor == "2" else "1/2"
            yield Edit(
                "wrong factor", f"wrong factor: a factor {spelled} is missing at {shown(node)}", path, new
            )
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
            words = f"wrong factor: the division by {shown(node.right)} is too much"
            yield Edit("wrong factor", words, path, node.left)


def _complements(scene: Scene) -> Iterator[Edit]:
    """1 - p for p and the reverse, where p is a constant of the model."""
    names = {scene.problem.names.get(c) for c in scene.problem.constants}
    for path, node in scene.expressions:
        match node:
            case ast.BinOp(left=ast.Constant(value=1), op=ast.Sub(), right=ast.Name(id=name) as inner):
                if name in names:
                    words = f"wrong factor: {name} belongs where {shown(node)} stands"
                    yield Edit("wrong factor", words, path, inner)
            case ast.Name(id=name) if name in names:
                words = f"wrong factor: 1 - {name} belongs where {name} stands"
                yield Edit("wrong factor", words, path, parsed(f"(1 - {name})"))


def _number(scene: Scene, path: Path, node: ast.expr, value: float, right: Any) -> Edit:
    """Another number, said as the factor that is missing or too much."""
    stands = f"{right} belongs where {shown(node)} stands"
    if scene.is_index(path):
        return Edit("off by one", f"off by one (index): {stands}", path, parsed(repr(right)))
    said = {2: "a factor 2 is missing", 0.5: "a factor 2 is too much"}.get(right / value, "")
    words = f"wrong factor: {said}, {stands}" if said else f"wrong factor: {stands}"
    return Edit("wrong factor", words, path, parsed(repr(right)))


def _near(value: float, index: bool) -> list[Any]:
    if index:
        return [value + 1, value - 1] if value else [value + 1]
    if isinstance(value, int):
        return [2 * value, value // 2 if value % 2 == 0 else value / 2, -value] if value else []
    return [2 * value, value / 2, -value] if value else []


def _shifted(exponent: ast.expr, step: int) -> ast.expr | None:
    """An exponent that is a number, moved by a step."""
    match exponent:
        case ast.Constant(value=int() | float() as value):
            moved = value + step
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as value)):
            moved = step - value
        case _:
            return None
    return parsed(repr(moved)) if moved else None


def terms(scene: Scene) -> Iterator[Edit]:
    """A term or factor too much; a factor that belongs to one term only; a symmetric part halved."""
    for path, node in scene.expressions:
        match node:
            case ast.BinOp(left=a, op=ast.Add() | ast.Sub(), right=b):
                yield Edit("spurious term", f"the term {shown(b)} is too much", path, a, b)
                yield Edit(
                    "spurious term",
                    f"the term {shown(a)} is too much",
                    path,
                    b if isinstance(node.op, ast.Add) else ast.UnaryOp(ast.USub(), b),
                )
            case ast.BinOp(left=a, op=ast.Mult(), right=b):
                yield Edit("spurious factor", f"the factor {shown(b)} is too much (spurious factor)", path, a)
                yield Edit("spurious factor", f"the factor {shown(a)} is too much (spurious factor)", path, b)
                yield from _loose(path, node, a, b)
                if isinstance(a, ast.Constant) and a.value == 2:
                    yield from _symmetrised(path, node, b)
                if isinstance(a, ast.BinOp) and isinstance(a.op, ast.Mult):
                    words = f"the factor {shown(a.right)}*{shown(b)} is too much (derivative applied twice)"
                    yield Edit("spurious factor", words, path, a.left)
            case ast.BinOp(left=a, op=ast.Div(), right=b):
                yield Edit("wrong factor", f"wrong factor: the division by {shown(b)} is too much", path, a)
            case ast.BinOp(
                left=ast.BinOp(left=ast.Constant(value=2), op=ast.Mult(), right=a), op=ast.MatMult(), right=b
            ):
                whole = ast.BinOp(a, ast.MatMult(), b)
                yield from _symmetrised(path, node, whole)


def _loose(path: Path, node: ast.BinOp, a: ast.expr, b: ast.expr) -> Iterator[Edit]:
    """a*(b + c) where a*b + c or b + a*c belongs."""
    for factor, bracket in ((a, b), (b, a)):
        if isinstance(bracket, ast.BinOp) and isinstance(bracket.op, ast.Add | ast.Sub):
            for left in (True, False):
                x, y = bracket.left, bracket.right
                if left:
                    x = ast.BinOp(factor, ast.Mult(), x)
                else:
                    y = ast.BinOp(factor, ast.Mult(), y)
                new = ast.BinOp(x, bracket.op, y)
                words = f"wrong factor: {shown(factor)} multiplies one term only, {shown(new)} belongs there"
                yield Edit("wrong factor", words, path, new)


def _symmetrised(path: Path, node: ast.expr, a: ast.expr) -> Iterator[Edit]:
    new = ast.BinOp(a, ast.Add(), turned(a))
    words = (
        f"hidden symmetry assumption: {shown(node)} is right only if {shown(a)} is symmetric, "
        f"else it is {shown(new)} (the transpose added)"
    )
    yield Edit("hidden symmetry assumption", words, path, new)


def axes(scene: Scene) -> Iterator[Edit]:
    """mean for sum, another axis, a missing axis, a missing sum."""
    for path, node in scene.expressions:
        if isinstance(node, ast.Call):
            name = _called(node)
            if name in ("sum", "mean"):
                yield _renamed(path, node, "mean" if name == "sum" else "sum")
            if name in REDUCTIONS or name in ALONG:
                yield from _other_axes(scene, path, node, name)
    for path, node in scene.expressions:
        if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load):
            yield from _summed_index(scene, path, node)


def missing_sums(scene: Scene) -> Iterator[Edit]:
    """A sum over one axis that is missing."""
    for path, node in scene.values:
        value = scene.node(path)
        for axis in range(0 if value is None else min(value.rank, 4)):
            assert value is not None
            over = scene.problem.axis_words(value.shape[axis])
            for extra in ("", ", keepdims=True"):
                new = scene.expression(f"{scene.prefix}sum(_x_, axis={axis}{extra})", _x_=node)
                words = f"missing sum: the sum of {shown(node)} over axis {axis}, {over}, is missing"
                yield Edit("missing sum", words, path, new)


def _called(node: ast.Call) -> str:
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def _renamed(path: Path, node: ast.Call, name: str) -> Edit:
    new = ast.Call(node.func, node.args, node.keywords)
    old = _called(node)
    new.func = (
        ast.Attribute(node.func.value, name, ast.Load())
        if isinstance(node.func, ast.Attribute)
        else ast.Name(name, ast.Load())
    )
    if name == "sum":
        words = f"mean instead of sum: the sum belongs where the mean stands in {shown(node)}"
        return Edit("mean instead of sum", words, path, new)
    return Edit(
        "sum instead of mean",
        f"{old} instead of {name}: {shown(new)} belongs where {shown(node)} stands",
        path,
        new,
    )


def _other_axes(scene: Scene, path: Path, node: ast.Call, name: str) -> Iterator[Edit]:
    """The same reduction over other axes."""
    method = isinstance(node.func, ast.Attribute) and not scene.is_module(node.func.value)
    inner = path + ((("func", None), ("value", None)) if method else (("args", 0),))
    rank = scene.rank(inner)
    given = next((k for k in node.keywords if k.arg == "axis"), None)
    rest = [k for k in node.keywords if k.arg not in ("axis", "keepdims")]
    most = 0 if method else 1
    arguments = list(node.args) if name in ALONG else list(node.args[:most])
    for chosen in _axis_choices(rank or 2):
        for keep in (False, True):
            if name in ALONG and (keep or not isinstance(chosen, int) or (given is None and rank != 1)):
                continue
            new = ast.Call(node.func, arguments, list(node.keywords))
            new.keywords = [*rest, ast.keyword("axis", parsed(repr(chosen)))]
            if keep:
                new.keywords.append(ast.keyword("keepdims", parsed("True")))
            if ast.dump(new) == ast.dump(node):
                continue
            whole = given is None and len(node.args) == most
            if whole:
                words = (
                    f"sum over all axes: {shown(node)} sums over everything, "
                    f"axis {chosen} belongs there (wrong axis)"
                )
            else:
                words = f"wrong axis (axes): {shown(new)} belongs where {shown(node)} stands"
            yield Edit("sum over all axes" if whole else "wrong axis", words, path, new)


def _axis_choices(rank: int) -> list[Any]:
    rank = min(rank, 4)
    singles: list[Any] = list(range(rank))
    several = [c for size in range(2, rank) for c in itertools.combinations(range(rank), size)]
    return [*singles, *several]


def _summed_index(scene: Scene, path: Path, node: ast.Subscript) -> Iterator[Edit]:
    """x[0] where the sum over that axis belongs."""
    parts = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
    fixed = [k for k, p in enumerate(parts) if isinstance(p, ast.Constant | ast.UnaryOp)]
    whole = all(
        isinstance(p, ast.Slice) and p.lower is p.upper is None for k, p in enumerate(parts) if k not in fixed
    )
    if not fixed or not whole:
        return
    axis: Any = fixed[0] if len(fixed) == 1 else tuple(fixed)
    new = scene.expression(f"{scene.prefix}sum(_x_, axis={axis!r})", _x_=node.value)
    words = (
        f"missing sum: {shown(node)} takes one entry, the (spatial or batch) sum over axis {axis} is missing"
    )
    yield Edit("missing sum", words, path, new)
    parent = scene.parent_call(path)
    if parent is not None:
        above, call = parent
        outer = next((k.value for k in call.keywords if k.arg == "axis"), None)
        if (
            isinstance(outer, ast.Constant)
            and isinstance(outer.value, int)
            and isinstance(node.value, ast.expr)
        ):
            both = tuple(sorted({outer.value, *fixed}))
            merged = scene.expression(f"{scene.prefix}sum(_x_, axis={both!r})", _x_=node.value)
            yield Edit("missing sum", words, above, merged)
