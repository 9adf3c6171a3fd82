# Convolution, group normalisation and SiLU on images, weighed by r.
input r : n × o × 16 × 16
param x : n × c × 16 × 16
param W : o × c × 3 × 3
param b : o
param γ, β : o
size o = 32
size c = 16

A = conv2d(x, W, b, padding=1)
H = silu(group_norm(A, 8, γ, β))
L = Σ H ⊙ r
