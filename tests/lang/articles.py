"""Articles with several models, as they stand in markdown and LaTeX files, written for these tests."""

from tests.lang.seed_formulas import ARTICLES

TWO_SECTIONS = r"""# Linear
$$\hat y = W x + b$$
$$L = \frac12 \|\hat y - y\|^2 = \frac12 (\hat y - y)^\top(\hat y - y)$$
$$\frac{\partial L}{\partial W} = (\hat y - y) x^\top = 2 (\hat y - y) x^\top$$
$$\frac{\partial \hat y}{\partial x} = W, \quad \frac{\partial L}{\partial \hat y} = \hat y - y$$

# Classifier
We take $z = W x + b$ and
$$p_i = \frac{e^{z_i}}{\sum_j e^{z_j}} \qquad L = -\sum_i y_i \log p_i$$
$$\frac{\partial p_i}{\partial z_j} = p_i(\delta_{ij} - p_j)$$
$$\frac{\partial L}{\partial z_j} = p_j \sum_k y_k - y_j$$
"""


def with_sections(formulas: list[str], *beginnings: str) -> str:
    """Displayed formulas, with a heading before each that begins like one of these."""
    return "\n\n".join(("# Next\n" if f.startswith(beginnings) else "") + f"$${f}$$" for f in formulas)


OVERVIEW = with_sections(
    [formula for formula, _ in ARTICLES["overview"]],
    "f(x,y,z)",
    "[-2",
    r"y=\sigma",
    r"\frac{\partial (xy)",
    "D=WX",
)

UNREAD = r"""\section{Chain rule}
$$ \frac{dz}{dx} = \frac{dz}{dy} \frac{dy}{dx} $$
$$ y = f_N(\cdots f_1(x)) $$
\section{A layer}
$$ h = \tanh(W x + b), \qquad \frac{\partial h}{\partial b} = 1 - \tanh(W x + b)^2 $$
$$ \frac{\partial h}{\partial x} = V $$
"""

NEEDS_THE_WRONG_LINE = r"""$$ h = \foo(W x) $$
$$ L = \|h - y\|^2 $$
$$ \frac{\partial L}{\partial W} = 2 (h - y) x^\top $$

## Another one
$$ q = x + y, \quad f = q z, \quad \frac{\partial f}{\partial z} = q $$
"""

LAYERS = r"""# Forward
$$z^l = W^l a^{l-1} + b^l, \qquad a^l = \sigma(z^l)$$
with $a^0 = x$, and the cost
$$C = \frac12 \|a^L - y\|^2$$

# Backward
$$\delta^l = \frac{\partial C}{\partial z^l}$$
$$\delta^L = (a^L - y) \odot \sigma'(z^L)$$
$$\delta^l = ((W^{l+1})^T \delta^{l+1}) \odot \sigma'(z^l)$$
$$\frac{\partial C}{\partial b^l} = \delta^l, \qquad \frac{\partial C}{\partial W^l} = \delta^l (a^{l-1})^T$$
"""

TIME = r"""# A recurrent network
$$h_t = \tanh(W h_{t-1} + U x_t + b)$$
$$L = \frac{1}{T}\sum_{t=1}^{T} \|h_t - y_t\|^2$$
$$\frac{\partial h_T}{\partial h_1} = \prod_{t=2}^{T} \frac{\partial h_t}{\partial h_{t-1}}$$
$$\frac{\partial h_t}{\partial h_{t-1}} = \operatorname{diag}(1 - h_t \odot h_t) W$$
"""

PRODUCT = r"""
$$h_i = \tanh(W_i h_{i-1} + b_i), \quad L = \|h_N - y\|^2$$
$$\frac{\partial L}{\partial W_n} = \frac{\partial L}{\partial h_N} \prod_{i=n+1}^{N}
  \frac{\partial h_i}{\partial h_{i-1}} \frac{\partial h_n}{\partial W_n}$$
"""

UNSPECIFIED = r"""# A layer
$$z = W x + b, \qquad h = \phi(z), \qquad L = \|h - y\|^2$$
$$\frac{\partial L}{\partial W} = \left(2 (h - y) \odot \phi'(z)\right) x^\top$$
$$\frac{\partial h}{\partial z} = \phi'(z)$$
"""

PACKED = r"""
$$h_n = a(W_n h_{n-1} + b_n), \quad \theta_n = [\mathrm{vec}(W_n)^T | b_n^T]^T$$
$$\frac{\partial L}{\partial \theta_n} = \frac{\partial L}{\partial h_N} \prod_{i=n+1}^{N}
  \frac{\partial h_i}{\partial h_{i-1}} \frac{\partial h_n}{\partial \theta_n}$$
"""
