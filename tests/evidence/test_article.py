"""Articles line by line: every claim has its verdict, and every refuted one its place."""

from __future__ import annotations

import pytest

from symbp.evidence.article import ArticleReport, judge_article
from symbp.evidence.explain import explain
from symbp.evidence.verdict import Verdict
from symbp.lang.article import read_article
from symbp.lang.tex_read import read_latex
from symbp.pipeline import verify
from tests.lang.articles import (
    BATCH_NORM,
    DIFFERENTIALS,
    ENTRIES_OF_LAYERS,
    LAYERS,
    NEEDS_THE_WRONG_LINE,
    OVERVIEW,
    PACKED,
    PRODUCT,
    SOFTMAX,
    TIME,
    TWO_SECTIONS,
    UNREAD,
    UNSPECIFIED,
)
from tests.lang.seed_formulas import ARTICLES


def judged(text: str) -> ArticleReport:
    return judge_article(read_article(text, "article.md"), explain)


def word(verdict: Verdict) -> str:
    """`right`, or the status of what is not."""
    return "right" if verdict.is_right else verdict.status


def statuses(report: ArticleReport) -> list[tuple[int, list[str]]]:
    return [(x.statement.place.line, [word(v) for _, v in x.verdicts]) for x in report.lines if x.verdicts]


def test_sides_of_a_chain_are_judged_one_by_one() -> None:
    report = judged(TWO_SECTIONS)
    assert statuses(report) == [
        (3, ["right"]), (4, ["right", "refuted"]), (5, ["right"]), (5, ["right"]),
        (10, ["right"]), (11, ["right"]),
    ]  # fmt: skip
    assert not report.ok
    name, wrong = next(v for x in report.lines for v in x.verdicts if not v[1].is_right)
    assert name == r"∂L/∂W = 2 (\hat y - y) x^\top"
    assert wrong.place is not None
    assert wrong.place.splitlines()[0].startswith("  4 | ")


def test_a_claim_that_nothing_can_be_said_of_is_undecided() -> None:
    found = statuses(judged(UNREAD))
    assert found == [(2, ["undecided"]), (5, ["right"]), (6, ["undecided"])]
    assert statuses(judged(NEEDS_THE_WRONG_LINE)) == [(3, ["undecided"]), (6, ["right"])]


def test_all_that_the_overview_claims_is_right() -> None:
    report = judged(OVERVIEW)
    assert report.ok
    assert len(report.records()) == 11


WRONG = {
    r"\partial W} = (\hat y - y) x^\top": r"\partial W} = (y - \hat y) x^\top",
    r"p_i(\delta_{ij} - p_j)": r"p_i(\delta_{ij} + p_j)",
    r"\frac{\partial \hat y}{\partial x} = W": r"\frac{\partial \hat y}{\partial x} = 2 W",
    r"\frac12 (\hat y - y)^\top(\hat y - y)": r"(\hat y - y)^\top(\hat y - y)",
    r"p_j \sum_k y_k - y_j": "p_j - 2 y_j",
    r"\frac{\partial L}{\partial \hat y} = \hat y - y": r"\frac{\partial L}{\partial \hat y} = 2(\hat y - y)",
}


@pytest.mark.parametrize("right", WRONG)
def test_a_planted_error_is_refuted_at_its_line(right: str) -> None:
    text = TWO_SECTIONS.replace(r" = 2 (\hat y - y) x^\top", "")
    assert judged(text).ok
    assert right in text
    report = judged(text.replace(right, WRONG[right]))
    line = text[: text.index(right)].count("\n") + 1
    wrong = [(x.statement.place.line, v) for x in report.lines for _, v in x.verdicts if not v.is_right]
    assert [at for at, _ in wrong] == [line]
    assert wrong[0][1].status == "refuted"
    assert wrong[0][1].place is not None


LOCAL = {
    r"\frac{\partial a}{\partial z} = \sigma(z) \odot (1 - \sigma(z))": "right",
    r"\frac{\partial a}{\partial z} = \sigma(z)": "refuted",
    r"\frac{\partial z}{\partial W} = x^\top": "right",
    r"\frac{\partial z}{\partial x} = W": "right",
    r"\frac{\partial z}{\partial x} = b": "refuted",
    r"\frac{\partial z}{\partial b} = 1": "right",
    r"\frac{\partial z}{\partial b} = 2": "refuted",
    r"\frac{\partial z}{\partial y} = 0": "right",
    r"\frac{\partial z}{\partial y} = 1": "refuted",
    r"\frac{d}{dx} \sin(u) = 0": "right",
    r"\frac{\partial a}{\partial W} = \frac{\partial a}{\partial z} \frac{\partial z}{\partial W}": "right",
    r"\frac{\partial a}{\partial x} = \frac{\partial a}{\partial b} \frac{\partial b}{\partial x}": "refuted",
}


@pytest.mark.parametrize("claim", LOCAL)
def test_derivatives_of_names_on_the_way(claim: str) -> None:
    report = judged(rf"$$z = W x + b, \quad a = \sigma(z), \quad L = \|a - y\|^2$$ $${claim}$$")
    assert [word(v) for x in report.lines for _, v in x.verdicts] == [LOCAL[claim]]


ENTRIES = {
    r"\frac{\partial z_j}{\partial x_i} = w_{ji}": "right",
    r"\frac{\partial z_j}{\partial x_i} = w_{ij}": "refuted",
    r"\frac{\partial z_j}{\partial w_{ji}} = x_i": "right",
    r"\frac{\partial z_j}{\partial w_{ji}} = 2 x_i": "refuted",
    r"\frac{\partial z_j}{\partial b_j} = 1": "right",
    r"\frac{\partial z_j}{\partial b_i} = \delta_{ij}": "right",
    r"\frac{\partial z_j}{\partial b_i} = 1": "refuted",
}


@pytest.mark.parametrize("claim", ENTRIES)
def test_derivatives_of_entries(claim: str) -> None:
    model = r"z_j = \sum_i w_{ji} x_i + b_j \\ L = \sum_j z_j^2"
    report = judged(rf"$$\begin{{aligned}} {model} \end{{aligned}}$$ $${claim}$$")
    ((_, verdict),) = [v for x in report.lines for v in x.verdicts]
    # w_ij in place of w_ji may also be refused, as its shape is the transposed one
    assert word(verdict) == ENTRIES[claim] or (claim.endswith("w_{ij}") and not verdict.is_right)


LAYERED = {
    "layers": (LAYERS, [(8, 1), (9, 2), (10, 3), (10, 3)]),
    "time": (TIME, [(4, 1), (5, 3)]),
    "product": (PRODUCT, [(3, 3)]),
    "packed": (PACKED, [(3, 3)]),
}


@pytest.mark.parametrize("name", LAYERED)
def test_formulas_of_every_layer_are_judged_for_each(name: str) -> None:
    text, counts = LAYERED[name]
    assert statuses(judged(text)) == [(line, ["right"] * count) for line, count in counts]


WRONG_LAYERS = {
    r"\frac{\partial h_n}{\partial \theta_n}$$": (PACKED, r"\frac{\partial h_n}{\partial h_{n-1}}$$"),
    r"\delta^l (a^{l-1})^T": (LAYERS, r"\delta^l (a^l)^T"),
    r"(W^{l+1})^T": (LAYERS, r"(W^{l})^T"),
    r"(a^L - y) \odot": (LAYERS, r"(y - a^L) \odot"),
    r"\operatorname{diag}(1 - h_t \odot h_t) W": (TIME, r"\operatorname{diag}(1 - h_{t-1} \odot h_{t-1}) W"),
    r"\prod_{t=2}": (TIME, r"\prod_{t=3}"),
    r"\prod_{i=n+1}": (PRODUCT, r"\prod_{i=n+2}"),
    r"\partial h_n}{\partial W_n}$$": (PRODUCT, r"\partial h_n}{\partial b_n}$$"),
}


@pytest.mark.parametrize("right", WRONG_LAYERS)
def test_a_planted_error_in_a_layer_is_seen(right: str) -> None:
    text, wrong = WRONG_LAYERS[right]
    assert right in text
    assert not judged(text.replace(right, wrong)).ok


def test_what_is_claimed_of_a_function_that_is_not_defined() -> None:
    assert statuses(judged(UNSPECIFIED)) == [(3, ["right"]), (4, ["right"])]
    for right, wrong in ((r"\phi'(z)\right", r"\phi(z)\right"), (r"= \phi'(z)$", r"= \phi'(x)$")):
        assert right in UNSPECIFIED
        report = judged(UNSPECIFIED.replace(right, wrong))
        assert not report.ok
        assert all("sin(" not in hint for x in report.lines for _, v in x.verdicts for hint in v.hints)


def test_the_cascade_with_its_product_over_layers() -> None:
    """The product is right where the loss depends on the last layer only; the slips are named."""
    report = judged("\n\n".join(f"$${formula}$$" for formula, _ in ARTICLES["cascade"]))
    products = [v for x in report.lines if r"\prod_{i=n+1}" in x.statement.text for _, v in x.verdicts]
    assert [v.status for v in products] == ["proved"] * 3
    assert all("through h₃ only" in v.needs[0] for v in products)
    slips = [v for x in report.lines if "cancel" in x.statement.text for _, v in x.verdicts]
    assert slips
    assert all(v.status == "undecided" and "is not defined" in v.detail for v in slips)


RIGHT = {
    "batch norm": (BATCH_NORM, 6), "softmax": (SOFTMAX, 4), "differentials": (DIFFERENTIALS, 5),
    "entries of layers": (ENTRIES_OF_LAYERS, 8),
}  # fmt: skip


@pytest.mark.parametrize("name", RIGHT)
def test_well_known_derivations_are_right(name: str) -> None:
    text, count = RIGHT[name]
    found = [v for x in judged(text).lines for _, v in x.verdicts]
    assert len(found) == count
    assert [v.detail for v in found if not v.is_right] == []


SPOILED = [
    (BATCH_NORM, r"\frac{-1}{2}", r"\frac{1}{2}"),
    (BATCH_NORM, r"\cdot\frac1m$$", r"$$"),
    (BATCH_NORM, r"\frac{2(x_i", r"\frac{(x_i"),
    (BATCH_NORM, r"\partial y_i}\cdot\hat x_i", r"\partial y_i}\cdot x_i"),
    (SOFTMAX, r"p_i(1-p_i), \quad i = j", r"p_i(1+p_i), \quad i = j"),
    (SOFTMAX, r"-p_i p_j, \quad i \neq j", r"p_i p_j, \quad i \neq j"),
    (SOFTMAX, r", \quad i \neq j \\", r"\\"),
    (SOFTMAX, r"\\ -p_i p_j & i", r"\\ p_i p_j & i"),
    (DIFFERENTIALS, r"(1-{a^{[1]}}^2)", r"(1-{a^{[1]}})"),
    (DIFFERENTIALS, r"dz^{[1]}x^T", r"dz^{[2]}x^T"),
    (ENTRIES_OF_LAYERS, r"w^{l+1}_{kj}\delta", r"w^{l+1}_{jk}\delta"),
    (ENTRIES_OF_LAYERS, r"a^{l-1}_k\delta^l_j$$", r"a^l_k\delta^l_j$$"),
]


@pytest.mark.parametrize(("text", "right", "wrong"), SPOILED)
def test_spoiled_derivations_are_not_right(text: str, right: str, wrong: str) -> None:
    assert right in text
    assert not judged(text.replace(right, wrong)).ok


CROSS_ENTROPY = r"""
$$Z_2 = A_1 W_2 + b_2, \quad P = \mathrm{softmax}(Z_2), \quad A_1 = \mathrm{ReLU}(X W_1 + b_1)$$
$$\mathcal{L} = -\frac{1}{N}\sum_{i=1}^N\sum_{k} Y_{ik}\log P_{ik}$$
$$\frac{\partial \mathcal L}{\partial Z_2} = \frac1N(P - Y)$$
$$\frac{\partial \mathcal L}{\partial W_2} = A_1^\top \frac{\partial\mathcal L}{\partial Z_2}$$
"""


def test_what_holds_for_distributions_says_so() -> None:
    first, second = [v for x in judged(CROSS_ENTROPY).lines for _, v in x.verdicts]
    assert first.is_right
    assert first.needs == ("rows of Y sum to 1, which the text does not say",)
    assert second.is_right
    assert second.needs == ()


def test_each_line_is_judged_on_its_own() -> None:
    """∂L/∂Z in a line is the true gradient, although the line before claims another one."""
    report = judged(CROSS_ENTROPY.replace(r"\frac1N(P - Y)", r"\frac1N(P + Y)"))
    assert statuses(report) == [(4, ["refuted"]), (5, ["right"])]


SLOPES = {
    r"\tanh'(x) = 1 - \tanh^2(x)": "right",
    r"\tanh'(x) = 1 + \tanh^2(x)": "refuted",
    r"\frac{d}{dx}\ln(1 + e^x) = \sigma(x)": "right",
    r"\frac{d}{dx}\sin(x^2) = \cos(x^2)": "refuted",
    r"f(x) = x^\top A x, \quad \nabla f(x) = (A + A^\top) x": "right",
    r"f(x) = x^\top A x, \quad \nabla f(x) = A x": "refuted",
    r"f(X) = \log\det X, \quad \nabla f(X) = X^{-\top}": "right",
}


@pytest.mark.parametrize("text", SLOPES)
def test_slopes_and_gradients_of_functions(text: str) -> None:
    assert [word(v) for x in judged(f"$${text}$$").lines for _, v in x.verdicts] == [SLOPES[text]]


PARTIAL_SUMS = [
    (
        r"""$$\hat y = w_0 + \sum_{i=1}^n w_i x_i + \sum_{i=1}^{n} \sum_{j>i} \langle v_i, v_j\rangle x_i x_j,
        \qquad V \in \mathbb{R}^{n\times k}$$
        $$L = \frac12(\hat y - y)^2, \qquad \frac{\partial L}{\partial w_0} = \hat y - y$$
        $$\frac{\partial \hat y}{\partial v_{i,f}} = x_i \sum_{j=1}^n v_{j,f} x_j - v_{i,f} x_i^2$$""",
        "- v_{i,f} x_i^2",
        "",
    ),
    (
        r"""Let $x \in \mathbb{R}^n$. $$L = \sum_{i<j} (x_i - x_j)^2$$
        $$\frac{\partial L}{\partial x_i} = 2\sum_{j=1}^n (x_i - x_j)$$""",
        "= 2\\sum_{j=1}^n",
        "= 2\\sum_{j > i}",
    ),
    (
        r"""Let $x \in \mathbb{R}^n$, $$y_i = \sum_{j=1}^{i} x_j, \quad L = \frac12\sum_i (y_i - t_i)^2$$
        $$\frac{\partial L}{\partial x_j} = \sum_{i=j}^{n} (y_i - t_i)$$""",
        "_{i=j}",
        "_{i=j+1}",
    ),
]
"""Derivations with sums over a part of an index, and what to put for what to make them wrong."""


@pytest.mark.parametrize(("text", "right", "wrong"), PARTIAL_SUMS)
def test_sums_over_a_part_of_an_index(text: str, right: str, wrong: str) -> None:
    verdicts = [v for x in judged(text).lines for _, v in x.verdicts]
    assert verdicts
    assert all(v.status == "proved" for v in verdicts)
    assert text.count(right) == 1
    spoiled = [v for x in judged(text.replace(right, wrong)).lines for _, v in x.verdicts]
    assert [v.status for v in spoiled].count("refuted") == 1


ATTENTION = r"""Let $Q\in\mathbb{R}^{n\times d}$, $K\in\mathbb{R}^{m\times d}$, $V\in\mathbb{R}^{m\times e}$,
\begin{align} S &= \frac{QK^\top}{\sqrt d}, & P &= \mathrm{softmax}(S), & O &= PV . \end{align}
Given $\bar O = \partial L/\partial O$,
\begin{align}
 \bar V &= P^\top \bar O, \\
 \bar P &= \bar O V^\top, \\
 \bar S &= P\odot\left(\bar P - (\bar P\odot P)\mathbf 1\mathbf 1^\top\right), \\
 \bar Q &= \frac{1}{\sqrt d}\bar S K, \quad \bar K = \frac1{\sqrt d}\bar S^\top Q .
\end{align}"""


def test_bars_over_names_are_gradients_where_one_is_said_to_be() -> None:
    program = read_latex(ATTENTION)
    assert [v.status for v in verify(program).verdicts.values()] == ["proved"] * 5


@pytest.mark.parametrize(
    ("right", "wrong", "name"),
    [
        (r"P^\top \bar O", r"P^\top \bar O / 2", "V"),
        (r"P\odot\left(", r"\left(", "S"),
        (r"\bar S^\top Q", r"\bar S^\top \bar Q", "K"),
    ],
)
def test_a_planted_error_in_a_barred_gradient_is_seen(right: str, wrong: str, name: str) -> None:
    assert ATTENTION.count(right) == 1
    assert verify(read_latex(ATTENTION.replace(right, wrong))).first_wrong == name


POISSON = r"""Poisson regression with $\mu_i = \exp(x_i^\top\beta)$ has the log-likelihood
\[ \ell = \sum_{i=1}^n \left(y_i x_i^\top\beta - e^{x_i^\top\beta}\right) \] and the score
\[ \frac{\partial\ell}{\partial\beta} = \sum_{i=1}^n (y_i - \mu_i)x_i = X^\top(y-\mu). \]"""


@pytest.mark.parametrize(
    ("right", "wrong", "status", "how"),
    [("", "", "proved", "rows"), (r"X^\top(", "X(", "proved", "columns"), ("(y-", "(2y-", "refuted", "")],
)
def test_samples_are_the_rows_or_columns_of_a_capital_that_nothing_sets(
    right: str, wrong: str, status: str, how: str
) -> None:
    verdict = verify(read_latex(POISSON.replace(right, wrong) if right else POISSON)).verdicts["beta"]
    assert verdict.status == status
    assert [how in needed for needed in verdict.needs] == ([True] if how else [])


SLOPES_ONLY = r"""The swish activation $f(x)=x\,\sigma(\beta x)$ has the derivative
\[ f'(x) = \beta f(x)+\sigma(\beta x)(1-\beta f(x)). \]"""


def test_a_text_of_slopes_alone_is_judged() -> None:
    assert statuses(judged(SLOPES_ONLY)) == [(2, ["right"])]
    assert statuses(judged(SLOPES_ONLY.replace("(1-", "(1+"))) == [(2, ["refuted"])]


ENTRIES_ON_THE_WAY = r"""Let $L=\frac{1}{2}\sum_i (y_i-\hat y_i)^2$, $\hat y_i = \sigma(z_i)$,
$z_i = w^\top x_i$. Then
\[ \frac{\partial L}{\partial w}
    = \sum_i \frac{\partial L}{\partial \hat y_i}\frac{\partial\hat y_i}{\partial z_i}
      \frac{\partial z_i}{\partial w}
    = -\sum_i (y_i-\hat y_i)\hat y_i(1-\hat y_i)x_i. \]"""


def test_a_sum_of_products_of_derivatives_is_a_path() -> None:
    assert verify(read_latex(ENTRIES_ON_THE_WAY)).ok
    assert not verify(read_latex(ENTRIES_ON_THE_WAY.replace("= -\\sum", "= \\sum"))).ok
