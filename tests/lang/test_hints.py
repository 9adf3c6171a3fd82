"""What an input is refused for goes with a suggestion that fits it."""

from __future__ import annotations

import pytest

from symbp import parse
from symbp.errors import SymbpError

ON_PAPER = {
    r"L = \sum_i [x_i, W_{ij}]": "give each part the same indices",
    r"L = \sum_i \det(x_i)": "take it of the whole array",
    r"z_i = x \\ L = \sum_i z_i^2": "give the right side i too",
    r"z_{ij} = x_i \\ L = \sum_{ij} z_{ij}": "give the right side j too",
    r"L = \sum_i \mathrm{softmax}_k(x_i)": "give its argument the index k",
    r"L = \mathbf{1}^\top \mathbf{1}": "put it beside what gives it a length",
    r"L = \mathbf{1}": "write an array or a number behind =",
}
IN_CODE = {
    "s[0]": "leave the index out",
    "interpolate(x)": "write it out with functions that there are",
    "sum([x, x])": "it is sum(x, axis=None",
    'conv2d(a, k, padding="same", stride=2)': "give the padding as a number",
    "max_pool2d(a, 2, padding=2)": "at most 1 fits",
    "batch_norm(x, training=False)": "pass both",
    "sliding_window_view(ones((3,)), 4)": "at most 3 fits",
}
DECLARED = "param s:; input x: n,d; input a: n,c,h,w; param k: f,c,2,2; L = sum({})"


@pytest.mark.parametrize("text", ON_PAPER)
def test_hints_on_paper(text: str) -> None:
    with pytest.raises(SymbpError) as caught:
        parse(text, language="latex")
    assert ON_PAPER[text] in (caught.value.hint or "")


@pytest.mark.parametrize("text", IN_CODE)
def test_hints_in_code(text: str) -> None:
    with pytest.raises(SymbpError) as caught:
        parse(DECLARED.format(text))
    assert IN_CODE[text] in (caught.value.hint or "")
