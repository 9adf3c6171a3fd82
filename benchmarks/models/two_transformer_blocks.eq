# Two transformer blocks (pre-norm, causal attention, GELU), then a linear map to classes.
size m = 4
size h = 64
input y : n*t
param x : n × t × m*h
param g₁, c₁, g₂, c₂, g₃, c₃, g₄, c₄ : m*h
param P₁, P₂ : m*h × 3*m*h
param O₁, O₂ : m*h × m*h
param U₁, U₂ : m*h × 4*m*h
param u₁, u₂ : 4*m*h
param V₁, V₂ : 4*m*h × m*h
param v₁, v₂ : m*h
param W : m*h × k
assume y : index k

A = layer_norm(x, g₁, c₁) @ P₁
Q = swapaxes(reshape(A[:, :, 0:m*h], (n, t, m, h)), 1, 2)
K = swapaxes(reshape(A[:, :, m*h:2*m*h], (n, t, m, h)), 1, 2)
V = swapaxes(reshape(A[:, :, 2*m*h:3*m*h], (n, t, m, h)), 1, 2)
S = scaled_dot_product_attention(Q, K, V, is_causal=True)
R = x + reshape(swapaxes(S, 1, 2), (n, t, m*h)) @ O₁
B = layer_norm(R, g₂, c₂)
X₂ = R + gelu_tanh(B @ U₁ + u₁) @ V₁ + v₁
A₂ = layer_norm(X₂, g₃, c₃) @ P₂
Q₂ = swapaxes(reshape(A₂[:, :, 0:m*h], (n, t, m, h)), 1, 2)
K₂ = swapaxes(reshape(A₂[:, :, m*h:2*m*h], (n, t, m, h)), 1, 2)
V₃ = swapaxes(reshape(A₂[:, :, 2*m*h:3*m*h], (n, t, m, h)), 1, 2)
S₂ = scaled_dot_product_attention(Q₂, K₂, V₃, is_causal=True)
R₂ = X₂ + reshape(swapaxes(S₂, 1, 2), (n, t, m*h)) @ O₂
B₂ = layer_norm(R₂, g₄, c₄)
Y = R₂ + gelu_tanh(B₂ @ U₂ + u₂) @ V₂ + v₂
Z = reshape(Y @ W, (n*t, k))
L = cross_entropy(Z, y)
