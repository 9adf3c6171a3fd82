"""Articles with several models, as they stand in markdown and LaTeX files, written for these tests."""

# ruff: noqa: E501

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

BATCH_NORM = r"""
$$\mu_{\mathcal B} \leftarrow \frac1m\sum_{i=1}^m x_i,\quad
  \sigma^2_{\mathcal B} \leftarrow \frac1m\sum_{i=1}^m(x_i-\mu_{\mathcal B})^2$$
$$\hat x_i \leftarrow \frac{x_i-\mu_{\mathcal B}}{\sqrt{\sigma^2_{\mathcal B}+\epsilon}},\quad y_i \leftarrow \gamma\hat x_i+\beta$$
$$\frac{\partial \ell}{\partial \hat x_i} = \frac{\partial\ell}{\partial y_i}\cdot\gamma$$
$$\frac{\partial\ell}{\partial\sigma^2_{\mathcal B}} = \sum_{i=1}^m \frac{\partial\ell}{\partial\hat x_i}\cdot
  (x_i-\mu_{\mathcal B})\cdot\frac{-1}{2}(\sigma_{\mathcal B}^2+\epsilon)^{-3/2}$$
$$\frac{\partial\ell}{\partial\mu_{\mathcal B}} =
  \left(\sum_{i=1}^m\frac{\partial\ell}{\partial\hat x_i}\cdot\frac{-1}{\sqrt{\sigma^2_{\mathcal B}+\epsilon}}\right)
  +\frac{\partial\ell}{\partial\sigma^2_{\mathcal B}}\cdot\frac{\sum_{i=1}^m-2(x_i-\mu_{\mathcal B})}{m}$$
$$\frac{\partial\ell}{\partial x_i} = \frac{\partial\ell}{\partial\hat x_i}\cdot\frac{1}{\sqrt{\sigma^2_{\mathcal B}+\epsilon}}
  +\frac{\partial\ell}{\partial\sigma^2_{\mathcal B}}\cdot\frac{2(x_i-\mu_{\mathcal B})}{m}
  +\frac{\partial\ell}{\partial\mu_{\mathcal B}}\cdot\frac1m$$
$$\frac{\partial\ell}{\partial\gamma}=\sum_{i=1}^m\frac{\partial\ell}{\partial y_i}\cdot\hat x_i,\quad
  \frac{\partial\ell}{\partial\beta}=\sum_{i=1}^m\frac{\partial\ell}{\partial y_i}$$
"""
"""The layer of Ioffe and Szegedy (2015) with its gradients."""

SOFTMAX = r"""\begin{align}
p_i &= \frac{e^{o_i}}{\sum_k e^{o_k}} \\
\frac{\partial p_j}{\partial o_i} &= p_i(1-p_i), \quad i = j \\
\frac{\partial p_j}{\partial o_i} &= -p_i p_j, \quad i \neq j \\
\frac{\partial p_i}{\partial o_j} &= p_i(\mathbb{1}\{i=j\} - p_j) \\
\frac{\partial p_i}{\partial o_j} &= \begin{cases} p_i(1-p_i) & i = j \\ -p_i p_j & i \neq j \end{cases}
\end{align}
"""

DIFFERENTIALS = r"""
$$z^{[1]} = W^{[1]}x + b^{[1]},\quad a^{[1]} = \tanh(z^{[1]}),\quad z^{[2]} = W^{[2]}a^{[1]}+b^{[2]}$$
$$\mathcal L = \frac12\|z^{[2]}-y\|^2$$
$$dz^{[2]} = z^{[2]}-y,\quad dW^{[2]} = dz^{[2]}{a^{[1]}}^T,\quad db^{[2]} = dz^{[2]}$$
$$dz^{[1]} = {W^{[2]}}^T dz^{[2]} \odot (1-{a^{[1]}}^2), \quad dW^{[1]} = dz^{[1]}x^T$$
"""

ENTRIES_OF_LAYERS = r"""
$$z^l_j = \sum_k w^l_{jk}a^{l-1}_k + b^l_j, \quad a^l_j = \sigma(z^l_j), \quad C = \frac12\sum_j(y_j-a^L_j)^2$$
$$\delta^l_j = \frac{\partial C}{\partial z^l_j}$$
$$\delta^l_j = \sum_k w^{l+1}_{kj}\delta^{l+1}_k\sigma'(z^l_j)$$
$$\frac{\partial C}{\partial b^l_j} = \delta^l_j, \quad \frac{\partial C}{\partial w^l_{jk}} = a^{l-1}_k\delta^l_j$$
"""
