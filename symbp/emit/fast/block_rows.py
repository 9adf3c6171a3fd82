"""The pass that does row-wise chains block by block, so that what lies between stays in the cache.

A chain is a run of calls that treat each row for itself (entry by entry, sums along rows, softmax,
a product for each sample) or add up over the rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from symbp.algebra.size import Size, product
from symbp.emit.fast.layout import Call, Layout, Loop, Operand, Value, noted
from symbp.emit.fast.roles import DOT, NONE, OVER_ROWS, ROWS, TOTAL, TOTAL_TEXT, role

LEAST_CALLS = 3
FARTHEST = 256
"""How many other calls may stand between two of a chain; so deep nets take time linear in their depth."""
ALONG = ("np.vecdot", "np.matmul", DOT)


@dataclass
class Chain:
    """Calls of a loop over blocks of rows, and what is done before and after it."""

    rows: Size
    before: list[Call] = field(default_factory=list)
    run: list[Call] = field(default_factory=list)
    after: list[Call] = field(default_factory=list)


@dataclass
class Roles:
    """The roles of calls, each found out once: neither calls change, nor the values that they name."""

    layout: Layout
    known: dict[tuple[int, Size], tuple[Call, str]] = field(default_factory=dict)

    def of(self, call: Call, rows: Size) -> str:
        key = id(call), rows
        if key not in self.known:
            self.known[key] = call, role(self.layout, call, rows)
        return self.known[key][1]


def block_rows(layout: Layout) -> Layout:
    """Chains with a sum along rows, a softmax or products of samples become loops over blocks of rows."""
    calls: list[Call] = list(layout.calls)
    values = list(layout.values)
    loops: list[Loop] = []
    roles = Roles(layout)
    position = 0
    wall = last = 0
    while position < len(calls):
        if calls[position].loop is not None:  # one step of a recurrence is small
            position = next(k for k in range(position, len(calls)) if calls[k].kind == "again")
        if position >= wall:
            wall, last = _stretch(calls, position)
        if position > last:
            position = wall
            continue
        chain = _longest(roles, calls, position)
        if chain is None:
            position += 1
            continue
        _add_up(values, chain)
        roles.layout = replace(layout, values=tuple(values))
        start = position + len(chain.before)
        stop = start + len(chain.run)
        calls[position:] = [*chain.before, *chain.run, *chain.after]
        block = f"block#{len(loops) + 1}"  # no size of a model is called so
        loops.append(Loop(start, stop, chain.rows, block, _width(values, chain), _quiet(chain.run)))
        position = wall = stop
    after = replace(layout, calls=tuple(calls), values=tuple(values), loops=tuple(loops))
    text = f"{len(loops)} chains of row-wise calls in blocks"
    return noted(replace(after, slots=tuple(range(len(values)))), "block_rows", text)


def _quiet(run: Sequence[Call]) -> tuple[str, ...]:
    """What is ignored: exponentials may overflow before they are shifted, and infinity times 0 be NaN."""
    unshifted = [call.in_block for call in run if call.in_block]
    masked = any("np.multiply" in text.partition("if not")[0] for text in unshifted)
    return ("over", "invalid") if masked else ("over",) if unshifted else ()


# -- finding a chain ------------------------------------------------------------------------------


def _stretch(calls: Sequence[Call], start: int) -> tuple[int, int]:
    """Where calls from a position on meet what is a barrier for any rows, and the last look before it.

    No chain begins after that look, which is found out once for all calls, not from each.
    """
    last = -1
    for position in range(start, len(calls)):
        call = calls[position]
        kind = ROWS if call.each_row or call.text != DOT else NONE
        if position > start and _is_barrier(call, kind):
            return position, last
        if _looks(call):
            last = position
    return len(calls), last


def _longest(roles: Roles, calls: Sequence[Call], start: int) -> Chain | None:
    """The chain from a position on, by the first axis or by several: the longest, then the finest."""
    out = calls[start].out
    shape = () if out is None else roles.layout.values[out.key].shape
    counts = dict.fromkeys(product(shape[:k]) for k in range(1, max(2, len(shape))))
    best: Chain | None = None
    for rows in counts if shape else ():
        found = None if rows.is_one else _chain(roles, calls, start, rows)
        if found is not None and (best is None or len(found.run) >= len(best.run)):
            best = found
    return best


def _chain(roles: Roles, calls: Sequence[Call], start: int, rows: Size) -> Chain | None:
    """The calls from a position on to the next barrier: those of the chain, those before and after it."""
    if roles.of(calls[start], rows) != ROWS:
        return None
    chain = Chain(rows)
    read: set[int] = set()
    written: set[int] = set()
    delayed: set[int] = set()
    awaited: set[int] = set()
    position = latest = start
    while position < len(calls) and position - latest <= FARTHEST:
        call = calls[position]
        kind = roles.of(call, rows)
        if _is_barrier(call, kind):
            break
        position += 1
        keys, own = {o.key for o in call.operands}, {o.key for o in call.writes}
        sums_up = kind in (OVER_ROWS, TOTAL)
        if keys & delayed or own & awaited or (sums_up and own & read):
            kind = ""
        if kind:
            latest = position
            chain.run.append(call)
            written |= own
            read |= {o.key for o in call.reads}
            delayed |= own if sums_up else set()
        elif keys & (delayed | written) or own & (awaited | read):
            chain.after.append(call)
            delayed |= own
            awaited |= keys
        else:
            chain.before.append(call)
    if not _is_worth_it(chain.run):
        return None
    narrow = _taken_out_narrow(chain)
    late = {o.key for call in chain.after for o in call.writes}
    if any(o.key in late for call in narrow for o in call.operands):
        return None
    chain.after = [*narrow, *chain.after, *calls[position:]]
    return chain


def _is_barrier(call: Call, kind: str) -> bool:
    """A matrix product over all rows, or an operation in the plain spelling."""
    is_product = call.kind == "product" and all(len(o.shape or (0, 0)) > 1 for o in call.reads)
    return call.kind in ("plain", "time", "again") or (is_product and not kind)


def _is_worth_it(run: Sequence[Call]) -> bool:
    """Several calls on whole rows, and one that looks at a row as a whole."""
    weights = {"entrywise": 1, "copy": 1, "softmax": 3}
    wide = [c for c in run if any(map(_is_wide, c.writes))]
    weight = sum(weights.get(c.kind, 2 if c.each_row else 0) for c in wide)
    return weight >= LEAST_CALLS and any(map(_looks, run))


def _looks(call: Call) -> bool:
    """At a row as a whole."""
    return call.kind == "softmax" or call.each_row or call.text.startswith(ALONG)


def _is_wide(operand: Operand) -> bool:
    shape = operand.shape or ()
    return len(shape) > 1 and not product(shape[1:]).is_one


def _taken_out_narrow(chain: Chain) -> list[Call]:
    """Calls on one number a row that no whole row waits for are done for all rows at once, after it."""
    needed: set[int] = set()
    kept: list[Call] = []
    narrow: list[Call] = []
    for call in reversed(chain.run):
        wide = call.kind != "entrywise" or (call.out is not None and _is_wide(call.out))
        if wide or needed & {o.key for o in call.writes}:
            needed |= {o.key for o in call.operands}
            kept.append(call)
        else:
            narrow.append(call)
    chain.run = kept[::-1]
    return narrow[::-1]


# -- sums over the rows -----------------------------------------------------------------------------


def _add_up(values: list[Value], chain: Chain) -> None:
    """Sums over rows start at zero and grow by the part of each block."""
    made: list[Call] = []
    layout = Layout(tuple(values), (), (), ())
    for call in chain.run:
        kind = role(layout, call, chain.rows)
        if kind == TOTAL:
            found = TOTAL_TEXT.fullmatch(call.text)
            count = found[1] if found else None
            chain.before.append(Call("{out} = 0.0", (), call.out, "update", call.node))
            text = "{out} += " + call.text.removeprefix("{out} = ").removesuffix(count or "")
            made.append(replace(call, text=text, kind="update"))
            if count:
                shared = "{out} /= " + count.removeprefix(" / ")
                chain.after.insert(0, Call(shared, (), call.out, "update", call.node))
        elif kind == OVER_ROWS and call.out is not None:
            chain.before.append(Call("{out}.fill(0.0)", (), call.out, "update", call.node))
            base = values[call.out.key]
            values.append(replace(base, name=f"{base.name}_part", place="workspace", given=False))
            part = replace(call.out, key=len(values) - 1)
            made.append(replace(call, out=part))
            text = "np.add({0}, {1}, {out})"
            made.append(Call(text, (call.out, part), call.out, "update", call.node))
        else:
            made.append(call)
    chain.run = made


def _width(values: Sequence[Value], chain: Chain) -> Size:
    """The entries of the longest row."""
    width = Size.of(1)
    for operand in (o for call in chain.run for o in call.operands):
        inner = product(values[operand.key].shape).divide(chain.rows)
        if inner is not None and _larger(inner, width):
            width = inner
    return width


def _larger(a: Size, b: Size) -> bool:
    sizes = dict.fromkeys(sorted(a.letters | b.letters), 64)
    return a.value(sizes) > b.value(sizes)
