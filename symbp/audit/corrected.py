"""A wrong gradient of a pair, diagnosed as `verify` does: the reason, and a corrected line."""

from __future__ import annotations

from symbp.algebra.node import Node, topological
from symbp.audit.find import Pair
from symbp.audit.judge import Finding
from symbp.audit.reading import Reading
from symbp.errors import OperandError, Place, SymbpError
from symbp.evidence.diagnose import Diagnosis, diagnose
from symbp.lang.names import Name, NameTable
from symbp.lang.numpy_claim import Claimed, Step
from symbp.lang.program import Equation, Program, Variable

LARGEST = 600
"""Graphs beyond this are not diagnosed."""


def corrected(finding: Finding, reading: Reading, pair: Pair, line: int) -> Diagnosis | None:
    """What the diagnosis says of a wrong claim; None where it has nothing to say."""
    true = finding.true
    if true is None or len(topological([finding.claim.node, true])) > LARGEST:
        return None
    text = pair.back.source.text
    place = Place(text, line, 0, len(pair.back.source.line(line)), pair.back.source.name)
    program, target = _program(reading, finding.claim.of, place)
    claim = Claimed(target, finding.claim.node, (Step(f"d{target}", finding.claim.node, place),))
    try:
        return diagnose(claim, program, true, finding.verdict)
    except (SymbpError, OperandError, ValueError, TypeError, KeyError, IndexError, NotImplementedError):
        return None


def _program(reading: Reading, of: Node, place: Place) -> tuple[Program, str]:
    """The pair as a model: its arrays, and what forward gives."""
    table = NameTable()
    variables: dict[Node, Variable] = {}
    parameters = set(reading.parameters.values())
    for node in [*reading.inputs.values(), *reading.parameters.values()]:
        if node not in variables and node.is_leaf:
            role = "param" if node in parameters or node is of else "input"
            variables[node] = Variable(table.add(node.name), node, role)
    equations, outputs = [], []
    for out, up in reading.outputs:
        name = table.add("out")
        if up.is_leaf and up not in variables:
            variables[up] = Variable(table.add(up.name), up, "upstream")
        names: dict[Node, Name] = {v.node: v.name for v in variables.values()}
        equations.append(Equation(name, out, place, {**names, out: name}))
        outputs.append((name.ascii, variables[up].name.ascii if up in variables else None))
    program = Program(
        tuple(variables.values()), tuple(equations), tuple(outputs), {}, (), place.source, place.text
    )
    return program, variables[of].name.ascii if of in variables else "x"
