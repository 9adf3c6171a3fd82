# A transformer block with layer normalisation before each part: causal multi-head attention and a
# GELU network, each with a residual connection. X holds n sequences of t tokens,
# m is the number of heads.
size   m = 4
input  X : n × t × m*d
param  g₁, c₁, g₂, c₂ : m*d
param  Wq, Wk, Wv, Wo : m*d × m*d
param  W₁ : m*d × f
param  b₁ : f
param  W₂ : f × m*d
param  b₂ : m*d
output Y, G

A = layer_norm(X, g₁, c₁)
Q = swapaxes(reshape(A @ Wq, (n, t, m, d)), 1, 2)
K = swapaxes(reshape(A @ Wk, (n, t, m, d)), 1, 2)
V = swapaxes(reshape(A @ Wv, (n, t, m, d)), 1, 2)
O = scaled_dot_product_attention(Q, K, V, is_causal=True)
R = X + reshape(swapaxes(O, 1, 2), (n, t, m*d)) @ Wo
B = layer_norm(R, g₂, c₂)
Y = R + gelu(B @ W₁ + b₁) @ W₂ + b₂
