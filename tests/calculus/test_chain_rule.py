"""The chain rule in words: one product of local derivatives for each path."""

from __future__ import annotations

from symbp.calculus.chain_rule import MOST_PATHS, chain_rule, product_text
from symbp.lang.read import read_equations


def products(text: str, target: str) -> list[str]:
    program = read_equations(text)
    return [product_text(path) for path in chain_rule(program, program.outputs[0][0], target)]


def test_one_path() -> None:
    text = "h = σ(W x + b); ŷ = V h; L = ‖y − ŷ‖²"
    assert products(text, "W") == ["∂L/∂ŷ · ∂ŷ/∂h · ∂h/∂W"]
    assert products(text, "V") == ["∂L/∂ŷ · ∂ŷ/∂V"]


def test_a_fork_adds_up() -> None:
    assert products("a = W x; b = tanh(a); c = exp(a); L = bᵀ c", "W") == [
        "∂L/∂b · ∂b/∂a · ∂a/∂W",
        "∂L/∂c · ∂c/∂a · ∂a/∂W",
    ]


def test_direct_and_indirect() -> None:
    assert products("z = W x; L = ‖z‖² + ‖W‖²", "W") == ["∂L/∂z · ∂z/∂W", "∂L/∂W"]


def test_no_path() -> None:
    assert products("z = W x; q = V x; L = ‖z‖²", "V") == []


def test_many_paths_are_not_listed() -> None:
    depth = 40
    lines = [
        f"h{i} = tanh(h{i - 1}) + exp(h{i - 1}) ⊙ g{i - 1}; g{i} = sin(h{i - 1})" for i in range(1, depth)
    ]
    found = products("; ".join(["h0 = W x; g0 = V x", *lines, f"L = ‖h{depth - 1}‖² + ‖g{depth - 1}‖²"]), "W")
    assert found == ["∂L/∂h0 · ∂h0/∂W"]
    assert len(found) <= MOST_PATHS
