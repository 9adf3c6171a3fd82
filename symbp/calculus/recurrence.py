"""The derivative of a recurrence: the backward recurrence, δ_t from δ_{t+1}.

With s_t = f(s_{t-1}, x_t, θ) and ḡ_t the gradient that reaches s_t from outside,
    s̄_t = ḡ_t + (∂f/∂s)ᵀ s̄_{t+1},   x̄_t = (∂f/∂x)ᵀ s̄_t,   θ̄ = Σ_t (∂f/∂θ)ᵀ s̄_t,
each product being one sweep through the body (Werbos 1990, "Backpropagation through time").
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from symbp.algebra.node import Node, replace
from symbp.algebra.size import Size
from symbp.ops.arithmetic import add
from symbp.ops.contract import full
from symbp.ops.scan import Body, part, placeholder, scan
from symbp.ops.structure import concatenate, getitem

Simplifier = Callable[[Node], Node]
BodySweep = Callable[[Sequence[tuple[Node, Node]], Sequence[Node], Simplifier], dict[Node, Node]]


def scan_adjoints(node: Node, upstream: Node, simplify: Simplifier, body_sweep: BodySweep) -> list[Node | None]:
    """What a scan passes on to its first states, sequences and fixed arrays."""
    body, length, reverse = node.params
    count = len(body.states)
    first, sequences, fixed = _split(node.args, body)
    back = _backward_body(body, simplify, body_sweep)
    values = [part(node, k) for k in range(len(body.values))]
    before = [_before(f, v, reverse) for f, v in zip(first, values, strict=False)]
    carried = [full(s.shape, 0) for s in (*body.states, *body.fixed)]
    result = scan(back, carried, [*upstream.args, *before, *values, *sequences], fixed, reverse=not reverse)
    ends = [_last(part(result, k), not reverse, length) for k in range(count + len(body.fixed))]
    along = [part(result, count + len(body.fixed) + k) for k in range(len(sequences))]
    by_first: list[Node | None] = list(ends[:count])
    by_fixed = [e if f.dtype == "real" else None for e, f in zip(ends[count:], fixed, strict=True)]
    by_sequence = [a if s.dtype == "real" else None for a, s in zip(along, sequences, strict=True)]
    return [*by_first, *by_sequence, *by_fixed]


def _split(args: Sequence[Node], body: Body) -> tuple[list[Node], list[Node], list[Node]]:
    a, b = len(body.states), len(body.states) + len(body.sequences)
    return list(args[:a]), list(args[a:b]), list(args[b:])


def _backward_body(body: Body, simplify: Simplifier, body_sweep: BodySweep) -> Body:
    """One step backwards: carried adjoints and sums from upstream, saved values and inputs."""
    carried = [placeholder(f"carry{k}", s.shape) for k, s in enumerate(body.states)]
    sums = [placeholder(f"sum{k}", s.shape) for k, s in enumerate(body.fixed)]
    upstream = [placeholder(f"up{k}", v.shape) for k, v in enumerate(body.values)]
    saved = [placeholder(f"value{k}", v.shape, v.dtype) for k, v in enumerate(body.values)]
    seeds = [
        (value, simplify(add(up, carried[k])) if k < len(carried) else up)
        for k, (value, up) in enumerate(zip(body.values, upstream, strict=True))
        if value.dtype == "real"
    ]
    found = body_sweep(seeds, body.inputs, simplify)

    def adjoint(slot: Node) -> Node:
        return found.get(slot, full(slot.shape, 0))

    known = {v: s for v, s in zip(body.values, saved, strict=True) if not v.is_leaf}
    values = [
        *(adjoint(s) for s in body.states),
        *(simplify(add(total, adjoint(slot))) for total, slot in zip(sums, body.fixed, strict=True)),
        *(adjoint(s) for s in body.sequences),
    ]
    return Body(
        (*carried, *sums),
        (*upstream, *body.states, *saved, *body.sequences),
        body.fixed,
        tuple(replace(values, known)),
        tuple(f"d{name}" for name in body.names),
    )


def _before(first: Node, values: Node, reverse: bool) -> Node:
    """The states that each step started from, time first."""
    head = getitem(first, (None, ...))
    if reverse:
        return concatenate([getitem(values, slice(1, None)), head], 0)
    return concatenate([head, getitem(values, slice(None, -1))], 0)


def _last(values: Node, reverse: bool, length: Size) -> Node:
    """The value after the last step."""
    return getitem(values, 0 if reverse else length - 1)
