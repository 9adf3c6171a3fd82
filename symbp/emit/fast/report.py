"""What `symbp generate --explain` says of a fast step: its calls, its memory, what each pass did."""

from __future__ import annotations

from collections import Counter

from symbp.algebra.size import Size, product
from symbp.calculus.derivation import Derivation
from symbp.emit.fast.compile import Planned, plan
from symbp.emit.fast.layout import Call, Layout, Operand, repeated, time_spans, total
from symbp.emit.fast.pages import Surroundings
from symbp.emit.numpy_names import IDENTIFIER

KINDS = {
    "entrywise": "entry by entry",
    "product": "products",
    "sum": "sums and selections",
    "choice": "choices by masks",
    "softmax": "softmax",
    "copy": "copies",
    "update": "updates in place",
    "check": "checks of classes",
    "scalar": "numbers",
    "plain": "in the plain spelling",
}


LINEAR_ALGEBRA = {"inv", "solve", "pinv", "cholesky", "det", "logdet"}


def _allocates(call: Call, name: str) -> bool:
    """Makes an array at each call; numbers of linear algebra and norms come out of one as well."""
    return call.kind == "plain" or (call.kind == "scalar" and name in {*LINEAR_ALGEBRA, "p_norm"})


def explained(derivation: Derivation, numba: bool = False) -> str:
    """The report as text; sizes stay letters."""
    letters = {letter: letter for letter in derivation.program.size_letters}
    planned = plan(derivation, Surroundings(letters, numba=numba))
    if planned is None:
        return "A recurrence within a recurrence has no layout: the step calls forward and backward.\n"
    return "\n".join(_lines(planned)) + "\n"


def _lines(planned: Planned) -> list[str]:
    layout = planned.layout
    counts = Counter(call.kind for call in layout.calls)
    spans = time_spans(layout.calls)
    lines = [f"{len(layout.calls) - 2 * len(spans)} calls"]
    lines += [f"  {counts[kind]:4d} {words}" for kind, words in KINDS.items() if counts[kind]]
    for start, stop, loop in spans:
        back = ", backwards" if loop.reverse else ""
        lines.append(f"  {stop - start - 2:4d} at each of {loop.length} steps{back}")
    lines += ["passes", *(f"  {name}: {text}" for name, text in layout.notes)]
    lines.append(f"workspace: {_workspace(layout)} numbers")
    lines.append(f"gradients: {total(v.entries for v in layout.values if v.place == 'result')} numbers")
    lines.append(f"operations: {total(call.flops for call in layout.calls)} flops")
    lines.append(f"memory traffic: {_traffic(layout)} numbers read or written")
    plain = [c.node.op.name for c in layout.calls if c.node is not None and _allocates(c, c.node.op.name)]
    if plain:
        named = ", ".join(sorted(set(plain)))
        lines.append(f"in the plain spelling, allocated at each call: {named}")
    if LINEAR_ALGEBRA & set(plain):
        lines.append("  (numpy.linalg has no place for its result, and works in memory of its own)")
    return lines


def _workspace(layout: Layout) -> Size:
    """Entries of all memory that is kept for values between the arguments and the gradients."""
    used = {o.key for call in layout.calls for o in call.operands}
    owners = {layout.slots[k] for k in used if layout.values[k].place == "workspace"}
    return total(layout.values[k].entries for k in sorted(owners))


def _traffic(layout: Layout) -> Size:
    """Entries that the calls touch."""
    varying = {loop.time for _, _, loop in time_spans(layout.calls)}

    def entries(operand: Operand) -> Size:
        shape = layout.values[operand.key].shape
        is_one_step = bool(varying & set(IDENTIFIER.findall(operand.view)))
        return product(operand.shape or shape[is_one_step:])

    calls = [(call, often) for call, often in repeated(layout.calls) if call.kind != "again"]
    return total(entries(o) * often for call, often in calls for o in call.operands)
