"""The derivative of a recurrence: the backward recurrence, δ_t from δ_{t+1}.

With s_t = f(s_{t-1}, x_t, θ) and ḡ_t the gradient that reaches s_t from outside,
    s̄_t = ḡ_t + (∂f/∂s)ᵀ s̄_{t+1},   x̄_t = (∂f/∂x)ᵀ s̄_t,   θ̄ = Σ_t (∂f/∂θ)ᵀ s̄_t,
each product being one sweep through the body (Werbos 1990, "Backpropagation through time").
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace as replace_fields

from symbp.algebra.node import Node, adjoint_leaf, replace, topological
from symbp.algebra.size import Size
from symbp.calculus.trivial import is_trivial
from symbp.lang.names import program_word
from symbp.ops.arithmetic import add, total
from symbp.ops.constant_arrays import full, is_zero
from symbp.ops.registry import Composite
from symbp.ops.scan import Body, Local, part, placeholder, scan, states_before
from symbp.ops.structure.indexing import getitem
from symbp.ops.structure.slices import PUT_ZEROS

Simplifier = Callable[[Node], Node]
Namer = Callable[[Node, Node, int], Node]
BodySweep = Callable[[Sequence[tuple[Node, Node]], Sequence[Node], Simplifier, Namer], dict[Node, Node]]


def scan_adjoints(
    node: Node, upstream: Node, simplify: Simplifier, body_sweep: BodySweep
) -> list[Node | None]:
    """What a scan passes on to its first states, sequences and fixed arrays."""
    body, length, reverse = node.params
    count = len(body.states)
    _, sequences, fixed = _split(node.args, body)
    at_end = [_only_at_end(up, reverse, length) for up in upstream.args[:count]]
    reached = [k for k, up in enumerate(upstream.args) if not is_zero(up) and not any(at_end[k : k + 1])]
    back = _backward_body(node, reached, simplify, body_sweep)
    values = [part(node, k) for k in range(len(body.values))]
    before = [states_before(node, k) for k in range(count)]
    carried = [full(s.shape, 0) if end is None else end for s, end in zip(body.states, at_end, strict=True)]
    carried += [full(s.shape, 0) for s in body.fixed]
    along = [*(upstream.args[k] for k in reached), *before, *values, *sequences]
    result = _pruned_scan(back, carried, along, fixed, not reverse)
    ends = [_last(part(result, k), not reverse, length) for k in range(count + len(body.fixed))]
    streams = [part(result, count + len(body.fixed) + k) for k in range(len(sequences))]
    by_first: list[Node | None] = list(ends[:count])
    by_fixed = [e if f.dtype == "real" else None for e, f in zip(ends[count:], fixed, strict=True)]
    by_sequence = [a if s.dtype == "real" else None for a, s in zip(streams, sequences, strict=True)]
    return [*by_first, *by_sequence, *by_fixed]


def _pruned_scan(
    body: Body, first: Sequence[Node], sequences: Sequence[Node], fixed: Sequence[Node], reverse: bool
) -> Node:
    """The scan without sequences and fixed arrays that no step reads."""
    read = set(topological(body.values))
    along = [(s, v) for s, v in zip(body.sequences, sequences, strict=True) if s in read]
    along = along or [(body.sequences[-1], sequences[-1])]
    beside = [(s, v) for s, v in zip(body.fixed, fixed, strict=True) if s in read]
    small = replace_fields(body, sequences=tuple(s for s, _ in along), fixed=tuple(s for s, _ in beside))
    return scan(small, first, [v for _, v in along], [v for _, v in beside], reverse=reverse)


def _split(args: Sequence[Node], body: Body) -> tuple[list[Node], list[Node], list[Node]]:
    a, b = len(body.states), len(body.states) + len(body.sequences)
    return list(args[:a]), list(args[a:b]), list(args[b:])


def _only_at_end(upstream: Node, reverse: bool, length: Size) -> Node | None:
    """The gradient of the last step's state, where no other step is reached from outside."""
    if upstream.op is not PUT_ZEROS:
        return None
    head, *rest = upstream.params[0]
    last = length * 0 if reverse else length - 1
    whole = all(p is not None and p.is_whole(s) for p, s in zip(rest, upstream.shape[1:], strict=True))
    return upstream.args[0] if head is not None and head.drop and head.start == last and whole else None


class _StepNamer:
    """Names the adjoints of one step that are used more than once, and those that are carried."""

    def __init__(self, body: Body, carried: Collection[Node]) -> None:
        self.carried = carried
        self.words = {v: program_word(n) for v, n in zip(body.values, body.names, strict=True)}
        self.owner: dict[Node, int] = {}
        for k, value in enumerate(body.values):
            for node in topological([value], stop=lambda n: n in self.words and n is not value):  # noqa: B023
                self.owner.setdefault(node, k)
            self.owner[value] = k
        self.body = body
        self.found: list[tuple[Node, Local]] = []

    def __call__(self, node: Node, adjoint: Node, uses: int) -> Node:
        closed = isinstance(node.op, Composite) and node.op.closed is not None
        if not uses or (uses < 2 and not closed) or (is_trivial(adjoint) and adjoint not in self.carried):
            return adjoint
        owner = self.owner[node]
        word = "d" + self.words.get(node, f"z_{program_word(self.body.names[owner])}")
        taken = {local.word for _, local in self.found}
        numbered = itertools.chain([word], (f"{word}_{k}" for k in itertools.count(2)))
        unique = next(w for w in numbered if w not in taken)
        name = adjoint_leaf(unique, node.shape)
        self.found.append((name, Local(unique, node, adjoint, owner)))
        return name

    def inlined(self) -> tuple[dict[Node, Node], list[Local]]:
        """Each name -> what it stands for, and the adjoints with that put in."""
        values: dict[Node, Node] = {}
        locals_ = []
        for name, local in self.found:
            (values[name],) = replace([local.value], values)
            locals_.append(replace_fields(local, value=values[name]))
        return values, locals_


def _order(node: Node) -> int:
    """1 for the derivative of a recurrence, 2 for that of its derivative: their names must not meet."""
    order, source = 1, node.params[0].derivative_of
    while source is not None:
        order, source = order + 1, source.params[0].derivative_of
    return order


def _backward_body(node: Node, reached: Sequence[int], simplify: Simplifier, body_sweep: BodySweep) -> Body:
    """One step backwards: carried adjoints and sums from upstream, saved values and inputs.

    `reached` are the parts that the outside depends on.
    """
    body, _, reverse = node.params
    names, now = body.names, body.letter
    later = f"{now}-1" if reverse else f"{now}+1"
    mark = "∂" * _order(node)
    carried = [placeholder(f"{mark}{names[k]}[{later}]", s.shape) for k, s in enumerate(body.states)]
    sums = [placeholder(f"Σ{mark}{s.name}", s.shape) for s in body.fixed]
    upstream = {k: placeholder(f"{mark}⁺{names[k]}[{now}]", body.values[k].shape) for k in reached}
    saved = [placeholder(f"{n}[{now}]", v.shape, v.dtype) for n, v in zip(names, body.values, strict=True)]
    namer = _StepNamer(body, carried)
    found = body_sweep(_seeds(body, upstream, carried, simplify), body.inputs, simplify, namer)

    def adjoint(slot: Node) -> Node:
        return found.get(slot, full(slot.shape, 0))

    known = {v: s for v, s in zip(body.values, saved, strict=True) if not v.is_leaf}
    values = [
        *(adjoint(s) for s in body.states),
        *(simplify(add(so_far, adjoint(slot))) for so_far, slot in zip(sums, body.fixed, strict=True)),
        *(adjoint(s) for s in body.sequences),
    ]
    inlined, locals_ = namer.inlined()
    (*values,) = replace(replace(values, inlined), known)
    kept = replace([local.value for local in locals_], known)
    labels = [*(names[: len(body.states)]), *(s.name for s in body.fixed)]
    labels += [s.name.split("[")[0] for s in body.sequences]
    return Body(
        (*carried, *sums),
        (*upstream.values(), *body.states, *saved, *body.sequences),
        body.fixed,
        tuple(values),
        tuple(f"∂{label}" for label in labels),
        body.letter,
        body.from_one,
        tuple(replace_fields(local, value=v) for local, v in zip(locals_, kept, strict=True)),
        node,
    )


def _seeds(
    body: Body, upstream: Mapping[int, Node], carried: Sequence[Node], simplify: Simplifier
) -> list[tuple[Node, Node]]:
    """The values of a step with their adjoints: from outside, and for states from the step after."""
    seeds = []
    for k, value in enumerate(body.values):
        parts = [*([upstream[k]] if k in upstream else []), *carried[k : k + 1]]
        if parts and value.dtype == "real":
            seeds.append((value, simplify(total(parts))))
    return seeds


def _last(values: Node, reverse: bool, length: Size) -> Node:
    """The value after the last step."""
    return getitem(values, 0 if reverse else length - 1)
