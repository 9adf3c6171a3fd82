"""Addition theorems, multiples of angles and sin² + cos² = 1 in proofs."""

from __future__ import annotations

import pytest

from symbp.evidence.angles import ANGLES
from symbp.evidence.evaluate import with_definitions
from symbp.evidence.facts import Facts
from symbp.evidence.prove import prove_equal
from tests.evidence.forms import form_gap
from tests.evidence.test_soundness import two_nodes

IDENTITIES = [
    "input x: n | sin(x)**2 + cos(x)**2 | 1 + 0*x",
    "input x: n | 2*sin(x)*cos(x) | sin(2*x)",
    "input x: n | cos(x)**2 - sin(x)**2 | cos(2*x)",
    "input x: n | 1 - 2*sin(x)**2 | cos(2*x)",
    "input x: n | sin(3*x) | 3*sin(x) - 4*sin(x)**3",
    "input x: n | cos(4*x) | 8*cos(x)**4 - 8*cos(x)**2 + 1",
    "input x: n; input y: n | cos(x - y) | cos(x)*cos(y) + sin(x)*sin(y)",
    "input x: n; input y: n | sin(x + y)*sin(x - y) | sin(x)**2 - sin(y)**2",
    "input x: n; input y: n; input z: n | sin(x + y + z) | sin(x)*cos(y + z) + cos(x)*sin(y + z)",
    "input x: n | 1 + tan(x)**2 | 1/cos(x)**2",
    "input x: n | cos(x)**2/sin(x)**2 | 1/sin(x)**2 - 1",
    "input x: n | tan(x)*cos(x) | sin(x)",
    "input x: n | sin(x + pi/2) | cos(x)",
    "input x: n | cos(x - 3*pi/2) | -sin(x)",
    "input x: n | sin(2*pi - x) | -sin(x)",
    "input x: n; input y: m | sum(sin(x[:,None] - y), axis=1) | sin(x)*sum(cos(y)) - cos(x)*sum(sin(y))",
    "input W: k,d; input x: d | sin(2*(W @ x)) | 2*sin(W @ x)*cos(W @ x)",
]


@pytest.mark.parametrize("line", IDENTITIES)
def test_an_identity_of_angles_is_proved(line: str) -> None:
    assert prove_equal(*two_nodes(line)).holds


@pytest.mark.parametrize("line", IDENTITIES)
def test_taken_apart_an_angle_keeps_its_value(line: str) -> None:
    for node in two_nodes(line):
        if not ANGLES.isdisjoint(n.op.name for n in with_definitions([node])):
            gap = form_gap(node, known=Facts(by_angles=True))
            assert gap is not None
            assert gap < 1e-9


def test_an_angle_of_many_addends_ends_without_a_proof() -> None:
    """sin of 1000 addends would be a sum of 2^999 products."""
    proof = prove_equal(*two_nodes("input x: n | sin(1000*x) | 2*sin(500*x)*cos(500*x)"))
    assert not proof.holds
    assert any("addition theorems" in attempt for attempt in proof.tried)
