"""Tiny models in plain Python numbers: below a few hundred operations a NumPy call costs more than it does.

Every entry of every array is a number with a name of its own; the gradients are written at the end.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from symbp.algebra.node import Node, number
from symbp.emit.fast.joint import Joint, use_counts
from symbp.emit.numpy_plan import Names
from symbp.emit.numpy_text import Piece, number_text, power_text

MOST_ENTRIES = 160
"""Numbers that are worked out one by one, at most."""
INFIX = {"add": "+", "subtract": "-", "multiply": "*", "divide": "/"}
EXP = "2.718281828459045"
LARGEST_EXPONENT = "700.0"
Index = tuple[int, ...]


@dataclass(frozen=True)
class ScalarStep:
    """Lines of the step, and for each gradient its shape and the texts of its entries."""

    unpacking: tuple[str, ...]
    lines: tuple[tuple[Node, str], ...]
    output: str
    gradients: tuple[tuple[str, tuple[int, ...], tuple[str, ...]], ...]


def scalar_step(joint: Joint, arguments: Mapping[Node, str], names: Names) -> ScalarStep | None:
    """The step in numbers; None where it is too large or holds an operation without such a form."""
    order = joint.order()
    known = all(s.is_constant for node in order for s in node.shape)
    entries = sum(_count(node) for node in order) if known else MOST_ENTRIES + 1
    fit = all(n.is_leaf or n.op.name in ENTRIES for n in order) and len(joint.outputs) == 1
    if not fit or entries > MOST_ENTRIES or joint.outputs[0].rank or any(n.dtype != "real" for n in order):
        return None
    if not any(n.rank for n in order):
        return None
    return _Unrolled(joint, arguments, names).step()


def _count(node: Node) -> int:
    count = 1
    for size in node.shape:
        count *= size.constant
    return count


def _shape(node: Node) -> Index:
    return tuple(s.constant for s in node.shape)


def _indices(node: Node) -> list[Index]:
    return list(itertools.product(*(range(k) for k in _shape(node))))


class _Unrolled:
    """The entries of all nodes, as names or short texts."""

    def __init__(self, joint: Joint, arguments: Mapping[Node, str], names: Names) -> None:
        self.joint, self.names = joint, names
        self.order = joint.order()
        self.uses = use_counts(self.order, joint.roots)
        self.entries: dict[Node, dict[Index, str]] = {}
        self.rest: dict[Node, dict[Index, str]] = {}
        """1 - σ, beside σ"""
        self.lines: list[tuple[Node, str]] = []
        self.unpacking = [self._unpacked(node, name) for node, name in arguments.items() if node.rank]
        for node, name in arguments.items():
            if not node.rank:
                self.entries[node] = {(): name}

    def step(self) -> ScalarStep:
        for node in self.order:
            if node not in self.entries:
                self.entries[node] = ENTRIES[node.op.name](self, node)
        gradients = tuple(
            (name, _shape(value), tuple(self.entries[value].values())) for name, value in self.joint.results
        )
        output = self.entries[self.joint.outputs[0]][()]
        return ScalarStep(tuple(self.unpacking), tuple(self.lines), output, gradients)

    def _unpacked(self, node: Node, name: str) -> str:
        """((x_0_0, x_0_1),) = x.tolist()"""
        found = {i: self.names.fresh("_".join([name, *map(str, i)])) for i in _indices(node)}
        self.entries[node] = found

        def nested(prefix: Index) -> str:
            if len(prefix) == node.rank:
                return found[prefix]
            parts = [nested((*prefix, k)) for k in range(_shape(node)[len(prefix)])]
            return f"({parts[0]},)" if len(parts) == 1 else f"({', '.join(parts)})"

        text = nested(())
        return f"{text if text.endswith(',)') else text[1:-1]} = {name}.tolist()"

    def named(self, node: Node, entries: dict[Index, str]) -> dict[Index, str]:
        """Entries that several readers take get names."""
        name = self.joint.names.get(node)
        if self.uses[node] < 2 and name is None:
            return {i: text if text.isidentifier() else f"({text})" for i, text in entries.items()}
        word = name or node.op.name
        found = {}
        for index, text in entries.items():
            found[index] = self.names.fresh("_".join([word, *map(str, index)]))
            self.lines.append((node, f"{found[index]} = {text}"))
        return found

    def entry(self, node: Node, index: Index) -> str:
        """An entry for a broadcast index."""
        shape = _shape(node)
        tail = index[len(index) - len(shape) :]
        return self.entries[node][tuple(0 if n == 1 else i for n, i in zip(shape, tail, strict=True))]


# -- operations -----------------------------------------------------------------------------------


def _constant(step: _Unrolled, node: Node) -> dict[Index, str]:
    return {(): number_text(node.params[0])[0]}


def _infix(step: _Unrolled, node: Node) -> dict[Index, str]:
    a, b = node.args
    if node.op.name == "subtract" and number(a) == 1 and b in step.rest:
        return step.rest[b]
    sign = INFIX[node.op.name]
    texts = {i: f"{step.entry(a, i)} {sign} {step.entry(b, i)}" for i in _indices(node)}
    return step.named(node, texts)


def _negative(step: _Unrolled, node: Node) -> dict[Index, str]:
    return step.named(node, {i: f"-{step.entry(node.args[0], i)}" for i in _indices(node)})


def _power(step: _Unrolled, node: Node) -> dict[Index, str]:
    """x² as x x: a power is slower."""
    x, exponent = node.args
    bases = {i: step.entry(x, i) for i in _indices(node)}
    if number(exponent) == 2:
        return step.named(node, {i: f"{base} * {base}" for i, base in bases.items()})
    raised = Piece(step.entry(exponent, ()))
    return step.named(node, {i: power_text(Piece(base), raised) for i, base in bases.items()})


def _relu(step: _Unrolled, node: Node) -> dict[Index, str]:
    texts = {i: f"max({step.entry(node.args[0], i)}, 0.0)" for i in _indices(node)}
    return step.named(node, texts)


def _sigmoid(step: _Unrolled, node: Node) -> dict[Index, str]:
    """t = e⁻ˣ, cut where it would overflow; σ = 1/(1 + t), and 1 - σ = t σ without cancellation."""
    found: dict[Index, str] = {}
    rest: dict[Index, str] = {}
    word = step.joint.names.get(node, "sigmoid")
    for i in _indices(node):
        suffix = "_".join(["", *map(str, i)])
        x, t, found[i], rest[i] = (
            step.names.fresh(f"{word}{w}{suffix}") for w in ("_x", "_exp", "", "_rest")
        )
        step.lines.append((node, f"{x} = {step.entry(node.args[0], i)}"))
        step.lines.append(
            (node, f"{t} = {EXP} ** (-{x} if {x} > -{LARGEST_EXPONENT} else {LARGEST_EXPONENT})")
        )
        step.lines.append((node, f"{found[i]} = 1.0 / (1.0 + {t})"))
        step.lines.append((node, f"{rest[i]} = {t} * {found[i]}"))
    step.rest[node] = rest
    return found


def _contract(step: _Unrolled, node: Node) -> dict[Index, str]:
    """The sum over the labels that are not in the output."""
    inputs, out, sizes = node.params
    labels = sorted({x for part in (*inputs, out) for x in part})
    texts: dict[Index, list[str]] = {i: [] for i in _indices(node)}
    for point in itertools.product(*(range(sizes[x].constant) for x in labels)):
        at = dict(zip(labels, point, strict=True))
        factors = [
            step.entries[arg][tuple(at[x] for x in part)] for arg, part in zip(node.args, inputs, strict=True)
        ]
        index = tuple(at[x] for x in out)
        if index in texts:
            texts[index].append(" * ".join(factors) or "1.0")
    return step.named(node, {i: " + ".join(terms) or "0.0" for i, terms in texts.items()})


ENTRIES: dict[str, Callable[[_Unrolled, Node], dict[Index, str]]] = {
    "constant": _constant,
    **dict.fromkeys(INFIX, _infix),
    "negative": _negative,
    "power": _power,
    "relu": _relu,
    "sigmoid": _sigmoid,
    "contract": _contract,
}
