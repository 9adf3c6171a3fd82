"""What the passes over recurrences share: one step with other values, or with more arguments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace as replace_fields

from symbp.algebra.node import Node, make, replace, topological
from symbp.emit.numpy_names import WORDS
from symbp.ops.scan import SCAN, Body, placeholder


def moving(body: Body) -> set[Node]:
    """Nodes of the step that depend on a state."""
    found = set(body.states)
    for node in topological(body.values):
        if any(a in found for a in node.args):
            found.add(node)
    return found


def widened(
    node: Node,
    along: Sequence[tuple[Node, Node]] = (),
    beside: Sequence[tuple[Node, Node]] = (),
) -> Node:
    """The scan with more arguments: pairs of a placeholder and what stands for it."""
    body, length, reverse = node.params
    cut = len(body.states) + len(body.sequences)
    args = (*node.args[:cut], *(v for _, v in along), *node.args[cut:], *(v for _, v in beside))
    wider = replace_fields(
        body,
        sequences=(*body.sequences, *(s for s, _ in along)),
        fixed=(*body.fixed, *(s for s, _ in beside)),
    )
    return make(SCAN, args, (wider, length, reverse), ())


def exchanged(node: Node, exchange: Mapping[Node, Node]) -> Node:
    """The scan with nodes of its step exchanged for others, also where the step names them."""
    body, *rest = node.params
    after = replace([*body.values, *(local.value for local in body.locals)], exchange)
    values, named = tuple(after[: len(body.values)]), after[len(body.values) :]
    kept = tuple(replace_fields(local, value=v) for local, v in zip(body.locals, named, strict=True))
    return make(SCAN, node.args, (replace_fields(body, values=values, locals=kept), *rest), ())


def fresh_placeholder(body: Body, word: str, like: Node, taken: list[str]) -> Node:
    """A placeholder with a name that the body does not have."""
    names = {s.name for s in body.inputs} | set(taken)
    name, count = f"{word}[{body.letter}]", 2
    while name in names:
        name, count = f"{word}{count}[{body.letter}]", count + 1
    taken.append(name)
    return placeholder(name, like.shape, like.dtype)


def with_values(node: Node, values: Sequence[Node], names: Sequence[str]) -> Node:
    """The scan with other parts."""
    body, *rest = node.params
    return make(SCAN, node.args, (replace_fields(body, values=tuple(values), names=tuple(names)), *rest), ())


def name_of(body: Body, node: Node) -> str:
    """What a part that a pass adds is called: by its own name, or after the value that it goes into."""
    for local in body.locals:
        if local.value is node:
            return local.word
    for name, value in zip(body.names, body.values, strict=False):
        if node in topological([value]):
            return f"{name.partition(':')[0]}:{WORDS.get(node.op.name, node.op.name)}"
    return node.op.name
