"""The same change in all places of a claim: a matrix transposed, another axis, another count."""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from symbp.evidence.claim_text import ClaimText, expressions, shown
from symbp.evidence.edits_names import FLIPPED

Turn = Callable[[ast.expr], ast.expr | None]
"""What stands in the place of an expression; None where it stays."""


@dataclass(frozen=True)
class ChangeEverywhere:
    """The statements with one change made wherever it applies, and the first of these places."""

    kind: str
    words: str
    first: ast.expr
    statements: list[ast.stmt]


def changes_everywhere(text: ClaimText) -> Iterator[ChangeEverywhere]:
    """Changes that apply in two places at least: single places are tried one by one elsewhere."""
    for kind, words, turn in (*_transposes(text), *_axes(text), *_counts(text), *_comparisons()):
        found: list[ast.expr] = []
        statements = [_turned(s, turn, found) for s in text.statements]
        if len(found) > 1:
            yield ChangeEverywhere(kind, words, found[0], statements)


def _turned(statement: ast.stmt, turn: Turn, found: list[ast.expr]) -> ast.stmt:
    class Walk(ast.NodeTransformer):
        def visit(self, node: ast.AST) -> ast.AST:
            other = turn(node) if isinstance(node, ast.expr) else None
            if other is None:
                return self.generic_visit(node)
            assert isinstance(node, ast.expr)
            found.append(node)
            return other

    changed = Walk().visit(copy.deepcopy(statement))
    assert isinstance(changed, ast.stmt)
    return changed


# -- transposes ------------------------------------------------------------------------------------


def _transposes(text: ClaimText) -> Iterator[tuple[str, str, Turn]]:
    model = {name: node for node, name in text.problem.names.items()}
    used = [n.id for s in text.statements for _, n in expressions(s) if isinstance(n, ast.Name)]
    for name in dict.fromkeys(used):
        if used.count(name) > 1 and name in model and model[name].rank == 2:
            both = f"{name} for {name}.T or the reverse"
            words = f"transpose: {name} has to be transposed wherever it stands ({both})"
            yield "transpose", words, _transposing(name)


def _transposing(name: str) -> Turn:
    def turn(node: ast.expr) -> ast.expr | None:
        match node:
            case ast.Attribute(value=ast.Name(id=found) as inner, attr="T") if found == name:
                return inner
            case ast.Name(id=found, ctx=ast.Load()) if found == name:
                return ast.Attribute(node, "T", ast.Load())
        return None

    return turn


# -- axes ------------------------------------------------------------------------------------------


def _axes(text: ClaimText) -> Iterator[tuple[str, str, Turn]]:
    """axis=0 for axis=1, given by name or as the only argument of a method."""
    used = {axis for s in text.statements for n in ast.walk(s) if (axis := _axis(n)) is not None}
    rank = max((n.rank for n in text.problem.forward), default=2)
    for old in sorted(used):
        for new in range(min(rank, 4)):
            if new != old:
                words = f"wrong axis (axes): axis {new} belongs wherever axis {old} stands"
                yield "wrong axis", words, _along(old, new)


def _axis(node: ast.AST) -> int | None:
    if not isinstance(node, ast.Call):
        return None
    given = next((k.value for k in node.keywords if k.arg == "axis"), None)
    if given is None and isinstance(node.func, ast.Attribute) and len(node.args) == 1:
        given = node.args[0]
    match given:
        case ast.Constant(value=int() as axis):
            return axis
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() as axis)):
            return -axis
    return None


def _along(old: int, new: int) -> Turn:
    def turn(node: ast.expr) -> ast.expr | None:
        if _axis(node) != old or not isinstance(node, ast.Call):
            return None
        value = ast.Constant(new)
        if any(k.arg == "axis" for k in node.keywords):
            named = [ast.keyword("axis", value) if k.arg == "axis" else k for k in node.keywords]
            return ast.Call(node.func, node.args, named)
        return ast.Call(node.func, [value], node.keywords)

    return turn


# -- counts ----------------------------------------------------------------------------------------


def _counts(text: ClaimText) -> Iterator[tuple[str, str, Turn]]:
    """n for n - 1, and the reverse."""
    for letter in text.problem.program.size_letters:
        less = ast.BinOp(ast.Name(letter, ast.Load()), ast.Sub(), ast.Constant(1))
        whole: ast.expr = ast.Name(letter, ast.Load())
        for old, new in ((less, whole), (whole, less)):
            words = f"wrong count: {shown(new)} belongs wherever {shown(old)} stands"
            yield "wrong count", words, _exchanging(old, new)


def _exchanging(old: ast.expr, new: ast.expr) -> Turn:
    wanted = ast.dump(old)

    def turn(node: ast.expr) -> ast.expr | None:
        return new if type(node) is type(old) and ast.dump(node) == wanted else None

    return turn


# -- comparisons -----------------------------------------------------------------------------------


def _comparisons() -> Iterator[tuple[str, str, Turn]]:
    def turn(node: ast.expr) -> ast.expr | None:
        if not isinstance(node, ast.Compare) or len(node.ops) != 1:
            return None
        flipped = FLIPPED.get(type(node.ops[0]))
        return ast.Compare(node.left, [flipped()], node.comparators) if flipped else None

    yield "wrong mask", "wrong mask: all comparisons are the wrong way round", turn
