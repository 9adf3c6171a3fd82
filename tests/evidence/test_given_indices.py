"""Cross-entropy and margins at a given class: −log p_y, as lecture notes write them."""

from __future__ import annotations

import pytest

from symbp.lang.tex_read import read_latex
from symbp.pipeline import verify

TEXTS = {
    "indicator": r"""Let $p = \mathrm{softmax}(z)$ and $L = -\log p_y$ for the class $y$. Then
\[ \frac{\partial L}{\partial z_k} = p_k - \mathbb 1[k = y]. \]""",
    "delta": r"""Let $p_k = e^{z_k} / \sum_j e^{z_j}$ and $L = -\log p_m$ where $m$ is the correct class. Then
\[ \frac{\partial L}{\partial z_k} = p_k - \delta_{km}. \]""",
    "cases": r"""Let $p_k = e^{z_k} / \sum_j e^{z_j}$ and $L = -\log p_y$. Then
\[ \frac{\partial L}{\partial z_y} = p_y - 1, \quad
   \frac{\partial L}{\partial z_k} = p_k \quad (k \neq y). \]""",
    "unit vector": r"""Let $p = \mathrm{softmax}(z)$ and $L = -\log p_y$.
Then $\nabla_z L = p - e_y$.""",
    "margin": r"""The hinge loss of a sample with class $y$ is $L=\sum_{j\neq y}\max(0, s_j - s_y + 1)$,
$s=Wx$. Then
\[ \frac{\partial L}{\partial s_j} = \mathbb{1}[s_j - s_y + 1 > 0] \quad\text{for } j\neq y. \]""",
    "layer": r"""With $z = Wx$, $p = \mathrm{softmax}(z)$ and $L = -\log p_c$ we get
\[ \frac{\partial L}{\partial W} = (p - e_c) x^\top. \]""",
}


@pytest.mark.parametrize("name", TEXTS)
def test_a_given_class_is_the_vector_with_a_one_there(name: str) -> None:
    verdicts = verify(read_latex(TEXTS[name])).verdicts
    assert len(verdicts) == 1 + (name == "cases")
    assert all(v.is_right for v in verdicts.values())


@pytest.mark.parametrize(
    ("name", "right", "wrong"),
    [
        ("indicator", "p_k -", "p_k +"), ("delta", r"\delta_{km}", r"2\delta_{km}"),
        ("layer", "p - e_c", "1 - e_c"),
        ("cases", "p_y - 1", "p_y + 1"), ("cases", "= p_k ", "= 2p_k "), ("margin", "+ 1 > 0", "- 1 > 0"),
        ("unit vector", "p - e_y", "e_y - p"),
    ],
)  # fmt: skip
def test_a_planted_error_is_refuted(name: str, right: str, wrong: str) -> None:
    assert TEXTS[name].count(right) == 1
    verdicts = verify(read_latex(TEXTS[name].replace(right, wrong))).verdicts
    assert [v.status for v in verdicts.values()].count("refuted") == 1


@pytest.mark.parametrize(
    "text",
    [
        r"$y = W_y h + b_y$, $L = \frac12\|y - t\|^2$",
        r"$c = W_c x$, $L = \|c\|^2 + \sum_i c_i$",
    ],
)
def test_a_letter_with_a_value_of_its_own_is_no_given_index(text: str) -> None:
    program = read_latex(text)
    assert all("onehot" not in v.node.params[1] for v in program.variables)
