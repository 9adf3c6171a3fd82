"""Claims under a condition: index relations, values, regions, words; wrong ones are refuted."""

from __future__ import annotations

import pytest

from symbp.errors import SymbpError
from symbp.evidence.article import judge_article
from symbp.evidence.explain import explain
from symbp.lang.article import read_article
from symbp.lang.tex_read import read_latex
from symbp.pipeline import verify

SOFTMAX = r"""Let $p_i = e^{z_i}/\sum_k e^{z_k}$. For $i = j$ we have
\[ \frac{\partial p_i}{\partial z_j} = p_i(1-p_i), \]
whereas for $i \neq j$
\[ \frac{\partial p_i}{\partial z_j} = -p_i p_j. \]"""

LABELS = r"""Let $p = \sigma(z)$ with a scalar $z$ and $L = -y\log p - (1-y)\log(1-p)$.
If $y = 1$, then
\[ \frac{dL}{dz} = p - 1, \]
and if $y = 0$,
\[ \frac{dL}{dz} = p . \]"""

HINGE = r"""The hinge loss is $L = \max(0, 1 - y\,w^\top x)$ with a label $y$. If $y\,w^\top x < 1$,
\[ \nabla_w L = -y x, \]
and otherwise
\[ \nabla_w L = 0. \]"""

ACTIVE = r"""Let $h = \max(0, a)$ with $a = w^\top x$ and $L = \frac12(h-y)^2$. When the unit is active,
\[ \frac{\partial L}{\partial w} = (h - y)x. \]"""

BEHIND = r"""Let $h = \max(0, a)$ with $a = w^\top x$ and $L = \frac12(h-y)^2$. Then
\[ \frac{\partial L}{\partial w} = (h - y)x \quad\text{if } a > 0, \qquad
   \frac{\partial L}{\partial w} = 0 \quad\text{if } a < 0. \]"""

TRIPLET = r"""We minimise $L = \max(0, \|a-p\|^2 - \|a-n\|^2 + m)$ with $a,p,n\in\mathbb{R}^d$.
Where it is positive,
\[ \frac{\partial L}{\partial a} = 2(n-p),\quad \frac{\partial L}{\partial n} = 2(a-n). \]"""

SIDES = r"""Let $L = |x|$ with a scalar $x$. If $x > 0$,
\[ \frac{dL}{dx} = 1. \]
If $x < 0$,
\[ \frac{dL}{dx} = -1. \]"""

BOTH = r"""Let $L = \max(0, u) \max(0, v)$ with scalars $u$, $v$. If $u > 0$ and $v > 0$, then
\[ \frac{dL}{du} = v. \]"""

BRACKETED = r"""With $y\in\{0,1\}$ let \[ L = y d^2 + (1-y)\max(0,m-d)^2,\qquad d=\|u-v\|. \]
For a positive pair ($y=1$), \[ \frac{\partial L}{\partial u}=2(u-v). \]
If $y=0$ and $d<m$, \[ \frac{\partial L}{\partial u} = -2(m-d)\frac{u-v}{d}. \]"""

SYMMETRIC = r"""Let $q = x^\top A x$. In general $\nabla_x q = (A+A^\top)x$. If $A$ is symmetric this becomes
\[ \nabla_x q = 2Ax. \]"""

TEXTS = {
    "bracketed": (BRACKETED, 2), "symmetric": (SYMMETRIC, 1),
    "softmax": (SOFTMAX, 2), "labels": (LABELS, 2), "hinge": (HINGE, 2), "active": (ACTIVE, 1),
    "behind": (BEHIND, 2), "triplet": (TRIPLET, 2), "sides": (SIDES, 2), "both": (BOTH, 1),
}  # fmt: skip


def statuses(text: str) -> list[str]:
    try:
        return [v.status for v in verify(read_latex(text)).verdicts.values()]
    except SymbpError:  # a text without a loss is judged as an article
        report = judge_article(read_article(text, "article.tex"), explain)
        return [v.status for line in report.lines for _, v in line.verdicts]


@pytest.mark.parametrize("name", TEXTS)
def test_what_is_right_in_its_case_is_right(name: str) -> None:
    text, count = TEXTS[name]
    found = statuses(text)
    assert len(found) == count
    assert set(found) <= {"proved", "holds"}


SPOILED = [
    (SOFTMAX, "p_i(1-p_i)", "p_i(1-p_j) + p_i"), (SOFTMAX, "-p_i p_j", "p_i p_j"),
    (SOFTMAX, "For $i = j$", "For $i \\neq j$"), (LABELS, "p - 1", "p + 1"), (LABELS, "= p .", "= -p ."),
    (LABELS, "y = 0", "y = 1"), (HINGE, "-y x", "y x"), (HINGE, "< 1", "> 1"), (HINGE, "L = 0.", "L = x."),
    (ACTIVE, "(h - y)x", "(y - h)x"), (BEHIND, "a > 0", "a < 0"), (BEHIND, "(h - y)", "(h + y)"),
    (TRIPLET, "2(n-p)", "2(p-n)"), (TRIPLET, "2(a-n)", "(a-n)"), (SIDES, "= -1", "= 1"),
    (SIDES, "x < 0", "x > -1"), (BOTH, "= v", "= u"), (BRACKETED, "=2(u", "=3(u"),
    (BRACKETED, "-2(m", "2(m"), (BRACKETED, "($y=1$)", "($y=0$)"), (SYMMETRIC, "2Ax", "3Ax"),
    (SYMMETRIC, "If $A$ is symmetric this", "This"), (BOTH, " and $v > 0$", ""),
]  # fmt: skip


@pytest.mark.parametrize(("text", "right", "wrong"), SPOILED)
def test_what_is_wrong_in_its_case_is_refuted(text: str, right: str, wrong: str) -> None:
    assert text.count(right) == 1
    assert statuses(text.replace(right, wrong)).count("refuted") == 1


@pytest.mark.parametrize(
    ("text", "right", "wrong"),
    [
        (ACTIVE, "(h - y)x", "2(h - y)x"),
        (ACTIVE, "When the unit is active,", "Differentiating, we find"),
        (TRIPLET, "Where it is positive,", "Hence"),
    ],
)
def test_without_a_case_the_region_counts(text: str, right: str, wrong: str) -> None:
    assert "refuted" in statuses(text.replace(right, wrong))


def test_a_case_that_never_arises_proves_nothing() -> None:
    text = (
        SIDES.replace("$L = |x|$", "$L = x^2$").replace("If $x > 0$", "If $x^2 < -1$").replace("= 1", "= 7")
    )
    assert statuses(text)[0] == "undecided"


def test_a_condition_about_something_else_decides_nothing() -> None:
    text = r"""Let $L = \frac12(w^\top x - y)^2$. When the data are noiseless, the gradient is
    \[ \frac{\partial L}{\partial w} = 0. \]"""
    assert statuses(text) == ["undecided"]
