"""Facts that a document states in words or formulas, whom they are said of, and for which claims."""

from __future__ import annotations

import pytest

import symbp
from symbp.evidence.article import judge_article
from symbp.lang.article import read_article
from symbp.lang.tex_statements import read_statements

STATED = {
    r"with $A$ symmetric": {("A", "symmetric")},
    r"Let $A$ be a symmetric matrix.": {("A", "symmetric")},
    r"where $A \in \mathbb{R}^{n \times n}$ is symmetric positive definite": {("A", "spd")},
    r"Suppose that $A$ and $B$ are symmetric": {("A", "symmetric"), ("B", "symmetric")},
    r"symmetric matrices $A$ and $B$": {("A", "symmetric"), ("B", "symmetric")},
    r"the invertible matrix $M$": {("M", "invertible")},
    r"$M$ is symmetric and invertible": {("M", "symmetric"), ("M", "invertible")},
    r"$K$ (symmetric)": {("K", "symmetric")},
    r"$K$, which is positive definite,": {("K", "spd")},
    r"$K$ is positive semi-definite": {("K", "symmetric")},
    r"the covariance matrix $\Sigma$": {("Sigma", "spd")},
    r"let $K$ be the Gram matrix": {("K", "symmetric")},
    r"a one-hot vector $y$": {("y", "onehot")},
    r"$y$ denotes the one-hot encoded label": {("y", "onehot")},
    r"one-hot targets $t$ and weights $w$": {("t", "onehot")},
    r"\emph{binary} labels $t$": {("t", "binary")},
    r"$\sigma$ is strictly positive": {("sigma", "positive")},
    r"a positive constant $c$": {("c", "positive")},
    r"$p$ is a probability distribution": {("p", "prob")},
    r"the unit vector $u$": {("u", "unitnorm")},
    r"$A = A^\top$": {("A", "symmetric")},
    r"$A^T = A$": {("A", "symmetric")},
    r"$\Sigma \succ 0$": {("Sigma", "spd")},
    r"$\Sigma \succeq 0$": {("Sigma", "symmetric")},
    r"$\lambda > 0$": {("lambda_", "positive")},
    r"$\sigma_j > 0$ and $x = \sum_j \sigma_j$": {("sigma", "positive")},
    r"$\sum_k y_k = 1$": {("y", "prob")},
    r"$\sum_{k=1}^K t_{ik} = 1$": {("t", "prob")},
    r"$\mathbf{1}^\top y = 1$": {("y", "prob")},
    r"$\|u\| = 1$ and $\|v\|_2 = 1$": {("u", "unitnorm"), ("v", "unitnorm")},
    r"$y \in \{0, 1\}$": {("y", "binary")},
    r"$y_i \in \{-1, +1\}$, and $s = \sum_i y_i$": {("y", "pm1")},
    r"$y \in \{\pm 1\}^n$": {("y", "pm1")},
    r"$p \in (0, 1)^n$": {("p", "unit")},
    r"$q \in \Delta^{K-1}$": {("q", "prob")},
    r"$S \in \mathbb{S}^n_{++}$ and $T \in \mathbb{S}^n$": {("S", "spd"), ("T", "symmetric")},
    r"$w \in \mathbb{R}_{>0}^n$ and $v \in \mathbb{R}^n_+$": {("w", "positive"), ("v", "positive")},
    r"$c$ is positive": {("c", "positive")},
    # nothing is said
    r"an anchor $a$, a positive $p$ and a negative $n$": set(),
    r"$p$ is the positive sample": set(),
    r"$A$ is a symmetric function of $x$": set(),
    r"$A$ is not symmetric": set(),
    r"$A$ need not be symmetric": set(),
    r"a matrix $A$, not necessarily symmetric, and $B$": set(),
    r"no symmetric matrix $A$": set(),
    r"a skew-symmetric matrix $A$": set(),
    r"an asymmetric matrix $A$": set(),
    r"a non-symmetric $A$": set(),
    r"$A$ is nonsymmetric": set(),
    r"$x$ and a symmetric matrix $A$": {("A", "symmetric")},
    r"$f$ is convex. Symmetric functions are left out.": set(),
    r"$x$. $A$ is symmetric": {("A", "symmetric")},
    r"$\sum_i w_i = 1$": set(),
    r"$x \in \{0, 1, 2\}$": set(),
    r"$A x = b$ with symmetric": set(),
    r"$n > 0$ and $n = 3$": {("n", "positive")},
}  # fmt: skip


@pytest.mark.parametrize("text", STATED)
def test_what_is_stated(text: str) -> None:
    document = read_statements(text, "text")
    assert {(f.key, f.fact) for f in document.facts} == STATED[text]


@pytest.mark.parametrize(
    ("text", "is_case"),
    [
        (r"If $A$ is symmetric, then", True),
        (r"when $A$ is symmetric", True),
        (r"For symmetric $A$ this is", True),
        (r"in the special case of a symmetric $A$", True),
        (r"Let $A$ be symmetric", False),
        (r"where $A$ is symmetric", False),
        (r"Assume that $A$ is symmetric", False),
    ],
)
def test_cases_are_told_from_assumptions(text: str, is_case: bool) -> None:
    (stated,) = read_statements(text, "text").facts
    assert stated.is_case == is_case


QUADRATIC = r"Let $f(x) = x^\top A x$ with $A \in \mathbb{R}^{n \times n}$. "
RIGHT = r"Then $$\nabla_x f = (A + A^\top) x.$$ "
SYMMETRIC = r"$$\nabla_x f = 2 A x.$$ "
ARTICLES = {
    QUADRATIC + r"Here $A$ is symmetric. Hence " + SYMMETRIC: [True],
    QUADRATIC + r"Hence " + SYMMETRIC: [False],
    QUADRATIC + SYMMETRIC + r"Here $A$ is symmetric.": [True],
    QUADRATIC + RIGHT + r"If $A$ is symmetric, this is " + SYMMETRIC: [True, True],
    QUADRATIC + SYMMETRIC + r"For symmetric $A$, " + SYMMETRIC: [False, True],
    QUADRATIC + SYMMETRIC + "\n\n" + r"Now let $A$ be symmetric. Then " + SYMMETRIC: [False, True],
    QUADRATIC + r"If $A$ is symmetric, much is easier." + "\n\n" + "In general " + SYMMETRIC: [False],
    QUADRATIC + r"$A$ is not symmetric. " + SYMMETRIC: [False],
    "\\section{One} $A$ is symmetric.\n\\section{Two} " + QUADRATIC + SYMMETRIC: [False],
    "$A$ is symmetric.\n\\section{Two} " + QUADRATIC + SYMMETRIC: [True],
}


@pytest.mark.parametrize("text", ARTICLES)
def test_the_claims_that_rest_on_a_fact(text: str) -> None:
    report = judge_article(read_article(text + "\n", "text"))
    verdicts = [v for line in report.lines if line.statement.kind == "claim" for _, v in line.verdicts]
    assert [v.is_right for v in verdicts] == ARTICLES[text]
    for verdict, line in zip(verdicts, ARTICLES[text], strict=True):
        assert not line or r"A + A^\top" in text or verdict.needs == ("A is symmetric",)


def test_a_fact_in_a_text_of_claims_counts_for_its_claims() -> None:
    net = symbp.parse("input A: n, n\nparam x: n\nf = xᵀ A x\nloss f")
    assert symbp.verify(net, r"For symmetric $A$: $\nabla_x f = 2 A x$").ok
    assert not symbp.verify(net, r"In general: $\nabla_x f = 2 A x$").ok


def test_facts_that_do_not_fit_are_left_out() -> None:
    net = symbp.parse(r"Let $x$ be symmetric. $$L = \|W x\|^2$$")
    assert {v.name.ascii: v.node.params[1] for v in net.variables} == {"W": (), "x": ()}
