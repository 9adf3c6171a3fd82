"""What the arrays of a model have to be for its roots and logarithms to have a value.

The check of a generated file draws them so.  Where x itself stands under a root it is drawn positive;
where something is worked out from it that may be negative, such as 1 - x or X w, all that it is worked
out from lies between 0 and 1.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from symbp.algebra.node import CONSTANT, SIZE, SYMBOLIC, Node, facts, number, topological
from symbp.ops.arithmetic import POWER
from symbp.ops.contract import CONTRACT
from symbp.ops.structure.structural import Structural

DOMAINS = {
    "cholesky": "spd", "logdet": "dominant", "log": "positive", "log2": "positive", "log10": "positive",
    "sqrt": "positive", "power": "positive", "log1p": "unit", "arcsin": "unit", "arccos": "unit",
    "arctanh": "unit", "arccosh": "above",
}  # fmt: skip
"""Operation -> the word of the fact that its first argument needs."""
DEMANDING = ("spd", "dominant", "above", "unit", "positive")
"""The words, the demanding ones first."""
NEVER_NEGATIVE = {
    "exp", "exp2", "sigmoid", "softmax", "masked_softmax", "sqrt", "abs", "square", "relu", "softplus",
    "squared_norm", "length", "p_norm", "var", "std", "cosh", "onehot", "triangle", "arange", "hypot",
    "greater", "greater_equal", "less", "less_equal", "equal", "not_equal", "first_max", "first_min",
}  # fmt: skip
KEEPING = {
    "add",
    "multiply",
    "divide",
    "mean",
    "max",
    "min",
    "sum",
    "prod",
    "cumsum",
    "minimum",
    "reciprocal",
}
"""Operations of which the result is not negative where no argument is."""
POSITIVE_FACTS = {"positive", "unit", "prob", "onehot", "binary", "mask", "causal", "index"}


def domains(roots: Iterable[Node]) -> dict[Node, str]:
    """Leaves that stand under a root, a logarithm or the like -> the word of what they have to be."""
    found: dict[Node, str] = {}
    order = topological(roots)
    fine = _never_negative(order)
    for node in order:
        word = DOMAINS.get(node.op.name)
        if word is None or (node.op is POWER and _is_whole(node.args[1])):
            continue
        first = node.args[0]
        if first.is_leaf:
            _demand(found, first, word)
        elif word in ("positive", "unit", "above") and not (word == "positive" and first in fine):
            for leaf in topological([first]):
                if leaf.is_leaf and leaf.dtype == "real":
                    _demand(found, leaf, "unit")
    return found


def _demand(found: dict[Node, str], leaf: Node, word: str) -> None:
    if leaf not in found or DEMANDING.index(word) < DEMANDING.index(found[leaf]):
        found[leaf] = word


def _is_whole(exponent: Node) -> bool:
    value = number(exponent)
    return value is not None and value.denominator == 1


def _never_negative(order: Sequence[Node]) -> set[Node]:
    """The nodes that are seen to be 0 or more, whatever the leaves without facts are."""
    fine: set[Node] = set()
    for node in order:
        name, args = node.op.name, node.args
        if node.op is CONSTANT:
            known = node.params[0] >= 0
        elif node.is_leaf:
            known = any(fact.split()[0] in POSITIVE_FACTS for fact in facts(node))
        elif name == "multiply" and args[0] is args[1]:
            known = True
        elif node.op is POWER:
            known = args[0] in fine or (_is_whole(args[1]) and number(args[1]) % 2 == 0)  # type: ignore[operator]
        elif node.op is CONTRACT:
            labels = node.params[0]
            squared = len(args) == 2 and args[0] is args[1] and labels[0] == labels[1]
            known = squared or all(a in fine for a in args)
        elif name == "maximum":
            known = any(a in fine for a in args)
        elif name == "where":
            known = args[1] in fine and args[2] in fine
        elif isinstance(node.op, Structural) or name in KEEPING:
            known = all(a in fine for a in args if a.dtype == "real")
        else:
            known = name in NEVER_NEGATIVE or node.op in (SIZE, SYMBOLIC)
        if known:
            fine.add(node)
    return fine
