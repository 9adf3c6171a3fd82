"""Index notation: one entry of an array as a formula with Σ and Kronecker δ.

`entry(node, indices)` follows each operation's index equation down to the names.  Indices count
from 0, as in NumPy.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping, Sequence

from symbp.algebra.node import Node, topological
from symbp.emit import formula
from symbp.emit.elementwise import constant, elementwise
from symbp.emit.formula import Formula
from symbp.emit.index_parts import (
    ZERO,
    Rule,
    Turned,
    aligned,
    done,
    kronecker,
    product,
)
from symbp.emit.index_rules import RULES
from symbp.emit.letters import Letters
from symbp.emit.recurrence import time_formula, unfolded, whole_part
from symbp.lang.names import Name
from symbp.ops.registry import Elementwise


class IndexNotation:
    """Entries over the named nodes; `letters` are the index letters that are still free.

    `whole` writes an array that is needed as a whole, such as the A in (A⁻¹)[i,j].  `unit` is a
    leaf U with indices k, whose entry U[i] is the Kronecker delta δ[i,k].
    """

    def __init__(
        self,
        names: Mapping[Node, Name],
        letters: Letters,
        whole: Callable[[Node], Formula],
        unit: tuple[Node, tuple[Formula, ...]] | None = None,
        turned: Turned | None = None,
    ) -> None:
        self.names = names
        self.letters = letters
        self.whole = whole
        self.unit = unit
        self.turned = turned or {}
        self.unit_axes: dict[Node, tuple[int | None, ...]] = {}

    def entry(self, root: Node, indices: Sequence[Formula]) -> Formula:
        """root[indices], where root itself is written out even if it has a name."""
        if self.unit is not None:
            self.unit_axes = unit_axes(root, self.unit[0], self.names)
        stack: list[Rule] = [self._rule(root, tuple(indices), top=True)]
        answer: Formula | None = None
        while stack:
            try:
                request = stack[-1].send(answer)  # type: ignore[arg-type]
            except StopIteration as finished:
                answer = finished.value
                stack.pop()
            else:
                stack.append(self._rule(*request, top=False))
                answer = None
        assert answer is not None
        return answer

    def free_indices(self, node: Node) -> list[Formula]:
        """A letter for each axis; 0 for an axis of size 1."""
        return [ZERO if size.is_one else self.letters.new(size) for size in node.shape]

    # -- rules ----------------------------------------------------------------------------------

    def _rule(self, node: Node, indices: tuple[Formula, ...], top: bool) -> Rule:
        if self.unit is not None and node is self.unit[0]:
            pairs = zip(indices, self.unit[1], strict=True)
            return done(product([kronecker(i, k) for i, k in pairs if i.text != k.text]))
        if node in self.names and (not top or node.is_leaf):
            return done(formula.indexed(formula.symbol(self.names[node]), indices))
        number = constant(node)
        if number is not None:
            return done(number)
        step = self._step(node, indices)
        if step is not None:
            return step
        if node.is_leaf:
            return done(formula.indexed(formula.atom(node.name, node.name), indices))
        rule = RULES.get(node.op.name)
        if rule is not None:
            return rule(self, node, indices)
        if elementwise(node, [ZERO] * len(node.args), formula.scaled) is not None:
            return self._elementwise(node, indices)
        meaning = node.op.definition(node)
        if meaning is None:
            return done(formula.indexed(self.whole(node), indices))
        return self._defined(meaning, indices)

    def _step(self, node: Node, indices: tuple[Formula, ...]) -> Rule | None:
        """An entry of h[T], or of what a backward recurrence gives; None for anything else."""
        found = unfolded(node, self.names)
        if found is not None:
            return self._summed(*found, indices)
        if whole_part(node, self.names) is not None:
            return done(formula.indexed(self.whole(node), indices))
        taken = time_formula(node, self.names)
        return None if taken is None else done(formula.indexed(taken, indices))

    def _summed(self, time: Formula | None, value: Node, indices: tuple[Formula, ...]) -> Rule:
        inside = yield value, indices
        return inside if time is None else formula.big_sum([time], inside)

    def _defined(self, meaning: Node, indices: tuple[Formula, ...]) -> Rule:
        result = yield from self._rule(meaning, indices, top=True)
        return result

    def _elementwise(self, node: Node, indices: tuple[Formula, ...]) -> Rule:
        args = []
        for arg in node.args:
            value = yield arg, aligned(indices, arg)
            args.append(value)
        result = elementwise(node, args, formula.scaled)
        assert result is not None
        return result


def unit_axes(root: Node, unit: Node, names: Container[Node]) -> dict[Node, tuple[int | None, ...]]:
    """For each node above `unit`: which of its axes each axis of `unit` is, None where it is bound."""
    found: dict[Node, tuple[int | None, ...]] = {unit: tuple(range(unit.rank))}
    for node in topological([root], stop=lambda n: n is unit or (n in names and n is not root)):
        ways = {_carried(node, position, found[a]) for position, a in enumerate(node.args) if a in found}
        if len(ways) == 1:
            found[node] = ways.pop()
    return found


def _carried(node: Node, position: int, axes: tuple[int | None, ...]) -> tuple[int | None, ...]:
    arg = node.args[position]
    to: dict[int, int] = {}
    if node.op.name == "contract":
        labels, out = node.params[0][position], node.params[1]
        to = {axis: out.index(label) for axis, label in enumerate(labels) if label in out}
    elif node.op.name == "getitem":
        parts = enumerate(node.params[0])
        places = [place for place, part in parts if part is not None and not part.drop]
        kept = [axis for axis, part in enumerate(p for p in node.params[0] if p is not None) if not part.drop]
        whole = [p.is_whole(s) for p, s in zip(filter(None, node.params[0]), arg.shape, strict=True)]
        to = {axis: place for axis, place in zip(kept, places, strict=True) if whole[axis]}
        if any(part is not None and part.drop for part in node.params[0]):
            to = {}
    elif isinstance(node.op, Elementwise):
        shift = node.rank - arg.rank
        to = {a: a + shift for a in range(arg.rank) if arg.shape[a] == node.shape[a + shift]}
    return tuple(None if axis is None else to.get(axis) for axis in axes)
