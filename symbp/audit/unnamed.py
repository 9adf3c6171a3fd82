"""Gradients of which nothing says by which argument they are: `return m[:, None] * z` of `grad_log(z, th)`.

What the text says (`w.r.t. y`) holds.  Else each argument of the same shape is tried: what is the gradient
by one of them is the gradient.  Right answers are none of these where the function is a loss.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from symbp.algebra.node import Node
from symbp.audit.case import fitted
from symbp.audit.documented import lines_of
from symbp.audit.names import TARGET
from symbp.audit.reading import Claim, Reading
from symbp.lang.code.values import Function

BY = re.compile(r"(?:\bw\.?\s?r\.?\s?t\.?|\bwith respect to)\s+(?:the\s+)?`{0,2}(\w+)", re.I)
LOSS_WORDS = re.compile(r"loss|cost|error|entropy|mse|nll|objective|criterion|hinge", re.I)


def said_argument(function: Function, inputs: Mapping[str, Node]) -> str | None:
    """The argument by which a function's own name or text says that it differentiates."""
    last = function.name.rpartition("_")[2]
    if last in inputs and inputs[last].dtype == "real":
        return last
    for line in lines_of(function):
        for match in BY.finditer(line):
            if match.group(1) in inputs and inputs[match.group(1)].dtype == "real":
                return match.group(1)
    return None


def arguments_of_its_shape(
    node: Node, inputs: Mapping[str, Node], targets: Mapping[str, Node], is_loss: bool
) -> list[str]:
    """The arguments whose gradient a bare array may be, the likeliest first; never none of several."""
    open_inputs = [n for n in inputs if n in targets]
    if not is_loss:
        open_inputs += [
            n for n, v in inputs.items() if n not in targets and v.dtype == "real" and TARGET.match(n)
        ]
    fitting = [n for n in open_inputs if fitted(node, inputs[n]).shape == inputs[n].shape and node.shape]
    return fitting or open_inputs[:1]


def of_other_arguments(reading: Reading) -> Iterator[Reading]:
    """The reading with its one unnamed claim as that of each other argument that it may be of."""
    if len(reading.claims) != 1:
        return
    (claim,) = reading.claims
    for name in claim.others:
        other = Claim(f"d{name}", name, claim.node, reading.inputs[name], claim.how)
        yield replace(reading, claims=[other])
