"""The loss that a network states beside its forward and backward: `cost(A2, Y)`, `mse_loss(y, output)`.

Backward takes the right answers and gives the gradients of it, without a word of where it is computed.  It
is called with what forward gives, with the right answers, and with what forward has got by the same name.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from symbp.algebra.node import Node, leaves
from symbp.audit.arguments import parameters_of
from symbp.audit.choices import NOTHING
from symbp.audit.find import Pair, is_empty, methods_of
from symbp.audit.names import OUTPUT, TARGET
from symbp.audit.reading import LossCall
from symbp.errors import OperandError, SymbpError
from symbp.lang.code.machine import MISFITS
from symbp.lang.code.modules import Module, interpret_function, interpret_method
from symbp.lang.code.values import Function, Instance
from symbp.lang.values import node_of

LOSS_NAME = re.compile(
    r"^_?(?:\w+_)?(?:loss|cost|mse|cross_?entropy|objective|criterion)(?:_?(?:function|func|fn|value))?$",
    re.I,
)
MOST = 4


def stated_losses(
    pair: Pair,
    module: Module,
    built: Instance | None,
    known: Mapping[str, Any],
    outputs: Sequence[Node],
    target: Node | None,
) -> Iterator[LossCall]:
    """The losses of what forward gives, by the functions that the author has written for them.

    `known` are the arguments of forward and of backward by name, `target` the right answers.
    """
    for function, owner in _candidates(pair, module, built):
        named = _arguments(function, owner, known, outputs, target)
        if named is None:
            continue
        with contextlib.suppress(SymbpError, OperandError, *MISFITS):
            if owner is None:
                value = interpret_function(module, function.name, [], named)
            else:
                value = interpret_method(module, owner.kind.name, function.name, owner, [], named)
            node = node_of(value)
            if not node.rank and any(True for _ in leaves([node])):
                yield LossCall(node, function.name, owner is not None, named)


def _candidates(pair: Pair, module: Module, built: Instance | None) -> list[tuple[Function, Instance | None]]:
    own = methods_of(built.kind).items() if built is not None else ()
    found: list[tuple[Function, Instance | None]] = [
        (f, built) for n, f in own if _is_loss(n, f, pair) and f.kind in ("function", "static")
    ]
    found += [(f, None) for n, f in module.functions.items() if _is_loss(n, f, pair)]
    return found[:MOST]


def _is_loss(name: str, function: Function, pair: Pair) -> bool:
    return LOSS_NAME.match(name) is not None and name != pair.forward and not is_empty(function)


def _arguments(
    function: Function,
    owner: Instance | None,
    known: Mapping[str, Any],
    outputs: Sequence[Node],
    target: Node | None,
) -> dict[str, Any] | None:
    """What a loss is called with; None where an argument is not known."""
    named: dict[str, Any] = {}
    wanted = [(n, d) for n, d in parameters_of(function, owner is not None) if d is NOTHING]
    for name, _ in wanted:
        if TARGET.match(name) and target is not None:
            named[name] = target
        elif name in known and isinstance(known[name], Node):
            named[name] = known[name]
        elif OUTPUT.match(name):
            named[name] = outputs[0]
        else:
            return None
    return named if any(v is outputs[0] for v in named.values()) else None
