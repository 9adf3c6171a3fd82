"""Random texts about names, views and in-place changes, from a seed.

Left out are reshapes of arrays that NumPy keeps in the order of a transpose without being asked
(`np.zeros_like(x.T)`), which read as contiguous.
"""

from __future__ import annotations

import random
from collections.abc import Callable

START = "a = x.copy()\nb = a\nc = x * 2\n"
KEYS = [
    "0",
    "-1",
    ":",
    "1:",
    ":-1",
    "::2",
    "::-1",
    "...",
    "..., 0",
    ":, 1",
    ":, :2",
    "1:3, ::2",
    "0, 1",
    ":, -1",
    "2",
]
NAMES = "abcdef"
STATEMENTS = [
    "{n} = {m}",
    "{n} = {m}.copy()",
    "{n} = {m}.T",
    "{n} = {m}[{k}]",
    "{n} = np.ascontiguousarray({m} * 2 + 1)",
    "{n} = {m}.reshape(-1)",
    "{n} = {m}[:, None]",
    "{n} = np.zeros({m}.shape)",
    "{n} = {m}[[1, 0]].copy()",
    "{n} += 1",
    "{n} *= {m}",
    "{n} -= {m}",
    "{n}[{k}] = 3",
    "{n}[{k}] += 1",
    "{n}[{k}] = {m}[{k}]",
    "{n}[{k}] *= {m}",
    "{n}[{k}] = {m}",
    "{n}[{m} > 0] = 0",
    "{n}[{m} > 0] += {m}[{m} > 0]",
    "{n}[[0, 1]] += 2",
    "{n}[[0, 0]] += 2",
    "{n}.fill(1)",
    "{n} = change({m})",
]
HELPER = "def change(z):\n    z[0] = z[0] + 5\n    z = (z * 2).copy()\n    z += 1\n    return z\n"


def program(seed: int, is_valid: Callable[[str], bool]) -> str:
    """A text of up to a dozen statements, without those that NumPy itself refuses."""
    rng = random.Random(seed)
    text = HELPER + START + "d, e, f = x[0], x.T, c.reshape(3, 4)\n"
    for _ in range(12):
        form = rng.choice(STATEMENTS)
        line = form.format(n=rng.choice(NAMES), m=rng.choice(NAMES), k=rng.choice(KEYS)) + "\n"
        if is_valid(text + line):
            text += line
    return text
