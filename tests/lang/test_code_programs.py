"""What random programs compute is what NumPy computes, or they are not read; never something else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from symbp.algebra.node import Node, leaf
from symbp.algebra.size import Size
from symbp.errors import SymbpError
from symbp.evidence.evaluate import evaluate
from symbp.evidence.real import Floats
from symbp.lang.code.modules import interpret_function, read_module
from symbp.lang.code.values import Masked, ValueMethod
from tests.lang.code_programs import program

SHAPES = {"x": (3, 4), "q": (3, 4), "w": (4, 4), "z": (2, 3, 4), "y": (4,), "u": (3,)}
FEW, MANY = range(120), range(1000, 5000)
MOST_UNREAD = 0.15


def inputs(seed: int) -> dict[str, Any]:
    rng = np.random.default_rng(seed)
    arrays = {name: rng.normal(size=shape) for name, shape in SHAPES.items()}
    return {**arrays, "i": rng.integers(0, 3, 3), "j": rng.integers(0, 3, 2)}


def source(text: str, result: str) -> str:
    lines = "".join(f"    {line}\n" for line in text.splitlines())
    return f"import numpy as np\ndef f(x, q, w, z, y, u, i, j):\n{lines}    return {result}\n"


def executed(text: str, seed: int) -> Mapping[str, Any]:
    scope: dict[str, Any] = {}
    exec(compile(source(text, "locals()"), "program", "exec"), scope)  # noqa: S102 - a text of this repository
    with np.errstate(all="ignore"):
        return scope["f"](**inputs(seed))


def value_of(read: Any, point: Mapping[Node, Any]) -> Any:
    if not isinstance(read, Node):
        return np.asarray(read, float)
    found = np.asarray(evaluate([read], point, {}, Floats())[0], float)
    return np.broadcast_to(found, tuple(s.constant for s in read.shape))


def is_read(seed: int) -> bool:
    """Whether a program could be read; what it computes is then compared with NumPy."""
    text = program(seed, lambda t: executed(t, seed))
    wanted = {n: v for n, v in executed(text, seed).items() if isinstance(v, np.ndarray | np.generic | float)}
    given = inputs(seed)
    leaves = {
        n: leaf(n, [Size.of(s) for s in v.shape], *(("int", ["index 3"]) if n in "ij" else ()))
        for n, v in given.items()
    }
    module = read_module(source(text, f"({', '.join(wanted)},)"))
    try:
        found = interpret_function(module, "f", list(leaves.values()))
    except SymbpError:
        return False
    point = {leaves[n]: v for n, v in given.items()}
    for name, read in zip(wanted, found, strict=True):
        if isinstance(read, Masked | ValueMethod):  # of x[x > 0] no shape is known beforehand
            continue
        value = value_of(read, point)
        assert value.shape == np.shape(wanted[name]), f"{name} in\n{text}"
        assert np.allclose(value, np.asarray(wanted[name], float)), f"{name} in\n{text}"
    return True


def test_random_programs() -> None:
    read = [is_read(seed) for seed in FEW]
    assert sum(read) >= (1 - MOST_UNREAD) * len(read)


@pytest.mark.slow
@pytest.mark.parametrize("seed", MANY)
def test_many_random_programs(seed: int) -> None:
    is_read(seed)
