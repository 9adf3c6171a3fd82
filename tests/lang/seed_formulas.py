"""Every formula of five articles about backpropagation, and what it is.

A kind is that of symbp.lang.tex_statements; `none` stands with the reason why a formula is no equation
that could be computed.
"""

# ruff: noqa: E501

from __future__ import annotations

THREE_LAYERS = [
    (r"\begin{gathered} \mathcal{L}(\theta)=\sum_{i=1}^N{\|y_i-\hat{y}_i\|_2^2} \end{gathered}", "equation"),
    (r"\hat{y}_i&=h_{2,i}\cdot{W_3}+b_3", "equation"),
    (r"h_{2,i}&=\sigma(h_{1,i}\cdot{W_2}+b_2)", "equation"),
    (r"h_{1,i}&=\sigma(x_i\cdot{W_1}+b_1)", "equation"),
    (r"W_1\leftarrow{W_1}-\eta\cdot\nabla_{W_1}\mathcal{L}(\theta)", "update"),
    (r"W_2\leftarrow{W_2}-\eta\cdot\nabla_{W_2}\mathcal{L}(\theta)", "update"),
    (r"W_3\leftarrow{W_3}-\eta\cdot\nabla_{W_3}\mathcal{L}(\theta)", "update"),
    (r"\nabla_{W_3}\mathcal{L}(\theta)=\nabla_{W_3}\sum_{i=1}^N{ \Big(y_i-(h_{2,i}\cdot{W_3}+b_3)\Big)^2 }", "claim"),
    (r"\nabla_{W_2}\mathcal{L}(\theta)=\nabla_{W_2}\sum_{i=1}^N{ \Bigg( y_i-\Big( \sigma( h_{1,i}\cdot{W_2}+b_2"
     r" )\cdot{W_3}+b_3 \Big) \Bigg)^2 }", "claim"),
    (r"\vdots", "none: an ellipsis stands in it"),
    (r"\frac{\partial{\mathcal{L}}}{\partial{W_3}}&=\frac{\partial{\mathcal{L}}}{\partial{\hat{y}}}"
     r"\cdot\frac{\partial{\hat{y}}}{\partial{W_3}}", "factorization"),
    (r"\frac{\partial{\mathcal{L}}}{\partial{W_2}}&=\frac{\partial{\mathcal{L}}}{\partial{\hat{y}}}"
     r"\cdot\frac{\partial{\hat{y}}}{\partial{h_2}}\cdot\frac{\partial{h_2}}{\partial{W_2}}", "factorization"),
    (r"\frac{\partial{\mathcal{L}}}{\partial{W_1}}&=\frac{\partial{\mathcal{L}}}{\partial{\hat{y}}}"
     r"\cdot\frac{\partial{\hat{y}}}{\partial{h_2}}\cdot\frac{\partial{h_2}}{\partial{h_1}}"
     r"\cdot\frac{\partial{h_1}}{\partial{W_1}}", "factorization"),
]  # fmt: skip

CASCADE = [
    (r"\frac{dz}{dx} = \frac{dz}{dy} \frac{dy}{dx} = \frac{dg(y)}{dy} \frac{df(x)}{dx}", "factorization"),
    (r"\frac{dz}{dx} = \frac{dg(f(x))}{dx} = g'(f(x))f'(x)", "claim"),
    (r"y = f_N(f_{N-1}(\cdots f_2(f_1(x))))", "none: an ellipsis stands in it"),
    (r"\frac{dy}{dx} = \frac{df_N(h_{N-1})}{dh_{N-1}} \cdots \frac{df_1(x)}{dx}", "none: an ellipsis stands in it"),
    (r"\frac{dy}{dx} = \prod_{n=1}^N \frac{df_n(h_{n-1})}{dh_{n-1}}", "none: a product over an index whose ends are no numbers stands in it"),
    (r"\underline{\tilde{y} = f_N(f_{N-1}(\cdots f_2(f_1(x))))}", "none: an ellipsis stands in it"),
    (r"\theta_n = [\text{vec}(W_n)^T | \mathbf{b}_n^T]^T", "equation"),
    (r"\frac{\partial L}{\partial \theta_n} = \frac{\partial L}{\partial \mathbf{h}_N} \prod_{i=n+1}^N"
     r" \frac{\partial f_i(\mathbf{h}_{i-1})}{\partial \mathbf{h}_{i-1}}"
     r" \frac{\partial f_n(\theta_n)}{\partial \theta_n}", "none: a product over an index whose ends are no numbers stands in it"),
    (r"\mathbf{h}_n = a(W_n \mathbf{h}_{n-1} + \mathbf{b}_n)", "equation"),
    (r"\hat{\mathbf{h}}_n = W_n \mathbf{h}_{n-1} + \mathbf{b}_n", "equation"),
    (r"\hat{h}_n^j = \sum_i w_n^{i,j} h_{n-1}^i + b_{n-1}^j", "equation"),
    (r"f_n(\mathbf{h}_{n-1}; W_n, \mathbf{b}_n) = a(W_n \mathbf{h}_{n-1} + \mathbf{b}_n)", "equation"),
    (r"\frac{\partial \hat{h}_n^j}{\partial h_{n-1}^i} = \frac{\partial [\sum_k \cancel{w_n^{k,j} h_{n-1}^k}"
     r" + \cancel{b_n^j}]}{\partial h_{n-1}^i} = w_{n-1}^{i,j}", "claim"),
    (r"\frac{\partial h_n^j}{\partial h_{n-1}^i} &= \frac{\partial a^j}{\partial \hat{h}_n^j}"
     r" \frac{\partial \hat{h}_n^j}{\partial h_{n-1}^i} = \boxed{\frac{\partial a^j}{\partial \hat{h}_n^j}}"
     r" \boxed{w_n^{i,j}}", "claim"),
    (r"\text{sigmoid}(x) = \frac{1}{1 + e^{-x}}", "activation"),
    (r"\begin{aligned} \frac{d}{dx} \text{sigmoid}(x) &= \frac{d}{dx} (1 + e^{-x})^{-1} \\"
     r" &= (-1) \frac{1}{(1 + e^{-x})^2} \frac{d}{dx} (1 + e^{-x}) \\"
     r" &= (-1) \frac{1}{(1 + e^{-x})^2} e^{-x} \frac{d}{dx} (-x) \\"
     r" &= (-1) \frac{1}{(1 + e^{-x})^2} e^{-x} (-1) \\ &= \frac{e^{-x}}{(1 + e^{-x})^2} \\"
     r" &= \frac{1 + e^{-x} - 1}{(1 + e^{-x})^2} \\ &= \frac{1}{1 + e^{-x}} - \frac{1}{(1 + e^{-x})^2} \\"
     r" &= \text{sigmoid}(x) - \text{sigmoid}(x)^2 \\"
     r" &= \underline{\text{sigmoid}(x)(1 - \text{sigmoid}(x))} \end{aligned}", "slope"),
]  # fmt: skip

TWO_TWO_TWO = [
    ("ℎ_1=𝜎(𝑥_1𝑤_1+𝑥_2 𝑤_2+𝑏_1)", "equation"),
    ("ℎ_2=𝜎(𝑥_1𝑤_3+𝑥_2𝑤_4+𝑏_2)", "equation"),
    ("𝑦_1=𝜎(ℎ_1𝑤_5+ℎ_2𝑤_7+𝑏_3)", "equation"),
    ("𝑦_2=𝜎(ℎ_1𝑤_6+ℎ_2𝑤_8+𝑏_4)", "equation"),
    (r"x=a_{\hat{𝑦_i}}", "equation"),
]  # fmt: skip
"""The other formulas of this article are images."""

INTUITION = [
    (r"28\times 28 = 784", "none: the left side is no name and no derivative"),
    (r"-\nabla C", "none: nothing in it is equal to anything"),
]  # fmt: skip
"""This article works with pictures; it sets nothing."""

OVERVIEW = [
    (r"L = \frac{1}{N}\sum_i \|y_i-\hat{y}_i\|^2", "equation"),
    (r"L = -\frac{1}{N}\sum_i \sum_c y_{i,c}\log p_{i,c}", "equation"),
    (r"\theta_{t+1} = \theta_t - \eta \,\nabla_\theta L(\theta_t),", "update"),
    (r"\eta>0", "fact"),
    (r"L_{\text{reg}}=\lambda\|W\|_2^2", "equation"),
    (r"L' = L + \lambda\|W\|_2^2", "equation"),
    (r"\nabla_W L' = \nabla_W L + 2\lambda W", "claim"),
    (r"f \equiv L", "none: it calls one name another"),
    (r"f(x,y,z)=(x+y)z", "equation"),
    (r"q=x+y", "equation"),
    (r"f=qz", "equation"),
    (r"\frac{\partial f}{\partial x} = \frac{\partial f}{\partial q}\frac{\partial q}{\partial x} = z", "claim"),
    (r"\frac{\partial f}{\partial y} = z", "claim"),
    (r"\frac{\partial f}{\partial z} = q=x+y.", "claim"),
    (r"[-2,5]", "none: nothing in it is equal to anything"),
    (r"y=\sigma(\mathbf{w}^\top \mathbf{x}+b)", "equation"),
    (r"\sigma(u)=\frac{1}{1+e^{-u}}", "activation"),
    (r"\sigma'(u)=\sigma(u)\bigl(1-\sigma(u)\bigr)", "slope"),
    (r"\frac{\partial (xy)}{\partial x}=y", "slope"),
    (r"\frac{\partial (xy)}{\partial y}=x", "slope"),
    (r"D=WX", "equation"),
    (r"W\in\mathbb{R}^{m\times n}", "shape"),
    (r"X\in\mathbb{R}^{n\times b}", "shape"),
    (r"D\in\mathbb{R}^{m\times b}", "shape"),
    (r"G_D=\frac{\partial L}{\partial D}", "gradient"),
    (r"\frac{\partial L}{\partial W} = G_D X^\top", "claim"),
    (r"\frac{\partial L}{\partial X} = W^\top G_D", "claim"),
]  # fmt: skip

ARTICLES = {
    "three layers": THREE_LAYERS, "cascade": CASCADE, "two-two-two": TWO_TWO_TWO, "intuition": INTUITION,
    "overview": OVERVIEW,
}  # fmt: skip
