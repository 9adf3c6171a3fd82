"""LaTeX as it stands in papers and lectures, with what it means in the equation language.

EXPRESSIONS are read as `e = …` with the shapes of SHAPES; MODELS are whole texts with shapes of their
own; UNDECLARED texts have none, and state the shapes that have to be found; ERRORS have to be refused
with these words at this place.
"""

# ruff: noqa: E501

from __future__ import annotations

SHAPES = {
    "W": "k,d", "X": "n,d", "x": "d", "y": "k", "z": "k", "b": "k", "A": "n,n", "B": "n,n", "u": "n",
    "v": "n", "Y": "n,k", "s": "", "t": "", "λ": "", "η": "", "Z": "n,k", "ŷ": "k", "W_1": "k,d",
    "W_2": "k,k", "h_{2}": "k", "Σ": "n,n", "μ": "n", "q": "n", "γ": "k", "β": "k", "p": "k", "α": "",
    "V": "d,k", "L_{reg}": "", "θ": "d", "W_{hh}": "k,k", "h_{t-1}": "k", "z_{(l)}": "k", "ε": "",
}  # fmt: skip

EXPRESSIONS = {
    # names
    r"\hat{y} - y": "ŷ − y",
    r"\hat y - y": "ŷ − y",
    r"\widehat{y} + b": "ŷ + b",
    r"\mathbf{W}_1 \mathbf{x}": "W₁ x",
    r"\boldsymbol{\theta} + \mathbf{x}": "θ + x",
    r"\bm{W} x": "W x",
    r"W_{hh} h_{t-1}": "W_{hh} h_{t-1}",
    r"W_2 z^{(l)}": "W₂ z_{(l)}",
    r"W_2 z^{[l]}": "W₂ z_{(l)}",
    r"L_{\text{reg}} + s": "L_{reg} + s",
    r"L_{\mathrm{reg}} + s": "L_{reg} + s",
    r"{W}_{1}x": "W₁ x",
    r"\lambda s + \eta t": "λ s + η t",
    r"\varepsilon + s": "ε + s",
    r"\mu + \Sigma u": "μ + Sigma u",
    # products
    r"Wx + b": "W x + b",
    r"W x + b": "W x + b",
    r"W\,x+b": "W x + b",
    r"W \cdot x + b": "W x + b",
    r"W{x}+b": "W x + b",
    r"u^\top v": "uᵀ v",
    r"u^T v": "uᵀ v",
    r"u^{\mathsf T} v": "uᵀ v",
    r"u^{\mathrm{T}} v": "uᵀ v",
    r"u^{\intercal}v": "uᵀ v",
    r"u v^\top": "u vᵀ",
    r"u \cdot v": "uᵀ v",
    r"X^\top Z": "Xᵀ Z",
    r"(X W^\top)^\top": "(X Wᵀ)ᵀ",
    r"u^\top A u": "uᵀ A u",
    r"u \odot v": "u ⊙ v",
    r"u \circ v": "u ⊙ v",
    r"2u": "2 u",
    r"-2 X^\top (Y - Z)": "−2 Xᵀ (Y − Z)",
    r"s \times u": "s u",
    r"3 \times 10^{-2} s": "3 * 0.01 * s",
    r"s(t + 1)": "s · (t + 1)",
    r"2(u - v)": "2 (u − v)",
    r"\lambda(u - v)": "λ · (u − v)",
    r"u\,(v^\top u)": "u (vᵀ u)",
    r"A B u": "A B u",
    r"AB": "A B",
    # brackets
    r"\left( u - v \right)^\top A \left( u - v \right)": "(u − v)ᵀ A (u − v)",
    r"\bigl(u + v\bigr) \odot \Big(u - v\Big)": "(u + v) ⊙ (u − v)",
    r"\left[ u + v \right]": "u + v",
    r"\left\{ u + v \right\}": "u + v",
    r"\big\{ u \big\}": "u",
    r"{u + v}": "u + v",
    r"\boxed{u} + \underline{v}": "u + v",
    # fractions and roots
    r"\frac{1}{2} u": "½ u",
    r"\frac12 u": "½ u",
    r"\tfrac12 \|u\|^2": "½ ‖u‖²",
    r"\dfrac{s}{t}": "s / t",
    r"\frac{u}{\|u\|}": "u / ‖u‖",
    r"\frac{u^\top v}{\|u\| \|v\|}": "(uᵀ v) / (‖u‖ ‖v‖)",
    r"\sqrt{s}": "sqrt(s)",
    r"\frac{u - \mu}{\sqrt{s^2 + \varepsilon}}": "(u − μ) / sqrt(s² + ε)",
    r"1/s + t/2": "1/s + t/2",
    r"\frac{1}{n} \sum (Y - Z)^2": "Σ (Y − Z)² / n",
    # powers
    r"s^2 + t^{3}": "s**2 + t**3",
    r"e^{-s}": "exp(−s)",
    r"\mathrm{e}^{-s}": "exp(−s)",
    r"\frac{1}{1+e^{-z}}": "1 / (1 + exp(−z))",
    r"(1 + e^{-z})^{-1}": "1 / (1 + exp(−z))",
    r"A^{-1} u": "inv(A) @ u",
    r"u^\top \Sigma^{-1} u": "uᵀ (inv(Sigma) @ u)",
    r"s^{t}": "s**t",
    r"u^{\odot 2}": "u**2",
    r"z²": "z**2",
    # functions
    r"\sigma(W x + b)": "sigmoid(W x + b)",
    r"\sigma\left(W x + b\right)": "sigmoid(W x + b)",
    r"\sigma\bigl(z\bigr)": "sigmoid(z)",
    r"\tanh(z)": "tanh(z)",
    r"\tanh z": "tanh(z)",
    r"1 - \tanh^2(z)": "1 − tanh(z)**2",
    r"\operatorname{ReLU}(z)": "relu(z)",
    r"\mathrm{ReLU}(z)": "relu(z)",
    r"\text{sigmoid}(z)": "sigmoid(z)",
    r"\mathrm{softmax}(z)": "softmax(z)",
    r"\operatorname{softmax}(W x + b)": "softmax(W x + b)",
    r"\text{GELU}(z)": "gelu(z)",
    r"\max(0, z)": "maximum(0, z)",
    r"\max\{0, z\}": "maximum(0, z)",
    r"\min\left(1, z\right)": "minimum(1, z)",
    r"\log \hat{y}": "log(ŷ)",
    r"\log(1 - \hat{y})": "log(1 − ŷ)",
    r"\exp(-\|u - v\|^2)": "exp(−‖u − v‖²)",
    r"\exp\left(-\frac{(s - t)^2}{2}\right)": "exp(−(s − t)²/2)",
    r"\ln(1 + e^{z})": "log(1 + exp(z))",
    r"\sigma'(z)": "sigmoid(z) ⊙ (1 − sigmoid(z))",
    r"\sigma(z)(1 - \sigma(z))": None,
    r"\sigma(z) \odot (1 - \sigma(z))": "sigmoid(z) ⊙ (1 − sigmoid(z))",
    r"\sigma(s)(1 - \sigma(s))": "sigmoid(s) · (1 − sigmoid(s))",
    r"|s - t|": "abs(s − t)",
    r"\left| s \right|": "abs(s)",
    r"\operatorname{diag}(u) A": "diag(u) @ A",
    r"\operatorname{tr}(A B)": "trace(A @ B)",
    r"\mathrm{tr}(A^\top B)": "trace(A.T @ B)",
    r"\log\det \Sigma": "log(det(Sigma))",
    r"\operatorname{sign}(z)": "sign(z)",
    r"\text{LayerNorm}(z)": "layer_norm(z)",
    r"\gamma \odot \text{LayerNorm}(z) + \beta": "γ ⊙ layer_norm(z) + β",
    r"μ + \sigma": None,
    # norms and sums
    r"\|u\|^2": "‖u‖²",
    r"\|u\|_2^2": "‖u‖²",
    r"\lVert u - v \rVert_2^2": "‖u − v‖²",
    r"\left\| u - v \right\|^2": "‖u − v‖²",
    r"\Vert u \Vert": "‖u‖",
    r"||u - v||^2": "‖u − v‖²",
    r"\|W\|_F^2": "‖W‖²",
    r"\|u\|_1": "sum(abs(u))",
    r"‖u‖² + s": "‖u‖² + s",
    r"\sum u": "sum(u)",
    r"\sum_i u_i v_i": "uᵀ v",
    r"\sum_{i=1}^{n} u_i^2": "Σ u²",
    r"\sum_{i} (u_i - v_i)^2": "Σ (u − v)²",
    r"\sum_{i,j} A_{ij} B_{ij}": "Σ (A ⊙ B)",
    r"\sum_i \sum_j A_{i,j}^2": "Σ A²",
    r"\sum_i A_{ii} + s": "tr(A) + s",
    r"\|u^\top v\|^2": "(uᵀ v)²",
    # the unit matrix
    r"A + \lambda I": "A + λ * eye(n)",
    r"A - 2\mathbf{I}": "A − 2 * eye(n)",
    r"(I - A) u": "(eye(n) − A) u",
    r"u^\top I v + u^\top (2 I) v": "3 * uᵀ v",
    r"I u + I^2 u + I^{-1} u + I^\top u": "4 * u",
    r"-I A + (I + I) A / 2": "0 * A",
    r"\|A - I\|_F^2": "‖A − eye(n)‖²",
    r"\mathrm{tr}(I_n + A)": "tr(eye(n) + A)",
    r"\log\det(A + s I_{n})": "logdet(A + s * eye(n))",
    r"(A + \frac{\lambda}{2}I)^{-1} u": "inv(A + λ * eye(n) / 2) u",
    r"A \odot I": "A * eye(n)",
    # determinants in bars, primes for transposes, sums without the diagonal, functions over an index
    r"\log|A|": "logdet(A)",
    r"|A|^{1/2} + s": "det(A) ** (1/2) + s",
    r"u'A v": "uᵀ A v",
    r"(u - v)'(u - v)": "‖u − v‖²",
    r"u v'": "u vᵀ",
    r"\sum_{i \ne j} A_{ij}": "sum(A) − tr(A)",
    r"\sum_i \sum_{j \neq i} u_i A_{ij}": "sum(uᵀ (A − diag(diag(A))))",
    r"\sum_{i \ne j} (u_i - v_j)^2": "sum((u[:, None] − v) ** 2) − sum((u − v) ** 2)",
    r"\sum_{i < j} A_{ij}": "sum(triu(A, 1))",
    r"\sum_k y_k \log p_k + (1 - y_k) \log(1 - p_k) - s\|x\|^2": "Σ (y ⊙ log(p) + (1 − y) ⊙ log(1 − p)) − s * ‖x‖²",
    r"t - \frac{1}{2} \sum_k y_k^2 - z_k + s": "t − Σ (y**2 − z) / 2 + s",
    r"\sum_i \sum_j A_{ij} u_j + v_i": "Σ (A u + v)",
    r"\sum_{1 \le i < j \le n} A_{ij}": "sum(triu(A, 1))",
    r"\sum_{i \geq j} A_{ij}": "sum(tril(A))",
    r"\sum_i \sum_{j > i} A_{ij} u_i": "sum(triu(A, 1) * u[:, None])",
    r"\sum_i \sum_{i < j} A_{ij} u_i": "sum(triu(A, 1) * u[:, None])",
    r"\sum_{i=1}^n u_i \sum_{j=i+1}^n v_j": "sum(u * (triu(ones((n, n)), 1) @ v))",
    r"\sum_{i=1}^n u_i \sum_{j=i}^n v_j": "sum(u * (triu(ones((n, n))) @ v))",
    r"\sum_{i=1}^n u_i \sum_{j=1}^{i-1} v_j": "sum(u * (tril(ones((n, n)), -1) @ v))",
    r"\sum_{i=1}^n u_i \sum_{j=1}^{i} v_j": "sum(u * (tril(ones((n, n))) @ v))",
    r"\sum_i \max_j A_{ij}": "sum(max(A, axis=1))",
    r"\sum_j (\min_i A_{ij})^2": "sum(min(A, axis=0) ** 2)",
    r"\max_i u_i + s": "max(u) + s",
    r"\sum_{i,j} u_i \mathrm{softmax}_j(A_{ij}) v_j": "uᵀ softmax(A, axis=1) v",
    r"\sum_{i,j} u_i \mathrm{softmax}_i(A_{ij}) v_j": "uᵀ softmax(A, axis=0) v",
    r"\mathrm{tr}(I)": None,
    r"X - I": None,
    r"s + I": None,
    r"\sum_{k} y_k \log p_k": "Σ (y ⊙ log(p))",
    r"\sin s\cos t - \log^2 s \exp t": "sin(s) * cos(t) − log(s)**2 * exp(t)",
    r"\tanh^2 x": "tanh(x)**2",
    r"\frac12\log 2\pi s^2 - \log 3": "log(2 * pi * s**2) / 2 − log(3)",
    r"\|\log 2 x\|^2 + (\log 2 t) s": "‖log(2 * x)‖² + log(2 * t) * s",
    r"-\sum_k y_k \log \hat{y}_k": "−Σ (y ⊙ log(ŷ))",
    r"\sum_{i=1}^n \sum_{j=1}^n u_i A_{ij} v_j": "uᵀ A v",
    r"\sum_{i=1}^{n} \|x - X_i\|^2": "Σ (X − x)²",
    r"\frac{1}{n} \sum_{i=1}^{n} u_i": "Σ u / n",
    r"\left( \sum_i u_i \right)^2": "(Σ u)²",
    r"s + \sum_i u_i": "s + Σ u",
    r"\sum_i u_i + s": "(Σ u) + s",
    # gates
    r"\begin{cases} s & s > 0 \\ 0 & \text{otherwise} \end{cases}": "where(s > 0, s, 0)",
    r"\begin{cases} z & \text{if } z > 0, \\ \alpha z & \text{else} \end{cases}": "where(z > 0, z, α z)",
    r"\mathbb{1}[z > 0] \odot y": "(z > 0) ⊙ y",
}
"""LaTeX -> the same in the equation language; None where it has to be refused."""

MODELS: dict[str, tuple[str, dict[str, str]]] = {
    r"\begin{align} z &= W x + b \\ L &= \frac12 \| z - y \|^2 \end{align}": (
        "z = W x + b; L = ½ ‖z − y‖²", {"W": "k,d", "x": "d", "b": "k", "y": "k"}),
    r"\begin{aligned} L &= \|\hat y - y\|^2 \\ \hat y &= W h \\ h &= \tanh(V x) \end{aligned}": (
        "h = tanh(V x); ŷ = W h; L = ‖ŷ − y‖²", {"W": "k,m", "V": "m,d", "x": "d", "y": "k"}),
    r"\[ \begin{split} h &= \operatorname{ReLU}(X W_1 + b_1) \\ L &= \sum (h W_2 - Y)^2 \end{split} \]": (
        "h = relu(X W₁ + b₁); L = Σ (h W₂ − Y)²",
        {"X": "n,d", "W_1": "d,m", "b_1": "m", "W_2": "m,k", "Y": "n,k"}),
    r"$$\hat y_i = h_i \cdot W_2 + b_2$$ with $$h_i = \sigma(x_i \cdot W_1 + b_1)$$ and"
    r" $$\mathcal{L}(\theta) = \sum_{i=1}^{N} \|y_i - \hat y_i\|_2^2$$": (
        "h = σ(x @ W₁ + b₁); ŷ = h @ W₂ + b₂; L = Σ (y − ŷ)²",
        {"x": "n,d", "W_1": "d,m", "b_1": "m", "W_2": "m,k", "b_2": "k", "y": "n,k"}),
    r"p_i = \mathrm{softmax}(W x_i + b) \\ L = -\frac{1}{N} \sum_{i=1}^N \sum_{c} y_{i,c} \log p_{i,c}": (
        "p = softmax(x @ W.T + b); L = −Σ (y ⊙ log p) / n",
        {"x": "n,d", "W": "k,d", "b": "k", "y": "n,k"}),
    r"\hat y_i = w^\top x_i + b \\ J = \frac{1}{2N} \sum_{i=1}^N (\hat y_i - y_i)^2": (
        "ŷ = x @ w + b; J = Σ (ŷ − y)² / (2 n)", {"x": "n,d", "w": "d", "b": "", "y": "n"}),
    r"z_j = \sum_i w_{ji} x_i + b_j \\ a_j = \sigma(z_j) \\ E = \tfrac12 \sum_j (t_j - a_j)^2": (
        "z = w @ x + b; a = σ(z); E = ½ Σ (t − a)²", {"w": "k,d", "x": "d", "b": "k", "t": "k"}),
    r"\hat h^j = \sum_i w^{i,j} h^i + b^j \\ L = \sum_j (\hat h^j)^2": (
        "ĥ = w.T @ h + b; L = Σ ĥ²", {"w": "d,k", "h": "d", "b": "k"}),
    r"p_k = \frac{e^{z_k}}{\sum_j e^{z_j}}, \quad L = -\sum_k y_k \log p_k": (
        "p = exp(z) / sum(exp(z)); L = −Σ (y ⊙ log p)", {"z": "k", "y": "k"}),
    r"s_{ij} = q_i^\top k_j \\ L = \sum_{i,j} s_{ij}^2": (
        "s = q @ k.T; L = Σ s²", {"q": "n,d", "k": "m,d"}),
    r"m_i = \min(1, x_i) \\ L = \sum_i w_i m_i": ("m = minimum(1, x); L = wᵀ m", {"x": "n", "w": "n"}),
    r"\hat y^{(i)} = \sigma(w^\top x^{(i)} + b) \\ J = -\frac{1}{m} \sum_{i=1}^{m} \left( y^{(i)} \log \hat y^{(i)}"
    r" + (1 - y^{(i)}) \log(1 - \hat y^{(i)}) \right)": (
        "ŷ = σ(x @ w + b); J = −Σ (y ⊙ log(ŷ) + (1 − y) ⊙ log(1 − ŷ)) / m",
        {"x": "m,d", "w": "d", "b": "", "y": "m"}),
    r"L = \sum_{i=1}^n \ell(y_i, \hat y_i) \\ \ell(a, b) = (a - b)^2 \\ \hat y_i = w^\top x_i": (
        "ŷ = x @ w; L = Σ (y − ŷ)²", {"x": "n,d", "w": "d", "y": "n"}),
    r"f_\theta(x) = W x + b, \quad L = \|f_\theta(x) - y\|^2": (
        "f = W x + b; L = ‖f − y‖²", {"W": "k,d", "x": "d", "b": "k", "y": "k"}),
    r"y = \mathbf{w} \cdot \mathbf{x} + b \\ L := (y - t)^2": (
        "y = wᵀ x + b; L = (y − t)²", {"w": "d", "x": "d", "b": "", "t": ""}),
    r"\mu = \frac{1}{m} \sum_{i=1}^m x_i \\ v = \frac1m \sum_{i=1}^m (x_i - \mu)^2 \\"
    r" \hat x_i = \frac{x_i - \mu}{\sqrt{v + \epsilon}} \\ L = \sum_i g_i \hat x_i": (
        "μ = Σ x / m; v = Σ (x − μ)² / m; h = (x − μ) / sqrt(v + ε); L = gᵀ h",
        {"x": "m", "g": "m", "ε": ""}),
    r"\newcommand{\w}{\mathbf{w}}\newcommand\x{\mathbf{x}} L = \w^\top \x": ("L = wᵀ x", {"w": "d", "x": "d"}),
    r"\documentclass{article}\newcommand{\loss}{\mathcal{L}}\DeclareMathOperator{\relu}{ReLU}\begin{document}"
    r" $$\loss = \sum \relu(W x)$$\end{document}": ("L = Σ relu(W x)", {"W": "k,d", "x": "d"}),
    r"S = \sum_{i=1}^N x_i x_i^\top \\ L = \operatorname{tr}(S A)": (
        "S = x.T @ x; L = trace(S @ A)", {"x": "n,d", "A": "d,d"}),
    r"L = \sum_{i=1}^N \max(0, 1 - y_i (w^\top x_i + b)) + \lambda \|w\|^2": (
        "L = (Σ maximum(0, 1 − y ⊙ (x @ w + b))) + λ ‖w‖²",
        {"x": "n,d", "w": "d", "b": "", "y": "n", "λ": ""}),
    r"f(x) = \max(0, x) \\ h = f(W x + b) \\ L = \sum h": (
        "h = maximum(0, W x + b); L = Σ h", {"W": "k,d", "x": "d", "b": "k"}),
    r"a(u) = \frac{1}{1 + e^{-2u}} \\ L = \sum a(a(x))": (
        "h = 1/(1 + exp(−2x)); L = Σ 1/(1 + exp(−2h))", {"x": "d"}),
    r"f(x, y, z) = (x + y) z": ("f = (x + y) · z", {"x": "", "y": "", "z": ""}),
    r"q = x + y, \quad f = q z": ("q = x + y; f = q z", {"x": "", "y": "", "z": ""}),
    r"q=x+y; f=qz": ("q = x + y; f = q z", {"x": "", "y": "", "z": ""}),
    r"L' = L + \lambda \|W\|_2^2 \\ L = \|W x - y\|^2": (
        "L = ‖W x − y‖²; M = L + λ ‖W‖²", {"W": "k,d", "x": "d", "y": "k", "λ": ""}),
    r"z^{(1)} = W^{(1)} x \\ a^{(1)} = \tanh(z^{(1)}) \\ C = \|a^{(1)} - y\|^2": (
        "z = W_{(1)} x; a = tanh(z); C = ‖a − y‖²", {"W_{(1)}": "k,d", "x": "d", "y": "k"}),
    r"\mathbf{h}_t = \tanh(\mathbf{W}_{hh} \mathbf{h}_{t-1} + \mathbf{W}_{xh} \mathbf{x}_t) \\"
    r" \mathcal{L} = \|\mathbf{h}_t\|^2": (
        "h = tanh(W_{hh} h_{t-1} + W_{xh} x_t); L = ‖h‖²",
        {"W_{hh}": "k,k", "h_{t-1}": "k", "W_{xh}": "k,d", "x_t": "d"}),
    r"% param W: k, d" "\n" r"% input x: d" "\n" r"$$L = \|W x\|^2$$": ("L = ‖W x‖²", {"W": "k,d", "x": "d"}),
    r"$y = W x$ where $W \in \mathbb{R}^{k \times d}$, $x \in \mathbb{R}^d$; $L = \|y\|^2$": (
        "y = W x; L = ‖y‖²", {"W": "k,d", "x": "d"}),
    r"\documentclass{article}\newcommand{\x}{y = 3}" "\n" r"\begin{document} Let $a = b^2$, 100\% sure. % $c = 1$"
    "\n" r"\begin{equation}\label{eq:one} L = a + 1 \end{equation} \end{document}": (
        "a = b**2; L = a + 1", {"b": ""}),
    # blocks
    r"f = \sigma(W \cdot [h, x] + b) \\ L = \|f\|^2": (
        "f = σ(W @ concatenate([h, x]) + b); L = ‖f‖²", {"W": "k,k+d", "h": "k", "x": "d", "b": "k"}),
    r"f = \sigma(W [h; x] + b) \\ L = \|f\|^2": (
        "f = σ(W @ concatenate([h, x]) + b); L = ‖f‖²", {"W": "k,k+d", "h": "k", "x": "d", "b": "k"}),
    r"u = \begin{bmatrix} x \\ 1 \end{bmatrix}, \quad L = \|W u\|^2": (
        "L = ‖W[:, :-1] @ x + W[:, -1]‖²", {"W": "k,d+1", "x": "d"}),
    r"B = \begin{pmatrix} A & x \\ x^\top & 1 \end{pmatrix} \\ L = \operatorname{tr}(B B)": (
        "L = trace(A @ A) + 2 * (x @ x) + 1", {"A": "d,d", "x": "d"}),
    r"L = \|[A | b]\|_F^2": ("L = Σ A² + (Σ b²)", {"A": "k,d", "b": "k"}),
    r"\theta = [\mathrm{vec}(W)^\top | b^\top]^\top \\ L = \|\theta\|^2": ("t = concatenate([vec(W), b]); L = ‖t‖²", {"W": "k,d", "b": "k"}),
    r"L = \langle A, B \rangle + \langle u, v \rangle": ("L = Σ (A ⊙ B) + (uᵀ v)", {"A": "k,d", "B": "k,d", "u": "n", "v": "n"}),
    r"L = -\sum_{c=1}^{C} y_c \log\big(\mathrm{softmax}(W x)_c\big)": (
        "L = −Σ (y ⊙ log(softmax(W x)))", {"W": "k,d", "x": "d", "y": "k"}),
    # vectors of ones
    r"Z = X W + \mathbf{1} b^\top, \quad L = \frac12 \|Z - Y\|_F^2": (
        "Z = X @ W + b; L = ½ Σ (Z − Y)²", {"X": "n,d", "W": "d,k", "b": "k", "Y": "n,k"}),
    r"L = \mathbf{1}^\top A \mathbf{1} + \mathbb{1}^\top x": ("L = (Σ A) + (Σ x)", {"A": "n,m", "x": "d"}),
    r"s = A \boldsymbol{1}_m \\ L = s^\top s": ("s = sum(A, axis=1); L = sᵀ s", {"A": "n,m"}),
    r"L = -\log\det X + \operatorname{tr}(X^{-\top} A)": (
        "L = −log(det(X)) + trace(inv(X).T @ A)", {"X": "n,n", "A": "n,n"}),
    r"\sigma^2_B = \frac1m \sum_{i=1}^m x_i^2, L = \sqrt{\sigma^2_B + 1}": (
        "L = sqrt(mean(x**2) + 1)", {"x": "m"}),
    # layers and steps
    r"L = \sum_{l=1}^{3} \|W^{(l)}\|_F^2": (
        "L = Σ W_{(1)}² + (Σ W_{(2)}²) + (Σ W_{(3)}²)", {"W_{(1)}": "k,d", "W_{(2)}": "k,k", "W_{(3)}": "n,k"}),
    r"a^l = \tanh(W^l a^{l-1}) \\ C = \|a^L - y\|^2 " "\n% size L = 2": (
        "C = ‖tanh(W_{(2)} tanh(W_{(1)} a_{(0)})) − y‖²",
        {"W_{(1)}": "k,d", "W_{(2)}": "n,k", "a_{(0)}": "d", "y": "n"}),
    r"h_t = \tanh(W h_{t-1} + U x_t) \\ L = \frac{1}{T} \sum_{t=1}^T \|h_t\|^2 " "\n% size T = 2": (
        "h = tanh(W h₀ + U x₁); L = (‖h‖² + ‖tanh(W h + U x₂)‖²) / 2",
        {"W": "k,k", "U": "k,d", "h_0": "k", "x_1": "d", "x_2": "d"}),
    r"z^1 = W^1 x + b^1, a^1 = \sigma(z^1), z^2 = W^2 a^1, C = \|z^2\|^2": (
        "C = ‖W_{(2)} σ(W_{(1)} x + b_{(1)})‖²", {"W_{(1)}": "k,d", "W_{(2)}": "n,k", "x": "d", "b_{(1)}": "k"}),
    r"a_j^l = \sigma\left(\sum_k w_{jk}^l a_k^{l-1} + b_j^l\right), C = \frac12 \sum_j (y_j - a_j^l)^2": (
        "a = σ(w_{(l)} a_{(l-1)} + b_{(l)}); C = ½ Σ (y − a)²",
        {"w_{(l)}": "k,d", "a_{(l-1)}": "d", "b_{(l)}": "k", "y": "k"}),
    # definitions and decorations
    r"\sigma_B^2 = \frac1m \sum_{i=1}^m (x_i - \mu_B)^2, \mu_B = \frac1m \sum_{i=1}^m x_i,"
    r" \hat x_i = \frac{x_i - \mu_B}{\sqrt{\sigma_B^2 + \epsilon}}, L = \sum_i g_i \hat x_i": (
        "c = x − mean(x); L = gᵀ (c / sqrt(mean(c**2) + ε))", {"x": "m", "g": "m", "ε": ""}),
    r"s^2 = \frac1n \sum_i (x_i - m)^2, m = \frac1n \sum_i x_i, L = \sum_i g_i \frac{x_i - m}{s}": (
        "c = x − mean(x); L = gᵀ (c / sqrt(mean(c**2)))", {"x": "n", "g": "n"}),
    r"\mu \leftarrow \frac1m \sum_{i=1}^m x_i \\ c_i \leftarrow x_i - \mu \\ L = \sum_i c_i^2": (
        "L = Σ (x − mean(x))²", {"x": "m"}),
    r"L = \underbrace{\|W x - y\|^2}_{\text{data}} + \underbrace{\lambda \|W\|_F^2}_{\text{penalty}}": (
        "L = ‖W x − y‖² + λ · (Σ W²)", {"W": "k,d", "x": "d", "y": "k", "λ": ""}),
    r"L \stackrel{\text{def}}{=} x^\top x": ("L = xᵀ x", {"x": "d"}),
    r"L \overset{(1)}{=} {\rm softmax}(x)^{\rm T} y \eqno{(3)}": ("L = softmax(x)ᵀ y", {"x": "d", "y": "d"}),
    r"\begin{aligned} z &= W x && \text{(linear part)}\\[4pt] L &= z^\intercal z && \text{the loss} \end{aligned}": (
        "L = ‖W x‖²", {"W": "k,d", "x": "d"}),
    r"y = f(x) = W x \text{ where } x \text{ is the input}, L = \|y\|^2": ("L = ‖W x‖²", {"W": "k,d", "x": "d"}),
    r"L_\text{reg} = \lambda \|W\|_\mathrm{F}^2": ("L = λ · (Σ W²)", {"W": "k,d", "λ": ""}),
    r"Q = X W^Q, K = X W^K, L = \|\mathrm{softmax}(Q K^\top / \sqrt{d})\|_F^2": (
        "L = Σ softmax(X W_{(Q)} (X W_{(K)})ᵀ / sqrt(d))²",
        {"X": "n,m", "W_{(Q)}": "m,k", "W_{(K)}": "m,k", "d": ""}),
    r"L = \operatorname{tr}(A^2) + \operatorname{tr}(A^3)": ("L = trace(A @ A) + trace(A @ A @ A)", {"A": "d,d"}),
    r"K_{ij} = \exp(-\|x_i - x_j\|^2), L = y^\top K y": (
        "g = x @ x.T; s = sum(x**2, axis=1); L = y @ exp(2*g - s[:, None] - s) @ y", {"x": "n,d", "y": "n"}),
    "Cost \\$5.\n```\n$x = 1$\n```\nThen $L = s^2$ and `$t = 2$`.": ("L = s**2", {"s": ""}),
}  # fmt: skip

UNDECLARED = {
    r"\hat y = V \sigma(Wx + b) + c, \quad L = \|y - \hat y\|^2": {
        "V": "n_y,n_V", "W": "n_V,n_x", "x": "n_x", "b": "n_V", "c": "n_y", "y": "n_y"},
    r"\hat y_i = x_i W + b \\ L = \frac{1}{N} \sum_{i=1}^N \|y_i - \hat y_i\|^2": {
        "x": "N,n_x", "W": "n_x,n_y", "b": "n_y", "y": "N,n_y"},
    r"\hat y_i = w x_i + b \\ L = \sum_{i=1}^n (y_i - \hat y_i)^2": {"w": "", "x": "n", "b": "", "y": "n"},
    r"h = wx + b; L = (h - t)^2": {"w": "", "x": "", "b": "", "t": ""},
    r"P = \mathrm{softmax}(Z U^\top) \\ L = -\frac{1}{n} \sum_{i=1}^n \log P_{ii}": {
        "Z": "n,n_Z", "U": "n,n_Z"},
    r"\ell_i = -\log\frac{\exp(s_{ii})}{\sum_j \exp(s_{ij})} \\ L = \sum_i \ell_i": {"s": "n_ell,n_ell"},
    r"Let $x \in \mathbb{R}^d$. $$L = \frac{1}{d} \|y - \sigma(W x)\|^2$$": {
        "W": "n_y,d", "x": "d", "y": "n_y"},
    r"With $W \in \mathbb{R}^{d_{\text{out}} \times d_{in}}$: $$L = \|W x - t\|^2 / d_{in}$$": {
        "W": "d_out,d_in", "x": "d_in", "t": "d_out"},
    r"For $x_i \in \mathbb{R}^d$ and $y_i \in \mathbb{R}$: $$L = \frac1n \sum_{i=1}^n (w^\top x_i - y_i)^2$$": {
        "w": "d", "x": "n,d", "y": "n"},
    r"w = (X^\top X + \lambda I)^{-1} X^\top y \\ L = \|y - X w\|^2": {
        "X": "m_X,n_X", "lambda_": "", "y": "m_X"},
    r"K_{ij} = \exp(-\|x_i - x_j\|^2 / 2) \\ f = \sum_{i,j} a_i a_j K_{ij}": {"x": "n,n_x", "a": "n"},
    r"e_{ij} = q_i^\top k_j \\ \alpha_{ij} = \mathrm{softmax}_j(e_{ij}) \\ o_i = \sum_j \alpha_{ij} v_j \\ "
    r"L = \sum_i \|o_i - t_i\|^2": {"q": "n,n_q", "k": "n_e,n_q", "v": "n_e,n_t", "t": "n,n_t"},
    r"L = \|I - \hat I\|^2": {"I": "m_I,n_I", "Ihat": "m_I,n_I"},
    r"L = \|(I - A) x\|^2": {"A": "n_x,n_x", "x": "n_x"},
    r"$W \in \mathbb{R}^{h\times d}$ here, $W \in \mathbb{R}^{d \times h}$ there: $$L = \|W x\|^2$$": {
        "W": "m_W,n_x", "x": "n_x"},
    r"L = \sum_k y_k \log p_k": {"y": "n_y", "p": "n_y"},
    r"L = -\sum_i \left[ y_i \log \sigma(w^\top x_i) + (1 - y_i) \log(1 - \sigma(w^\top x_i)) \right]": {
        "y": "n_y", "w": "n_x", "x": "n_y,n_x"},
    r"A = \mathrm{softmax}\left(\frac{QK^\top}{\sqrt{\tau}}\right), \quad O = AV, \quad L = \sum O^2": {
        "Q": "n,n_Q", "K": "n_A,n_Q", "tau": "", "V": "n_A,n_O"},
    r"E = \frac12 (t - o)^2, \quad o = \sigma(net), \quad net = \sum_i w_i x_i": {
        "w": "n_x", "x": "n_x", "t": ""},
    r"A = \operatorname{softmax}\left(\frac{Q K^\top}{\sqrt{d_k}}\right) V, L = \|A - Y\|_F^2": {
        "Q": "n,n_Q", "K": "m_K,n_Q", "d_k": "", "V": "m_K,n_Y", "Y": "n,n_Y"},
    r"f_t = \sigma(W_f \cdot [h_{t-1}, x_t] + b_f), L = \|f_t\|^2": {
        "W_f": "n_f_t,n_h_tm1 + n_x_t", "h_tm1": "n_h_tm1", "x_t": "n_x_t", "b_f": "n_f_t"},
    r"x = \begin{bmatrix} x_1 \\ x_2 \end{bmatrix}, L = x^\top x": {"x1": "", "x2": ""},
    r"J(\theta) = -\sum_{i=1}^{m} y^{(i)} \log h_\theta(x^{(i)}), h_\theta(x) = \frac{1}{1 + e^{-\theta^T x}}": {
        "y": "m", "theta": "n_x", "x": "m,n_x"},
    r"L = -\frac12 \sum_{j=1}^{J} (1 + \log(s_j^2) - \mu_j^2 - s_j^2)": {"s": "J", "mu": "J"},
    r"L = \max(0, \|a - p\|^2 - \|a - n\|^2 + \alpha)": {"a": "n_a", "p": "n_a", "n": "n_a", "alpha": ""},
    r"z = \mu + s \odot \epsilon, L = \|W z - x\|^2": {
        "mu": "n_z", "s": "n_z", "epsilon": "n_z", "W": "n_x,n_z", "x": "n_x"},
    r"L = \sum_i \log(1 + e^{-y_i\,\mathbf{w} \cdot \mathbf{x}_i})": {"y": "n_y", "w": "n_x", "x": "n_y,n_x"},
    r"\tilde h_t = \tanh(W x_t + U(r_t \odot h_{t-1})), L = \|\tilde h_t\|^2": {
        "W": "n_htilde_t,n_x_t", "x_t": "n_x_t", "U": "n_htilde_t,n_U", "r_t": "n_U", "h_tm1": "n_U"},
    r"\mathrm{RMSNorm}(x) = \frac{x}{\sqrt{\frac1d \sum_{i=1}^d x_i^2}} \odot g, L = \|\mathrm{RMSNorm}(x)\|^2": {
        "x": "d", "g": "d"},
    r"e_{ij} = \frac{q_i \cdot k_j}{\sqrt d}, \alpha_{ij} = \frac{\exp(e_{ij})}{\sum_k \exp(e_{ik})},"
    r" o_i = \sum_j \alpha_{ij} v_j, L = \sum_i \|o_i\|^2": {"q": "n,n_q", "k": "n_e,n_q", "d": "", "v": "n_e,n_o"},
    r"L(W, b) = \frac1N \sum_{i=1}^N \ell(f(x_i), y_i), f(x) = W x + b, \ell(a, b) = \frac12 \|a - b\|^2": {
        "W": "n_y,n_x", "x": "N,n_x", "b": "n_y", "y": "N,n_y"},
    r"L = \sum_{i=1}^n \rho(y_i - x_i^\top \beta), \rho(r) = \begin{cases} \frac12 r^2 & |r| \le \delta \\"
    r" \delta (|r| - \frac12 \delta) & \text{otherwise} \end{cases}": {
        "y": "n", "x": "n,n_x", "beta": "n_x", "delta": ""},
    r"\text{loss} = \frac{1}{N} \sum_{i=1}^N (\text{pred}_i - \text{target}_i)^2": {"pred": "N", "target": "N"},
    r"f(X) = \operatorname{Tr}(AXB) + \|X\|_{\mathrm{F}}^2": {"A": "m_A,m_X", "X": "m_X,n_X", "B": "n_X,m_A"},
    r"H = \sigma(\hat A X W), L = \sum_{ij} H_{ij}^2": {"Ahat": "m_H,m_X", "X": "m_X,n_X", "W": "n_X,n_H"},
    r"L = \frac{1}{2}x^T A x - b^T x + c": {"x": "n_x", "A": "n_x,n_x", "b": "n_x", "c": ""},
    r"\alpha_t = \frac{\exp(e_t)}{\sum_{k=1}^{T} \exp(e_k)}, e_t = v^\top \tanh(W h_t), c = \sum_{t=1}^{T} \alpha_t h_t,"
    r" L = \|c\|^2": {"v": "n_v", "W": "n_v,n_c", "h": "T,n_c"},
    r"p = \frac{1}{1 + e^{-w^\top x - b}} \\ L = -t \ln p - (1 - t) \ln(1 - p)": {
        "w": "n_x", "x": "n_x", "b": "", "t": ""},
}  # fmt: skip

ERRORS = {
    r"L = \foo{x}": (r"'\foo' is not known", r"\foo"),
    r"L = loss + 1": ("'loss' is no name", "loss"),
    r"L = \mathrm{foo}(x)": ("'foo' is neither a function nor a name", r"\mathrm{foo}"),
    r"L = \text{target} - 1": ("'target' is neither", r"\text{target}"),
    r"L = KL + x": ("'KL' is no name", "KL"),
    r"L = lr + r": (None, None),
    r"o = net + t \\ L = o^2": ("'net' is no name", "net"),
    r"a = s^2 \\ b = t^2": ("which is the loss", None),
    r"L = \sum_{i=1}^{N-1} x_i": ("only sums over all", None),
    r"L = \sum_{i=1}^{N} x_i^2 + \sum_{i=1}^{d} w_i^2": ("the index i ends at d here", None),
    r"L = a_1 + \dots + a_n": ("an ellipsis stands in it", None),
    r"L = \sin x \sigma(y)": ("how far", r"\sin"),
    r"\hat y = f(x; W) \\ L = \|\hat y\|^2": ("there is no function f", "f"),
    r"L = \|\mathbf{1} b^\top\|^2": ("how long this vector of ones", None),
    r"L = \mathbf{1}^\top \mathbf{1}": ("how long this vector of ones", None),
    r"\|x\|^2 = L": ("the left side is no name", None),
    r"L = x^2 = \foo": ("not known", r"\foo"),
    r"\newcommand{\a}{\a\a} L = \a": ("grow without end", r"\a"),
    r"L = g(x) + x": ("there is no function g", "g"),
    r"L = \frac{1}{2": ("is never closed", "{"),
    r"L = (x + 1": ("is never closed", "("),
    r"L = x + 1)": ("cannot close", ")"),
    r"L = \left( x + 1": (r"\left has no \right", r"\left"),
    r"L = \|x - y": ("is never closed", r"\|"),
    r"L = x^l + 1": ("'l' is no number", "^l"),
    r"L = x^{}": ("this exponent is empty", "^{}"),
    r"L = x^*": ("'^*' means", "^*"),
    r"L = x \otimes y": ("a tensor product", None),
    r"L = \|x\|_3": ("norm of order '3'", "_3"),
    r"L = \sqrt[3]{x}": ("only the square root", r"\sqrt"),
    r"L = \sum_{i=2}^{n} x_i": ("only sums over all", r"\sum_{i=2}^{n}"),
    r"L = (\sum_i x_i) + y_i": ("no Σ runs over the index i", None),
    r"L = \sum_i x_i + s + y_i": ("no Σ runs over the index i", None),
    r"L = \sum_{i + j} x_i x_j": ("what this sum runs over", r"\sum_{i + j}"),
    r"L = \sum_i x_i + \sum_t h_{t-1} x_t": ("steps along the index t", "t-1"),
    r"L = \sum_{l=1}^{N} \|W^{(l)} a^{(l-1)}\|^2": ("steps along the index l", "(l-1)"),
    r"a^l = \sigma(W^l a^{l-1}) \\ C = \|a^L - y\|^2": ("how many steps l counts is not said", None),
    r"h_t = \tanh(W h_{t-1}) \\ L = \sum_{t=1}^T \|h_t\|^2": ("how many steps t counts is not said", None),
    r"L = \prod_{k=1}^{99} x_k": ("at most 32 steps are written out", r"\prod"),
    r"B = D^{-1/2} A D^{-1/2} \\ L = \operatorname{tr}(B)": ("only whole powers of a matrix are read", None),
    r"L = x^\top x = 2 x^\top x + c": ("c is not defined", "c"),
    r"\hat y = \mathrm{Dropout}(x) \\ L = \|\hat y\|^2": ("missing a required argument", None),
    r"h_i = \max_S x_{ij} \\ L = \sum_i h_i": ("a subscript of", r"\max"),
    r"L = \sum_i x_i + \sum_i y": ("nothing behind this Σ has the index i", None),
    r"L = \sum_i x_i y_j + \sum_j y_j": (None, None),
    r"L = \sum_i x_i + x_1": ("stands where an index stands", "1"),
    r"z^{(1)} = W^{(1)} x \\ L = \|z^{(1)}\|^2 + \sum_l \|W^{(l)}\|^2": ("stands where an index", None),
    r"$W \in \mathbb{R}^{h\times d}$, $x \in \mathbb{R}^h$: $$L = \|W x\|^2$$": ("contracts d", "W x"),
    r"L = \mathrm{tr}(I) + x^\top x": ("how large this unit matrix is", None),
    r"$W \in \mathbb{R}^{h\times d}$. $$L = \|W - I\|^2$$": ("a unit matrix stands beside", None),
    r"L = \log x y": ("how far", r"\log"),
    r"L = \tanh W x": ("how far", r"\tanh"),
    r"L = x'": ("a prime is read after a function", "'"),
    r"L = \|x\|^2 + L": ("in terms of itself", None),
    r"L = \mathbf{x}^\top x": ("cannot be told apart", None),
    r"L = z^{(1)} + z_1": ("cannot be told apart", None),
    r"L = x + ": ("something is missing", "+"),
    r"L = x + \cdot y": ("something is missing between", None),
    r"L = \begin{vmatrix} 1 & 2 \\ 3 & 4 \end{vmatrix} x": ("no expression that is read", r"\begin"),
    r"L = \max_j x": ("a subscript of", r"\max"),
    r"L = \frac{x}{}": ("an argument is empty", "{"),
    r"L = _2 x": ("this subscript belongs to no name", "_"),
    r"L = |A| s": ("bars round a matrix", "|A| s"),
    r"$$L = x": ("is never closed", "$$"),
    r"\begin{align} L = x": ("is never ended", None),
    r"L = \|A x - \text{if} y\|": ("'if' is neither", r"\text{if}"),
    r"L = \nabla x": (None, None),
    r"\hat y = W x \\ L = \mathbb{E}[\|y - \hat y\|^2]": ("a set or an expectation stands in it", None),
    r"z = \prod_j x_j \\ L = (z - 1)^2": ("a product over an index whose ends are no numbers stands in it", None),
    r"L = -\log p(y|x) \\ p = \sigma(x)": ("a condition stands in it", None),
    r"L = \sigma(x) + \frac{x}{\sigma^2}": ("a function here and a number elsewhere", r"\sigma"),
    r"f = x^2 \\ L = f(x) + 1": ("a function or a factor", "f"),
    r"L = \sum_i \sum_j \delta_{ij} x_i y_j": ("Kronecker", r"\delta_{ij}"),
    r"L = x^\top \begin{bmatrix} x & \\ 1 & y \end{bmatrix}": ("a cell of this matrix is empty", None),
    r"L = \|[x, \,]\|^2": ("a cell of this block is empty", "["),
    r"L = \langle x \rangle": ("an inner product has two factors", r"\langle"),
    r"L = \|(W x)_c\|^2": ("which entry this is", "_c"),
    r"o_k = \sigma(n_k), \quad n_k = \sum_j w_{jk} o_j, \quad E = \sum_k o_k^2": ("o is set in terms of itself", None),
    r"L = \int x": ("an integral stands in it", None),
}  # fmt: skip
"""LaTeX -> (words of the message, what is marked); None where any will do."""
