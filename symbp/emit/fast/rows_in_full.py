"""The pass that repeats short rows of constants, so that operations entry by entry need no broadcasting.

Starting anew at each row costs as much as some hundred entries of it.
"""

from __future__ import annotations

from dataclasses import replace

from symbp.algebra.size import Size, product
from symbp.emit.fast.layout import Call, Layout, Operand, Value, noted

MOST_REPEATED = 2**15
"""Entries of a repeated constant, at most: it has to stay in the cache."""


def rows_in_full(layout: Layout) -> Layout:
    """A row of equal numbers, which an operation reads beside whole arrays, gets the shape of its result.

    Loops over blocks of rows keep the row: their last block may be shorter.
    """
    values = list(layout.values)
    taken = {value.name for value in values}
    made: dict[tuple[int, tuple[Size, ...]], int] = {}

    def in_full(operand: Operand, shape: tuple[Size, ...]) -> Operand:
        row = values[operand.key]
        key = (operand.key, shape)
        if key not in made:
            made[key] = len(values)
            name = unique(f"{row.name}_full", taken)
            values.append(replace(row, name=name, shape=shape, row=row.shape))
        return Operand(made[key], shape=shape)

    calls = list(layout.calls)
    for position, call in enumerate(calls):
        in_loop = any(loop.start <= position < loop.stop for loop in layout.loops)
        if call.kind == "entrywise" and call.out is not None and not in_loop:
            reads = tuple(in_full(o, _shape(call)) if _is_short(values, call, o) else o for o in call.reads)
            calls[position] = replace(call, reads=reads)
    text = f"{len(made)} constants in the shape of what they meet"
    after = replace(layout, values=tuple(values), calls=tuple(calls), slots=tuple(range(len(values))))
    return noted(after, "rows_in_full", text)


def _shape(call: Call) -> tuple[Size, ...]:
    return (call.out.shape if call.out is not None else None) or ()


def _is_short(values: list[Value], call: Call, operand: Operand) -> bool:
    """A row of a constant that may have any number of rows, for a result with more axes."""
    value, shape = values[operand.key], _shape(call)
    is_row = value.place == "constant" and "{row}" in value.made and not operand.view
    entries = product(shape)
    is_large = entries.is_constant and entries.constant > MOST_REPEATED
    return is_row and len(shape) > len(value.shape) and not is_large


def unique(word: str, taken: set[str]) -> str:
    name, count = word, 2
    while name in taken:
        name, count = f"{word}_{count}", count + 1
    taken.add(name)
    return name
