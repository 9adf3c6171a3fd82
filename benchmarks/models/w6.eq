# Causal self-attention with four heads; half the squared error, mean over the tokens.
size   m = 4
input  t : n × s × m*d
param  x : n × s × m*d
param  Wqkv : m*d × 3*m*d
param  bqkv : 3*m*d
param  Wo : m*d × m*d
param  bo : m*d

P = x @ Wqkv + bqkv
Q = swapaxes(reshape(P[:, :, 0:m*d], (n, s, m, d)), 1, 2)
K = swapaxes(reshape(P[:, :, m*d:2*m*d], (n, s, m, d)), 1, 2)
V = swapaxes(reshape(P[:, :, 2*m*d:3*m*d], (n, s, m, d)), 1, 2)
O = scaled_dot_product_attention(Q, K, V, is_causal=True)
R = reshape(swapaxes(O, 1, 2), (n, s, m*d)) @ Wo + bo
L = ½ Σ (R − t)² / (n*s)
