"""Random texts over what is read of Python and NumPy: aliases, views, writes, loops, calls, objects.

Left out are reshapes of arrays that NumPy keeps in the order of a transpose without being asked
(`np.zeros_like(x.T)`), which read as row-major, and arrays without axes that are changed in place.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

Run = Callable[[str], Mapping[str, Any]]
LARGEST, MOST = 1e6, 600
KEYS = [
    "0", "-1", "1:", ":-1", "::2", "::-1", "...", "..., 0", ":, 1", ":, :2", "1:, ::2", "0, 1", ":, -1",
    "None", ":, None, 0", "..., None", "-2:, 1:3", "2::-1", "1:2, 0:1",
]  # fmt: skip
CHOSEN = [
    "[0, 1]", "[-1, 0]", "[0, 0]", "i", "j % 2", "{a} > 0", "({a} > 0) & ({a} < 1)", "[0, 1], [1, 0]",
    "i % 2, 1:", ":, [1, 0]", "np.where({a} > 0.2)", "np.array([1, 0, 1]), 0", "np.arange(2), i[:2] % 2",
]  # fmt: skip
VALUES = [
    "{a} {o} {b}", "{a} {o} {n}", "{a} ** 2", "{a} / (2 + {b} ** 2)", "np.exp(-np.abs({a}))", "np.tanh({a})",
    "np.{r}({a}, axis={x})", "np.{r}({a}, axis={x}, keepdims=True)", "{a}.{r}()", "{a}[{k}]", "{a}[{c}]",
    "{a}.T", "{a}.copy()", "{a}.ravel()", "{a}.flatten()", "{a}.reshape(-1)", "{a}.reshape({a}.shape[0], -1)",
    "{a}.reshape(-1, {a}.shape[-1], order='F')", "{a}.ravel(order='F')", "{a}.swapaxes(0, -1)",
    "np.moveaxis({a}, 0, -1)", "np.rollaxis({a}, -1)", "np.expand_dims({a}, {x})", "np.flip({a}, {x})",
    "np.rot90({a})", "np.split({a}, [1], axis={x})[1]", "np.array_split({a}, 2, axis={x})[0]",
    "np.einsum('ij->ji', {a})", "np.einsum('ij,kj->ik', {a}, {b})", "np.squeeze({a})", "np.diag({a})",
    "np.broadcast_to({a}, (2,) + {a}.shape)", "np.concatenate([{a}, {b}], axis={x})", "np.stack([{a}, {b}])",
    "np.where({a} > 0, {b}, {n})", "np.maximum({a}, {b})", "np.clip({a}, -0.5, 0.5)", "np.pad({a}, (1, 2))",
    "np.repeat({a}, 2, axis={x})", "np.tile({a}, (2, 1))", "np.roll({a}, 1, axis={x})", "np.zeros_like({a})",
    "np.full({a}.shape, {n})", "np.outer({a}, {b})", "{a} @ {b}", "np.tensordot({a}, {b}, 1)", "np.triu({a})",
    "np.cumsum({a}, axis={x})", "np.diff({a}, axis={x})", "np.insert({a}, 1, {n}, axis={x})",
    "np.delete({a}, 0, axis={x})", "np.linalg.norm({a}, axis={x})", "np.multiply.outer({a}, y)",
    "np.apply_along_axis(lambda v: v / (1 + v @ v), {x}, {a})", "sum([{a}, {b}])", "sum(v for v in {a})",
    "np.array([v * 2 for v in {a}])", "({a} > 0).astype(float) + ({b} > 0).astype(int)",
    "(({a} > 0) + ({b} > 0)) * 1.0", "~({a} > 0) * {b}", "({a} * 2.917).astype(int) * 0.5",
    "np.take_along_axis({a}, np.argmax({a}, axis={x}, keepdims=True), axis={x})",
    "np.select([{a} > 1], [{b}], {a})",
]  # fmt: skip
STATEMENTS = [
    "{a}[{k}] = {n}", "{a}[{k}] {s} {n}", "{a}[{k}] {s} {b}", "{a}[{k}] = {b}[{k}]", "{a}[{c}] = {n}",
    "{a}[{c}] {s} {n}", "{a}[{c}] = {b}", "{a} {s} {b}", "{f} = {a}", "{f} = {a}[{k}]\n{f} {s} {n}",
    "{f} = {a}.reshape(-1)\n{f}[0] = {n}", "{f} = {a}.T.ravel()\n{f}[0] = {n}", "np.add.at({a}, {c}, {n})",
    "{a}.fill({n})", "np.copyto({a}, {b})", "np.copyto({a}, {b}, where={a} > 0)",
    "np.putmask({a}, {b} > 0, {b})",
    "np.multiply({a}, {b}, out={a})", "np.fill_diagonal({a}, {n})", "{a}[...] = {b}",
    "{f} = np.flip({a}, {x})\n{f} {s} {n}", "{f} = np.expand_dims({a}, 0)\n{f} {s} {n}",
    "{f} = np.split({a}, [1], axis={x})[0]\n{f} {s} {n}",
    "{f}, {f}b = {a}[{k}], {b}[{k}].copy()\n{f} {s} {n}",
    "{f} = np.zeros({a}.shape, dtype=int)\n{f}[{k}] = 2.7\n{f}b = {f} * 0.5",
    "{f} = np.zeros_like({a} > 0)\n{f}[{k}] = {n}\n{f}b = {f} * {a}",
    "for t in range({a}.shape[0]):\n    {a}[t] {s} {a}[t - 1] * 0.5",
    "for t in reversed(range(1, len({a}))):\n    {a}[t - 1] += {a}[t]",
    "for row in {a}:\n    row *= 0.5", "{f} = 0.0\nfor row in {a}:\n    {f} = {f} * 0.5 + row.sum()",
    "{f} = np.zeros({a}.shape)\nfor at in np.ndindex({a}.shape):\n    {f}[at] += {a}[at] * len(at)",
    "{f} = np.zeros({a}.shape)\nfor at, v in np.ndenumerate({a}):\n    {f}[at] = v + at[0]",
    "{f} = [{a}, {b}]\n{f}[0] {s} {n}\n{f} = {f}[0] + {f}[1]",
    "{f} = {{'p': {a}, 'q': {b}}}\n{f}['p'] {s} {n}\n{f} = {f}['q'] - {f}['p']",
    "def {f}(v, *rest, scale=2):\n    v *= scale\n    return v + len(rest)\n{f}b = {f}({a}, 1, scale=3)",
    "def {f}(v):\n    total = 1.0\n    def add():\n        nonlocal total\n        total = total + v.sum()\n"
    "        return total\n    return add() * add()\n{f}b = {f}({a})",
    "class {f}:\n    def __init__(self, v):\n        self.v, self.w = v, v.copy()\n    def step(self, g):\n"
    "        self.v {s} g\n        return self.v + self.w\n{f}b = {f}({a}).step({n})",
    "{f} = [total := {n}] + [total := total + v.sum() for v in {a}]\n{f} = total * {b}",
    "if {a}.ndim == {b}.ndim != 1:\n    {f} = {a} * 2\nelse:\n    {f} = {b} - 1",
    "match {a}.ndim:\n    case 1 | 3:\n        {f} = {a} + 1\n    case _:\n        {f} = {a}.sum(0)",
    "{f}k = 0\nwhile True:\n    {f}k += 1\n    if {f}k > 2:\n        break\n    {a} *= 0.5",
]  # fmt: skip
FILLED = {
    "o": ["+", "-", "*"], "s": ["+=", "-=", "*="], "n": ["2", "0.5", "-1", "3"], "x": ["0", "1", "-1"],
    "r": ["sum", "mean", "max", "min", "var", "prod", "argmax"],
}  # fmt: skip


def program(seed: int, run: Run, length: int = 7) -> str:
    """A text of a few statements, without those that NumPy refuses or that give no finite numbers."""
    chance = random.Random(seed)
    text, found = "", dict(run(""))
    for number in range(3 * length):
        names = [n for n, v in found.items() if isinstance(v, np.ndarray) and v.dtype == float and v.ndim]
        statement = _statement(chance, names, f"v{number}")
        try:
            found = dict(run(text + statement))
        except (ValueError, IndexError, TypeError, AttributeError, KeyError, SyntaxError, NameError):
            continue
        if all(map(_is_plain, found.values())):
            text += statement
        if text.count("\n") > 2 * length:
            break
    return text


def _statement(chance: random.Random, names: list[str], fresh: str) -> str:
    template = chance.choice(STATEMENTS) if chance.random() < 0.5 else "{f} = " + chance.choice(VALUES)
    filled = {slot: chance.choice(options) for slot, options in FILLED.items()}
    filled |= {"a": chance.choice(names), "b": chance.choice(names), "f": fresh, "k": chance.choice(KEYS)}
    filled["c"] = chance.choice(CHOSEN).format(**filled)
    return template.format(**filled) + "\n"


def _is_plain(value: Any) -> bool:
    if not isinstance(value, np.ndarray | np.generic):
        return True
    array = np.asarray(value)
    if array.size > MOST or array.dtype.kind not in "fib":
        return False
    return bool(np.isfinite(array).all() and np.abs(array.astype(float)).max(initial=0) < LARGEST)
