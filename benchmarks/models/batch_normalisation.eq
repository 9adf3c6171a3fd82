# A linear layer, batch normalisation, relu and a linear layer; cross-entropy.
input x : n × d
input y : n
param W₁ : d × h
param γ, β : h
param W₂ : h × k
param b₂ : k
assume y : index k

A = x W₁
H = relu(batch_norm(A, γ, β))
Z = H W₂ + b₂
L = cross_entropy(Z, y)
