"""The pass that does row-wise chains block by block, so that what lies between stays in the cache.

A chain is a run of calls that treat each row for itself (entry by entry, sums along rows, softmax)
or add up over the rows.  Values that only the chain reads get the size of a block.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from symbp.algebra.size import Size, product
from symbp.emit.fast.layout import Call, Layout, Loop, Operand, Value

ROWS, OVER_ROWS, TOTAL, NONE = "rows", "over rows", "total", ""
LEAST_CALLS = 3


def block_rows(layout: Layout) -> Layout:
    """Chains with a sum along rows or a softmax become loops over blocks of rows."""
    calls: list[Call] = list(layout.calls)
    values = list(layout.values)
    loops: list[Loop] = []
    position = 0
    while position < len(calls):
        found = _chain(replace(layout, values=tuple(values)), calls, position)
        if found is None:
            position += 1
            continue
        rows, before, run, after = found
        before, run = _with_accumulators(values, before, run, rows)
        start = position + len(before)
        calls[position:] = [*before, *run, *after]
        block = "block" if not loops else f"block_{len(loops) + 1}"
        width = _shrink(layout, values, calls, range(start, start + len(run)), rows, block)
        quiet = any(call.in_block for call in run)
        loops.append(Loop(start, start + len(run), rows, block, width, quiet))
        position = start + len(run)
    text = f"{len(loops)} chains of row-wise calls in blocks"
    notes = (*layout.notes, ("block_rows", text))
    return replace(
        layout,
        calls=tuple(calls),
        values=tuple(values),
        slots=tuple(range(len(values))),
        loops=tuple(loops),
        notes=notes,
    )


# -- what a call does to rows ---------------------------------------------------------------------


def role(layout: Layout, call: Call, rows: Size) -> str:
    """How a call treats arrays whose first axis has that size."""
    shapes = [o.shape for o in call.operands]
    if call.kind == "scalar":
        return _total(layout, call, rows)
    if any(s is None for s in shapes) or call.out is None:
        return NONE
    lead = [bool(s) and s[0] == rows for s in shapes if s is not None]
    reads, writes = lead[: len(call.reads)], lead[len(call.reads) :]
    if call.kind in ("entrywise", "softmax"):
        small = all(is_row or _is_small(o, rows) for is_row, o in zip(reads, call.reads, strict=True))
        return ROWS if all(writes) and small and any(reads) else NONE
    if call.text == "{0}.dot({1}, {out})" and call.kind == "product":
        a, b = call.reads
        if reads == [True, False] and all(writes) and len(b.shape or ()) == 1:
            return ROWS
        if reads == [True, True] and not any(writes) and len(a.shape or ()) == 1:
            return OVER_ROWS
    if call.text.startswith("np.vecdot"):
        return ROWS if all(reads) and all(writes) else NONE
    return NONE


def _total(layout: Layout, call: Call, rows: Size) -> str:
    """A sum of all entries of a product."""
    whole = all(_is_all_of_rows(layout, o, rows) for o in call.reads)
    return TOTAL if whole and call.text == "{out} = {0}.dot({1})" else NONE


def _is_all_of_rows(layout: Layout, operand: Operand, rows: Size) -> bool:
    """A whole array without its axes."""
    shape = layout.values[operand.key].shape
    return len(shape) == 2 and shape[0] == rows and operand.shape == (product(shape),)


def _is_small(operand: Operand, rows: Size) -> bool:
    """A number or one row."""
    shape = operand.shape or ()
    return len(shape) <= 1 and rows not in shape


def _rows_of(call: Call) -> Size | None:
    """The number of rows that a chain starting with this call would have."""
    if call.out is None or not call.out.shape:
        return None
    shape = call.out.shape
    return shape[0] if not shape[0].is_one else None


# -- finding a chain ------------------------------------------------------------------------------


def _chain(
    layout: Layout, calls: Sequence[Call], start: int
) -> tuple[Size, list[Call], list[Call], list[Call]] | None:
    """(rows, calls before, the chain, calls after) from a position on."""
    rows = _rows_of(calls[start])
    if rows is None or role(layout, calls[start], rows) != ROWS:
        return None
    before: list[Call] = []
    run: list[Call] = []
    later: list[Call] = []
    written: set[int] = set()
    delayed: set[int] = set()
    position = start
    for position in range(start, len(calls) + 1):
        if position == len(calls) or _is_barrier(calls[position]):
            break
        call = calls[position]
        keys = {o.key for o in call.operands}
        kind = role(layout, call, rows)
        own = {o.key for o in call.writes}
        touched = {o.key for c in run for o in c.operands}
        if keys & delayed:
            later.append(call)
            delayed |= own
        elif kind:
            if kind in (OVER_ROWS, TOTAL) and own & {o.key for c in run for o in c.reads}:
                later.append(call)
                delayed |= own
                continue
            run.append(call)
            written |= own
            if kind in (OVER_ROWS, TOTAL):
                delayed |= own
        elif keys & written or own & touched:
            later.append(call)
            delayed |= own
        else:
            before.append(call)
    if not _is_worth_it(layout, run):
        return None
    run, narrow = _without_narrow(layout, run, rows)
    if any({o.key for o in call.operands} & {o.key for o in c.writes} for call in narrow for c in later):
        return None
    return rows, before, run, [*narrow, *later, *calls[position:]]


def _without_narrow(layout: Layout, run: Sequence[Call], rows: Size) -> tuple[list[Call], list[Call]]:
    """Calls on one number a row that no whole row waits for are done for all rows at once."""
    needed: set[int] = set()
    kept: list[Call] = []
    narrow: list[Call] = []
    for call in reversed(run):
        wide = call.kind != "entrywise" or (call.out is not None and _is_wide(call.out))
        if wide or needed & {o.key for o in call.writes}:
            needed |= {o.key for o in call.operands}
            kept.append(call)
        else:
            narrow.append(call)
    return kept[::-1], narrow[::-1]


def _is_barrier(call: Call) -> bool:
    """A matrix product, or an operation in the plain spelling."""
    if call.kind == "plain":
        return True
    return call.kind == "product" and all(len(o.shape or (0, 0)) > 1 for o in call.reads)


def _is_worth_it(layout: Layout, run: Sequence[Call]) -> bool:
    """Several calls on whole rows, and one that looks at a row as a whole."""
    wide = [c for c in run if c.kind in ("entrywise", "softmax") and c.out is not None and _is_wide(c.out)]
    wide += [c for c in run if c.kind == "softmax"] * 2
    along = [c for c in run if c.kind != "entrywise" and c.out is not None]
    return len(wide) >= LEAST_CALLS and any(
        c.kind == "softmax" or c.text.startswith(("np.vecdot", "{0}.dot")) for c in along
    )


def _is_wide(operand: Operand) -> bool:
    shape = operand.shape or ()
    return len(shape) > 1 and not product(shape[1:]).is_one


# -- sums over the rows -----------------------------------------------------------------------------


def _with_accumulators(
    values: list[Value], before: list[Call], run: list[Call], rows: Size
) -> tuple[list[Call], list[Call]]:
    """Sums over rows start at zero and grow by the part of each block."""
    made: list[Call] = []
    for call in run:
        reads_rows = all(bool(o.shape) and o.shape[0] == rows for o in call.reads if o.shape is not None)
        if call.kind == "scalar":
            before.append(Call("{out} = 0.0", (), call.out, "update", call.node))
            made.append(replace(call, text="{out} += {0}.dot({1})", kind="update"))
            continue
        over = call.kind == "product" and reads_rows and len(call.reads) == 2 and call.out is not None
        if not over or call.out is None:
            made.append(call)
            continue
        before.append(Call("{out}.fill(0.0)", (), call.out, "update", call.node))
        base = values[call.out.key]
        part = replace(base, name=f"{base.name}_part", place="workspace", given=False)
        values.append(part)
        target = Operand(len(values) - 1, shape=call.out.shape)
        made.append(replace(call, out=target))
        made.append(Call("np.add({0}, {1}, {out})", (call.out, target), call.out, "update", call.node))
    return before, made


def _shrink(
    layout: Layout, values: list[Value], calls: Sequence[Call], span: range, rows: Size, block: str
) -> Size:
    """Values that only the chain touches get as many rows as a block; the entries of the longest row."""
    outside = {o.key for k, c in enumerate(calls) if k not in span for o in c.operands}
    outside |= {o.key for o in (*layout.outputs, *(o for _, o in layout.results))}
    width = Size.of(1)
    for k in span:
        for operand in calls[k].operands:
            value = values[operand.key]
            shape = value.shape
            if shape and shape[0] == rows:
                inner = product(shape[1:])
                if _larger(inner, width):
                    width = inner
                if operand.key not in outside and value.place == "workspace":
                    values[operand.key] = replace(value, shape=(Size.letter(block), *shape[1:]))
    return width


def _larger(a: Size, b: Size) -> bool:
    letters = sorted(a.letters | b.letters)
    sizes = dict.fromkeys(letters, 64)
    return a.value(sizes) > b.value(sizes)
