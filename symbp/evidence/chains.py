"""Chains of equals in a model: a = b = c says that b and c are the same, which is compared."""

from __future__ import annotations

from symbp.errors import ModelError
from symbp.evidence.compare import compare
from symbp.evidence.verdict import REFUTED, Verdict
from symbp.lang.program import Equality, Program


def chain_verdicts(program: Program) -> list[tuple[Equality, Verdict]]:
    """The verdict on each later side of a chain, in the order of the text."""
    nodes = program.nodes
    return [(said, compare(said.node, nodes[said.name])) for said in program.equalities]


def refuse_unequal(program: Program) -> None:
    """ModelError at the first side of a chain that is not what stands before it."""
    spelled = {name.ascii: name.text for name in program.names.values()}
    for said, verdict in chain_verdicts(program):
        if verdict.is_right:
            continue
        name = spelled.get(said.name, said.name)
        if verdict.status != REFUTED:
            reason = f"whether this is {name} could not be shown"
            raise ModelError(reason, said.place, [verdict.detail], "keep one of the two sides")
        found = str(verdict.counterexample or verdict.detail).replace("claimed", "here").replace("true", name)
        raise ModelError(
            f"this is not what {name} is set to before",
            said.place,
            [found],
            hint="correct it, or give it a name of its own",
        )
