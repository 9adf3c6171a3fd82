"""Indices that are worked out: from ranges, from other index arrays, from numbers that are cut off."""

from __future__ import annotations

import numpy as np
import pytest

import symbp
from symbp.errors import SymbpError
from tests.emit.generated_file import load

DECLARED = (
    "param x: 12, k; input i: n; input c: n; assume i: index 5; assume c: index 5; input u: n; assume u: unit"
)
INDICES = [
    "arange(4) + 3", "2 * arange(4) + 1", "arange(4) % 3", "arange(4) // 2", "-arange(4)", "11 - arange(4)",
    "arange(4)[:, None] + arange(3)", "2 * i", "(i + c) % 12", "i // 2", "4 - i", "i - 1", "abs(i - c)",
    "minimum(i + 1, 4)", "maximum(i, c)", "np.where(i > c, i, c + 1)", "clip(i + 3, 0, 5)", "i**2 % 7",
    "c[arange(n) % 2]", "i[::-1]", "stack([i, c]) + 1", "concatenate([i, c]) * 2", "i[:, None] + c",
    "repeat(i, 2)", "tile(i, 2)", "cumsum(i * 0 + 1) % 12", "sum(i) % 3", "(i > c).astype(int)",
    "((i + c) / 2).astype(int)", "(3 * u).astype('int64')", "np.floor(3 * u).astype(np.int32)",
    "i * (u > 0.5).astype(int)", "[[0, 1], [2, -2]]", "np.array([0, 3]) + 1",
]  # fmt: skip


@pytest.mark.parametrize("index", INDICES)
def test_entries_are_those_of_numpy(index: str) -> None:
    namespace = load(symbp.generate(f"{DECLARED}\nL = x[{index}]**3 + 0\noutput L, dL"))
    rng = np.random.default_rng(3)
    n, k = 3, 2
    given = {"i": rng.integers(0, 5, n), "c": rng.integers(0, 5, n), "u": rng.random(n)}
    x = rng.standard_normal((12, k))
    known = {name: getattr(np, name) for name in np.__all__ if name != "int"}
    chosen = eval(index, {"__builtins__": {"int": int}, **known, **given, "np": np, "n": n})  # noqa: S307
    arguments = {name: given[name] for name in given if name in namespace["INPUTS"]}
    found, cache = namespace["forward"](**arguments, x=x)
    np.testing.assert_allclose(found, x[chosen] ** 3, rtol=1e-14)
    upstream = rng.standard_normal(found.shape)
    wanted = np.zeros_like(x)
    np.add.at(wanted, chosen, 3 * x[chosen] ** 2 * upstream)
    np.testing.assert_allclose(namespace["backward"](cache, upstream)["x"], wanted, rtol=1e-14)
    assert namespace["check"]()


@pytest.mark.parametrize(
    "body",
    [
        "n = len(x) // 2\n    return np.sum((x[np.arange(n) + n] - x[:n])**2)",
        "q = (np.argmax(x, axis=1) + 1) % x.shape[1]\n    return np.sum(x[np.arange(len(x)), q]**2)",
        "j = np.arange(len(x))[:, None] - np.arange(3)\n    return np.sum(x[j]**3)",
        "j = (np.abs(x[:, 0]) * 2).astype(int) % 3\n    return np.sum(x[j]**3)",
    ],
)
def test_code_is_read_alike(body: str) -> None:
    source = f"import numpy as np\ndef forward(x):\n    {body}\n"
    program = symbp.parse(source, language="numpy", shapes={"x": "2*n, 5"}, params=["x"])
    namespace = load(symbp.generate(program))
    real: dict[str, object] = {}
    exec(source, real)  # noqa: S102
    x = np.random.default_rng(0).standard_normal((6, 5))
    assert namespace["forward"](x)[0] == pytest.approx(real["forward"](x), rel=1e-14)  # type: ignore[operator]
    assert namespace["check"]()


HELD = [
    ("x[[0, -1]]", "2*x*(onehot(0, n) + onehot(n - 1, n))", "2*x*onehot(0, n)"),
    ("x[-arange(n)]", "2*x", "2*x*onehot(0, n)"),
    ("x[i - 1]", "2*x*sum(onehot((i - 1) % n, n), axis=0)", "2*x*sum(onehot(i - 1, n), axis=0)"),
    (
        "concatenate([x, z])[i - 1]",
        "2*x*sum(onehot(i - 1, n), axis=0)",
        "2*x*sum(onehot((i - 1) % n, n), axis=0)",
    ),
    ("x[(arange(n) + 1) % n]", "2*x", "2*x[(arange(n) + 1) % n]"),
    ("x[n - 1 - arange(n)]", "2*x", "2*flip(x)"),
]


@pytest.mark.parametrize(("entries", "right", "wrong"), HELD)
def test_places_from_the_end_are_told_from_others(entries: str, right: str, wrong: str) -> None:
    """An index may be negative: then it counts from the end of what it indexes, in evidence too."""
    model = f"param x: n; input z: n; input i: k; assume i: index n; L = sum({entries}**2)"
    assert symbp.check(model).ok
    assert symbp.verify(model, {"x": right}).ok
    assert symbp.verify(model, {"x": wrong}).verdicts["x"].status == "refuted"


def test_index_formulas_are_written_as_on_paper() -> None:
    text = str(
        symbp.derive("param x: n; input i: k; assume i: index n; j = (2 * i + 1) % n; L = sum(x[j // 2]**2)")
    )
    assert "j = (2 i + 1) mod n" in text
    assert "x[⌊j / 2⌋]" in text


def test_a_named_index_keeps_its_name() -> None:
    source = symbp.generate("param x: n; input i: k; assume i: index n; j = n - 1 - i; L = sum(x[j]**2)")
    assert "j = n - 1 - i" in source
    assert "x[j]" in source


@pytest.mark.parametrize("index", ["x[:, 0]", "i / 2", "u * 3", "i * 0.5", "exp(i)", "i + u"])
def test_other_numbers_are_no_index(index: str) -> None:
    with pytest.raises(SymbpError, match="an index array has to hold integers") as caught:
        symbp.parse(f"{DECLARED}\nL = sum(x[{index}])")
    assert "astype(int)" in str(caught.value)
