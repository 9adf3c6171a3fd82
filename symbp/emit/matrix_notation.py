"""Matrix notation: δ₂ = (δ₃ W₃ᵀ) ⊙ h₂ ⊙ (1 − h₂), ∂L/∂W₂ = h₁ᵀ δ₂, ∂L/∂b₂ = 1ᵀ δ₂.

Powers, quotients and functions act entry by entry.  A contraction is written as products,
transposes, traces, inner products and diagonal matrices where its labels form chains
(symbp.emit.chains), else as an index formula in brackets.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from symbp.algebra.node import Node, topological
from symbp.emit import formula
from symbp.emit.chains import Factor, chain
from symbp.emit.elementwise import constant, elementwise
from symbp.emit.formula import Formula
from symbp.emit.index_notation import IndexNotation
from symbp.emit.index_parts import Turned, by_name
from symbp.emit.letters import Letters, size_formula
from symbp.emit.recurrence import time_formula, unfolded, whole_part
from symbp.lang.names import Name
from symbp.ops.constant_arrays import is_zero
from symbp.ops.scan import SCAN


class MatrixNotation:
    """Formulas over the named nodes."""

    def __init__(self, names: Mapping[Node, Name], letters: Letters, turned: Turned | None = None) -> None:
        """`turned` are the named transposes (symbp.emit.index_parts.named_transposes)."""
        self.names = names
        self.letters = letters
        self.turned = turned or {}

    def formula(self, root: Node) -> Formula:
        """root, written out even if it has a name."""
        written: dict[Node, Formula] = {}
        for node in topological([root], stop=lambda n: self._ends(n) and n is not root):
            if node.op is SCAN:
                written[node] = formula.atom("scan", r"\mathrm{scan}")
            elif node in self.names and node is not root:
                written[node] = formula.symbol(self.names[node])
            else:
                written[node] = self._node(node, [written[a] for a in node.args])
        return written[root]

    def _ends(self, node: Node) -> bool:
        return node in self.names or node.op is SCAN

    def _step(self, node: Node) -> Formula | None:
        """h[T], Σ_t of what the steps of a backward recurrence contribute, or what its last step gives."""
        found = unfolded(node, self.names)
        if found is None:
            whole = whole_part(node, self.names)
            if whole is None:
                return time_formula(node, self.names)
            inside = formula.enclosed("[", self.formula(whole[1]), "]", "[", "]")
            return formula.indexed(inside, [whole[0]])
        time, value = found
        inside = self.formula(value)
        return inside if time is None else formula.big_sum([time], inside)

    def _node(self, node: Node, args: list[Formula]) -> Formula:
        step = self._step(node)
        if step is not None:
            return step
        number = constant(node)
        if number is not None:
            return number
        if node.is_leaf:
            return (
                formula.symbol(self.names[node]) if node in self.names else formula.atom(node.name, node.name)
            )
        if is_zero(node):
            return formula.number(0)
        if node.op.name == "contract":
            return chain(node, self._factors(node, args), self.letters.copy()) or self._by_index(node)
        entrywise = elementwise(node, args, _product(node))
        return entrywise if entrywise is not None else _structural(node, args)

    def _factors(self, node: Node, written: Sequence[Formula]) -> list[Factor]:
        """The arguments of a contraction as they are written, named transposes by their names."""
        named, inputs = by_name(node, self.turned)
        return [
            Factor(labels, own if arg is now else formula.symbol(self.names[now]))
            for arg, now, labels, own in zip(node.args, named, inputs, written, strict=True)
        ]

    def index(self, unit: tuple[Node, tuple[Formula, ...]] | None = None) -> IndexNotation:
        """Index notation over the same names, with fresh letters."""
        return IndexNotation(self.names, self.letters.copy(), self.formula, unit, self.turned)

    def entries(self, name: Formula, node: Node) -> tuple[Formula, Formula]:
        """(name[i,j], the entry of the node at i,j)."""
        notation = self.index()
        indices = notation.free_indices(node)
        return formula.indexed(name, indices), notation.entry(node, indices)

    def _by_index(self, node: Node) -> Formula:
        """[Σ_k A[i,k] B[k,j]]_ij: what has no matrix notation."""
        notation = self.index()
        indices = notation.free_indices(node)
        inside = notation.entry(node, indices)
        if not indices:
            return inside
        return formula.indexed(formula.enclosed("[", inside, "]", "[", "]"), indices)


class _Product:
    """a ⊙ b of arrays, a b where one of them is a number."""

    def __init__(self, node: Node) -> None:
        self.node = node

    def __call__(self, a: Formula, b: Formula) -> Formula:
        left, right = self.node.args
        if left.shape and right.shape:
            return formula.hadamard([a, b])
        return formula.scaled(b, a) if left.shape else formula.scaled(a, b)


def _product(node: Node) -> _Product:
    return _Product(node)


_INVERSE = formula.negative(formula.number(1))


def _structural(node: Node, args: Sequence[Formula]) -> Formula:
    name = node.op.name
    if name in WRITTEN:
        return WRITTEN[name](node, args)
    return formula.call(formula.function_name(name), args, _extras(node))


def _squared_norm(node: Node, args: Sequence[Formula]) -> Formula:
    return formula.power(formula.enclosed("‖", args[0], "‖", r"\|", r"\|"), formula.number(2))


_SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


def _p_norm(node: Node, args: Sequence[Formula]) -> Formula:
    axes, _, p = node.params
    if len(axes) < node.args[0].rank:
        return formula.call(formula.function_name("norm"), args, [str(p), *_extras(node)])
    bars = formula.enclosed("‖", args[0], "‖", r"\|", r"\|")
    small = str(p).translate(_SUBSCRIPTS) if p.denominator == 1 else f"_({p})"
    return formula.atom(bars.text + small, f"{bars.latex}_{{{formula.number(p).latex}}}")


def _inverse(node: Node, args: Sequence[Formula]) -> Formula:
    return formula.power(args[0], _INVERSE)


def _solve(node: Node, args: Sequence[Formula]) -> Formula:
    return formula.matrix_product([_inverse(node, args), args[1]])


def _reshape(node: Node, args: Sequence[Formula]) -> Formula:
    shape = [size_formula(s) for s in node.shape]
    under = formula.atom(" × ".join(s.text for s in shape), r" \times ".join(s.latex for s in shape))
    return formula.call(formula.function_name("reshape"), [*args, under])


def _put_zeros(node: Node, args: Sequence[Formula]) -> Formula:
    return formula.call(formula.function_name("put"), args, ["at " + key_text(node.params[0], node)])


def _gather(node: Node, args: Sequence[Formula]) -> Formula:
    axes, _ = node.params
    keys = [formula.atom(":", ":")] * (axes[-1] + 1)
    for axis, index in zip(axes, args[1:], strict=True):
        keys[axis] = index
    return _at(args[0], formula.listed(keys))


def _concatenate(node: Node, args: Sequence[Formula]) -> Formula:
    """[A, B] beside each other, [A; B] below each other."""
    (axis,) = node.params
    if axis < node.rank - 2 or node.rank > 2:
        return formula.call(formula.function_name("concatenate"), args, _extras(node))
    sign = ", " if node.rank == 2 and axis == 1 else "; "
    inside = formula.atom(sign.join(a.text for a in args), sign.join(a.latex for a in args))
    return formula.enclosed("[", inside, "]", "[", "]")


def _arange(node: Node, args: Sequence[Formula]) -> Formula:
    """[0, …, n − 1]."""
    start, step = node.params
    last = start + (node.shape[0] - 1) * step
    dots = formula.atom("…", r"\dots")
    inside = formula.listed([size_formula(start), dots, size_formula(last)])
    return formula.enclosed("[", inside, "]", "[", "]")


def _integers(node: Node, args: Sequence[Formula]) -> Formula:
    """[0, 2, 1], nested for more axes."""
    text = str(node.params[0]).replace(",)", ")").replace("(", "[").replace(")", "]")
    return formula.atom(text, text)


def _scatter(node: Node, args: Sequence[Formula]) -> Formula:
    axes = node.params[0]
    plain = list(axes) == list(range(len(axes)))
    words = [] if plain else ["axis " + ", ".join(map(str, axes))]
    return formula.call(formula.function_name("scatter"), args, words)


def _pad(node: Node, args: Sequence[Formula]) -> Formula:
    widths = ", ".join(f"({before}, {after})" for before, after in node.params[0])
    return formula.call(formula.function_name("pad"), args, [widths])


def _frames(node: Node, args: Sequence[Formula]) -> Formula:
    """windows(x, 2 × 2 on axes 2, 3, stride 2) and its adjoint fold."""
    frames = node.params[0]
    words = " × ".join(str(width) for _, width, _, _ in frames)
    words += " on axis " + ", ".join(str(axis) for axis, _, _, _ in frames)
    for place, word in ((2, "stride"), (3, "dilation")):
        steps = [str(frame[place]) for frame in frames]
        if set(steps) != {"1"}:
            words += f", {word} " + (steps[0] if len(set(steps)) == 1 else " × ".join(steps))
    return formula.call(formula.function_name(node.op.name), args, [words])


def _at(base: Formula, key: Formula) -> Formula:
    """base[key]."""
    inner = formula.fit(base, ())
    return Formula(f"{inner.text}[{key.text}]", rf"{inner.latex}\left[{key.latex}\right]")


def _getitem(node: Node, args: Sequence[Formula]) -> Formula:
    """x[1:n]; an axis of size 1 that only aligns a broadcast is left unwritten."""
    key, (arg,) = node.params[0], args
    taken = [part for part in key if part is not None]
    if all(p.is_whole(s) for p, s in zip(taken, node.args[0].shape, strict=True)):
        row = len(key) == 2 and key[0] is None and node.args[0].rank == 1
        return formula.transposed(arg) if row else arg
    return _at(arg, formula.atom(key_text(key, node.args[0]), _key_latex(key, node.args[0])))


def key_text(key: Sequence[Any], whole: Node) -> str:
    """As NumPy writes it, with : for a whole axis."""
    words = []
    axis = 0
    for part in key:
        if part is None:
            words.append("None")
            continue
        words.append(":" if part.is_whole(whole.shape[axis]) else str(part))
        axis += 1
    return ", ".join(words)


def _key_latex(key: Sequence[Any], whole: Node) -> str:
    """The same with size letters as they are set: 0:d_3."""
    words = []
    axis = 0
    for part in key:
        if part is None:
            words.append(r"\text{None}")
            continue
        if part.is_whole(whole.shape[axis]):
            words.append(":")
        elif part.drop:
            words.append(size_formula(part.start).latex)
        elif part.step == 1:
            words.append(f"{size_formula(part.start).latex}:{size_formula(part.start + part.length).latex}")
        else:
            words.append(rf"\text{{{part}}}")
        axis += 1
    return ", ".join(words)


WRITTEN: dict[str, Callable[[Node, Sequence[Formula]], Formula]] = {
    "squared_norm": _squared_norm,
    "p_norm": _p_norm,
    "inv": _inverse,
    "solve": _solve,
    "reshape": _reshape,
    "put_zeros": _put_zeros,
    "getitem": _getitem,
    "concatenate": _concatenate,
    "arange": _arange,
    "integer_array": _integers,
    "cut_off": lambda node, args: args[0],
    "gather": _gather,
    "scatter": _scatter,
    "pad": _pad,
    "windows": _frames,
    "fold": _frames,
}
"""Operation -> how it is written, where that is no call of its name."""

_LAST_AXIS = {"softmax", "log_softmax", "masked_softmax", "standardise", "rms_normalise"}
_ALONG = _LAST_AXIS | {
    "mean", "var", "max", "min", "prod", "logsumexp", "cumsum", "cumprod", "concatenate",
    "argmax", "argmin", "first_max", "first_min", "prod_others", "p_norm",
}  # fmt: skip
"""Operations whose first parameter is an axis or several."""


def _extras(node: Node) -> list[str]:
    """Words after the arguments: along which axes, where that is not plain."""
    words = [p for p in node.params if isinstance(p, str) and p != "mean"]
    if node.op.name in _ALONG:
        axes = node.params[0] if isinstance(node.params[0], tuple) else (node.params[0],)
        rank = node.args[0].rank
        plain = len(axes) == rank or (axes == (rank - 1,) and node.op.name in _LAST_AXIS)
        words += [] if plain else ["axis " + ", ".join(map(str, axes))]
    if node.op.name == "var" and node.params[1]:
        words.append(f"ddof {node.params[1]}")
    return words
