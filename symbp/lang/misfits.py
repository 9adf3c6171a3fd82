"""Operands that do not fit, told with their shapes, the lines that set them and what would fit."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from symbp.algebra.node import Node
from symbp.errors import OperandError, ParseError, ShapeError, SymbpError, UnreadError
from symbp.lang import syntax
from symbp.lang.names import identifier
from symbp.lang.scope import Scope
from symbp.lang.values import Row, node_of
from symbp.ops import catalogue


def explained(
    error: OperandError, piece: syntax.Syntax, of: Callable[[syntax.Syntax], Any], scope: Scope
) -> SymbpError:
    """The error with its place, and with what each side is and which line said so."""
    if isinstance(error, UnreadError):
        return ParseError(error.reason, piece.place, hint=error.hint or _example(piece))
    if error.mismatch is not None:
        scope.unify(*error.mismatch)
    facts = list(error.facts)
    reason = error.reason
    if isinstance(piece, syntax.Binary):
        if piece.operator in ("juxtaposition", "dot"):
            reason = re.sub("^@ ", "the product ", reason)
        for side in (piece.left, piece.right):
            value = of(side)
            if isinstance(value, Node | Row):
                facts.append(_fact(side, value, scope))
        if not facts:
            return ParseError(reason, piece.place, hint=error.hint)
    elif isinstance(piece, syntax.Call | syntax.Method | syntax.Index):
        facts += _argument_facts(piece, of, scope)
    guessed = scope.is_guessing and isinstance(piece, syntax.Binary) and piece.operator == "juxtaposition"
    hint = _hint(piece, of) or (None if guessed else error.hint) or _one_size(error, scope) or _example(piece)
    return ShapeError(reason, piece.place, facts, hint)


def _example(piece: syntax.Syntax) -> str | None:
    """How the function that was called can be called."""
    if not isinstance(piece, syntax.Call | syntax.Method):
        return None
    found = catalogue.find(piece.function if isinstance(piece, syntax.Call) else piece.name)
    return found.hint if found is not None else None


def _one_size(error: OperandError, scope: Scope) -> str | None:
    """What is left to say where two declared sizes had to be equal."""
    if error.mismatch is None or scope.is_guessing or not scope.where_set:
        return None
    a, b = error.mismatch
    if str(a).isidentifier() and str(b).isidentifier():
        return f"if {a} and {b} are one size, declare them by one letter"
    return f"make {a} and {b} equal, or take other axes"


def _argument_facts(
    piece: syntax.Call | syntax.Method | syntax.Index, of: Callable[[syntax.Syntax], Any], scope: Scope
) -> list[str]:
    """What the named arrays among the arguments are, in lists too."""
    given = [value for _, value in piece.named] if not isinstance(piece, syntax.Index) else []
    given = [*((piece.parts if isinstance(piece, syntax.Index) else piece.arguments) or ()), *given]
    first = [] if isinstance(piece, syntax.Call) else [piece.receiver]
    flat = [a for g in [*first, *given] for a in (g.items if isinstance(g, syntax.Sequence) else [g])]
    named = [a for a in flat if isinstance(a, syntax.Reference) and isinstance(of(a), Node | Row)]
    return list(dict.fromkeys(_fact(a, of(a), scope) for a in named))


def _fact(side: syntax.Syntax, value: Node | Row, scope: Scope) -> str:
    node = node_of(value)
    text = _bracketed(side.place.snippet)
    shape = ", ".join(map(str, node.shape)) or "a number"
    fact = f"{text}[{shape}]" if node.shape else f"{text} is a number"
    if isinstance(side, syntax.Reference) and identifier(side.name) in scope.where_set:
        place = scope.where_set[identifier(side.name)]
        fact += f"   (line {place.line}: {place.snippet})"
    return fact


def _hint(piece: syntax.Syntax, of: Callable[[syntax.Syntax], Any]) -> str | None:
    """What would make an operator fit: a transpose, an axis of size 1."""
    if not isinstance(piece, syntax.Binary):
        return None
    a, b = of(piece.left), of(piece.right)
    if not isinstance(a, Node) or not isinstance(b, Node) or a.rank < 1 or b.rank < 1:
        return None
    if piece.operator not in ("@", "juxtaposition"):
        return _elementwise_hint(piece, a, b)
    left, right = (p.place.snippet for p in (piece.left, piece.right))
    sign = " @ " if piece.operator == "@" else " "
    mark = ".T" if piece.operator == "@" else "ᵀ"
    if b.rank == 2 and a.shape[-1] == b.shape[1]:
        return f"{left}{sign}{_bracketed(right)}{mark} contracts {a.shape[-1]} with {b.shape[1]}"
    inner_b = b.shape[-2] if b.rank > 1 else b.shape[0]
    if a.rank == 2 and a.shape[0] == inner_b:
        return f"{_bracketed(left)}{mark}{sign}{_bracketed(right)} contracts {a.shape[0]} with {inner_b}"
    if piece.operator == "juxtaposition" and a.rank == b.rank == 1:
        return (
            f"{left}ᵀ {right} is the inner product, {left} {right}ᵀ the outer, {left} ⊙ {right} elementwise"
        )
    return None


def _elementwise_hint(piece: syntax.Binary, a: Node, b: Node) -> str | None:
    if a.rank == b.rank == 2 and a.shape == b.shape[::-1]:
        return "transpose one of the two"
    for matrix, vector, side in ((a, b, piece.right), (b, a, piece.left)):
        if matrix.rank == 2 and vector.rank == 1 and matrix.shape[0] == vector.shape[0]:
            return f"{_bracketed(side.place.snippet)}[:, None] goes along the rows"
    return None


def _bracketed(text: str) -> str:
    return text if re.fullmatch(r"[\w.ᵀ]+(\[[^\[\]]*\])?|\w*\([^()]*\)", text) else f"({text})"
