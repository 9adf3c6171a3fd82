"""How functions that act entry by entry are written; the same in matrix and in index notation."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from symbp.algebra.node import Node
from symbp.emit import formula
from symbp.emit.formula import ATOM, POWER, Formula
from symbp.emit.letters import size_formula
from symbp.ops.registry import Elementwise
from symbp.ops.structure.whole_numbers import WholeNumbers

Product = Callable[[Formula, Formula], Formula]

_SIGNS = {
    "greater": (">", ">"),
    "greater_equal": ("≥", r"\ge"),
    "less": ("<", "<"),
    "less_equal": ("≤", r"\le"),
    "equal": ("=", "="),
    "not_equal": ("≠", r"\ne"),
}
_CALLED = {"maximum": "max", "minimum": "min"}


def elementwise(node: Node, args: Sequence[Formula], product: Product) -> Formula | None:
    """The formula of an elementwise operation on written arguments; None for any other operation."""
    op = node.op.of if isinstance(node.op, WholeNumbers) else node.op
    if not isinstance(op, Elementwise):
        return None
    name = op.name
    if name in _ARITHMETIC:
        return _ARITHMETIC[name](*args)
    if name == "multiply":
        return product(args[0], args[1])
    if name in _SIGNS:
        return formula.iverson(formula.relation(args[0], *_SIGNS[name], args[1]))
    if name in ("logical_and", "logical_or"):
        return product(args[0], args[1]) if name == "logical_and" else _either(args[0], args[1], product)
    return formula.call(formula.function_name(_CALLED.get(name, name)), args)


def _either(a: Formula, b: Formula, product: Product) -> Formula:
    return formula.subtract(formula.add(a, b), product(a, b))


def _modulo(a: Formula, b: Formula) -> Formula:
    return formula.relation(formula.fit(a, (POWER,)), "mod", r"\bmod", formula.fit(b, (POWER,)))


def square_root(a: Formula) -> Formula:
    text = f"√{a.text}" if a.level == ATOM and " " not in a.text else f"√({a.text})"
    return Formula(text, rf"\sqrt{{{a.latex}}}", POWER, ATOM)


def _square(a: Formula) -> Formula:
    return formula.power(a, formula.number(2))


_ARITHMETIC: dict[str, Callable[..., Formula]] = {
    "add": formula.add,
    "subtract": formula.subtract,
    "divide": formula.fraction,
    "power": formula.power,
    "negative": formula.negative,
    "sqrt": square_root,
    "square": _square,
    "reciprocal": lambda a: formula.fraction(formula.number(1), a),
    "abs": lambda a: formula.enclosed("|", a, "|", "|", "|"),
    "floor": lambda a: formula.enclosed("⌊", a, "⌋", r"\lfloor", r"\rfloor"),
    "ceil": lambda a: formula.enclosed("⌈", a, "⌉", r"\lceil", r"\rceil"),
    "remainder": lambda a, b: _modulo(a, b),
    "floor_divide": lambda a, b: formula.enclosed("⌊", formula.fraction(a, b), "⌋", r"\lfloor", r"\rfloor"),
    "logical_not": lambda a: formula.subtract(formula.number(1), a),
}


def constant(node: Node) -> Formula | None:
    """The formula of a number, a size or π; None for anything else."""
    if node.op.name == "constant":
        return formula.number(node.params[0])
    if node.op.name in ("size", "integer_size"):
        return size_formula(node.params[0])
    if node.op.name == "symbolic":
        return formula.atom("π", r"\pi") if node.params[0] == "pi" else formula.function_name(node.params[0])
    return None
