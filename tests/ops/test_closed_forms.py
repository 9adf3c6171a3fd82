"""Every declared closed form proved equal to what follows from the definition, for all sizes."""

from __future__ import annotations

import pytest

from symbp.algebra.node import Node, facts, leaf, make, number, topological
from symbp.calculus.reverse import sweep_between
from symbp.evidence.compare import compare
from symbp.evidence.prove import prove_equal
from symbp.ops.arithmetic import total
from symbp.ops.constant_arrays import zeros_like
from tests.ops.examples import all_examples, build
from tests.ops.test_registry import stated_forms

BY_EVALUATION = {"huber", "logaddexp"}
"""Shown by exact evaluation at random points instead: their normal forms do not meet."""

NOT_DECIDED = {
    "arccosh": "1/√(x² - 1) and 1/(√(x - 1)√(x + 1)) are equal for x > 1 only, which no fact says",
}


def stated_operations() -> dict[str, Node]:
    """One node for each operation and shapes of arguments, on leaves of its own."""
    found: dict[str, Node] = {}
    for example in all_examples():
        for node in topological([build(example)[0]]):
            if not stated_forms(node):
                continue
            shapes = ", ".join(f"({', '.join(map(str, a.shape))})" for a in node.args)
            found.setdefault(f"{node.op.name} {shapes} {node.params}", _on_own_leaves(node))
    return found


def _on_own_leaves(node: Node) -> Node:
    words = ("positive",) if node.op.name == "sqrt" else ()
    args = tuple(
        a if number(a) is not None else leaf(f"a{k}", a.shape, a.dtype, facts(a) or words)
        for k, a in enumerate(node.args)
    )
    return make(node.op, args, node.params, node.shape, node.dtype)


OPERATIONS = stated_operations()


@pytest.mark.parametrize("name", OPERATIONS)
def test_closed_form_holds_for_all_sizes(name: str) -> None:
    node = OPERATIONS[name]
    upstream = leaf("upstream", node.shape)
    meaning = node.op.definition(node)
    assert meaning is not None
    derived = sweep_between(meaning, upstream, node.args, lambda n: n)
    closed = node.op.adjoints(node, upstream)
    for arg in dict.fromkeys(node.args):
        stated = [term for a, term in zip(node.args, closed, strict=True) if a is arg and term is not None]
        if not stated or arg.dtype != "real" or number(arg) is not None:
            continue
        wanted = derived.get(arg, zeros_like(arg))
        if node.op.name in NOT_DECIDED:
            assert compare(total(stated), wanted).status != "refuted"
        elif node.op.name in BY_EVALUATION:
            assert compare(total(stated), wanted).status in ("proved", "holds")
        else:
            assert prove_equal(total(stated), wanted).holds


def test_most_operations_with_a_closed_form_are_here() -> None:
    assert len({node.op.name for node in OPERATIONS.values()}) > 60
