# 784-16-16-10 sigmoid network, half the squared error, mean over the batch.
input  x : n × 784
target y : n × 10
param  W₁ : 784 × 16
param  b₁ : 16
param  W₂ : 16 × 16
param  b₂ : 16
param  W₃ : 16 × 10
param  b₃ : 10

a₁ = σ(x W₁ + b₁)
a₂ = σ(a₁ W₂ + b₂)
a₃ = σ(a₂ W₃ + b₃)
L = ½ Σ (a₃ − y)² / n
