"""Collections of hand-derived gradients: one case as a Program and its claims.

A case is a dictionary with `inputs` (name -> shape), `dims` (a size for each letter),
`fixed_dims` (the letters whose size the lines rely on), `constants`, `domain` (facts),
`forward` (lines), `loss` or `output`/`upstream` or `outputs`, and `claims` (name -> lines).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from symbp.errors import ModelError, SymbpError
from symbp.lang.case_format import check_case
from symbp.lang.names import identifier
from symbp.lang.numpy_claim import Claimed, read_claim
from symbp.lang.numpy_source import read_numpy
from symbp.lang.program import Program
from symbp.lang.unknown import unknown_name


def read_case(case: Mapping[str, Any]) -> tuple[Program, dict[str, Claimed | SymbpError]]:
    """The model of a case, and each claim: read, or the reason why it cannot be.

    Letters in `fixed_dims` are fixed to their size; every other letter stays symbolic.
    SymbpError where the forward lines cannot be read.

    >>> case = {"id": "square", "inputs": {"x": "n"}, "dims": {"n": 3}, "forward": ["L = sum(x**2)"],
    ...         "loss": "L", "claims": {"x": ["2*x"]}}
    >>> program, claims = read_case(case)
    >>> program.outputs, claims["x"].node
    ((('L', None),), multiply(<constant>, x)[n])
    """
    check_case({"claims": {}, **case})
    counts = {
        c: int(v)
        for c, v in (case.get("constants") or {}).items()
        if math.isfinite(v) and v == int(v) and v > 0
    }
    try:
        found = _read(case, {})
    except SymbpError as error:
        if not counts:
            raise
        try:
            return _read(case, counts)
        except SymbpError:
            raise error from None
    if counts and any(isinstance(claim, SymbpError) for claim in found[1].values()):
        return _fewer_unread(found, case, counts)
    return found


def _read(
    case: Mapping[str, Any], counts: Mapping[str, int]
) -> tuple[Program, dict[str, Claimed | SymbpError]]:
    """A case with some of its constants read as counts: the g of reshape(x, (n, g, c//g))."""
    name = str(case.get("id", "case"))
    claims: Mapping[str, Any] = case.get("claims", {})
    constants = case.get("constants") or {}
    program = read_numpy(
        _text(case["forward"]),
        f"{name}, forward",
        shapes=case["inputs"],
        params=[target for target in claims if target in case["inputs"]],
        loss=case.get("loss"),
        outputs=_outputs(case),
        assume=_facts(case.get("domain") or {}),
        constants={c: v for c, v in constants.items() if c not in counts},
        sizes={**fixed_sizes(case), **counts},
        letters=list(case.get("dims") or {}),
    )
    read: dict[str, Claimed | SymbpError] = {}
    for target, lines in claims.items():
        try:
            if identifier(target) not in program.nodes:
                raise unknown_name(target, None, [n.text for n in program.names.values()])
            read[target] = read_claim(_text(lines), program, target, f"{name}, claim of {target}")
        except SymbpError as error:
            read[target] = error
    return program, read


def _fewer_unread(
    found: tuple[Program, dict[str, Claimed | SymbpError]], case: Mapping[str, Any], counts: Mapping[str, int]
) -> tuple[Program, dict[str, Claimed | SymbpError]]:
    """The same, or the case with its whole constants read as counts, where that reads more claims."""
    try:
        other = _read(case, counts)
    except SymbpError:
        return found
    return min(found, other, key=lambda f: sum(isinstance(c, SymbpError) for c in f[1].values()))


def fixed_sizes(case: Mapping[str, Any]) -> dict[str, int]:
    """The letters whose size the lines of a case rely on, with these sizes."""
    dims = case.get("dims") or {}
    found: dict[str, int] = {}
    for letter in case.get("fixed_dims") or ():
        if not isinstance(dims.get(letter), int) or dims[letter] < 1:
            name = case.get("id", "case")
            raise ModelError(
                f"{name}: the size of {letter} is fixed, but 'dims' does not say to what",
                hint=f"add {letter!r} with a positive integer to 'dims'",
            )
        found[letter] = dims[letter]
    return found


def _text(lines: str | list[str]) -> str:
    return lines if isinstance(lines, str) else "\n".join(lines)


def _outputs(case: Mapping[str, Any]) -> dict[str, str]:
    if case.get("outputs"):
        return {pair["output"]: pair["upstream"] for pair in case["outputs"]}
    return {case["output"]: case["upstream"]} if case.get("output") else {}


def _facts(domain: Mapping[str, Any]) -> dict[str, str]:
    """Facts with their arguments set off by a space: `index:v` is `index v`."""
    return {name: str(fact).replace(":", " ") for name, fact in domain.items()}
