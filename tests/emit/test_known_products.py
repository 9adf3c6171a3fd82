"""Products that are there are taken: the same values with fewer calls."""

from __future__ import annotations

import numpy as np
import pytest

from symbp.emit.fast.compile import plan
from symbp.emit.fast.joint import Joint
from symbp.emit.fast.known_products import known_products
from symbp.pipeline import generate
from symbp.reading import derive, parse
from tests.emit.generated_file import load
from tests.emit.test_fast_models import compare

HEAD = "input x : n × 4; input t : n × 4; param W : 4 × 4; a = x W; "


@pytest.mark.parametrize("activation", ["gelu_tanh", "silu"])
def test_slopes_of_activations_take_one_call_less(activation: str) -> None:
    text = HEAD + f"L = Σ {activation}(a) ⊙ t"
    calls = []
    for without in ((), ("known_products",)):
        planned = plan(derive(text), without=without)
        assert planned is not None
        calls.append(sum(call.kind == "entrywise" for call in planned.layout.calls))
    assert calls[0] == calls[1] - 1
    namespace = load(generate(text, style="fast"))
    rng = np.random.default_rng(0)
    given = {"x": rng.standard_normal((5, 4)), "t": rng.standard_normal((5, 4))}
    compare(namespace, {**given, "W": 3.0 * rng.standard_normal((4, 4))}, [], np.float64)


@pytest.mark.parametrize(
    ("text", "taken"),
    [
        ("z = (a ⊙ x) ⊙ t; L = Σ z + Σ exp(a ⊙ t)", 1),
        ("z = t ⊙ (1 + a ⊙ x); L = Σ z + Σ exp(a ⊙ t)", 1),
        ("z = (a ⊙ x) ⊙ t; L = Σ z + Σ exp(x + t)", 0),
        ("u = a ⊙ x; z = u ⊙ t; L = Σ z + Σ exp(a ⊙ t) + Σ exp(u)", 0),
        ("z = t ⊙ (2 + a ⊙ x); L = Σ z + Σ exp(a ⊙ t)", 0),
    ],
)
def test_only_where_that_is_one_operation_less(text: str, taken: int) -> None:
    program = parse(HEAD + text)
    outputs = tuple(program.nodes[name] for name, _ in program.outputs)
    notes = dict(known_products(Joint(outputs, (), {})).notes)
    assert notes["known_products"] == f"{taken} products that are there"
