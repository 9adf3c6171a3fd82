# A variational autoencoder: a normal code drawn with noise e; squared error plus divergence.
input x : n × 784
input e : n × 32
param W₁ : 784 × 256
param b₁ : 256
param M : 256 × 32
param m : 32
param S : 256 × 32
param s : 32
param W₂ : 32 × 256
param b₂ : 256
param W₃ : 256 × 784
param b₃ : 784

H = tanh(x W₁ + b₁)
μ = H M + m
λ = H S + s
z = μ + exp(½ λ) ⊙ e
G = tanh(z W₂ + b₂)
R = G W₃ + b₃
L = Σ (R − x)² / n − ½ Σ (1 + λ − μ² − exp(λ)) / n
