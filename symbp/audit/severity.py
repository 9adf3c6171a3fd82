"""The words for what a finding means."""

from __future__ import annotations

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
