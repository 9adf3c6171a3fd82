"""docs/language.md: its models are read, and its list of functions is the one that there is."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from symbp import derive
from symbp.ops.registry import FUNCTIONS, Function

PAGE = Path(__file__).parent.parent / "docs" / "language.md"
MARK = "<!-- what follows is written by tests/test_language.py -->\n"
HEADINGS = {
    "Entry by entry": "arithmetic elementwise activations ufuncs compare masks casts",
    "Sums, means, extrema": "sums moments extrema entry_products structure.running_sums norms",
    "Products and matrices": "products einsum inverses determinants factorisations diagonals "
    "structure.triangles",
    "Shapes and places": "structure.reshaping axes structure.indexing structure.joining structure.cutting "
    "arrange structure.padding structure.windows structure.repeating",
    "Arrays of numbers": "constant_arrays structure.integer_arrays structure.one_hot",
    "Layers": "layers softmax normalisation convolution transposed_convolution pooling attention "
    "structure.stopped",
    "Losses": "loss regression_loss margin_loss likelihood_loss",
}
"""Heading -> the rooms of symbp.ops whose functions stand below it."""


def test_models_are_read() -> None:
    models = re.findall(r"^```eq\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.M | re.S)
    texts = [str(derive(model).gradients["W1"]) for model in models]
    assert len(texts) == 2
    assert texts[0] == texts[1]


def test_all_functions_are_listed(compare_or_update: Callable[[Path, str], None]) -> None:
    head, _, _ = PAGE.read_text(encoding="utf-8").partition(MARK)
    compare_or_update(PAGE, f"{head}{MARK}{tables()}")


def tables() -> str:
    rooms = {f"symbp.ops.{room}": heading for heading, listed in HEADINGS.items() for room in listed.split()}
    names: dict[int, list[Function]] = {}
    for function in FUNCTIONS.values():
        names.setdefault(id(function.build), []).append(function)
    rows: dict[str, list[str]] = {heading: [] for heading in HEADINGS}
    order = list(rooms)
    for functions in sorted(names.values(), key=lambda f: order.index(room_of(f[0]))):
        rows[rooms[room_of(functions[0])]].append(row(functions))
    return "\n".join(f"\n### {heading}\n\n| function | value |\n| --- | --- |\n" + "\n".join(listed)
                     for heading, listed in rows.items()) + "\n"  # fmt: skip


def room_of(function: Function) -> str:
    return builder(function).__module__


def builder(function: Function) -> Callable[..., object]:
    build: Callable[..., object] = getattr(function.build, "func", function.build)
    return build


def row(functions: list[Function]) -> str:
    """One function with its other names, and what it is in one line."""
    first, *others = functions
    meaning = (inspect.getdoc(builder(first)) or "").split("\n")[0].replace("|", "\\|")
    also = f"; also {', '.join(f'`{f.name}`' for f in others)}" if others else ""
    return f"| `{first.usage}`{also} | {meaning} |"


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
def test_every_function_says_what_it_is(name: str) -> None:
    assert (inspect.getdoc(builder(FUNCTIONS[name])) or "").split("\n")[0].endswith(".")
