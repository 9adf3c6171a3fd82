"""Tiny models in plain Python numbers: below a few hundred operations a NumPy call costs more than it does.

Every entry of every array is a number with a name of its own; the gradients are written at the end.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from symbp.algebra.node import Node, number
from symbp.emit.fast.joint import Joint, use_counts
from symbp.emit.numpy_names import Names
from symbp.emit.numpy_text import Piece, number_text, power_text
from symbp.ops.structure.positions import concrete_key

MOST_ENTRIES = 160
"""Numbers that are worked out one by one, at most."""
INFIX = {"add": "+", "subtract": "-", "multiply": "*", "divide": "/"}
FUNCTIONS = {
    "tanh": "",
    "exp": "{x} < 709.0",
    "expm1": "{x} < 709.0",
    "log": "{x} > 0.0",
    "log1p": "{x} > -1.0",
    "sqrt": "{x} >= 0.0",
    "sin": "abs({x}) < 1e300",
    "cos": "abs({x}) < 1e300",
}
"""Functions of the module math, and where they raise no error: elsewhere NumPy gives infinity or nan."""
EXTREMES = {"maximum": "max", "minimum": "min"}
COMPARISONS = {"greater": ">", "greater_equal": ">=", "less": "<", "less_equal": "<="}
LARGEST_EXPONENT = "700.0"
Index = tuple[int, ...]


@dataclass(frozen=True)
class ScalarStep:
    """Lines of the step, and for each gradient its shape and the texts of its entries."""

    unpacking: tuple[str, ...]
    lines: tuple[tuple[Node, str], ...]
    output: str
    gradients: tuple[tuple[str, tuple[int, ...], tuple[str, ...]], ...]
    imports: tuple[str, ...]


def scalar_step(joint: Joint, arguments: Mapping[Node, str], names: Names) -> ScalarStep | None:
    """The step in numbers; None where it is too large or holds an operation without such a form."""
    order = joint.order()
    known = all(s.is_constant for node in order for s in node.shape)
    entries = sum(_count(node) for node in order) if known else MOST_ENTRIES + 1
    fit = all(n.is_leaf or _has_form(n) for n in order) and len(joint.outputs) == 1
    numbers = all(n.dtype == "real" or n.op.name in COMPARISONS for n in order)
    if not fit or entries > MOST_ENTRIES or joint.outputs[0].rank or not numbers:
        return None
    return _Unrolled(joint, arguments, names).step()


def _has_form(node: Node) -> bool:
    """Python numbers raise an error where arrays give an infinity: divisors are constants, powers whole."""
    if node.op.name == "divide":
        return number(node.args[1]) not in (None, 0)
    if node.op.name == "power":
        exponent = number(node.args[1])
        return exponent is not None and exponent >= 0 and exponent.denominator == 1
    return node.op.name in ENTRIES


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
        self.imported: dict[str, str] = {}
        """Function of the module math -> its name in the file."""
        self.unpacking = [self._unpacked(node, name) for node, name in arguments.items() if node.rank]
        for node, name in arguments.items():
            if not node.rank:
                self.entries[node] = {(): name}
                self.unpacking.append(f"{name} = float({name})")

    def step(self) -> ScalarStep:
        for node in self.order:
            if node not in self.entries:
                self.entries[node] = ENTRIES[node.op.name](self, node)
        gradients = tuple(
            (name, _shape(value), tuple(self.entries[value].values())) for name, value in self.joint.results
        )
        output = self.entries[self.joint.outputs[0]][()]
        pairs = [name if name == own else f"{name} as {own}" for name, own in sorted(self.imported.items())]
        imports = (f"from math import {', '.join(pairs)}",) if pairs else ()
        return ScalarStep(tuple(self.unpacking), tuple(self.lines), output, gradients, imports)

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

    def function(self, name: str) -> str:
        """What a function of the module math is called."""
        if name not in self.imported:
            self.imported[name] = self.names.fresh(name)
        return self.imported[name]

    def variable(self, node: Node, text: str, word: str) -> str:
        """A text that is read several times, as a variable."""
        if text.isidentifier():
            return text
        name = self.names.fresh(word)
        self.lines.append((node, f"{name} = {text}"))
        return name

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


def _function(step: _Unrolled, node: Node) -> dict[Index, str]:
    """Of the module math; where that raises an error NumPy's, as a Python number again."""
    name, where = node.op.name, FUNCTIONS[node.op.name]
    word = step.joint.names.get(node, name)
    texts = {}
    for i in _indices(node):
        x = step.entry(node.args[0], i)
        if where:
            x = step.variable(node, x, "_".join([word, "x", *map(str, i)]))
        text = f"{step.function(name)}({x})"
        texts[i] = f"{text} if {where.format(x=x)} else float(np.{name}({x}))" if where else text
    return step.named(node, texts)


def _sech_squared(step: _Unrolled, node: Node) -> dict[Index, str]:
    """1 / cosh² x, beyond 350 as there: it is 0 to rounding."""
    (x,) = node.args
    cosh = step.function("cosh")
    texts = {i: f"{cosh}(min(abs({step.entry(x, i)}), 350.0)) ** -2" for i in _indices(node)}
    return step.named(node, texts)


def _larger(step: _Unrolled, node: Node) -> dict[Index, str]:
    a, b = node.args
    name = EXTREMES[node.op.name]
    return step.named(node, {i: f"{name}({step.entry(a, i)}, {step.entry(b, i)})" for i in _indices(node)})


def _compare(step: _Unrolled, node: Node) -> dict[Index, str]:
    """A mask as a truth value: a number counts with it as 0 or 1."""
    a, b = node.args
    sign = COMPARISONS[node.op.name]
    return step.named(node, {i: f"{step.entry(a, i)} {sign} {step.entry(b, i)}" for i in _indices(node)})


def _sum_of(terms: Iterable[str]) -> str:
    return " + ".join(terms) or "0.0"


def _in_brackets(terms: Sequence[str]) -> str:
    return f"({_sum_of(terms)})" if len(terms) > 1 else terms[0]


def _squared_norm(step: _Unrolled, node: Node) -> dict[Index, str]:
    entries = step.entries[node.args[0]].values()
    return step.named(node, {(): _sum_of(f"{x} * {x}" for x in entries)})


def _mean(step: _Unrolled, node: Node) -> dict[Index, str]:
    """The sum along axes, divided by the count."""
    (x,) = node.args
    axes, keepdims = node.params
    terms: dict[Index, list[str]] = {}
    for index, text in step.entries[x].items():
        kept = tuple(0 if k in axes else i for k, i in enumerate(index) if keepdims or k not in axes)
        terms.setdefault(kept, []).append(text)
    return step.named(node, {i: f"{_in_brackets(t)} / {len(t)}.0" for i, t in terms.items()})


def _reshape(step: _Unrolled, node: Node) -> dict[Index, str]:
    return dict(zip(_indices(node), step.entries[node.args[0]].values(), strict=True))


def _getitem(step: _Unrolled, node: Node) -> dict[Index, str]:
    """The chosen entries, found among the places of all."""
    (x,) = node.args
    places = np.arange(_count(x)).reshape(_shape(x))[concrete_key(node.params[0], lambda s: s.constant)]
    entries = list(step.entries[x].values())
    return {i: entries[int(k)] for i, k in zip(_indices(node), np.ravel(places), strict=True)}


def _put_zeros(step: _Unrolled, node: Node) -> dict[Index, str]:
    """Zeros but for the chosen entries."""
    (x,) = node.args
    places = np.arange(_count(node)).reshape(_shape(node))[concrete_key(node.params[0], lambda s: s.constant)]
    given = dict(zip((int(k) for k in np.ravel(places)), step.entries[x].values(), strict=True))
    return {i: given.get(k, "0.0") for k, i in enumerate(_indices(node))}


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
        x = step.variable(node, step.entry(node.args[0], i), f"{word}_x{suffix}")
        t, found[i], rest[i] = (step.names.fresh(f"{word}{w}{suffix}") for w in ("_exp", "", "_rest"))
        cut = f"{LARGEST_EXPONENT} if {x} < -{LARGEST_EXPONENT} else -{x}"
        step.lines.append((node, f"{t} = {step.function('exp')}({cut})"))
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
    **dict.fromkeys(FUNCTIONS, _function),
    **dict.fromkeys(EXTREMES, _larger),
    **dict.fromkeys(COMPARISONS, _compare),
    "sech_squared": _sech_squared,
    "squared_norm": _squared_norm,
    "mean": _mean,
    "reshape": _reshape,
    "getitem": _getitem,
    "put_zeros": _put_zeros,
}
