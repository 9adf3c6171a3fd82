"""The words for what a finding means, and for what a claim is instead of the gradient."""

from __future__ import annotations

from dataclasses import dataclass

from symbp.algebra.node import Node

RIGHT = "right"
FACTOR = "factor"
"""Right up to a constant factor, such as a mean where forward has a sum."""
PAIR = "pair"
"""Right together with the loss that it is made for: softmax with its cross-entropy."""
TRUNCATED = "truncated"
"""Cut on purpose: no flow through time, clipped."""
WRONG = "wrong"
UNKNOWN = "undecided"
ACCEPTED = (RIGHT, FACTOR, PAIR, TRUNCATED)
"""What is no mistake."""
ORDER = (WRONG, UNKNOWN, FACTOR, PAIR, TRUNCATED, RIGHT)


@dataclass(frozen=True)
class Convention:
    """What a claim is instead of the gradient, and whether that is a mistake."""

    severity: str
    words: str
    factor: str | None = None
    equal: tuple[Node, Node] | None = None
    """Claim and gradient under the convention, where that is one formula for another."""
