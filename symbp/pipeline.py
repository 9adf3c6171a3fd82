"""The whole story in one screen: text in; gradients, evidence, explanations and code out.

`parse` and `derive` stand in symbp.reading, which loads neither evidence nor templates.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias

from symbp.calculus.second import SecondDerivative, hessian_of, hvp_of
from symbp.emit.numpy_file import generate as write_file
from symbp.errors import ClaimError
from symbp.evidence.checking import check_derivation
from symbp.evidence.explain import explain
from symbp.evidence.slopes import has_slopes, with_rest_of
from symbp.evidence.verdict import Report
from symbp.evidence.verifying import verify_claims
from symbp.lang.claims import latex_document, own_claims, read_claims
from symbp.reading import Model, derive

Claims: TypeAlias = str | Mapping[str, Any]


def hessian(model: Model, by: str, **keywords: Any) -> SecondDerivative:
    """The matrix of second derivatives of the loss by one array; `.expression` is SymPy's.

    For an array of n entries it is n × n.  The keywords are those of `parse`.  SymbpError for a model
    that cannot be used, ClaimError for a name that the loss cannot be differentiated by twice.

    >>> hessian("param x: n; param A: n, n; assume A: symmetric; L = x @ A @ x / 2", "x").expression
    A
    """
    return hessian_of(derive(model, [by], **keywords).program, by)


def hvp(model: Model, by: str, along: str = "v", **keywords: Any) -> SecondDerivative:
    """The Hessian of the loss by one array times a direction of its shape, named `along`.

    It is worked out as the gradient of the slope along that direction, without the matrix (Pearlmutter,
    Fast exact multiplication by the Hessian, 1994).  Errors as for `hessian`.

    >>> hvp("param x: n; L = sum(x**3)", "x").expression
    6*(v*x)
    """
    return hvp_of(derive(model, [by], **keywords).program, by, along)


def check(model: Model, wrt: Iterable[str] | None = None, **keywords: Any) -> Report:
    """The chain-rule factorization against direct differentiation, for each gradient.

    Differentiated directly by SymPy at small sizes, and by dual numbers; proved by normal form where
    possible.  SymbpError for a model that cannot be used.

    >>> check("L = Σ (y − W x)²").verdicts["W"].status
    'proved'
    """
    return check_derivation(derive(model, wrt, **keywords))


def verify(model: Model, claims: Claims | None = None, **keywords: Any) -> Report:
    """Hand-derived gradients: each right, or wrong with a counterexample and the reason.

    `claims` maps names to lines, or is a whole text of claims (equations, LaTeX or NumPy); without
    it, the claims stand in the model's own text.  SymbpError, with its place, for what cannot be used;
    ClaimError where nothing is claimed.

    >>> report = verify("L = Σ (y − W x)²", {"W": "2 (W x − y) xᵀ"})
    >>> report.verdicts["W"].status
    'proved'
    """
    program = derive(model, **keywords).program
    listed = own_claims(program) if claims is None else read_claims(claims, program)
    document = latex_document(program, claims)
    if not listed and not (document is not None and has_slopes(document)):
        raise ClaimError("the model makes no claim", hint="write one, such as ∂L/∂W = δ xᵀ")
    report = verify_claims(program, listed, explain)
    return report if document is None else with_rest_of(document, report)


def generate(
    model: Model,
    *,
    target: str = "numpy",
    style: str = "plain",
    optimizer: str | None = None,
    numba: bool = False,
    **keywords: Any,
) -> str:
    """The standalone NumPy file with forward and backward, as text.

    `target` is numpy, `style` plain or fast (a class that allocates once), `optimizer` sgd, momentum or
    adam for a file that has updates.  With `numba` the step of the fast style has loops over rows that
    Numba compiles, where it is installed.  The arrays have the shapes of the model, in whatever floating
    dtype they come.  UnsupportedError for what cannot be written; SymbpError for the model.

    >>> "dW = " in generate("h = σ(Wx+b); L = Σ(y−h)²")
    True
    """
    return write_file(derive(model, **keywords), target=target, style=style, optimizer=optimizer, numba=numba)
