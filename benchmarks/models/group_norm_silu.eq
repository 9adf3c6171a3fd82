# Two linear layers with group normalisation and SiLU between them; cross-entropy.
size d = 256
size h = 512
size k = 10
input x : n × d
input y : n
param W₁ : d × h
param b₁ : h
param γ, β : h
param W₂ : h × k
param b₂ : k
assume y : index k

A = x W₁ + b₁
G = group_norm(A, 8, γ, β)
H = silu(G)
Z = H W₂ + b₂
L = cross_entropy(Z, y)
