"""The pass that gives values which live inside one loop over blocks the size of a block."""

from __future__ import annotations

import re
from dataclasses import replace

from symbp.algebra.size import Size
from symbp.emit.fast.layout import Layout, Value, noted
from symbp.emit.fast.roles import leading

SIZED = re.compile(r"\{(shape|count)\}")
"""A constant that is made for whatever shape it has."""


def shrink_to_blocks(layout: Layout) -> Layout:
    """What only the calls of one loop touch has as many rows as a block."""
    values = list(layout.values)
    homes = _homes(layout)
    count = 0
    for key, home in homes.items():
        if home is not None:
            loop = layout.loops[home]
            depth = leading(values[key].shape, loop.rows)
            if depth is not None and _is_free(values[key]):
                shape = (Size.letter(loop.block), *values[key].shape[depth:])
                values[key] = replace(values[key], shape=shape)
                count += 1
    text = f"{count} values have the size of a block"
    return noted(replace(layout, values=tuple(values)), "shrink_to_blocks", text)


def _is_free(value: Value) -> bool:
    """Memory of the step that nobody outside sees."""
    return value.place == "workspace" or (value.place == "constant" and bool(SIZED.search(value.made)))


def _homes(layout: Layout) -> dict[int, int | None]:
    """Key -> the loop that all its calls stand in, where there is one."""
    homes: dict[int, int | None] = {}
    for position, call in enumerate(layout.calls):
        inside = (k for k, loop in enumerate(layout.loops) if loop.start <= position < loop.stop)
        home = next(inside, None)
        for operand in call.operands:
            homes[operand.key] = home if homes.get(operand.key, home) == home else None
    for operand in (*layout.outputs, *(o for _, o in layout.results)):
        homes[operand.key] = None
    return homes
