"""NumPy's einsum: contractions spelled by letters."""

from __future__ import annotations

from collections.abc import Sequence
from string import ascii_letters
from typing import Any

from symbp.algebra.node import Node
from symbp.algebra.size import Size
from symbp.errors import OperandError
from symbp.ops.contract import contract
from symbp.ops.registry import function


@function(
    "einsum",
    example="einsum('ij,jk->ik', x, y) | x: n,m | y: m,k ;"
    " einsum(x, [0, 1], y, [1, 2], [2, 0]) | x: n,m | y: m,k",
)
def einsum(spec: Any, *operands: Any) -> Node:
    """NumPy's einsum, explicit or implicit output, with ... for broadcast axes.

    Lists of numbers may stand behind the operands in the place of letters: einsum(a, [0, 1], b, [1, 2]).
    """
    if isinstance(spec, Node) and operands and isinstance(operands[0], list | tuple):
        return einsum(*_lettered([spec, *operands]))
    if not isinstance(spec, str):
        raise OperandError("einsum: the first argument is a text such as 'ij,jk->ik'")
    text = spec.replace(" ", "")
    left, arrow, right = text.partition("->")
    inputs = left.split(",")
    if len(inputs) != len(operands):
        raise OperandError(f"einsum '{spec}' names {len(inputs)} operands, but gets {len(operands)}")
    width = 0
    for labels, operand in zip(inputs, operands, strict=True):
        letters = labels.replace("...", "")
        if not all(c.isalpha() for c in letters):
            raise OperandError(f"einsum: '{labels}' is no list of index letters")
        extra = operand.rank - len(letters)
        if extra < 0 or (extra and "..." not in labels):
            raise OperandError(
                f"einsum: '{labels}' names {len(letters)} axes, but the operand has rank {operand.rank}",
                hint="one letter for each axis; ... stands for those that are left",
            )
        width = max(width, extra)
    ellipsis_labels = [f"…{k}" for k in range(width)]
    full = [_expand_ellipsis(s, o.rank, ellipsis_labels) for s, o in zip(inputs, operands, strict=True)]
    everything = [label for labels in full for label in labels]
    if arrow:
        out = _expand_ellipsis(right, None, ellipsis_labels)
        missing = [label for label in out if label not in everything]
        if missing:
            hint = f"the operands have {', '.join(dict.fromkeys(everything))}"
            raise OperandError(f"einsum: output index '{missing[0]}' occurs in no operand", hint=hint)
    else:
        once = sorted({s for s in everything if everything.count(s) == 1 and s[0] != "…"})
        out = ellipsis_labels + once
    _check_letters(operands, full)
    return contract(operands, full, out)


def _lettered(listed: Sequence[Any]) -> list[Any]:
    """einsum(a, [0, 1], b, [1, 2], [0, 2]) as einsum('AB,BC->AC', a, b)."""
    out = listed[-1] if len(listed) % 2 else None
    pairs = listed[: len(listed) - (out is not None)]
    labels = [*pairs[1::2], *([out] if out is not None else [])]
    places = [k for one in labels for k in (one if isinstance(one, list | tuple) else [None])]
    if not all(k is ... or (isinstance(k, int) and 0 <= k < len(ascii_letters)) for k in places):
        raise OperandError("einsum: each operand is followed by a list of numbers from 0 on")
    letters = sorted(ascii_letters)
    words = ["".join("..." if k is ... else letters[k] for k in one) for one in labels]
    spec = ",".join(words[: len(pairs) // 2])
    return [spec if out is None else f"{spec}->{words[-1]}", *pairs[::2]]


def _check_letters(operands: Sequence[Node], listed: Sequence[Sequence[str]]) -> None:
    """OperandError where one letter names axes of two sizes, with the axis that would fit."""
    known: dict[str, Size] = {}
    for place, (operand, labels) in enumerate(zip(operands, listed, strict=True), start=1):
        for label, size in zip(labels, operand.shape, strict=True):
            wanted = known.setdefault(label, size)
            if wanted == size:
                continue
            fitting = [a for a, s in enumerate(operand.shape) if s == wanted]
            hint = f"axis {fitting[0]} of operand {place} has size {wanted}" if fitting else None
            raise OperandError(
                f"einsum: the letter {label} names axes of sizes {wanted} and {size}",
                hint=hint or "an axis of another size takes another letter",
                mismatch=(wanted, size),
            )


def _expand_ellipsis(labels: str, rank: int | None, ellipsis_labels: list[str]) -> list[str]:
    if "..." not in labels:
        return list(labels)
    head, _, tail = labels.partition("...")
    count = len(ellipsis_labels) if rank is None else rank - len(head) - len(tail)
    return [*head, *ellipsis_labels[len(ellipsis_labels) - count :], *tail]
