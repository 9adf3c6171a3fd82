"""Every function of the language, and every gradient of it, has the value of its normal form."""

from __future__ import annotations

from symbp.evidence.truth import true_gradients
from symbp.lang.read import read_equations
from tests.evidence.forms import form_gap
from tests.ops.examples import all_examples, model_text


def test_normal_forms_have_the_values_of_their_nodes() -> None:
    compared, gaps = 0, []
    for example in all_examples():
        program = read_equations(model_text(example))
        leaves = [v.node for v in program.variables if v.node.dtype == "real"]
        wanted = [program.nodes[out] for out, _ in program.outputs]
        for node in [*wanted, *true_gradients(program, leaves).values()]:
            gap = form_gap(node) if node.dtype != "int" and node.op.name != "bundle" else None
            if gap is not None:
                compared += 1
                if gap > 1e-9:
                    gaps.append(f"{example}: {node!r} differs by {gap:.1e}")
    assert gaps == []
    assert compared > 900
