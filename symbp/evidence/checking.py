"""`check`: the chain-rule factorization against direct differentiation, for every gradient.

Three independent methods: the index form of the composed loss, differentiated by the product rule
(for all sizes); dual numbers in a prime field (exact, random points); SymPy's `diff` on a small
explicit instance.  The verdict is that of the strongest; a disagreement of any is a refutation.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from symbp.algebra.node import Node
from symbp.calculus.between import cut
from symbp.calculus.derivation import Derivation
from symbp.evidence.compare import compare, confirmed_difference_from_direct
from symbp.evidence.direct import judge
from symbp.evidence.direct_form import proved_by_direct_form
from symbp.evidence.dual import agrees_with_direct
from symbp.evidence.verdict import HOLDS, PROVED, REFUTED, UNDECIDED, Report, Verdict
from symbp.lang.program import Program
from symbp.ops.registry import show


def check_derivation(derivation: Derivation) -> Report:
    """A verdict for each gradient of a derivation."""
    program = derivation.program
    nodes = program.nodes
    outputs = [(nodes[out], None if up is None else nodes[up]) for out, up in program.outputs]
    verdicts = {}
    for gradient in derivation.results:
        name = gradient.name.ascii
        found = derivation.full(name)
        verdicts[name] = (
            _check_between(program, nodes[name], found)
            if nodes[name].args
            else check_gradient(outputs, nodes[name], found)
        )
    return Report(verdicts)


def _check_between(program: Program, by: Node, gradient: Node) -> Verdict:
    """The verdict on the gradient by a computed value: that by a leaf in its place, with the value put in."""
    opened = cut(program, by)
    outputs = [(out, up if up.is_leaf else None) for out, up in opened.outputs]
    verdict = check_gradient(outputs, opened.slot, opened.adjoint)
    if not verdict.is_right:
        return verdict
    same = compare(gradient, opened.gradient)
    return verdict if same.status == PROVED else replace(same, detail=f"{same.detail}; {verdict.detail}")


def check_gradient(outputs: Sequence[tuple[Node, Node | None]], by: Node, gradient: Node) -> Verdict:
    """The verdict on one gradient of Σ ⟨output, upstream⟩ by a leaf of the equations."""
    if gradient.shape != by.shape:
        reason = f"its shape is {show(gradient.shape)}, that of the array is {show(by.shape)}"
        return Verdict(REFUTED, "shape", reason)
    sympy_says = judge(outputs, by, gradient)
    dual = agrees_with_direct(outputs, by, gradient)
    notes = [sympy_says.detail]
    if sympy_says.agree is False or dual.agree is False:
        found = confirmed_difference_from_direct(outputs, by, gradient)
        detail = sympy_says.detail if sympy_says.agree is False else "dual numbers disagree"
        if found is not None or sympy_says.agree is False:
            return Verdict(REFUTED, "direct differentiation", detail, counterexample=found)
        # a function without a field model (log of a number, say) can part what is equal
        notes.append("dual numbers have no model of this, 50-digit differences agree")
    if dual.agree:
        notes.append(f"dual numbers agree at {dual.trials} random points of a prime field")
    if dual.agree is not None or sympy_says.agree:
        proof = proved_by_direct_form(outputs, by, gradient)
        if proof.holds:
            notes.insert(0, "equal to the derivative of the composed loss, for all sizes")
            return Verdict(PROVED, "normal form", "; ".join(notes), bits=dual.bits or None)
    if dual.agree:
        kind = "exact evaluation" if dual.rigorous else "exact evaluation (heuristic bound)"
        return Verdict(HOLDS, kind, "; ".join(notes), bits=dual.bits)
    return Verdict(UNDECIDED, "none", "; ".join(notes))
