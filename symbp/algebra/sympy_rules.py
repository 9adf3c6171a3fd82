"""Which operation an expression in SymPy applies, and what a contraction is called there."""

from __future__ import annotations

from typing import Any

import sympy

from symbp.algebra.node import Shape


class Rule(sympy.Atom):  # type: ignore[misc]
    """Which operation an `Applied` applies: its name, parameters, result shape, argument shapes."""

    __slots__ = ("arguments", "dtype", "operation", "params", "sizes")

    def __new__(
        cls, operation: str, params: tuple[Any, ...], sizes: Shape, dtype: str, arguments: tuple[Shape, ...]
    ) -> Rule:
        rule: Rule = sympy.Atom.__new__(cls)
        rule.operation, rule.params, rule.sizes = operation, params, sizes
        rule.dtype, rule.arguments = dtype, arguments
        return rule

    def __getnewargs__(self) -> tuple[Any, ...]:
        return (self.operation, self.params, self.sizes, self.dtype, self.arguments)

    def _hashable_content(self) -> tuple[Any, ...]:
        return self.__getnewargs__()

    def _sympystr(self, printer: Any) -> str:
        return str(self.operation)

    def sort_key(self, order: str | None = None) -> Any:
        return self.class_key(), (1, (repr(self.__getnewargs__()),)), sympy.S.One.sort_key(), sympy.S.One


def key_text(key: Any, shape: Shape) -> str:
    """A key as NumPy writes it, whole axes as colons."""
    sizes = iter(shape)
    words = []
    for part in key:
        if part is None:
            words.append("None")
        else:
            words.append(":" if part.is_whole(next(sizes)) else str(part))
    return ", ".join(words)


def product_pattern(rule: Rule) -> list[tuple[int, bool]] | None:
    """The factors of A B, or of a lone transpose, in order: (operand, is it transposed)."""
    inputs, out, _ = rule.params
    if len(inputs) == 1 and len(out) == 2 and inputs[0] == out[::-1] and out[0] != out[1]:
        return [(0, True)]
    if len(inputs) != 2 or any(len(set(s)) < len(s) or len(s) > 2 for s in (*inputs, out)):
        return None
    shared = set(inputs[0]) & set(inputs[1])
    if len(shared) != 1 or shared & set(out):
        return None
    (k,) = shared
    for first, second in ((0, 1), (1, 0)):
        a, b = inputs[first], inputs[second]
        if (*(i for i in a if i != k), *(j for j in b if j != k)) == tuple(out):
            return [(first, len(a) == 2 and a[0] == k), (second, len(b) == 2 and b[1] == k)]
    return None


def summed_axes(rule: Rule) -> tuple[int, ...] | None:
    """The axes of a plain sum over axes of one array, else None."""
    inputs, out, _ = rule.params
    if len(inputs) != 1 or len(set(inputs[0])) < len(inputs[0]):
        return None
    kept = tuple(i for i in inputs[0] if i in out)
    if kept != tuple(out) or len(kept) == len(inputs[0]):
        return None
    return tuple(axis for axis, label in enumerate(inputs[0]) if label not in out)


def axes_summed_and_kept(rule: Rule) -> tuple[int, ...] | None:
    """The axes of a sum of one array that keeps them with size 1, else None."""
    inputs, out, sizes = rule.params
    if len(inputs) != 1 or len(set(inputs[0])) < len(inputs[0]) or len(out) != len(inputs[0]):
        return None
    axes = tuple(axis for axis, (a, b) in enumerate(zip(inputs[0], out, strict=True)) if a != b)
    fits = all(sizes[out[axis]].is_one and out[axis] not in inputs[0] for axis in axes)
    return axes if axes and fits else None


NAMED_CONTRACTIONS = {
    (((0,),), (0, 0)): "diag",
    (((0, 0),), (0,)): "diag",
    (((0, 0),), ()): "trace",
    (((0,), (1,)), (0, 1)): "outer",
}


def contraction_text(rule: Rule) -> str:
    """einsum[ij,jk->ik]: what is contracted, where there is no shorter way to say it."""
    inputs, out, _ = rule.params
    if (inputs, out) in NAMED_CONTRACTIONS:
        return NAMED_CONTRACTIONS[inputs, out]
    letter = "ijklmnopqrstuvwxyzabcdefgh"
    spelled = ["".join(letter[i] if i < len(letter) else f"({i})" for i in s) for s in (*inputs, out)]
    return f"einsum[{','.join(spelled[:-1])}->{spelled[-1]}]"
