"""The index equation of each operation that is not elementwise; here of those that go over entries."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from symbp.algebra.node import Node
from symbp.emit import formula
from symbp.emit.formula import Formula
from symbp.emit.index_moves import MOVES
from symbp.emit.index_parts import ZERO, Notation, Rule, by_name, kronecker, product
from symbp.emit.letters import Letters


def _contract(self: Notation, node: Node, indices: tuple[Formula, ...]) -> Rule:
    _, out, sizes = node.params
    args, inputs = by_name(node, self.turned)
    at: dict[int, Formula] = {}
    deltas = []
    for label, index in zip(out, indices, strict=True):
        if label in at:
            deltas.append(kronecker(at[label], index))
        else:
            at[label] = index
    _solve(self, node, at)
    summed = [label for label in dict.fromkeys(i for s in inputs for i in s) if label not in at]
    for label in summed:
        at[label] = ZERO if sizes[label].is_one else self.letters.new(sizes[label])
    factors = []
    for position in _reading_order(inputs, out):
        value = yield args[position], tuple(at[label] for label in inputs[position])
        factors.append(value)
    bound = [at[label] for label in summed if not sizes[label].is_one]
    body = product([*factors, *deltas])
    return formula.big_sum(bound, body) if bound else body


def _solve(self: Notation, node: Node, at: dict[int, Formula]) -> None:
    """Σ_p δ[p,k] a[p] = a[k]: a summed label on an axis of the unit leaf takes that leaf's index."""
    if self.unit is None:
        return
    for arg, labels in zip(node.args, node.params[0], strict=True):
        for axis, index in zip(self.unit_axes.get(arg, ()), self.unit[1], strict=False):
            if axis is not None and labels[axis] not in at:
                at[labels[axis]] = index


def _reading_order(inputs: Sequence[Sequence[int]], out: Sequence[int]) -> list[int]:
    """Numbers first, then the factor with the first index of the result: x[n,a] δ[n,b]."""

    def key(position: int) -> tuple[int, int]:
        labels = inputs[position]
        places = [out.index(label) for label in labels if label in out]
        return (-1 if not labels else min(places, default=len(out)), position)

    return sorted(range(len(inputs)), key=key)


def _over(
    node: Node, indices: tuple[Formula, ...], letters: Letters
) -> tuple[list[Formula], tuple[Formula, ...]]:
    """New letters for reduced axes, and the indices of the argument."""
    axes, keepdims = node.params[0], node.params[1]
    left = list(indices)
    bound, inner = [], []
    for axis, size in enumerate(node.args[0].shape):
        if axis in axes:
            bound.append(letters.new(size))
            inner.append(bound[-1])
            if keepdims:
                left.pop(0)
        else:
            inner.append(left.pop(0))
    return bound, tuple(inner)


def _extremum(self: Notation, node: Node, indices: tuple[Formula, ...]) -> Rule:
    bound, inner = _over(node, indices, self.letters)
    value = yield node.args[0], inner
    return formula.big_sum(bound, value, node.op.name, f"\\{node.op.name}")


def _first(self: Notation, node: Node, indices: tuple[Formula, ...]) -> Rule:
    """[the entry is the first max]: its index equals argmax over the axes."""
    (axes,) = node.params
    letters = {axis: self.letters.new(node.shape[axis]) for axis in axes}
    value = yield node.args[0], tuple(letters.get(axis, index) for axis, index in enumerate(indices))
    kind = "argmax" if node.op.name == "first_max" else "argmin"
    best = formula.big_sum(list(letters.values()), value, kind, rf"\operatorname{{{kind}}}")
    own = formula.listed([indices[axis] for axis in axes])
    left = formula.bracketed(own) if len(axes) > 1 else own
    return formula.iverson(formula.equation(left, best))


def _arg(self: Notation, node: Node, indices: tuple[Formula, ...]) -> Rule:
    (axis,) = node.params
    letter = self.letters.new(node.args[0].shape[axis])
    value = yield node.args[0], (*indices[:axis], letter, *indices[axis:])
    return formula.big_sum([letter], value, node.op.name, rf"\operatorname{{{node.op.name}}}")


def _prod(self: Notation, node: Node, indices: tuple[Formula, ...]) -> Rule:
    bound, inner = _over(node, indices, self.letters)
    value = yield node.args[0], inner
    return formula.big_sum(bound, value, "Π", r"\prod")


def _running(self: Notation, node: Node, indices: tuple[Formula, ...]) -> Rule:
    axis = node.params[0]
    from_end = len(node.params) > 1 and node.params[1]
    letter = self.letters.new(node.shape[axis])
    inner = list(indices)
    inner[axis] = letter
    value = yield node.args[0], tuple(inner)
    signs = ("≥", r"\ge") if from_end else ("≤", r"\le")
    under = formula.atom(
        f"{letter.text} {signs[0]} {indices[axis].text}", f"{letter.latex} {signs[1]} {indices[axis].latex}"
    )
    big = ("Σ", r"\sum") if node.op.name == "cumsum" else ("Π", r"\prod")
    return formula.big_sum([under], value, *big)


RULES: dict[str, Callable[[Notation, Node, tuple[Formula, ...]], Rule]] = {
    **MOVES, "contract": _contract, "max": _extremum, "min": _extremum,
    "first_max": _first, "first_min": _first, "argmax": _arg, "argmin": _arg, "prod": _prod,
    "cumsum": _running, "cumprod": _running,
}  # fmt: skip
