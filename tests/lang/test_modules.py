"""Python files: what forward and backward leave behind is what executing them leaves behind."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from symbp.algebra.node import Node, facts, leaf, leaves
from symbp.audit.state import held_arrays, snapshot
from symbp.errors import Place, SymbpError, UnknownNameError, UnsupportedError
from symbp.lang.code.modules import (
    construct,
    interpret_function,
    interpret_method,
    read_module,
)
from symbp.lang.code.values import Imported
from symbp.lang.shapes import parse_shape
from symbp.lang.values import node_of
from tests.lang.corpus_modules import LAYERS, Layer
from tests.lang.executed import drawn
from tests.numeric import evaluate

SIZES = {"n": 3}


def argument(name: str, declared: str) -> Node:
    shape, _, fact = declared.partition("|")
    known = [fact.strip()] if fact else []
    place = Place(shape, 1, 0, len(shape))
    return leaf(name, parse_shape(shape, place), "int" if fact else "real", known)


def make_parameters(instance: Any) -> dict[str, Node]:
    """Leaves in place of the arrays that the constructor drew at random: path -> leaf."""
    found: dict[str, Node] = {}
    for held in held_arrays(instance):
        node = held.array.node
        if is_random(node):
            found[held.path] = leaf(f"parameter_{len(found)}", node.shape, node.dtype)
            held.array.assign(found[held.path])
    return found


def is_random(node: Node) -> bool:
    return any(x.name.startswith("random_") for x in leaves([node]))


def follow(value: Any, path: str) -> Any:
    for step in path.split("."):
        if isinstance(value, dict):
            value = value[step if step in value else int(step)]
        elif isinstance(value, list | tuple):
            value = value[int(step)]
        else:
            value = getattr(value, step)
    return value


def run_really(
    layer: Layer, parameters: dict[str, Any], inputs: list[Any], upstream: Any
) -> tuple[Any, Any, Any]:
    scope: dict[str, Any] = {}
    exec(compile(layer.text, "<corpus>", "exec"), scope)  # noqa: S102 - texts of this repository only
    built = scope[layer.kind](*layer.init)
    for path, value in parameters.items():
        follow(built, path)[...] = value
    out = built.forward(*[x.copy() for x in inputs])
    back = built.backward(*([] if upstream is None else [upstream.copy()]))
    return built, out, back


@pytest.mark.parametrize("title", LAYERS)
def test_reading_a_layer_is_executing_it(title: str) -> None:
    layer = LAYERS[title]
    module = read_module(layer.text, "layer.py")
    assert module.unreadable == {}
    built = construct(module, layer.kind, layer.init)
    parameters = make_parameters(built)
    given = [argument(f"x{k}", s) for k, s in enumerate(layer.inputs)]
    upstream = None if layer.upstream is None else argument("upstream", layer.upstream)
    out = interpret_method(module, layer.kind, "forward", built, given)
    back = interpret_method(module, layer.kind, "backward", built, [] if upstream is None else [upstream])
    rng = np.random.default_rng(3)
    leaves = [*parameters.values(), *given, *([] if upstream is None else [upstream])]
    values = {x.name: drawn(rng, tuple(s.value(SIZES) for s in x.shape), facts(x), SIZES) for x in leaves}
    really, real_out, real_back = run_really(
        layer,
        {path: values[x.name] for path, x in parameters.items()},
        [values[x.name] for x in given],
        None if upstream is None else values["upstream"],
    )
    assert np.allclose(evaluate(node_of(out), values, SIZES), real_out)
    if back is not None:
        assert np.allclose(evaluate(back, values, SIZES), real_back)
    for path, node in snapshot(built).items():
        assert np.allclose(evaluate(node, values, SIZES), follow(really, path)), path


def test_random_masks_are_constants_that_backward_reuses() -> None:
    text = (
        "import numpy as np\n"
        "class Dropout:\n"
        "    def forward(self, x, p=0.5):\n"
        "        self.mask = np.random.binomial(1, p, size=x.shape) / p\n"
        "        return x * self.mask\n"
        "    def backward(self, d):\n"
        "        return d * self.mask\n"
    )
    module = read_module(text)
    x, d = argument("x", "n, d"), argument("d", "n, d")
    built = construct(module, "Dropout")
    first = interpret_method(module, "Dropout", "forward", built, [x])
    second = interpret_method(module, "Dropout", "forward", built, [x])
    back = interpret_method(module, "Dropout", "backward", built, [d])
    assert is_random(first)
    assert first is not second
    assert back.args[1] is second.args[1]
    assert [r.name for r in module.random] == ["random_1", "random_2"]


def test_an_upstream_that_is_changed_in_place_stays_changed() -> None:
    text = "def backward(d, cache):\n    d[cache <= 0] = 0\n    return d * 2\n"
    module = read_module(text)
    assert (
        interpret_function(module, "backward", [argument("d", "n"), argument("z", "n")]).args[0].op.name
        == "where"
    )


def test_modules_beside_each_other() -> None:
    helper = read_module("def twice(x):\n    return 2 * x\n", "helper.py")
    beside = {("f.py", "helper"): Imported("helper", helper.scope.names)}
    module = read_module("from helper import twice\ndef f(x):\n    return twice(x) + 1\n", "f.py", beside)
    assert interpret_function(module, "f", [3]) == 7


def test_what_cannot_be_read_is_raised_where_it_is_used() -> None:
    text = (
        "import cv2\nfrom torch import nn\nROOT = cv2.folder()\n"
        "def f(x):\n    return x\ndef g(x):\n    return nn.relu(x)\n"
    )
    module = read_module(text, "mixed.py")
    assert sorted(module.unreadable) == ["ROOT", "cv2", "nn"]
    assert interpret_function(module, "f", [2]) == 2
    with pytest.raises(UnsupportedError) as caught:
        interpret_function(module, "g", [2])
    assert caught.value.place is not None
    assert caught.value.place.line == 2


@pytest.mark.parametrize(
    "text",
    [
        "def f(x):\n    return f(x)",
        "class A:\n    def __init__(self):\n        A()\ndef f(x):\n    return A()",
        "def f(x):\n    while True:\n        x = x + 1",
        "@trace\ndef f(x):\n    return x",
        "def f(x):\n    return x.__class__.__subclasses__()",
        "def f(x):\n    while True:\n        yield x",
        "def f(x, *, key):\n    return x",
        "f = 3",
        "class A(B, metaclass=M):\n    pass\nf = A",
    ],
)
def test_hostile_functions_are_errors(text: str) -> None:
    module = read_module(text)
    with pytest.raises(SymbpError):
        interpret_function(module, "f", [argument("x", "n")])


def test_unknown_names() -> None:
    module = read_module("x = 1")
    with pytest.raises(UnknownNameError):
        interpret_function(module, "f")
    with pytest.raises(UnknownNameError):
        construct(module, "A")


@pytest.mark.parametrize("called", ["np.max(0, x)", "np.amin(x, x)", "max(0, x)", "min(x, 1)"])
def test_extrema_of_two_arrays_are_no_comparison(called: str) -> None:
    module = read_module(f"import numpy as np\ndef f(x):\n    return {called}")
    with pytest.raises(SymbpError, match=r"np\.m(ax|in)imum"):
        interpret_function(module, "f", [argument("x", "n, d")])


def test_what_a_branch_skips_is_skipped() -> None:
    text = """import numpy as np
def f(x, y):
    total = 0.0
    for i in range(4):
        if i == y:
            continue
        gap = x[i] - x[y] + 1
        if gap > 0:
            total += gap
    return total
"""
    label = leaf("y", (), "int", ["index 4"])
    node = node_of(interpret_function(read_module(text), "f", [argument("x", "4"), label]))
    x = np.array([0.5, -2.0, 1.0, 0.25])
    for y in range(4):
        gaps = x - x[y] + 1
        wanted = np.maximum(gaps, 0).sum() - 1
        assert evaluate(node, {"x": x, "y": np.array(y)}, {}) == pytest.approx(wanted)


@pytest.mark.parametrize(
    ("test", "wanted"),
    [("FAST", 2), ("not FAST", 3), ("os.getenv('FAST')", 2), ("__name__ == '__main__'", 5)],
)
def test_outermost_branches_are_read(test: str, wanted: int) -> None:
    text = f"""import os
FAST = True
FACTOR = 5
if {test}:
    FACTOR = 2
else:
    FACTOR = 3
    def f(x): return FACTOR * x
def f(x): return FACTOR * x
"""
    assert interpret_function(read_module(text), "f", [1]) == wanted


@pytest.mark.parametrize(
    "given_on",
    [
        "for n in dir(xp):\n    if not n.startswith('_'):\n        globals()[n] = getattr(xp, n)",
        "from numpy import *",
    ],
)
def test_a_module_that_gives_on_another(given_on: str) -> None:
    backend = read_module(f"import numpy as xp\n{given_on}\ndef half(x): return x / 2\n", "backend.py")
    beside = {("layer.py", "backend"): Imported("backend", backend.scope.names)}
    text = "import backend as xp\ndef f(x): return xp.half(xp.sum(x))\ndef g(x): return xp.unheard_of(x)\n"
    module = read_module(text, "layer.py", beside)
    assert (
        evaluate(node_of(interpret_function(module, "f", [argument("x", "3")])), {"x": np.ones(3)}, {}) == 1.5
    )
    with pytest.raises(SymbpError, match="unheard_of"):
        interpret_function(module, "g", [argument("x", "3")])


@pytest.mark.parametrize(
    "call",
    [
        "np.insert(x, 0, 1, axis=1)", "np.insert(x, 1, y, axis=0)", "np.insert(x, 2, z, axis=1)",
        "np.insert(x, -1, 7.5, axis=-1)", "np.insert(x, 2, 3)", "np.insert(y, 0, 1)",
    ],
)  # fmt: skip
def test_insert_is_that_of_numpy(call: str) -> None:
    given = {"x": np.arange(12.0).reshape(4, 3), "y": np.array([0.5, -1.0, 2.0]), "z": np.arange(4.0) / 8}
    module = read_module(f"import numpy as np\ndef f(x, y, z): return {call}")
    nodes = [argument(k, ", ".join(map(str, v.shape))) for k, v in given.items()]
    wanted = eval(call, {"np": np, **given})  # noqa: S307 - a text of this file
    found = evaluate(node_of(interpret_function(module, "f", nodes)), given, {})
    assert found.shape == wanted.shape
    assert found == pytest.approx(wanted)
