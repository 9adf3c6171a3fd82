"""What a call does to the rows of its operands: treats each for itself, adds up over them, or neither.

Rows are counted over the first axes: an array of n × t × d has n rows of t × d, or n t rows of d.
"""

from __future__ import annotations

import re
from functools import lru_cache

from symbp.algebra.size import Size, product
from symbp.emit.fast.layout import Call, Layout, Operand

ROWS, OVER_ROWS, TOTAL, NONE = "rows", "over rows", "total", ""
MERGED = 0
"""The first axis holds the rows and the axes after them."""
TOTAL_TEXT = re.compile(r"\{out\} = \{0\}\.dot\(\{[01]\}\)( / .+)?")
REDUCE_TEXT = re.compile(r"np\.add\.reduce\(\{0\}, (\d+|\([\d, ]+\)), None, \{out\}\)")
DOT = "{0}.dot({1}, {out})"


@lru_cache(maxsize=8192)
def leading(shape: tuple[Size, ...], rows: Size) -> int | None:
    """How many of the first axes make up the rows."""
    count = Size.of(1)
    for k, size in enumerate(shape, 1):
        count = count * size
        if count == rows:
            return k
    return None


def rows_in(layout: Layout, operand: Operand, rows: Size) -> int | None:
    """How many first axes of an operand are its rows; MERGED; None where blocks of rows cannot be taken."""
    value, shape = layout.values[operand.key], operand.shape
    before = leading(value.shape, rows)
    if shape is None or before is None:
        return None
    if operand.is_whole and product(shape) == product(value.shape):
        found = leading(shape, rows)
        return MERGED if found is None and shape and shape[0].divide(rows) is not None else found
    return 1 if operand.keeps_first and before == 1 and shape[:1] == (rows,) else None


def role(layout: Layout, call: Call, rows: Size) -> str:
    """How a call treats arrays that have so many rows."""
    if call.kind == "scalar":
        whole = all(_is_all_of_rows(layout, o, rows) for o in call.reads)
        return TOTAL if whole and TOTAL_TEXT.fullmatch(call.text) else NONE
    if call.out is None or any(o.shape is None for o in call.operands):
        return NONE
    if call.kind in ("entrywise", "copy"):
        return _entrywise(layout, call, rows)
    if call.kind == "softmax":
        found = rows_in(layout, call.out, rows)
        deep = found is not None and found < len(call.out.shape or ())
        return ROWS if deep and _rest_is_small(layout, call, rows) else NONE
    if call.each_row:
        return ROWS if all(rows_in(layout, o, rows) == 1 for o in call.operands) else NONE
    return _sums(layout, call, rows)


def _entrywise(layout: Layout, call: Call, rows: Size) -> str:
    """Rows where all operands have as many axes, or do not know of rows at all."""
    assert call.out is not None
    rank, found = len(call.out.shape or ()), rows_in(layout, call.out, rows)
    if found is None or not call.reads:
        return NONE
    seen = False
    for operand in call.reads:
        depth = rows_in(layout, operand, rows)
        if depth == found and len(operand.shape or ()) == rank:
            seen = True
        elif not _is_small(layout, operand, rows, rank - max(found, 1)):
            return NONE
    return ROWS if seen else NONE


def _is_small(layout: Layout, operand: Operand, rows: Size, rank: int) -> bool:
    """The same for all rows: has no axis that could be theirs."""
    shape = operand.shape or ()
    apart = rows not in shape and leading(layout.values[operand.key].shape, rows) is None
    return apart and len(shape) <= rank


def _rest_is_small(layout: Layout, call: Call, rows: Size) -> bool:
    """The array, positions and what is written, by rows; other numbers, rows and masks as they are."""
    first, *rest = call.reads
    whole = [o for o in rest if layout.values[o.key].kind == "int" or o.key == first.key]
    by_rows = all(rows_in(layout, o, rows) is not None for o in (first, *whole, *call.writes))
    rank = len(first.shape or ()) - max(rows_in(layout, first, rows) or MERGED, 1)
    return by_rows and all(_is_small(layout, o, rows, rank) for o in rest if o not in whole)


def _sums(layout: Layout, call: Call, rows: Size) -> str:
    """Products and sums along the rows or over them."""
    assert call.out is not None
    out = rows_in(layout, call.out, rows)
    reads = [rows_in(layout, o, rows) for o in call.reads]
    ranks = [len(o.shape or ()) for o in call.reads]
    if call.text == DOT and ranks == [2, 1]:
        by_rows = reads[0] in (MERGED, 1) and out == reads[0]
        return ROWS if by_rows and _is_small(layout, call.reads[1], rows, 1) else NONE
    if call.text == DOT and ranks == [1, 2]:
        return OVER_ROWS if reads[0] == reads[1] and reads[0] in (MERGED, 1) and out is None else NONE
    if call.text.startswith("np.vecdot"):
        return ROWS if out is not None and all(r == out for r in reads) else NONE
    if call.text.startswith("np.matmul"):
        return _matmul(layout, call, rows, out)
    axes = REDUCE_TEXT.fullmatch(call.text)
    if axes and reads == [1]:
        over = "0" in re.findall(r"\d+", axes[1])
        return (OVER_ROWS if out is None else NONE) if over else (ROWS if out == 1 else NONE)
    return NONE


def _matmul(layout: Layout, call: Call, rows: Size, out: int | None) -> str:
    """A product for each row, of two arrays or of one with the same matrix."""
    assert call.out is not None
    rank = len(call.out.shape or ())
    if out is None or out == MERGED or out > rank - 2:
        return NONE
    depths = [rows_in(layout, o, rows) for o in call.reads]
    for operand, depth in zip(call.reads, depths, strict=True):
        by_rows = depth == out and len(operand.shape or ()) == rank
        if not by_rows and not _is_small(layout, operand, rows, max(2, rank - out)):
            return NONE
    return ROWS if out in depths else NONE


def _is_all_of_rows(layout: Layout, operand: Operand, rows: Size) -> bool:
    """A whole array without its axes."""
    shape = layout.values[operand.key].shape
    return (
        operand.is_whole
        and len(shape) > 1
        and leading(shape, rows) is not None
        and (operand.shape == (product(shape),))
    )
