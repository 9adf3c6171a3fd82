"""The mathematics of five articles: what each formula is, and what the equations mean."""

from __future__ import annotations

import pytest

from symbp.algebra.node import Node, as_node, leaf
from symbp.calculus.derivation import derive_program
from symbp.calculus.reverse import sweep
from symbp.evidence.explain import explain
from symbp.evidence.prove import prove_equal
from symbp.evidence.verdict import Report
from symbp.evidence.verifying import verify_claims
from symbp.lang.claims import own_claims
from symbp.lang.evaluate import evaluate
from symbp.lang.names import identifier
from symbp.lang.program import Program
from symbp.lang.read import read_equations
from symbp.lang.scope import Scope
from symbp.lang.tex_claims import latex_claims
from symbp.lang.tex_functions import TextFunctions
from symbp.lang.tex_model import parsed
from symbp.lang.tex_read import read_latex
from symbp.lang.tex_statements import read_statements
from symbp.lang.values import node_of
from tests.lang.seed_formulas import ARTICLES, CASCADE, OVERVIEW, THREE_LAYERS, TWO_TWO_TWO

LISTED = [(article, at) for article, formulas in ARTICLES.items() for at in range(len(formulas))]


def displayed(*formulas: str) -> str:
    return (
        "Prose before.\n" + "\nand prose between\n".join(f"$$\n{f}\n$$" for f in formulas) + "\nProse after."
    )


def judged(text: str) -> Report:
    program = read_latex(text)
    return verify_claims(program, own_claims(program), explain)


def same_loss(found: Program, text: str, shapes: dict[str, str]) -> None:
    wanted = read_equations(text, shapes=shapes)
    a, b = found.nodes[found.outputs[0][0]], wanted.nodes[wanted.outputs[0][0]]
    assert a.shape == b.shape
    assert prove_equal(a, b).holds, (a, b)


@pytest.mark.parametrize(("article", "at"), LISTED)
def test_what_each_formula_is(article: str, at: int) -> None:
    whole = displayed(*[formula for formula, _ in ARTICLES[article]])
    statements = read_statements(whole, "article.md").statements
    assert len(statements) == len(ARTICLES[article])
    kind, _, reason = ARTICLES[article][at][1].partition(": ")
    assert (statements[at].kind, statements[at].reason) == (kind, reason)


# -- three layers ---------------------------------------------------------------------------------

WHOLE = displayed(*[formula for formula, _ in THREE_LAYERS])


def test_three_layers_are_read_from_the_output_back() -> None:
    program = read_latex(WHOLE)
    assert [e.name.text for e in program.equations] == ["h₁", "h₂", "ŷ", "L"]
    assert [v.name.ascii for v in program.parameters] == ["W1", "b1", "W2", "b2", "W3", "b3"]
    assert program.equation("L").name.latex == r"\mathcal{L}"
    shapes = {v.name.ascii: ", ".join(map(str, v.shape)) for v in program.variables}
    assert shapes["x"] == "N, n_x"
    assert shapes["W3"] == "n_h2, n_y"
    text = "h₁ = σ(x @ W₁ + b₁); h₂ = σ(h₁ @ W₂ + b₂); ŷ = h₂ @ W₃ + b₃; L = Σ (y − ŷ)²"
    same_loss(program, text, shapes)


def test_three_layers_are_derived() -> None:
    gradients = derive_program(read_latex(WHOLE)).gradients
    assert str(gradients["W3"]) == "h2.T @ dyhat"
    assert str(gradients["b1"]) == "sum(dz1, axis=0)"


def test_what_the_article_says_of_its_gradients_is_right() -> None:
    program = read_latex(WHOLE)
    claims = own_claims(program)
    assert [(c.target, c.path) for c in claims if c.path] == [
        ("W3", ("L", "yhat", "W3")),
        ("W2", ("L", "yhat", "h2", "W2")),
        ("W1", ("L", "yhat", "h2", "h1", "W1")),
    ]
    assert [c.target for c in claims if not c.path] == ["W3", "W2"]
    for claim in claims:
        assert verify_claims(program, [claim]).ok, claim


WRONG_PATHS = {
    r"\frac{\partial\mathcal{L}}{\partial W_1} = \frac{\partial\mathcal{L}}{\partial h_1}"
    r" \cdot \frac{\partial h_1}{\partial W_2} \cdot \frac{\partial W_2}{\partial W_1}": "does not depend",
    r"\frac{\partial\mathcal{L}}{\partial b_3} = \frac{\partial\mathcal{L}}{\partial h_2}"
    r" \cdot \frac{\partial h_2}{\partial b_3}": "does not depend",
}  # fmt: skip


@pytest.mark.parametrize("wrong", WRONG_PATHS)
def test_a_wrong_path_is_refuted(wrong: str) -> None:
    program = read_latex(WHOLE)
    report = verify_claims(program, latex_claims(wrong, program))
    assert not report.ok
    assert WRONG_PATHS[wrong] in next(iter(report.verdicts.values())).detail


def test_a_path_that_leaves_out_a_fork_is_refuted() -> None:
    text = r"$q = W x$, $r = W q$, $L = \|r\|^2$"
    claim = r"$$\frac{\partial L}{\partial W} = \frac{\partial L}{\partial q} \frac{\partial q}{\partial W}$$"
    assert "leaves out" in judged(text + claim).verdicts["W"].detail


# -- cascade --------------------------------------------------------------------------------------


def slope(value: Node, by: str) -> Node:
    at = leaf(identifier(by), ())
    return sweep([(value, as_node(1))], [at]).adjoints[at]


def sides(formula: str) -> list[Node]:
    """All sides of a slope, with the derivatives that they mention worked out."""
    document = read_statements(f"$${formula}$$", "article.md")
    (statement,) = [s for s in document.statements if s.kind == "slope"]
    scope = Scope(lambda name: leaf(identifier(name), ()), lambda: [], {}, slope=slope)
    functions = TextFunctions(document)
    found = [parsed(part, document.names, functions) for part in (statement.left, *statement.parts)]
    return [node_of(evaluate(expression, scope)) for expression in found]


SLOPES = [formula for listed in ARTICLES.values() for formula, kind in listed if kind == "slope"]


@pytest.mark.parametrize("formula", SLOPES)
def test_all_sides_of_a_slope_are_equal(formula: str) -> None:
    first, *others = sides(formula)
    assert others
    assert all(prove_equal(first, other).holds for other in others)


def test_a_wrong_slope_is_told() -> None:
    first, other = sides(r"\sigma'(u) = \sigma(u)(1 + \sigma(u))")
    assert not prove_equal(first, other).holds


def test_the_layer_and_its_index_form() -> None:
    matrix = [f for f, _ in CASCADE if f.startswith((r"\mathbf{h}_n", r"\hat{\mathbf{h}}_n"))]
    program = read_latex(displayed(*matrix, r"a(u) = \tanh(u)", r"L = \|\mathbf{h}_n\|^2"))
    same_loss(
        program, "L = ‖tanh(W_n h_{n-1} + b_n)‖²", {"W_n": "n_h_n,n_W_n", "h_{n-1}": "n_W_n", "b_n": "n_h_n"}
    )
    by_index = next(f for f, _ in CASCADE if r"\sum_i w_n^{i,j}" in f and f.startswith(r"\hat{h}"))
    program = read_latex(displayed(by_index, r"L = \sum_j (\hat{h}_n^j)^2"))
    shapes = {v.name.text: ",".join(map(str, v.shape)) for v in program.variables}
    same_loss(program, "L = ‖w_n.T @ h_{n-1} + b_{n-1}‖²", shapes)


def test_a_cascade_of_two_functions() -> None:
    chain = CASCADE[0][0].split(" = ")
    text = displayed(" = ".join(chain[:2]), "z = g(y)", "y = f(x)", r"g(y) = \sin(y)", "f(x) = x^2")
    report = judged(text)
    assert report.ok
    assert "∂z/∂y · ∂y/∂x" in report.verdicts["x"].detail


# -- two-two-two, overview --------------------------------------------------------------------------


def test_two_two_two() -> None:
    formulas = [f for f, _ in TWO_TWO_TWO[:4]]
    program = read_latex(displayed(*formulas, "L = (t_1 - y_1)^2 + (t_2 - y_2)^2"))
    shapes = {v.name.text: "" for v in program.variables}
    assert len(shapes) == 16
    text = (
        "h₁ = σ(x₁ w₁ + x₂ w₂ + b₁); h₂ = σ(x₁ w₃ + x₂ w₄ + b₂); y₁ = σ(h₁ w₅ + h₂ w₇ + b₃);"
        "y₂ = σ(h₁ w₆ + h₂ w₈ + b₄); L = (t₁ − y₁)² + (t₂ − y₂)²"
    )
    same_loss(program, text, shapes)


def test_losses_of_the_overview() -> None:
    mse, cross_entropy = (OVERVIEW[k][0] for k in (0, 1))
    same_loss(read_latex(displayed(mse)), "L = Σ (y − ŷ)² / N", {"y": "N,n_y", "ŷ": "N,n_y"})
    text = "L = −Σ (y ⊙ log(p)) / N"
    same_loss(read_latex(displayed(cross_entropy)), text, {"y": "N,n_y", "p": "N,n_y"})


def formulas_of(*starts: str) -> str:
    return displayed(*[f for f, _ in OVERVIEW if f.startswith(starts)])


def test_gates_of_the_overview() -> None:
    text = formulas_of("f(x,y,z)", "q=", "f=q", r"\frac{\partial f}")
    assert [e.name.text for e in read_latex(text).equations] == ["q", "f"]
    report = judged(text)
    assert report.ok
    assert list(report.verdicts) == ["x", "y", "z"]


def test_matrix_product_of_the_overview() -> None:
    text = formulas_of("D", "W", "X", "G_D", r"\frac{\partial L}")
    program = read_latex(text)
    assert {v.name.text: ",".join(map(str, v.shape)) for v in program.variables} == {
        "W": "m,n", "X": "n,b", "G_D": "m,b",
    }  # fmt: skip
    assert program.outputs == (("D", "G_D"),)
    report = judged(text)
    assert report.ok
    assert list(report.verdicts) == ["W", "X"]


def test_regularisation_of_the_overview() -> None:
    text = displayed(r"L = \|W x - y\|^2", *[f for f, _ in OVERVIEW if "L' =" in f])
    program = read_latex(text)
    assert program.outputs == (("L_prime", None),)
    assert program.equation("L_prime").name.latex == "L'"
    assert judged(text).ok
    assert not judged(text.replace(r"2\lambda W", r"\lambda W")).ok


def test_neuron_of_the_overview() -> None:
    program = read_latex(formulas_of("y=", r"\sigma(u)"))
    same_loss(program, "y = σ(wᵀ x + b)", {"w": "n_x", "x": "n_x", "b": ""})
