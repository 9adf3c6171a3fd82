"""Where LaTeX comes in: `parse`, claims beside a model, hostile texts, names as they were written."""

from __future__ import annotations

import pytest

from symbp.algebra.node import topological
from symbp.errors import SymbpError
from symbp.evidence.compare import compare
from symbp.evidence.verifying import verify_claims
from symbp.lang.claims import read_claims
from symbp.lang.read import read_equations
from symbp.lang.tex_read import read_latex
from symbp.lang.tex_statements import read_statements
from symbp.reading import language_of, parse

LANGUAGES = {
    "L = Σ (y − W x)²": "equations",
    "h = σ(Wx + b); L = Σ (y − h)²": "equations",
    r"L = \|y - W x\|^2": "latex",
    "The loss is $L = s^2$.": "latex",
    "def forward(x):\n    return x": "numpy",
    "import numpy as np\nL = np.sum(x)": "numpy",
    "for all i\n\n$$L = \\frac{1}{2} s^2$$": "latex",
}


@pytest.mark.parametrize("text", LANGUAGES)
def test_the_language_is_found(text: str) -> None:
    assert language_of(text) == LANGUAGES[text]


@pytest.mark.parametrize("language", ["auto", "latex"])
def test_parse_reads_latex(language: str) -> None:
    program = parse(r"h = \tanh(W x) \\ L = \|y - h\|^2", language=language, source="model.tex")
    assert [e.name.text for e in program.equations] == ["h", "L"]
    assert program.source == "model.tex"


def test_keywords() -> None:
    text = r"\hat y = \mathrm{softmax}(W x) \\ L = -\sum y \odot \log \hat y"
    program = read_latex(text, shapes={"W": "k,d", "x": "d", "y": "k"}, assume={"y": "onehot"}, params=["W"])
    assert {v.name.ascii: v.role for v in program.variables} == {"W": "param", "x": "input", "y": "input"}
    assert read_latex(r"a = s^2 \\ b = a + 1", loss="a").outputs == (("a", None),)
    assert read_latex(r"a = s^2", outputs={"a": "g"}).outputs == (("a", "g"),)
    assert str(read_latex(r"a = c s", constants={"c": "1/2"}).constants["c"]) == "1/2"


def test_places_are_those_of_the_users_text() -> None:
    text = "Let\n$$\nz = W x \\\\\nL = \\|z\\|^2 + \\foo\n$$\n"
    with pytest.raises(SymbpError) as caught:
        read_latex(text, "notes.md")
    assert str(caught.value) == (
        "symbp.ParseError: notes.md, line 4\n"
        "  4 | L = \\|z\\|^2 + \\foo\n"
        "    |               ^^^^\n"
        "    '\\foo' is not known\n"
        "    hint: define it by \\newcommand, or write foo as a plain name"
    )


def test_names_are_shown_as_they_were_written() -> None:
    text = r"\mathbf{z}^{(1)} = \mathbf{W}_1 \mathbf{x} \\ \mathcal{L} = \|\mathbf{z}^{(1)} - \hat{y}\|^2"
    program = read_latex(text)
    names = {n.ascii: n.latex for n in program.names.values()}
    assert names == {
        "W1": r"\mathbf{W}_1", "x": r"\mathbf{x}", "yhat": r"\hat{y}", "z1": r"\mathbf{z}^{(1)}",
        "L": r"\mathcal{L}",
    }  # fmt: skip


MODEL = read_equations("h = W x + b; L = ‖h − y‖²")
CLAIMS = {
    r"\frac{\partial L}{\partial W} = 2 (h - y) x^\top": True,
    r"\frac{\partial L}{\partial W} = (h - y) x^\top": False,
    r"\delta = 2(h - y), \quad \nabla_{W} L = \delta x^\top, \quad \nabla_b L = \delta": True,
    r"\delta = \frac{\partial L}{\partial h} \\ \frac{\partial L}{\partial W} = \delta x^\top": True,
    r"\frac{\partial L}{\partial W} = \frac{\partial L}{\partial h} x^\top = 2(h - y)x^\top": True,
    r"\frac{\partial L}{\partial W} = \frac{\partial L}{\partial h} x^\top = (h - y)x^\top": False,
    r"\frac{\partial L}{\partial W} = (h - y)x^\top = \frac{\partial L}{\partial h} x^\top": False,
    r"\partial L/\partial b = 2(h - y)": True,
    r"$$\frac{\partial L}{\partial b} = \nabla_b \|W x + b - y\|^2$$": True,
    r"$$\frac{\partial L}{\partial b} = \nabla_b \|W x + b + y\|^2$$": False,
}


@pytest.mark.parametrize("claims", CLAIMS)
def test_claims_beside_a_model(claims: str) -> None:
    assert verify_claims(MODEL, read_claims(claims, MODEL)).ok == CLAIMS[claims]


def test_a_claim_by_name() -> None:
    (claim,) = read_claims({"W": r"2 (h - y) x^\top"}, MODEL)
    assert claim.target == "W"
    assert verify_claims(MODEL, [claim]).ok


def test_a_single_case_is_refused() -> None:
    with pytest.raises(SymbpError, match="one case is no choice") as caught:
        read_latex(r"y = 2 \begin{cases} x + 1 & x > 0 \end{cases} \\ L = \|y\|^2")
    assert caught.value.place is not None
    assert caught.value.place.snippet == r"\begin"


WRONG_CLAIMS = {
    r"\frac{\partial L}{\partial V} = x": "V is not defined",
    r"\frac{\partial L}{\partial W} = \foo": "not known",
    r"\frac{\partial L}{\partial W} = \frac{\partial h}{\partial W} x": "is not known here",
    r"\frac{\partial h}{\partial x_i} = W_{ji} + \sum_i x_i": "indices here, and 1 axis",
    r"\nabla_W L = \frac{\partial L}{\partial h}\frac{\partial x}{\partial W}": "does not go on",
    r"\nabla_W L = \frac{\partial L}{\partial h}\frac{\partial h}{\partial b}": "does not end",
}  # fmt: skip


@pytest.mark.parametrize("claims", WRONG_CLAIMS)
def test_claims_that_cannot_be_read(claims: str) -> None:
    with pytest.raises(SymbpError) as caught:
        read_claims(claims, MODEL)
    assert WRONG_CLAIMS[claims] in str(caught.value)
    assert caught.value.place is not None


def test_statements_of_a_document() -> None:
    text = r"""An update $\theta \leftarrow \theta - \eta \nabla_\theta L$,
    a shape $W \in \mathbb{R}^{k \times d}$,
    a remark $\eta > 0$, and
    \begin{align}
      \delta_2 &= \frac{\partial L}{\partial z_2} \label{eq:delta} \\
      \frac{\partial L}{\partial W_2} &= \delta_2 h^\top, & \frac{\partial L}{\partial b_2} &= \delta_2 \\
      f'(x) &= 1 - \tanh^2(x), \quad i = 1, \dots, n
    \end{align}"""
    kinds = [s.kind for s in read_statements(text, "notes.tex").statements]
    assert kinds == ["update", "shape", "gradient", "claim", "claim", "slope", "none", "none", "none"]


HOSTILE = {
    "braces": "L = " + "{" * 3000 + "x" + "}" * 3000,
    "fractions": "L = " + r"\frac{1}{" * 500 + "x" + "}" * 500,
    "powers": "L = " + "x^{" * 500 + "2" + "}" * 500,
    "marks": "L = " + r"\hat{" * 150 + "x" + "}" * 150,
    "brackets": "L = " + "(" * 3000 + "x" + ")" * 3000,
    "norms": "L = " + r"\|" * 999,
    "bars": "L = " + "|" * 998,
    "cases": "L = " + r"\begin{cases} x & x>0 \\ " * 100 + "1" + r"\end{cases}" * 100,
    "letters": "L = " + "x" * 10_000,
    "dollars": "$" * 9_001,
    "backslash": "L = \\",
    "long": "L = " + "x + " * 9_000 + "x",
    "fractions without braces": "L = " + r"\frac" * 3000,
    "a function of itself": r"f(x) = f(x + 1) \\ L = f(y)",
    "doubling": "\n".join([*(f"g_{{{k}}}(x) = g_{{{k + 1}}}(x) + g_{{{k + 1}}}(x + 1)" for k in range(60)),
                           "g_{60}(x) = x", "L = g_{0}(y + 1)"]),
    "nothing": "",
    "an end": r"\end{align} L = x + \end",
}  # fmt: skip


@pytest.mark.parametrize("case", HOSTILE)
def test_hostile_texts_are_refused_soon(case: str) -> None:
    with pytest.raises(SymbpError):
        read_latex(HOSTILE[case])


def test_many_equations_in_the_wrong_order() -> None:
    steps = 400
    program = read_latex("\n".join(f"x_{{{k}}} = x_{{{k - 1}}} + 1" for k in range(steps, 0, -1)))
    assert [e.name.ascii for e in program.equations] == [f"x{k}" for k in range(1, steps + 1)]


CHAINS = {
    r"L = \frac12 \|W x - y\|^2 = \frac12 (W x - y)^\top (W x - y)": None,
    r"L = \frac12 \|W x - y\|^2 = (W x - y)^\top (W x - y)": r"(W x - y)^\top (W x - y)",
    r"\hat y = f(x) = W x + b \\ L = \|\hat y - y\|^2": None,
    r"h = \tanh(W x) = 2 \sigma(2 W x) - 1 \\ L = \|h\|^2": None,
    r"h = \tanh(W x) = \sigma(W x) \\ L = \|h\|^2": r"\sigma(W x)",
}


@pytest.mark.parametrize("text", CHAINS)
def test_later_sides_of_a_chain_are_compared(text: str) -> None:
    wrong = CHAINS[text]
    if wrong is None:
        assert parse(text).equations
        return
    with pytest.raises(SymbpError, match=r"this is not what . is set to before") as caught:
        parse(text)
    assert caught.value.place is not None
    assert caught.value.place.snippet == wrong


MACROS = [
    r"\newcommand{\n}[1]{\left\lVert #1 \right\rVert} $L = \n{W x}^2$",
    r"\def\p#1#2{#1 #2} $L = \|\p{W}{x}\|^2$",
    r"\newcommand{\v}[1]{\mathbf{#1}} $L = \|\v{W} \v x\|^2$",
]


@pytest.mark.parametrize("text", MACROS)
def test_commands_with_arguments(text: str) -> None:
    assert [v.name.ascii for v in parse(text).variables] == ["W", "x"]


def test_a_definition_of_the_text_wins_over_the_function_of_that_name() -> None:
    text = r"\mathrm{LN}(u) = \frac{u - \mu}{s}, \mu = \frac{1}{d} \sum_{i=1}^d u_i,"
    text += r"s = \sqrt{\frac{1}{d} \sum_{i=1}^d (u_i - \mu)^2}, L = \|\mathrm{LN}(W x) - y\|^2"
    program = parse(text)
    wanted = read_equations(
        "z = W @ x; c = z - mean(z); L = sum((c/sqrt(mean(c**2)) - y)**2)",
        shapes={v.name.ascii: ",".join(map(str, v.shape)) for v in program.variables},
    )
    assert compare(program.nodes["L"], wanted.nodes["L"]).is_right
    scaled = parse(
        r"\mathrm{Attention}(Q, K, V) = \mathrm{softmax}(Q K^\top) V, L = \|\mathrm{Attention}(Q, K, V)\|^2"
    )
    assert "sqrt" not in scaled.equation("L").node.op.name
    assert not any(n.op.name == "sqrt" for n in topological([scaled.nodes["L"]]))
