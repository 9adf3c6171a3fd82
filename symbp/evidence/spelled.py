"""A node as NumPy text that reads back to the same value, over the names of a model.

This is the plain spelling that a corrected line of a claim is written in: each name that is known
stands for its node, everything else is written out.  NotSpelled where an operation has no words.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from symbp.algebra.node import CONSTANT, SIZE, SYMBOLIC, Node, topological
from symbp.evidence import spelled_arithmetic, spelled_arrays, spelled_contract, spelled_moves
from symbp.evidence.spelled_text import ATOM, LONGEST, NotSpelled, Text, number_text, size_text
from symbp.ops.contract import CONTRACT
from symbp.ops.registry import FUNCTIONS, Elementwise
from symbp.ops.unspecified import Unspecified

WRITERS = {
    **spelled_arithmetic.WRITERS,
    **spelled_contract.WRITERS,
    **spelled_arrays.WRITERS,
    **spelled_moves.WRITERS,
}
UNPREFIXED = ("sigmoid", "softmax", "log_softmax", "logsumexp", "relu", "softplus", "gelu", "erf")


class Speller:
    """Writes nodes over known names; `prefix` stands before functions ("np." or nothing)."""

    def __init__(self, names: Mapping[Node, str], prefix: str = "") -> None:
        self.names: Mapping[Node, str] = dict(names)
        self.prefix = prefix
        self._done: dict[Node, Text] = {}

    def __call__(self, node: Node) -> str:
        return self.piece(node)[0]

    def piece(self, node: Node) -> Text:
        """NotSpelled where the node cannot be written."""
        stack = [node]
        while stack:
            current = stack[-1]
            if current in self._done or current in self.names:
                stack.pop()
                continue
            below = self._below(current)
            waiting = [b for b in below if b not in self._done and b not in self.names]
            if waiting:
                stack += waiting
                continue
            text = self._written(current, [self._known(b) for b in below])
            if len(text[0]) > LONGEST:
                raise NotSpelled("too long")
            self._done[current] = text
            stack.pop()
        return self._known(node)

    def _known(self, node: Node) -> Text:
        return (self.names[node], ATOM) if node in self.names else self._done[node]

    @staticmethod
    def _below(node: Node) -> Sequence[Node]:
        if node.op.name in WRITERS or node.op is CONTRACT or _is_function(node):
            return node.args
        if isinstance(node.op, Unspecified):
            return node.args
        meaning = node.meaning
        if meaning is not None:
            return (meaning,)
        return node.args

    def _written(self, node: Node, parts: list[Text]) -> Text:
        if node.op is CONSTANT:
            return number_text(node.params[0])
        if node.op is SIZE:
            return size_text(node.params[0])
        if node.op is SYMBOLIC:
            return f"{self.prefix}{node.params[0]}", ATOM
        writer = WRITERS.get(node.op.name)
        if writer is not None:
            return writer(self, node, parts)
        if _is_function(node):
            return self.call(node.op.name, parts)
        if isinstance(node.op, Unspecified):
            raise NotSpelled(node.op.name)
        if node.meaning is not None:
            return parts[0]
        raise NotSpelled(node.op.name)

    def call(self, name: str, parts: Iterable[Text | str]) -> Text:
        inside = ", ".join(p if isinstance(p, str) else p[0] for p in parts)
        return f"{'' if name in UNPREFIXED else self.prefix}{name}({inside})", ATOM


def _is_function(node: Node) -> bool:
    """An operation entry by entry that the language knows under its own name."""
    return isinstance(node.op, Elementwise) and node.op.name in FUNCTIONS and node.op.name not in WRITERS


def statements(
    root: Node, names: Mapping[Node, str], wanted: Mapping[Node, str], result: str, prefix: str = ""
) -> list[str]:
    """Lines whose last one gives the root; what is used more than once has a line of its own.

    `wanted` suggests names for such nodes.  NotSpelled where a node has no words.
    """
    known = dict(names)
    order = topological([root], stop=lambda n: n in known)
    uses: dict[Node, int] = {}
    for node in order:
        if node not in known:
            for arg in node.args:
                uses[arg] = uses.get(arg, 0) + 1
    lines: list[str] = []
    taken = set(known.values()) | {result}
    for node in order:
        often = uses.get(node, 0) > 1 and node.args and node.rank > 0 and node.op.name not in ("getitem",)
        if node in known or node is root or not (often or node in wanted):
            continue
        name = wanted.get(node) or next(f"t{k}" for k in range(1, len(order) + 2) if f"t{k}" not in taken)
        if name in taken:
            continue
        lines.append(f"{name} = {Speller(known, prefix)(node)}")
        known[node] = name
        taken.add(name)
    text = Speller(known, prefix)(root)
    return [*lines, f"{result} = {text}" if lines else text]
