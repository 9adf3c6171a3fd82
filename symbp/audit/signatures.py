"""The shapes under which the functions `forward` and `backward` of a text fit together."""

from __future__ import annotations

from symbp.audit.files import outcome_of
from symbp.audit.find import find_pairs
from symbp.audit.ways import Hints
from symbp.lang.code.modules import read_module
from symbp.lang.numpy_function import FORWARD


def argument_shapes(text: str, source: str) -> dict[str, str]:
    """The shape of each argument of the model's function; empty where that cannot be told."""
    module = read_module(text, source)
    for pair in find_pairs(module):
        if pair.owner is None and pair.forward in FORWARD:
            outcome = outcome_of(pair, module, Hints())
            if not isinstance(outcome, str) and outcome.judged is not None:
                inputs = outcome.judged.reading.inputs
                return {name: ", ".join(map(str, node.shape)) for name, node in inputs.items()}
    return {}
